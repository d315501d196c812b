//! `-y`: a missing file may be a known one under a new name.

use std::collections::HashSet;

use rustix::fs::AtFlags;

use super::Generator;
use crate::flist::Entry;
use crate::fs::{Meta, dir, tree};
use crate::limits::FUZZY_NAMES;
use crate::role::basis::Basis;

/// Distance of two names beyond which they have nothing in common, in whole edits.
const FAR: u32 = 25;
/// One edit; what is below counts how much bytes differ.
const EDIT: u32 = 1 << 16;
/// How much more an edit of the suffix counts.
const SUFFIX_WEIGHT: u32 = 10;
/// Longest name whose distance is measured, bytes: the measure takes the square of it.
const MEASURED: usize = 255;

/// The directory looked at last, and its regular files.
#[derive(Debug, Default)]
pub(super) struct Similar {
    dir: Option<Vec<u8>>,
    found: Vec<Known>,
    /// Names that a file of this transfer stands for, or will.
    used: HashSet<Vec<u8>>,
}

#[derive(Debug)]
struct Known {
    leaf: Vec<u8>,
    meta: Meta,
    alternate: Option<u8>,
}

impl Generator<'_> {
    /// A file to build a missing one on: of the same length and time, else of a similar name.
    pub(super) fn similar_to(&mut self, entry: &Entry, name: &[u8]) -> Option<(Basis, Meta)> {
        if self.ctx.options.place.fuzzy == 0 {
            return None;
        }
        let (parent, leaf) = tree::split(name);
        if self.similar.dir.as_deref() != Some(parent) {
            self.read_similar(parent);
        }
        let similar = &self.similar;
        let free = || similar.found.iter().filter(|known| !similar.used.contains(&known.leaf));
        let twin = free().find(|known| known.meta.size == entry.size && known.meta.mtime == entry.mtime);
        let nearest = || {
            let measured = free().filter_map(|known| Some((distance(leaf, &known.leaf)?, known)));
            measured.min_by_key(|(distance, _)| *distance).map(|(_, known)| known)
        };
        let known = twin.or_else(nearest)?;
        let chosen = (Basis::Similar { leaf: known.leaf.clone(), alternate: known.alternate }, known.meta);
        if known.alternate.is_none() {
            let used = known.leaf.clone();
            self.similar.used.insert(used);
        }
        Some(chosen)
    }

    fn read_similar(&mut self, parent: &[u8]) {
        self.similar.dir = Some(parent.to_vec());
        self.similar.found.clear();
        self.similar.used.clear();
        let alternates = if self.ctx.options.place.fuzzy > 1 { self.places.alternates() } else { 0 };
        let full = self.places.full(parent);
        let dirs = std::iter::once((None, Some(full)))
            .chain((0..alternates).map(|at| (Some(at), self.places.alternate(at, parent))));
        for (alternate, full) in dirs.collect::<Vec<_>>() {
            let Some(Ok(handle)) = full.map(|full| self.whole.open_dir(&full)) else { continue };
            let mut leaves: Vec<Vec<u8>> = Vec::new();
            let _ = dir::each_name(&handle, |leaf| {
                if leaves.len() < FUZZY_NAMES {
                    leaves.push(leaf.to_vec());
                }
            });
            leaves.sort_unstable();
            for leaf in leaves {
                let stat = rustix::fs::statat(&handle, leaf.as_slice(), AtFlags::SYMLINK_NOFOLLOW);
                let Some(meta) = stat.ok().map(Meta::from) else { continue };
                let name = if parent.is_empty() { leaf.clone() } else { [parent, b"/", &leaf].concat() };
                if meta.is_file() && meta.size > 0 && !self.filters.daemon_hides(&name, false) {
                    self.similar.found.push(Known { leaf, meta, alternate });
                }
            }
        }
    }
}

/// How far apart two names are: edits weighted by how much bytes differ, those of the suffixes tenfold. `None`: too far.
fn distance(a: &[u8], b: &[u8]) -> Option<u32> {
    let whole = edits(a, b, FAR.saturating_mul(EDIT))?;
    let suffixes = edits(suffix(a), suffix(b), u32::MAX)?;
    let sum = whole.saturating_add(suffixes.saturating_mul(SUFFIX_WEIGHT));
    (sum <= FAR.saturating_mul(EDIT)).then_some(sum)
}

fn suffix(name: &[u8]) -> &[u8] {
    let at = name.iter().rposition(|b| *b == b'.').filter(|at| *at > 0);
    at.and_then(|at| name.get(at..)).unwrap_or_default()
}

/// Weighted edit distance, if it is at most `limit`.
fn edits(a: &[u8], b: &[u8], limit: u32) -> Option<u32> {
    if a.len() > MEASURED || b.len() > MEASURED {
        return None;
    }
    let long = u32::try_from(a.len().abs_diff(b.len())).ok()?;
    if long.saturating_mul(EDIT) > limit {
        return None;
    }
    let mut row: Vec<u32> = Vec::with_capacity(b.len().saturating_add(1));
    row.push(0);
    for byte in b {
        let last = row.last().copied().unwrap_or(0);
        row.push(last.saturating_add(EDIT).saturating_add(u32::from(*byte)));
    }
    for byte in a {
        let mut corner = row.first().copied().unwrap_or(0);
        let mut left = corner.saturating_add(EDIT).saturating_add(u32::from(*byte));
        if let Some(first) = row.first_mut() {
            *first = left;
        }
        for (other, cell) in b.iter().zip(row.iter_mut().skip(1)) {
            let change = match byte.abs_diff(*other) {
                0 => corner,
                difference => corner.saturating_add(EDIT).saturating_add(u32::from(difference)),
            };
            let insert = left.saturating_add(EDIT).saturating_add(u32::from(*other));
            let remove = cell.saturating_add(EDIT).saturating_add(u32::from(*byte));
            corner = *cell;
            left = change.min(insert).min(remove);
            *cell = left;
        }
    }
    row.last().copied().filter(|distance| *distance <= limit)
}

#[cfg(test)]
mod tests {
    use super::{EDIT, distance, edits};

    #[test]
    fn a_new_version_of_a_file_is_nearer_than_another_file() {
        let nearer = distance(b"report-2.txt", b"report-1.txt").unwrap();
        let farther = distance(b"report-2.txt", b"recipe-1.txt").unwrap();
        assert!(nearer < farther);
        assert!(distance(b"report-2.txt", b"report-2.text").is_none_or(|other_suffix| other_suffix > farther));
    }

    #[test]
    fn names_with_nothing_in_common_are_no_basis() {
        assert_eq!(distance(b"a-name-of-many-many-letters", b"0123456789012345678901234567890"), None);
        assert_eq!(distance(b"x", &[b'x'; 300]), None);
    }

    #[test]
    fn edits_are_counted() {
        assert_eq!(edits(b"abc", b"abc", u32::MAX), Some(0));
        assert_eq!(edits(b"abc", b"abd", u32::MAX), Some(EDIT + 1));
        assert_eq!(edits(b"", b"a", u32::MAX), Some(EDIT + 97));
        assert_eq!(edits(b"a", b"", u32::MAX), Some(EDIT + 97));
    }
}
