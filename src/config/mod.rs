//! rsyncd.conf → values. Pure: files come through a `Source`.

pub mod types;
pub use types::{Config, Global, Module, ModuleValues, Switch, Text};
