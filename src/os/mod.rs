//! Kernel powers: identity, signals, descriptors, logging sinks. `unsafe` stands here and in `hash` only.

pub mod ids;
pub mod time;
