//! What a server does once it knows what is asked of it.
//!
//! `list` builds file lists, `sender` answers requests; `receive_list` and `receiver` read lists and data, `store` keeps the
//! data until it is whole, `generator` decides what is wanted, `delete` removes what is not, `attributes` sets owner, times
//! and permissions. Roles carry out what the pure rooms decide.

mod acls;
pub mod attributes;
mod backup;
pub mod basis;
pub mod content;
pub mod context;
pub mod delete;
pub mod destination;
pub mod files_from;
mod finish;
mod flush;
pub mod generator;
mod grouped;
mod id_map;
pub mod list;
pub mod names;
pub mod notes;
mod patch;
pub mod places;
pub mod prune;
pub mod push;
mod receive_extras;
pub mod receive_list;
mod receive_values;
pub mod receiver;
mod remove_source;
mod request;
pub mod say;
mod send_values;
pub mod sender;
pub mod store;
mod sweep;
mod trace;
pub mod transfer;
pub mod uncompressed;
mod xattrs;
pub mod xferlog;

pub use context::Context;
