//! Checksums: block sums, whole-file sums, the rolling sum. Pure; imports nothing above.

/// A checksum by its name on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// No checksum: one zero byte.
    None,
    /// MD4, 16 bytes.
    Md4,
    /// MD5, 16 bytes.
    Md5,
    /// SHA-1, 20 bytes.
    Sha1,
    /// XXH64, 8 bytes.
    Xxh64,
    /// XXH3, 8 bytes.
    Xxh3,
    /// XXH3 in its 128-bit form, 16 bytes.
    Xxh128,
}
