//! Bytes ⇄ values, one record a file, each with its decode and encode pair and tests in both directions.
//!
//! Decoders are pure: a [`Reader`] over bytes in; a value, [`Fault::NeedMore`] or [`Fault::Malformed`] out. They commit
//! nothing before the whole record is there, so a caller may simply try again with more bytes. Imports `limits` only.
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

pub mod charset;
pub mod compat;
pub mod frame;
pub mod int;
pub mod item;
pub mod names;
pub mod ndx;
pub mod proxy;
pub mod reader;
pub mod stats;
pub mod sum_head;
pub mod vstring;

pub use reader::{Decoded, Fault, Reader};

/// What encoders write into: an output buffer, or a plain vector in tests.
pub trait Put {
    /// Appends bytes.
    fn put(&mut self, bytes: &[u8]);
}

impl Put for Vec<u8> {
    fn put(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }
}
