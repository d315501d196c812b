//! The peer's argument vector → one [`Options`] value, judged against what a module refuses.
//!
//! `table` knows every option, `parse` reads the vector, `settle` holds the rules between options, `refuse` the
//! operator's list. Pure: no I/O, no clock, whatever the bytes. May import `filter` (wildmatch), `flist` (chmod), `hash`, `limits`, `escape`.
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

mod capabilities;
pub mod command;
mod compress;
mod draft;
mod fault;
pub mod fit;
pub mod id_rules;
mod info;
mod number;
mod owner;
pub mod parse;
mod place;
pub mod refuse;
mod settle;
mod stop;
mod table;
pub mod types;
mod value;

pub use fit::{Fit, fit};
pub use id_rules::IdRules;
pub use info::{Asked, Remark};
pub use parse::{Context, OptionError, Parsed, parse, parse_own, parse_secluded, parse_secluded_own, unescaped};
pub use refuse::RefuseList;
pub use stop::StopAt;
pub use types::{Alternate, Capabilities, Compress, DeleteWhen, Options, Placement, RuleKind};
