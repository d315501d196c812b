//! Filter rules: parsing, matching, per-directory files; path cleaning; expansion of wildcards in arguments.
//!
//! Pure: files and directories are read by the caller, through closures and [`glob::GlobFs`]. Imports `limits` only.
//! [`Filters`] is the whole of one session; the other files are its parts, from the byte matcher upwards.
//! Names are byte strings. Nothing here trusts a peer: texts, patterns and names all come from one.
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

mod bracket;
pub mod filters;
pub mod glob;
pub mod list;
mod load;
mod merge;
mod own;
pub mod parse;
pub mod path;
mod reason;
pub mod rule;
pub mod wildmatch;

#[cfg(test)]
mod scenarios;

pub use filters::{Default_, FileError, Filters, Note, ReadFile, Side};
pub use list::{RuleList, Verdict};
pub use parse::FilterError;
pub use reason::Reason;
