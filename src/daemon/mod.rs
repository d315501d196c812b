//! The listener: accepts, counts, spawns workers; reads no byte that a peer sent.
