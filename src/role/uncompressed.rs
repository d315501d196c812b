//! Files that a sender does not try to compress: the module's `dont compress` and the client's `--skip-compress` together.
//!
//! Deflate stores such files as they are. LZ4 has no level to lower, and zstd's one stream cannot change its level, so
//! there the names have no effect; the pattern `*` alone lowers the level of a whole session.

use crate::compress::{Compression, Method};
use crate::filter::wildmatch::match_ignore_case;

/// Patterns for the last part of a name.
#[derive(Clone, Debug, Default)]
pub struct Uncompressed {
    patterns: Vec<Vec<u8>>,
    all: bool,
}

impl Uncompressed {
    /// `dont_compress`: patterns between blanks. `skip_compress`: suffixes without their dot between slashes, in which only
    /// `[…]` is special.
    pub fn new(dont_compress: &[u8], skip_compress: &[u8]) -> Self {
        let patterns = dont_compress.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).map(<[u8]>::to_vec);
        let suffixes = skip_compress.split(|b| *b == b'/').filter(|word| !word.is_empty()).map(suffix_pattern);
        let patterns: Vec<_> = patterns.chain(suffixes).collect();
        Self { all: patterns.iter().any(|pattern| pattern == b"*"), patterns }
    }

    /// The compression of a session: the weakest there is, where nothing is to be compressed.
    pub fn for_session(&self, asked: Compression) -> Compression {
        match asked.method {
            #[cfg(feature = "zstd")]
            Method::Zstd if self.all => asked.method.with_level(Some(i32::MIN)).unwrap_or(asked),
            Method::None | Method::Zlib | Method::Zlibx | Method::Lz4 => asked,
            #[cfg(feature = "zstd")]
            Method::Zstd => asked,
        }
    }

    /// Whether a file with this path is one of them.
    pub fn covers(&self, path: &[u8]) -> bool {
        let name = path.rsplit(|b| *b == b'/').next().unwrap_or(path);
        self.all || self.patterns.iter().any(|pattern| match_ignore_case(pattern, name))
    }
}

fn suffix_pattern(suffix: &[u8]) -> Vec<u8> {
    let mut pattern = b"*.".to_vec();
    for byte in suffix {
        if matches!(byte, b'*' | b'?' | b'\\') {
            pattern.push(b'\\');
        }
        pattern.push(*byte);
    }
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suffixes_and_patterns_add_up() {
        let list = Uncompressed::new(b"*.gz  *.JPG core", b"mp[34]/7z/a*");
        for name in [&b"x.gz"[..], b"d/x.GZ", b"photo.jpg", b"a/b/core", b"x.mp3", b"x.MP4", b"x.7z", b"y.a*"] {
            assert!(list.covers(name), "{name:?}");
        }
        for name in [&b"x.gzz"[..], b"gz", b"x.gz/y", b"x.mp5", b"corex", b"y.ab"] {
            assert!(!list.covers(name), "{name:?}");
        }
        assert!(!Uncompressed::new(b"", b"").covers(b"x.gz"));
        assert!(Uncompressed::new(b"*.a *", b"").covers(b"x.gz"));
    }
}
