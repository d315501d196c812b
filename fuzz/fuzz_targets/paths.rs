//! Paths that a peer names: what is cleaned stays inside; wildcards in arguments over a small tree in memory.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tinyrsyncd::filter::glob::{GlobFs, expand};
use tinyrsyncd::filter::path::{clean, clean_name, sanitise, symlink_is_unsafe};

fuzz_target!(|input: (&[u8], &[u8], u8)| {
    let (path, other, depth) = input;
    for keep_dot in [false, true] {
        assert!(!climbs(&sanitise(path, b"", 0, keep_dot)), "a sanitised path leaves the module");
        let _ = sanitise(path, other, usize::from(depth), keep_dot);
    }
    let _ = clean(path);
    for leading_slash in [false, true] {
        if let Ok(name) = clean_name(path, leading_slash) {
            assert!(!climbs(&name), "a cleaned name leaves the module");
        }
    }
    let _ = symlink_is_unsafe(path, other);
    assert!(expand(path, &mut Tree, 100).len() <= 100);
});

/// Whether some prefix of the path lies above its start.
fn climbs(path: &[u8]) -> bool {
    let mut depth = 0i64;
    path.split(|&b| b == b'/').any(|part| {
        depth += match part {
            b"" | b"." => 0,
            b".." => -1,
            _ => 1,
        };
        depth < 0
    })
}

/// Every directory holds the same four names, four levels deep.
struct Tree;

impl GlobFs for Tree {
    fn list(&mut self, path: &[u8]) -> Vec<Vec<u8>> {
        if path.iter().filter(|&&b| b == b'/').count() > 3 {
            return Vec::new();
        }
        [&b"a"[..], b"ab", b".hidden", b"[x]"].map(<[u8]>::to_vec).to_vec()
    }
    fn is_dir(&mut self, _path: &[u8]) -> bool {
        true
    }
    fn exists(&mut self, path: &[u8]) -> bool {
        path.len() % 2 == 0
    }
    fn hidden(&mut self, path: &[u8], _is_dir: bool) -> bool {
        path.ends_with(b"ab")
    }
}
