//! Which methods there are, how a session comes to one, and the levels of each.

/// The methods offered to a client, best first. `none` is something that only a server offers.
pub const NEGOTIATION_LIST: &str =
    if cfg!(feature = "zstd") { "zstd lz4 zlibx zlib none" } else { "lz4 zlibx zlib none" };

/// How file data is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Not at all.
    None,
    /// Deflate; blocks that the receiver has enter the history on both sides.
    Zlib,
    /// Deflate over literal data alone.
    Zlibx,
    /// LZ4 blocks, each on its own.
    Lz4,
    /// One zstd frame for the whole session.
    #[cfg(feature = "zstd")]
    Zstd,
}

/// Method and level of a session that compresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Compression {
    /// The method; never [`Method::None`].
    pub method: Method,
    /// The level, within the method's range.
    pub level: i32,
}

/// The first name of `client_list` that is also in [`NEGOTIATION_LIST`]. Both ends choose by the client's order, so that
/// they agree whatever the server prefers. `None`: nothing in common, the session ends with exit code 4.
pub fn negotiate(client_list: &[u8]) -> Option<Method> {
    client_list.split(|&b| b == b' ').find_map(Method::from_name)
}

impl Method {
    /// The method called `name`, in any case.
    pub fn from_name(name: &[u8]) -> Option<Self> {
        let known = [
            ("none", Self::None),
            ("zlib", Self::Zlib),
            ("zlibx", Self::Zlibx),
            ("lz4", Self::Lz4),
            #[cfg(feature = "zstd")]
            ("zstd", Self::Zstd),
        ];
        known.into_iter().find(|(known, _)| known.as_bytes().eq_ignore_ascii_case(name)).map(|(_, method)| method)
    }

    /// What a session does with this method and the level that was asked for. Both ends reckon alike: deflate with level 0
    /// is no compression at all, and its tokens are the plain ones. A level out of range means the nearest one.
    pub fn with_level(self, asked: Option<i32>) -> Option<Compression> {
        let level = match (self, asked) {
            (Self::None, _) | (Self::Zlib | Self::Zlibx, Some(0)) => return None,
            (Self::Zlib | Self::Zlibx, None | Some(-1)) => 6,
            (Self::Zlib | Self::Zlibx, Some(level)) => level.clamp(1, 9),
            (Self::Lz4, _) => 0,
            #[cfg(feature = "zstd")]
            (Self::Zstd, None | Some(0)) => 3,
            #[cfg(feature = "zstd")]
            (Self::Zstd, Some(level)) => level.clamp(super::zstd::LEVEL_MIN, super::zstd::LEVEL_MAX),
        };
        Some(Compression { method: self, level })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clients_order_decides() {
        assert_eq!(negotiate(b"lz4 zlib"), Some(Method::Lz4));
        assert_eq!(negotiate(b"zlib zstd lz4"), Some(Method::Zlib));
        assert_eq!(negotiate(b"brotli ZLIBX"), Some(Method::Zlibx));
        for nothing in [&b""[..], b" ", b"INVALID", b"zlib,lz4", b"zlibxx"] {
            assert_eq!(negotiate(nothing), None, "{nothing:?}");
        }
    }

    #[test]
    fn every_name_that_is_offered_is_known() {
        for name in NEGOTIATION_LIST.split(' ') {
            assert!(Method::from_name(name.as_bytes()).is_some(), "{name}");
        }
    }

    #[test]
    fn deflate_with_level_0_is_off_and_other_levels_are_brought_into_range() {
        let level = |method: Method, asked| method.with_level(asked).map(|on| on.level);
        for method in [Method::Zlib, Method::Zlibx] {
            assert_eq!(level(method, Some(0)), None);
            assert_eq!(level(method, None), Some(6));
            assert_eq!(level(method, Some(-1)), Some(6));
            assert_eq!(level(method, Some(-2)), Some(1));
            assert_eq!(level(method, Some(99)), Some(9));
        }
        assert_eq!(level(Method::Lz4, Some(0)), Some(0));
        assert_eq!(level(Method::Lz4, Some(7)), Some(0));
        assert_eq!(Method::None.with_level(Some(3)), None);
        #[cfg(feature = "zstd")]
        for (asked, is) in [(None, 3), (Some(0), 3), (Some(-1), -1), (Some(99), 22), (Some(i32::MIN), -131_072)] {
            assert_eq!(level(Method::Zstd, asked), Some(is), "{asked:?}");
        }
    }
}
