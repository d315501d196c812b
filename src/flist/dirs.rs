//! Paths of directories, each kept once; an entry refers to its parent by number.

use std::collections::HashMap;

/// Number of a path in [`Dirs`]; 0 is the transfer root (the empty path).
pub type DirId = u32;

/// The table of paths.
#[derive(Debug, Default)]
pub struct Dirs {
    bytes: Vec<u8>,
    ends: Vec<u32>,
    /// Which working directory of the sender a path is relative to.
    bases: Vec<u16>,
    /// By hash of the path: the numbers with that hash.
    by_hash: HashMap<u64, Vec<DirId>>,
}

impl Dirs {
    /// A table with the transfer root alone.
    pub fn new() -> Self {
        let mut dirs = Self::default();
        dirs.intern(b"");
        dirs
    }

    /// Bytes of memory in use, roughly.
    pub fn memory(&self) -> usize {
        self.bytes.len().saturating_add(self.ends.len().saturating_mul(40))
    }

    /// The path of a number; empty for an unknown one.
    pub fn path(&self, id: DirId) -> &[u8] {
        let at = usize::try_from(id).unwrap_or(usize::MAX);
        let start = at.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        let end = self.ends.get(at).copied().unwrap_or(start);
        let range = usize::try_from(start).unwrap_or(0)..usize::try_from(end).unwrap_or(0);
        self.bytes.get(range).unwrap_or_default()
    }

    /// The working directory a path is relative to; 0 unless told otherwise.
    pub fn base(&self, id: DirId) -> u16 {
        usize::try_from(id).ok().and_then(|at| self.bases.get(at)).copied().unwrap_or(0)
    }

    /// The number of a path that is in the table.
    pub fn find(&self, path: &[u8]) -> Option<DirId> {
        self.find_at(0, path)
    }

    /// The number of a path; a new one is added.
    pub fn intern(&mut self, path: &[u8]) -> DirId {
        self.intern_at(0, path)
    }

    /// The number of a path relative to working directory `base`; a new one is added.
    pub fn intern_at(&mut self, base: u16, path: &[u8]) -> DirId {
        if let Some(id) = self.find_at(base, path) {
            return id;
        }
        let id = u32::try_from(self.ends.len()).unwrap_or(u32::MAX);
        self.bytes.extend_from_slice(path);
        self.ends.push(u32::try_from(self.bytes.len()).unwrap_or(u32::MAX));
        self.bases.push(base);
        if self.ends.len() > FEW {
            if self.by_hash.is_empty() {
                for known in 0..id {
                    self.by_hash.entry(hash(self.path(known))).or_default().push(known);
                }
            }
            self.by_hash.entry(hash(path)).or_default().push(id);
        }
        id
    }

    fn find_at(&self, base: u16, path: &[u8]) -> Option<DirId> {
        let is = |id: &DirId| self.base(*id) == base && self.path(*id) == path;
        if self.by_hash.is_empty() {
            let known = u32::try_from(self.ends.len()).unwrap_or(0);
            return (0..known).rev().find(is);
        }
        self.by_hash.get(&hash(path))?.iter().copied().find(is)
    }
}

/// Up to this many paths are looked at one by one: a segment of incremental recursion has one or two.
const FEW: usize = 8;

fn hash(path: &[u8]) -> u64 {
    xxhash_rust::xxh3::xxh3_64(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_has_one_number_and_the_root_is_zero() {
        let mut dirs = Dirs::new();
        assert_eq!(dirs.find(b""), Some(0));
        let a = dirs.intern(b"a");
        let ab = dirs.intern(b"a/b");
        assert_eq!(dirs.intern(b"a"), a);
        assert_eq!((dirs.path(a), dirs.path(ab), dirs.path(0)), (&b"a"[..], &b"a/b"[..], &b""[..]));
        assert_eq!(dirs.find(b"b"), None);
        assert_eq!(dirs.path(99), b"");
    }

    #[test]
    fn many_paths_and_two_working_directories_are_told_apart() {
        let mut dirs = Dirs::new();
        let ids: Vec<_> = (0..50).map(|n| dirs.intern(format!("d{n}").as_bytes())).collect();
        let other = dirs.intern_at(1, b"d7");
        for (n, id) in ids.iter().enumerate() {
            assert_eq!(dirs.find(format!("d{n}").as_bytes()), Some(*id));
        }
        assert!(!ids.contains(&other));
        assert_eq!((dirs.base(other), dirs.path(other)), (1, &b"d7"[..]));
    }
}
