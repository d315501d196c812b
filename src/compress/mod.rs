//! Compressed file data: the tokens that all methods share, one codec a file, and which method a session uses.
//!
//! Pure: bytes and values in, bytes out. Only the way from sender to receiver is compressed, and of that only what stands
//! between a reply's head and its checksum. Every buffer is made once a session. Imports `wire`, `limits`.
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

mod chunk;
pub mod decoder;
mod deflate;
pub mod encoder;
mod history;
mod inflate;
mod lz4;
pub mod method;
pub mod token;
#[cfg(feature = "zstd")]
mod zstd;

pub use decoder::Decoder;
pub use encoder::{EncodeError, Encoder};
pub use method::{Compression, Method, NEGOTIATION_LIST, negotiate};

#[cfg(test)]
mod tests;
