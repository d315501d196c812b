//! Reading the peer's file list: every name cleaned, every number bounded.

use std::collections::HashMap;

use super::context::Context;
use super::id_map::IdsHere;
use super::receive_extras::ExtraReader;
use super::say::words;
use crate::filter::path::{UnsafeName, clean_name};
use crate::flist::decode::{Next, Position};
use crate::flist::segment::{Parent, flag};
use crate::flist::{Entry, Extra, HardLink, Record, Segment, State};
use crate::fs::tree;
use crate::limits::FLIST_BYTES;
use crate::net::Receive;
use crate::net::fatal::{Fatal, exit};
use crate::wire::ndx::FLIST_OFFSET;

/// A directory of the session, by number.
struct Known {
    path: Vec<u8>,
    entry: Entry,
    extra: Extra,
    listed: bool,
}

/// Reads lists for one session.
pub struct ListReader<'c> {
    ctx: &'c Context,
    state: State,
    record: Record,
    dirs: Vec<Known>,
    next_start: i32,
    ids: IdsHere,
    extras: ExtraReader,
    /// Groups of hard links below protocol 30.
    inodes: HashMap<(i64, i64), u64>,
    memory: usize,
    /// Sizes of files and symlinks in all lists, bytes.
    pub total_size: u64,
    /// Messages about names that have no counterpart here: their entries are dead.
    pub unfit: Vec<Vec<u8>>,
    /// io_error bits that lists carried.
    pub io_error: i32,
}

impl<'c> ListReader<'c> {
    /// Nothing read yet. `ids` knows the client's rules.
    pub fn new(ctx: &'c Context, ids: IdsHere) -> Self {
        Self {
            ctx,
            state: State::default(),
            record: Record::default(),
            dirs: Vec::new(),
            next_start: i32::from(ctx.codec.inc),
            ids,
            extras: ExtraReader::default(),
            inodes: HashMap::new(),
            memory: 0,
            total_size: 0,
            unfit: Vec::new(),
            io_error: 0,
        }
    }

    /// Reads the first (or only) list.
    pub fn first(&mut self, from: &mut impl Receive) -> Result<Segment, Fatal> {
        let mut segment = self.read(from, None)?;
        if !self.ctx.codec.inc {
            self.ids.read_lists(self.ctx, from)?;
            if self.ctx.protocol < 30 {
                let io_error = from.decode(|r| r.i32())?;
                self.note_io_error(io_error);
            }
        }
        self.complete(&mut segment);
        Ok(segment)
    }

    /// Reads the list that index `ndx` announced: `-101 - directory`.
    pub fn announced(&mut self, from: &mut impl Receive, ndx: i32) -> Result<Segment, Fatal> {
        let number = FLIST_OFFSET.checked_sub(ndx).and_then(|d| u32::try_from(d).ok()).unwrap_or(u32::MAX);
        let at = usize::try_from(number).unwrap_or(usize::MAX);
        let known = self.dirs.get_mut(at).filter(|dir| !dir.listed && !dir.entry.has(flag::DEAD));
        let Some(dir) = known else {
            return Err(Fatal::protocol(&format!("Invalid dir index: {ndx} ({FLIST_OFFSET} - {number})")));
        };
        dir.listed = true;
        let parent = Parent { number, entry: dir.entry, path: dir.path.clone(), extra: dir.extra.clone() };
        let mut segment = self.read(from, Some(parent))?;
        self.complete(&mut segment);
        Ok(segment)
    }

    fn read(&mut self, from: &mut impl Receive, parent: Option<Parent>) -> Result<Segment, Fatal> {
        let codec = self.ctx.codec;
        let mut segment = Segment::new(self.next_start, parent, codec.sum_len);
        segment.keeps_extras = codec.has_extras();
        loop {
            let at = Position { start: segment.start, count: u32::try_from(segment.entries.len()).unwrap_or(u32::MAX) };
            let (state, record) = (&mut self.state, &mut self.record);
            // What is repeated was converted before.
            let mut targets = false;
            match from.decode(|r| codec.read(r, state, at, record))? {
                Next::End(end) => {
                    self.note_io_error(end.io_error);
                    self.ctx.names.check()?;
                    return Ok(segment);
                }
                Next::Entry => targets = self.ctx.convert_targets,
                Next::Repeated(position) => {
                    segment.repeat_into(position, &mut self.record)?;
                    codec.repeated(&mut self.state, &self.record);
                }
            }
            self.ids.note_record(&self.record);
            if codec.acls || codec.xattrs {
                self.extras.read(self.ctx, from, &mut self.record, &mut self.ids)?;
            }
            let fits = self.convert(targets);
            self.keep(&mut segment)?;
            if !fits && let Some(entry) = segment.entries.last_mut() {
                entry.flags |= flag::DEAD;
            }
            if segment.entries.len().is_multiple_of(1024) && self.memory.saturating_add(segment.memory()) > FLIST_BYTES
            {
                return Err(Fatal::new(exit::MALLOC, "the file list is larger than this server allows"));
            }
        }
    }

    /// Converts the names of a record. `false`: it has no counterpart here.
    fn convert(&mut self, targets: bool) -> bool {
        let Some(charset) = self.ctx.charset else { return true };
        let record = &mut self.record;
        let (what, unfit): (&[u8], _) = match charset.from_wire(&record.name) {
            Err(unfit) => (b"filename", unfit),
            Ok(name) => {
                record.name = name;
                match charset.from_wire(&record.target) {
                    Err(unfit) if targets => (b"symlink data for", unfit),
                    Ok(target) if targets => {
                        record.target = target;
                        return true;
                    }
                    _ => return true,
                }
            }
        };
        let reason = unfit.text().as_bytes();
        self.unfit.push(words(&[b"[Receiver] cannot convert ", what, b": ", &record.name, b" (", reason, b")"]));
        false
    }

    fn keep(&mut self, segment: &mut Segment) -> Result<(), Fatal> {
        let record = &self.record;
        let name = clean_name(&record.name, self.ctx.options.relative).map_err(|problem| match problem {
            UnsafeName::Nul | UnsafeName::Empty => Fatal::protocol("a name in the file list is empty or holds a NUL"),
            _ => {
                let text = words(&[b"ABORTING due to unsafe pathname from sender: ", &record.name]);
                Fatal::new(exit::UNSUPPORTED, text)
            }
        })?;
        let name = name.strip_prefix(b"/").unwrap_or(&name);
        if record.is_missing() && !self.ctx.options.delete_missing_args {
            return Err(Fatal::new(exit::PROTOCOL, words(&[b"invalid file mode 00 for ", name])));
        }
        let name = if name.is_empty() { b"." } else { name };
        if name == b"." && !record.is_dir() {
            return Err(Fatal::protocol("the transfer root in the file list is not a directory"));
        }
        let (dir, base) = tree::split(name);
        if self.ctx.codec.inc {
            let expected = segment.parent.as_ref().map(|parent| parent.path.as_slice()).unwrap_or_default();
            if dir != expected && !(segment.parent.is_none() && self.ctx.options.relative) {
                let text = words(&[b"ABORTING due to invalid path from sender: ", name]);
                return Err(Fatal::new(exit::UNSUPPORTED, text));
            }
        }
        let index = u64::try_from(segment.end()).unwrap_or(0);
        let group = match record.hard_link {
            HardLink::No => None,
            HardLink::First => Some(index),
            HardLink::Member(group) => u64::try_from(group).ok(),
            HardLink::DevIno(dev, ino) => {
                let next = u64::try_from(self.inodes.len()).unwrap_or(u64::MAX);
                Some(*self.inodes.entry((dev, ino)).or_insert(next))
            }
        };
        if record.is_file() || record.is_symlink() {
            self.total_size = self.total_size.saturating_add(record.size);
        }
        let dir = segment.dirs.intern(dir);
        segment.push(record, dir, base, group)?;
        Ok(())
    }

    fn note_io_error(&mut self, bits: i32) {
        if !self.ctx.options.ignore_errors {
            self.io_error |= bits & crate::flist::codec::IO_ERROR_MASK;
        }
    }

    /// The list is whole: ids are mapped, modes changed, entries ordered, duplicates dropped, directories numbered.
    fn complete(&mut self, segment: &mut Segment) {
        let codec = &self.ctx.codec;
        let (chmod, umask) = (&self.ctx.chmod, self.ctx.umask);
        for entry in &mut segment.entries {
            self.ids.settle(entry);
            if !chmod.is_empty() && !entry.is_symlink() {
                let mode = chmod.apply(u32::from(entry.mode), entry.is_dir(), umask);
                entry.mode = u16::try_from(mode).unwrap_or(entry.mode);
            }
        }
        if codec.acls {
            self.extras.settle(segment, &self.ids);
        }
        segment.sort(codec);
        segment.drop_duplicates(codec);
        if codec.protocol < 30 {
            mark_contents(segment);
        }
        if codec.inc {
            for (at, entry) in segment.entries.iter().enumerate().filter(|(_, entry)| entry.is_dir()) {
                let mut path = Vec::new();
                segment.name_into(entry, &mut path);
                let listed = path == b".";
                let extra = segment.extras.get(at).cloned().unwrap_or_default();
                self.dirs.push(Known { path, entry: *entry, extra, listed });
            }
        }
        self.next_start = segment.end().saturating_add(1);
        self.memory = self.memory.saturating_add(segment.memory());
        segment.publish();
    }

    /// A list was finished and dropped.
    pub fn released(&mut self, segment: &Segment) {
        self.memory = self.memory.saturating_sub(segment.memory());
    }
}

/// Below protocol 30 the contents of a directory belong to the transfer if it is a transfer root, or lies below one.
fn mark_contents(segment: &mut Segment) {
    let mut top: Option<Vec<u8>> = None;
    let mut name = Vec::new();
    for at in 0..segment.entries.len() {
        let Some(entry) = segment.entries.get(at).copied().filter(Entry::is_dir) else { continue };
        segment.name_into(&entry, &mut name);
        let below = top.as_ref().is_some_and(|top| {
            top == b"." || name.strip_prefix(top.as_slice()).is_some_and(|rest| rest.first() == Some(&b'/'))
        });
        if entry.has(flag::TOP_DIR) {
            if !below {
                top = Some(name.clone());
            }
        } else if !below && let Some(entry) = segment.entries.get_mut(at) {
            entry.flags |= flag::NO_CONTENT;
        }
    }
}
