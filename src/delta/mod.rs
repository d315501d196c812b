//! The delta: block sizes, the search for known blocks, plain tokens. Pure; imports `wire`, `hash`, `limits`.
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

pub mod block;
pub mod search;
pub mod table;
pub mod token;

pub use search::{Sink, Source, search};
pub use table::{BlockTable, Tally};
