//! The entries of one list: 40 bytes and the last component of the name each.

use super::codec::xmit;
use super::dirs::{DirId, Dirs};
use super::extra::Extra;
use super::order::Key;
use super::state::{HardLink, Record};
use crate::wire::{Fault, Reader, vstring};
use std::sync::atomic::AtomicU8;

/// Bits of [`Entry::flags`].
pub mod flag {
    /// A transfer root.
    pub const TOP_DIR: u16 = 1;
    /// A directory whose contents are not part of the transfer.
    pub const NO_CONTENT: u16 = 2;
    /// A duplicate, or pruned: keeps its number, is never requested.
    pub const DEAD: u16 = 4;
    /// One of several names of a file.
    pub const HLINKED: u16 = 8;
    /// A device whose number does not fit: kept in the arena.
    pub const RDEV: u16 = 16;
}

/// One entry.
#[derive(Clone, Copy, Debug, Default)]
pub struct Entry {
    /// Length, bytes.
    pub size: u64,
    /// Modification time, seconds.
    pub mtime: i64,
    /// Its nanoseconds.
    pub nsec: u32,
    /// Owner (the number here, once mapped).
    pub uid: u32,
    /// Group, likewise.
    pub gid: u32,
    text: u32,
    /// The parent's path.
    pub dir: DirId,
    /// Type and permission bits.
    pub mode: u16,
    /// Bits of [`flag`].
    pub flags: u16,
}

const _: () = assert!(size_of::<Entry>() <= 40);

impl Entry {
    /// An entry that says nothing but its mode.
    pub fn bare(mode: u32) -> Self {
        Self { mode: u16::try_from(mode & 0xffff).unwrap_or(0), ..Self::default() }
    }

    /// Whether a bit of [`flag`] is set.
    pub fn has(&self, bit: u16) -> bool {
        self.flags & bit != 0
    }
}

/// The directory whose contents a segment holds.
#[derive(Clone, Debug, Default)]
pub struct Parent {
    /// Its number among the directories of the session.
    pub number: u32,
    /// Its entry, as it stood in its own parent's segment.
    pub entry: Entry,
    /// Its path.
    pub path: Vec<u8>,
    /// What else was sent about it.
    pub extra: Extra,
}

/// A list of entries with consecutive indexes.
#[derive(Debug, Default)]
pub struct Segment {
    /// Index of the first entry.
    pub start: i32,
    /// The directory whose contents these are (incremental recursion): its number, its entry and its path; `None` for
    /// a first or only list.
    pub parent: Option<Parent>,
    /// Paths of the directories that entries lie in.
    pub dirs: Dirs,
    /// What the two halves of a receiver note about an entry, by position; made by [`Segment::publish`].
    pub notes: Vec<AtomicU8>,
    /// The entries, in wire order until [`Segment::sort`].
    pub entries: Vec<Entry>,
    /// What else was sent, by position; empty where the options ask for nothing of it.
    pub extras: Vec<Extra>,
    /// [`Segment::push`] keeps what else a record says.
    pub keeps_extras: bool,
    text: Vec<u8>,
    pub(super) sums: Vec<u8>,
    pub(super) sum_len: usize,
    /// Group of hard links by entry, ordered by entry.
    pub(super) links: Vec<(u32, u64)>,
    /// Where in the order of travel an entry stood, and the other way round; empty where both orders are one.
    pub(super) travel: (Vec<u32>, Vec<u32>),
}

impl Segment {
    /// An empty list.
    pub fn new(start: i32, parent: Option<Parent>, sum_len: usize) -> Self {
        Self { start, parent, sum_len, dirs: Dirs::new(), ..Self::default() }
    }

    /// Bytes of memory in use, roughly.
    pub fn memory(&self) -> usize {
        let entries = self.entries.capacity().saturating_mul(size_of::<Entry>());
        entries
            .saturating_add(self.text.capacity())
            .saturating_add(self.sums.capacity())
            .saturating_add(self.links.capacity().saturating_mul(16))
            .saturating_add(self.extras.capacity().saturating_mul(size_of::<Extra>()))
            .saturating_add(self.dirs.memory())
    }

    /// One past the last index.
    pub fn end(&self) -> i32 {
        self.start.saturating_add(i32::try_from(self.entries.len()).unwrap_or(i32::MAX))
    }

    /// The position of an index in this list.
    pub fn position(&self, ndx: i32) -> Option<usize> {
        let at = usize::try_from(ndx.checked_sub(self.start)?).ok()?;
        let at = self.travel.1.get(at).and_then(|at| usize::try_from(*at).ok()).unwrap_or(at);
        (at < self.entries.len()).then_some(at)
    }

    /// The index of the entry at a position in this list.
    pub fn index(&self, at: usize) -> i32 {
        let at = self.travel.0.get(at).and_then(|at| usize::try_from(*at).ok()).unwrap_or(at);
        self.start.saturating_add(i32::try_from(at).unwrap_or(i32::MAX))
    }

    /// Adds a record whose cleaned name is `dir`/`base`. `group` is its group of hard links, if any.
    pub fn push(&mut self, record: &Record, dir: DirId, base: &[u8], group: Option<u64>) -> Result<(), Fault> {
        let text = u32::try_from(self.text.len()).map_err(|_| Fault::Protocol("file list too large"))?;
        vstring::put(&mut self.text, base);
        let mut flags = 0;
        if record.is_symlink() {
            vstring::put(&mut self.text, &record.target);
        }
        if record.is_device() {
            self.text.extend_from_slice(&record.rdev.0.to_le_bytes());
            self.text.extend_from_slice(&record.rdev.1.to_le_bytes());
            flags |= flag::RDEV;
        }
        if record.is_dir() {
            if record.flags & xmit::TOP_DIR != 0 {
                flags |= flag::TOP_DIR;
            }
            if record.flags & xmit::NO_CONTENT_DIR != 0 {
                flags |= flag::NO_CONTENT;
            }
        }
        let at = u32::try_from(self.entries.len()).map_err(|_| Fault::Protocol("file list too large"))?;
        if let Some(group) = group {
            flags |= flag::HLINKED;
            self.links.push((at, group));
        }
        if self.sum_len > 0 {
            self.sums.extend_from_slice(record.sum.get(..self.sum_len).unwrap_or_default());
        }
        if self.keeps_extras {
            self.extras.push(record.extra.clone());
        }
        if self.entries.len() == self.entries.capacity() {
            // Growth by a quarter instead of a doubling: a list of a million names may not need twice its memory.
            self.entries.reserve_exact((self.entries.len() / 4).max(32));
        }
        self.entries.push(Entry {
            size: record.size,
            mtime: record.mtime,
            nsec: record.nsec,
            uid: record.uid,
            gid: record.gid,
            text,
            dir,
            mode: u16::try_from(record.mode & 0xffff).unwrap_or(0),
            flags,
        });
        Ok(())
    }

    fn text_of(&self, entry: &Entry) -> Reader<'_> {
        let at = usize::try_from(entry.text).unwrap_or(usize::MAX);
        Reader::new(self.text.get(at..).unwrap_or_default())
    }

    /// Last component of an entry's name; `.` for the transfer root.
    pub fn base(&self, entry: &Entry) -> &[u8] {
        vstring::read(&mut self.text_of(entry), usize::MAX).unwrap_or_default()
    }

    /// Target of a symlink; empty for others.
    pub fn target(&self, entry: &Entry) -> &[u8] {
        let mut text = self.text_of(entry);
        if !entry.is_symlink() || vstring::read(&mut text, usize::MAX).is_err() {
            return &[];
        }
        vstring::read(&mut text, usize::MAX).unwrap_or_default()
    }

    /// Device number of a device.
    pub fn rdev(&self, entry: &Entry) -> (u32, u32) {
        let mut text = self.text_of(entry);
        if !entry.has(flag::RDEV) || vstring::read(&mut text, usize::MAX).is_err() {
            return (0, 0);
        }
        (text.u32().unwrap_or(0), text.u32().unwrap_or(0))
    }

    /// Checksum of the entry at a position; empty without `-c`.
    pub fn sum(&self, at: usize) -> &[u8] {
        let start = at.saturating_mul(self.sum_len);
        self.sums.get(start..start.saturating_add(self.sum_len)).unwrap_or_default()
    }

    /// The checksum in the list of the entry with this index; empty without `-c`, and for what is no file.
    pub fn sum_of(&self, ndx: i32) -> &[u8] {
        self.position(ndx).map(|at| self.sum(at)).unwrap_or_default()
    }

    /// What else was sent about the entry with this index; the index before a list is its own directory's.
    pub fn extra(&self, ndx: i32) -> Extra {
        let found = match (self.position(ndx), &self.parent) {
            (Some(at), _) => self.extras.get(at),
            (None, Some(parent)) => Some(&parent.extra),
            (None, None) => self.extras.first(),
        };
        found.cloned().unwrap_or_default()
    }

    /// Group of hard links of the entry at a position.
    pub fn group(&self, at: usize) -> Option<u64> {
        let at = u32::try_from(at).ok()?;
        let found = self.links.binary_search_by_key(&at, |(entry, _)| *entry).ok()?;
        self.links.get(found).map(|(_, group)| *group)
    }

    /// All members of groups: position and group, by position.
    pub fn linked(&self) -> &[(u32, u64)] {
        &self.links
    }

    /// Writes the full name of an entry into `name`.
    pub fn name_into(&self, entry: &Entry, name: &mut Vec<u8>) {
        name.clear();
        let dir = self.dirs.path(entry.dir);
        if !dir.is_empty() {
            name.extend_from_slice(dir);
            name.push(b'/');
        }
        name.extend_from_slice(self.base(entry));
    }

    /// What an entry is ordered by.
    pub fn key(&self, entry: &Entry) -> Key<'_> {
        Key { dir: self.dirs.path(entry.dir), base: self.base(entry), is_dir: entry.is_dir() }
    }

    /// Fills a record with the attributes of the entry at a wire position (before [`Segment::sort`]): what an
    /// abbreviated hard link repeats.
    pub fn repeat_into(&self, position: u32, record: &mut Record) -> Result<(), Fault> {
        let at = usize::try_from(position).unwrap_or(usize::MAX);
        let entry = self.entries.get(at).ok_or(Fault::Protocol("hard-link reference out of range"))?;
        record.size = entry.size;
        record.mtime = entry.mtime;
        record.nsec = entry.nsec;
        record.mode = u32::from(entry.mode);
        record.uid = entry.uid;
        record.gid = entry.gid;
        record.rdev = self.rdev(entry);
        record.target.clear();
        record.target.extend_from_slice(self.target(entry));
        record.extra.atime = self.extras.get(at).map_or(0, |extra| extra.atime);
        record.flags = 0;
        record.sum = [0; 20];
        for (to, from) in record.sum.iter_mut().zip(self.sum(at)) {
            *to = *from;
        }
        if let HardLink::Member(group) = record.hard_link
            && self.group(at) != u64::try_from(group).ok()
        {
            return Err(Fault::Protocol("hard-link reference to an entry that is not linked"));
        }
        Ok(())
    }

    /// The list is complete and ordered: gives back what growth reserved, makes room for notes about each entry.
    pub fn publish(&mut self) {
        self.notes.resize_with(self.entries.len(), AtomicU8::default);
        self.entries.shrink_to_fit();
        self.text.shrink_to_fit();
        self.sums.shrink_to_fit();
        self.extras.shrink_to_fit();
        self.links.shrink_to_fit();
    }
}
