//! The order of a file list, which both sides compute alike and nothing on the wire repeats.
//!
//! From protocol 29 on a directory's files come before its sub-directories, and a directory compares as if a slash ended
//! its name. Before, whole names compare as strings.

use std::cmp::Ordering;

/// What an entry is ordered by: the path of its parent, its last component, and whether it is a directory.
#[derive(Clone, Copy, Debug)]
pub struct Key<'a> {
    /// Path of the parent; empty at the root.
    pub dir: &'a [u8],
    /// Last component; `.` for the transfer root itself.
    pub base: &'a [u8],
    /// Whether it is a directory.
    pub is_dir: bool,
}

impl Key<'_> {
    fn is_root(&self) -> bool {
        self.is_dir && self.base == b"." && self.dir.is_empty()
    }
}

/// Orders two entries.
pub fn compare(protocol: u32, a: Key, b: Key) -> Ordering {
    if protocol < 29 {
        return compare_names(a, b);
    }
    if a.dir == b.dir && !a.is_root() && !b.is_root() {
        return compare_parts((a.base, a.is_dir), (b.base, b.is_dir));
    }
    let (mut left, mut right) = (parts(a), parts(b));
    loop {
        match (left.next(), right.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(l), Some(r)) => match compare_parts(l, r) {
                Ordering::Equal => {}
                different => return different,
            },
        }
    }
}

/// The components of a name; `true` marks one that holds others (compares as with a slash).
fn parts(key: Key<'_>) -> impl Iterator<Item = (&[u8], bool)> {
    let above = key.dir.split(|&b| b == b'/').filter(|part| !part.is_empty()).map(|part| (part, true));
    let own = (!key.is_root()).then_some((key.base, key.is_dir));
    above.chain(own)
}

fn compare_parts((a, a_holds): (&[u8], bool), (b, b_holds): (&[u8], bool)) -> Ordering {
    match (a_holds, b_holds) {
        (false, true) => Ordering::Less,
        (true, false) => Ordering::Greater,
        (false, false) => a.cmp(b),
        (true, true) => {
            let common = a.len().min(b.len());
            let head = a.get(..common).cmp(&b.get(..common));
            head.then_with(|| match (a.get(common), b.get(common)) {
                (None, None) => Ordering::Equal,
                (left, right) => left.unwrap_or(&b'/').cmp(right.unwrap_or(&b'/')),
            })
        }
    }
}

fn compare_names(a: Key, b: Key) -> Ordering {
    fn whole<'a>(key: &Key<'a>) -> impl Iterator<Item = u8> + 'a {
        let slash: &[u8] = if key.dir.is_empty() { b"" } else { b"/" };
        key.dir.iter().chain(slash).chain(key.base).copied()
    }
    if a.dir == b.dir { a.base.cmp(b.base) } else { whole(&a).cmp(whole(&b)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key(name: &str) -> Key<'_> {
        let (name, is_dir) = match name.strip_suffix('/') {
            Some(name) => (name, true),
            None => (name, false),
        };
        let (dir, base) = name.rsplit_once('/').unwrap_or(("", name));
        Key { dir: dir.as_bytes(), base: base.as_bytes(), is_dir }
    }

    fn sorted<'a>(protocol: u32, names: &[&'a str]) -> Vec<&'a str> {
        let mut list = names.to_vec();
        list.sort_by(|a, b| compare(protocol, key(a), key(b)));
        list
    }

    #[test]
    fn files_come_before_directories_and_a_slash_takes_part() {
        let expected = ["./", "a0", "z", "a-b/", "a-b/f", "a.b/", "a/", "a/x", "a/b/", "a/b/y", "a0b/", "b/"];
        let mut shuffled = expected;
        shuffled.reverse();
        assert_eq!(sorted(30, &shuffled), expected);
    }

    #[test]
    fn old_protocols_compare_whole_names() {
        assert_eq!(sorted(28, &["a/x", "a-b/", "a/", "./", "-x"]), ["-x", "./", "a/", "a-b/", "a/x"]);
    }

    proptest! {
        #[test]
        fn the_order_is_total(names in prop::collection::vec("([ab.-]{1,2}/){0,2}[ab.-]{1,3}/?", 3)) {
            let keys: Vec<_> = names.iter().map(|n| key(n)).collect();
            for protocol in [28, 31] {
                for a in &keys { for b in &keys {
                    prop_assert_eq!(compare(protocol, *a, *b), compare(protocol, *b, *a).reverse());
                    for c in &keys {
                        if compare(protocol, *a, *b).is_le() && compare(protocol, *b, *c).is_le() {
                            prop_assert!(compare(protocol, *a, *c).is_le());
                        }
                    }
                }}
            }
        }
    }
}
