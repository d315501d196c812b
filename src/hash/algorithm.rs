//! The checksums by their names on the wire, and the choice among them.

/// The list sent to a peer, best first. The names that only old or special peers ask for stand last.
pub const NEGOTIATION_LIST: &str = "xxh128 xxh3 xxh64 md5 md4 sha1 none";

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

/// The first name of `client_list` that is also in [`NEGOTIATION_LIST`]: both ends choose by the client's order, so
/// that they agree whatever the server prefers. Names stand between spaces; unknown ones are passed over.
/// `None`: nothing in common, the session ends with exit code 4.
pub fn negotiate(client_list: &[u8]) -> Option<Algorithm> {
    client_list.split(|&b| b == b' ').find_map(Algorithm::from_name)
}

impl Algorithm {
    /// Every algorithm, in the order of [`NEGOTIATION_LIST`].
    const ALL: [Self; 7] = [Self::Xxh128, Self::Xxh3, Self::Xxh64, Self::Md5, Self::Md4, Self::Sha1, Self::None];

    /// Length of a whole sum, in bytes. `None` has one, a zero.
    pub const fn digest_len(self) -> usize {
        match self {
            Self::None => 1,
            Self::Xxh64 | Self::Xxh3 => 8,
            Self::Md4 | Self::Md5 | Self::Xxh128 => 16,
            Self::Sha1 => 20,
        }
    }

    /// The name as it is written in a negotiation list.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Md4 => "md4",
            Self::Md5 => "md5",
            Self::Sha1 => "sha1",
            Self::Xxh64 => "xxh64",
            Self::Xxh3 => "xxh3",
            Self::Xxh128 => "xxh128",
        }
    }

    /// The algorithm of a name, in any case; `xxhash` is XXH64's older name. `auto` is a wish, not an algorithm.
    pub fn from_name(name: &[u8]) -> Option<Self> {
        if name.eq_ignore_ascii_case(b"xxhash") {
            return Some(Self::Xxh64);
        }
        Self::ALL.into_iter().find(|a| name.eq_ignore_ascii_case(a.name().as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_that_is_offered_is_known_and_in_order() {
        let offered: Vec<_> = NEGOTIATION_LIST.split(' ').map(|n| Algorithm::from_name(n.as_bytes())).collect();
        assert_eq!(offered, Algorithm::ALL.map(Some));
        assert_eq!(NEGOTIATION_LIST.len(), 0x23, "length octet that stock sends for the same list");
    }

    #[test]
    fn the_clients_order_decides() {
        assert_eq!(negotiate(b"xxh128 xxh3 xxh64 md5 md4 sha1"), Some(Algorithm::Xxh128));
        assert_eq!(negotiate(b"md5 xxh128"), Some(Algorithm::Md5));
        assert_eq!(negotiate(b"blake3 sha256 sha1 md5"), Some(Algorithm::Sha1));
        assert_eq!(negotiate(b" xxhash"), Some(Algorithm::Xxh64));
        for nothing in [&b""[..], b" ", b"INVALID", b"auto", b"md5,md4", b"xxh", b"md55"] {
            assert_eq!(negotiate(nothing), None, "{nothing:?}");
        }
    }

    #[test]
    fn names_are_known_in_any_case() {
        assert_eq!(Algorithm::from_name(b"MD5"), Some(Algorithm::Md5));
        assert_eq!(Algorithm::from_name(b"XXHash"), Some(Algorithm::Xxh64));
        assert_eq!(Algorithm::from_name(b"None"), Some(Algorithm::None));
    }
}
