//! A list that was read or built, put in order: positions become indexes, duplicates keep theirs but die.

use std::cmp::Ordering;

use super::codec::Codec;
use super::dirs::DirId;
use super::order::compare;
use super::segment::{Entry, Segment, flag};

impl Segment {
    /// Orders the entries, stably; side tables follow. Indexes are positions afterwards, unless they follow the order of travel.
    pub fn sort(&mut self, codec: &Codec) {
        let count = self.entries.len();
        let ordered = self.entries.windows(2).all(|pair| match pair {
            [a, b] => compare(codec.protocol, self.key(a), self.key(b)) != Ordering::Greater,
            _ => true,
        });
        if ordered {
            return;
        }
        let mut order: Vec<u32> = (0..u32::try_from(count).unwrap_or(u32::MAX)).collect();
        let entry = |at: &u32| self.entries.get(usize::try_from(*at).unwrap_or(usize::MAX));
        order.sort_by(|a, b| match (entry(a), entry(b)) {
            (Some(a), Some(b)) => compare(codec.protocol, self.key(a), self.key(b)),
            _ => Ordering::Equal,
        });
        if self.sum_len > 0 {
            let sums = order.iter().flat_map(|at| self.sum(usize::try_from(*at).unwrap_or(usize::MAX)));
            self.sums = sums.copied().collect();
        }
        if !self.extras.is_empty() {
            let mut old = std::mem::take(&mut self.extras);
            let mut taken = |at: &u32| old.get_mut(usize::try_from(*at).ok()?).map(std::mem::take);
            self.extras = order.iter().map(|at| taken(at).unwrap_or_default()).collect();
        }
        if !self.links.is_empty() || codec.wire_order {
            let mut place = vec![0u32; count];
            for (new, old) in (0u32..).zip(&order) {
                if let Some(place) = place.get_mut(usize::try_from(*old).unwrap_or(usize::MAX)) {
                    *place = new;
                }
            }
            for (at, _) in &mut self.links {
                *at = place.get(usize::try_from(*at).unwrap_or(usize::MAX)).copied().unwrap_or(*at);
            }
            self.links.sort_unstable_by_key(|(at, _)| *at);
            if codec.wire_order {
                self.travel = (order.clone(), place);
            }
        }
        self.entries = order.iter().filter_map(|at| entry(at).copied()).collect();
    }

    /// Marks later duplicates dead; the kept one of two directories takes over what the other said about contents.
    pub fn drop_duplicates(&mut self, codec: &Codec) {
        let mut kept = 0usize;
        for at in 1..self.entries.len() {
            let (Some(before), Some(now)) = (self.entries.get(kept).copied(), self.entries.get(at).copied()) else {
                return;
            };
            if compare(codec.protocol, self.key(&before), self.key(&now)) != Ordering::Equal {
                kept = at;
                continue;
            }
            // Before protocol 29 a directory and a file of one name compare equal: the directory stays.
            let drop_first = now.is_dir() && !before.is_dir();
            let (stay, go) = if drop_first { (at, kept) } else { (kept, at) };
            if let Some(entry) = self.entries.get_mut(go) {
                entry.flags |= flag::DEAD;
            }
            if before.is_dir()
                && now.is_dir()
                && let Some(entry) = self.entries.get_mut(stay)
            {
                entry.flags |= now.flags & flag::TOP_DIR;
                if now.flags & flag::NO_CONTENT == 0 {
                    entry.flags &= !flag::NO_CONTENT;
                }
            }
            kept = stay;
        }
        if codec.protocol >= 29 {
            self.drop_files_under_directories();
        }
    }

    /// From protocol 29 on a file and a directory of one name do not meet in the order: look each directory up.
    fn drop_files_under_directories(&mut self) {
        let mut doomed = Vec::new();
        let mut run_start = 0usize;
        let mut run_dir = None;
        let is_live_dir = |entry: &Entry| entry.is_dir() && !entry.has(flag::DEAD);
        let mut files: Vec<(DirId, usize, usize)> = Vec::new();
        for (at, entry) in self.entries.iter().enumerate() {
            if entry.is_dir() || run_dir != Some(entry.dir) {
                if let Some(dir) = run_dir.take() {
                    files.push((dir, run_start, at));
                }
                if !entry.is_dir() {
                    run_dir = Some(entry.dir);
                    run_start = at;
                }
            }
        }
        if let Some(dir) = run_dir {
            files.push((dir, run_start, self.entries.len()));
        }
        files.sort_unstable();
        for entry in self.entries.iter().filter(|entry| is_live_dir(entry)) {
            let key = self.key(entry);
            let from = files.partition_point(|(dir, ..)| *dir < entry.dir);
            for (_, start, end) in
                files.get(from..).unwrap_or_default().iter().take_while(|(dir, ..)| *dir == entry.dir)
            {
                let run = self.entries.get(*start..*end).unwrap_or_default();
                if let Ok(found) = run.binary_search_by(|file| self.base(file).cmp(key.base)) {
                    doomed.push(start.saturating_add(found));
                }
            }
        }
        for at in doomed {
            if let Some(entry) = self.entries.get_mut(at) {
                entry.flags |= flag::DEAD;
            }
        }
    }
}
