//! tinyrsyncd: an rsync daemon for ARM boards.
//!
//! Three rings; imports point down only (`tests/layers.rs` holds the real imports against this map):
//!
//! ```text
//! cli  daemon                 argv → mode; the listener
//! session                     one connection, stage by stage
//! check  secrets              a configuration explained, with every mistake; passwords edited
//! role                        list, sender, generator, receiver, store, delete
//! ── effects ─────────────────────────────────────────────────────────────
//! net   fs   os               socket halves, directory handles, kernel powers
//! ── pure: no I/O, no clock ──────────────────────────────────────────────
//! config access               rsyncd.conf → values; hosts, users, challenge
//! flist filter delta options  file list, rules, signature and match, the peer's arguments
//! compress                    compressed file data: tokens and codecs
//! wire  hash                  bytes ⇄ values, one record a file; checksums
//! limits escape               every capacity and number in one table; how peer bytes are printed
//! ```

pub mod escape;
pub mod limits;

pub mod hash;
pub mod wire;

pub mod compress;
pub mod delta;
pub mod filter;
pub mod flist;
pub mod options;

pub mod access;
pub mod config;

pub mod fs;
pub mod net;
pub mod os;

pub mod check;
pub mod role;
pub mod secrets;
pub mod session;

pub mod cli;
pub mod daemon;
