//! The file list: how an entry travels, how entries are kept, ordered and numbered.
//!
//! [`Codec`] turns bytes into [`Record`]s and back; a [`Segment`] keeps the entries of one list (40 bytes and the name
//! each); [`Dirs`] keeps the paths of directories, so that an entry holds its last component only. Pure; imports `wire`
//! and `limits`.
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

pub mod acl;
mod arrange;
pub mod chmod;
pub mod codec;
pub mod decode;
pub mod dirs;
pub mod encode;
pub mod extra;
pub mod ids;
pub mod kind;
pub mod order;
pub mod segment;
pub mod state;
pub mod xattr;

pub use acl::Acl;
pub use chmod::Chmod;
pub use codec::{Codec, End, xmit};
pub use dirs::Dirs;
pub use extra::Extra;
pub use ids::{IdLists, IdMap};
pub use kind::Kind;
pub use segment::{Entry, Segment};
pub use state::{HardLink, Record, State};

#[cfg(test)]
mod tests;
