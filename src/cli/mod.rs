//! argv → mode.
