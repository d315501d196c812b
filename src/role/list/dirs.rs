//! Incremental recursion: directories are numbered as they are found, and each gets a list of its own.

use super::Lister;
use crate::flist::segment::{Parent, flag};
use crate::flist::{Segment, order};
use crate::net::{Fatal, Link};
use crate::wire::ndx::{FLIST_EOF, FLIST_OFFSET, Ndx};

/// A directory of the session.
#[derive(Clone, Debug, Default)]
pub struct DirRecord {
    base: u16,
    parent: Parent,
    /// Named twice: its contents go into the list of the first.
    duplicate: bool,
    /// Further working directories in which a directory of this name was named.
    also: Vec<u16>,
    content: bool,
}

impl Lister<'_> {
    /// Numbers the directories of a list that was just sent, in its order, and puts their lists on the agenda.
    pub fn number_dirs(&mut self, segment: &Segment) {
        let first = self.dirs.len();
        let mut before: Option<(usize, crate::flist::Entry)> = None;
        for (at, entry) in segment.entries.iter().enumerate().filter(|(_, entry)| entry.is_dir()) {
            let number = u32::try_from(self.dirs.len()).unwrap_or(u32::MAX);
            let base = segment.dirs.base(entry.dir);
            let mut path = Vec::new();
            segment.name_into(entry, &mut path);
            let same = before.filter(|(_, kept)| {
                let protocol = self.ctx.protocol;
                order::compare(protocol, segment.key(kept), segment.key(entry)).is_eq()
            });
            let content = !entry.has(flag::NO_CONTENT);
            let duplicate = same.is_some() || path == b".";
            match same {
                Some((kept, _)) => {
                    if let Some(kept) = self.dirs.get_mut(kept) {
                        kept.also.push(base);
                    }
                }
                None => before = Some((self.dirs.len(), *entry)),
            }
            let parent =
                Parent { number, entry: *entry, path, extra: segment.extras.get(at).cloned().unwrap_or_default() };
            self.dirs.push(DirRecord { base, parent, duplicate, also: Vec::new(), content });
        }
        let new = self.dirs.get(first..).unwrap_or_default();
        let numbers = new.iter().filter(|dir| !dir.duplicate).map(|dir| dir.parent.number);
        let numbers: Vec<u32> = numbers.collect();
        self.todo.extend(numbers.into_iter().rev());
    }

    /// The working directory in which a directory was found, by its number.
    pub fn base_of(&self, number: u32) -> u16 {
        let at = usize::try_from(number).unwrap_or(usize::MAX);
        self.dirs.get(at).map_or(0, |dir| dir.base)
    }

    /// Whether directories wait for their lists.
    pub fn has_more(&self) -> bool {
        !self.todo.is_empty()
    }

    /// Sends the next directory's list, or the word that there are no more. `None`: that word.
    pub fn next(&mut self, link: &mut Link, ndx: &mut Ndx) -> Result<Option<Segment>, Fatal> {
        let Some(number) = self.todo.pop() else {
            self.complete = true;
            ndx.put(link, FLIST_EOF);
            return Ok(None);
        };
        let Some(dir) = usize::try_from(number).ok().and_then(|at| self.dirs.get(at)).cloned() else { return Ok(None) };
        ndx.put(link, FLIST_OFFSET.saturating_sub(i32::try_from(number).unwrap_or(i32::MAX)));
        let path = dir.parent.path.clone();
        let mut segment = Segment::new(self.next_start, Some(dir.parent), self.ctx.codec.sum_len);
        segment.keeps_extras = self.ctx.codec.has_extras();
        if dir.content {
            let depth = path.iter().filter(|b| **b == b'/').count() + 1;
            for base in std::iter::once(dir.base).chain(dir.also) {
                let device = self.device_of(base, &path);
                self.scan(link, &mut segment, base, &path, depth, device)?;
            }
        }
        self.finish_segment(link, &mut segment)?;
        self.number_dirs(&segment);
        if self.todo.is_empty() {
            self.complete = true;
            ndx.put(link, FLIST_EOF);
        }
        Ok(Some(segment))
    }

    fn device_of(&mut self, base: u16, path: &[u8]) -> u64 {
        if self.ctx.options.one_file_system == 0 {
            return 0;
        }
        self.bases.get_mut(usize::from(base)).and_then(|tree| tree.stat(path).ok()).map_or(0, |meta| meta.dev)
    }
}
