//! The peer's argument vector → one value. Pure; imports `filter` (wildmatch), `hash`, `limits`.

pub mod types;
pub use types::{Capabilities, DeleteWhen, Options};
