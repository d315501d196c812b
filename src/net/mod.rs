//! The two halves of a connection.
//!
//! [`Input`] takes frames apart and hands out a contiguous stream plus the messages between; [`Output`] collects data and
//! messages into frames. [`Link`] is both in one thread: whenever it must wait it first flushes, and while it waits to
//! write it reads ahead, so two peers that both write cannot lock up. Imports `wire`, `limits`, and `fs` for the words of system errors.

pub mod fatal;
pub mod input;
pub mod link;
pub mod output;
pub mod pace;
pub mod poll;

pub use fatal::Fatal;
pub use input::{Input, Message, Receive};
pub use link::Link;
pub use output::{Output, say_aside};
pub use poll::Clock;

#[cfg(test)]
mod tests;
