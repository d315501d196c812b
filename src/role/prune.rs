//! `--prune-empty-dirs`: directories without anything below them are dropped from the list.

use crate::filter::Filters;
use crate::flist::{Segment, segment::flag};
use crate::fs::tree;

/// Marks directories dead that hold no kept file below them; one that a rule excludes counts as content, and stays.
pub fn empty_directories(segment: &mut Segment, filters: &Filters) {
    use std::collections::HashSet;
    let mut needed: HashSet<Vec<u8>> = HashSet::new();
    let mut name = Vec::new();
    let mut need = |path: &[u8]| {
        let mut path = path;
        while !path.is_empty() && path != b"." && needed.insert(path.to_vec()) {
            path = tree::split(path).0;
        }
    };
    for entry in segment.entries.iter().filter(|entry| !entry.has(flag::DEAD)) {
        segment.name_into(entry, &mut name);
        if !entry.is_dir() {
            need(tree::split(&name).0);
        } else if name != b"." && filters.hides(&name, true) {
            need(&name);
        }
    }
    for at in 0..segment.entries.len() {
        let Some(entry) = segment.entries.get(at).copied() else { continue };
        if !entry.is_dir() || entry.has(flag::DEAD) {
            continue;
        }
        segment.name_into(&entry, &mut name);
        if name != b"."
            && !needed.contains(&name)
            && let Some(entry) = segment.entries.get_mut(at)
        {
            entry.flags |= flag::DEAD;
        }
    }
}
