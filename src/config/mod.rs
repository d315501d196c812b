//! rsyncd.conf → values. Pure: files come through a [`Source`].
//!
//! [`load()`] drives `lex` over every file, looks names up in `table`, and `assign`s values;
//! [`expand()`] resolves `%VAR%` when a string is used. Imports `limits` and `escape` only.
//! Stock's log texts are kept word for word, with `file:line:column: ` in front.
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

mod assign;
mod command;
mod error;
mod expand;
mod lex;
mod load;
mod nearest;
mod scan;
mod source;
mod table;
#[cfg(test)]
mod tests;
pub mod trace;
pub mod types;

pub use command::{CommandError, expand_command};
pub use error::ConfigError;
pub use expand::{ExpandError, Vars, expand};
pub use lex::Place;
pub use load::{Scope, load, trace};
pub use nearest::nearest;
pub use source::{Kind, Source};
pub use table::{is_global, is_known, is_late, parameters};
pub use types::{Config, Global, Module, ModuleValues, Switch, Sync, Text};

/// The module a client names: byte for byte, as first spelled in the file.
#[must_use]
pub fn find<'a>(config: &'a Config, name: &[u8]) -> Option<&'a Module> {
    config.modules.iter().find(|module| module.name == name)
}
