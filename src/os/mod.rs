//! Kernel powers: identity, signals, descriptors, logging sinks. `unsafe` stands here and in `hash` only.
