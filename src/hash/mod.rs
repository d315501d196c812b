//! Checksums: the names that are negotiated, block sums, whole-file sums, the rolling sum.
//! Single streams are the crates'; many blocks of one file are hashed side by side (`lanes`), where MD4 and MD5
//! have no parallelism of their own.
//! Pure: no I/O, no clock; nothing is allocated after a [`Hasher`] is made.
//! Imports nothing of this crate.

mod algorithm;
mod block;
mod hasher;
mod lanes;
pub mod rolling;
mod sum;
mod summer;

#[cfg(test)]
mod vectors;

pub use algorithm::{Algorithm, NEGOTIATION_LIST, negotiate};
pub use block::{block_sum, block_sums};
pub use hasher::{BlockSpec, FileSpec, Hasher};
pub use sum::{SUM_MAX, Sum, wrong_sum};
pub use summer::BlockSummer;
