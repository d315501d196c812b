//! What a server does once it knows what is asked of it.
//!
//! `list` builds file lists, `sender` answers requests; `receive` reads lists and data, `generator` decides what is
//! wanted, `delete` removes what is not, `finish` sets attributes. Roles carry out what the pure rooms decide.

pub mod content;
pub mod context;
pub mod list;
pub mod say;
pub mod sender;
pub mod transfer;
pub mod xferlog;

pub use context::Context;
