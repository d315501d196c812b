//! One entry: from metadata to record to bytes.

use rustix::io::Errno;

use super::Lister;
use crate::flist::{HardLink, Record, Segment};
use crate::fs::{Kind, Meta, tree};
use crate::limits::FLIST_BYTES;
use crate::net::Link;
use crate::net::fatal::{Fatal, exit};
use crate::role::context::MUNGE_PREFIX;
use crate::role::say::{file_error, io_error, words};
use crate::wire::charset::Charset;

impl Lister<'_> {
    /// Sends an entry and keeps it. `name` is relative to working directory `base`.
    pub(super) fn put_entry(
        &mut self,
        link: &mut Link,
        segment: &mut Segment,
        base: u16,
        name: &[u8],
        meta: &Meta,
        flags: u32,
    ) -> Result<(), Fatal> {
        if !self.fill_record(link, base, name, meta, flags) {
            return Ok(());
        }
        let codec = &self.ctx.codec;
        let index = segment.end();
        let group = self.hard_link(meta, index);
        self.ids.note(self.ctx, &mut self.record);
        match self.ctx.charset {
            None => codec.put(link, &mut self.state, &self.record, segment.start),
            Some(charset) => {
                let Some(wire) = self.converted(link, base, charset) else { return Ok(()) };
                self.ctx.codec.put(link, &mut self.state, &wire, segment.start);
            }
        }
        if self.ctx.codec.has_extras() {
            self.put_extras(link, meta.kind() == Kind::Symlink, meta.is_dir())?;
        }
        let (dir, leaf) = tree::split(name);
        let dir = segment.dirs.intern_at(base, dir);
        segment.push(&self.record, dir, leaf, group)?;
        if matches!(meta.kind(), Kind::File | Kind::Symlink) {
            self.total_size = self.total_size.saturating_add(meta.size);
        }
        if segment.entries.len().is_multiple_of(4096) && segment.memory() > FLIST_BYTES {
            return Err(Fatal::new(exit::MALLOC, "the file list is larger than this server allows"));
        }
        link.flush_if_full()
    }

    /// The record as it travels. `None`: it cannot, and the client knows.
    fn converted(&mut self, link: &mut Link, base: u16, charset: Charset) -> Option<Record> {
        let mut wire = self.record.clone();
        let shown = self.shown(base, &self.record.name);
        let (what, text, unfit): (&[u8], _, _) = match charset.to_wire(&self.record.name) {
            Err(unfit) => (b"filename", &self.record.name, unfit),
            Ok(name) => {
                wire.name = name;
                if !self.ctx.convert_targets {
                    return Some(wire);
                }
                match charset.to_wire(&self.record.target) {
                    Err(unfit) => (b"symlink data for", &shown, unfit),
                    Ok(target) => {
                        wire.target = target;
                        return Some(wire);
                    }
                }
            }
        };
        let line = words(&[b"[sender] cannot convert ", what, b": ", text, b" (", unfit.text().as_bytes(), b")"]);
        self.troubles.io_error |= io_error::GENERAL;
        file_error(link, &mut self.troubles, &line);
        None
    }

    /// `false`: the entry cannot be sent, and the client knows.
    fn fill_record(&mut self, link: &mut Link, base: u16, name: &[u8], meta: &Meta, flags: u32) -> bool {
        let record = &mut self.record;
        record.name.clear();
        record.name.extend_from_slice(name);
        record.flags = flags;
        record.mode = meta.mode;
        if meta.kind() != Kind::Symlink {
            record.mode = self.ctx.chmod.apply(meta.mode, meta.is_dir(), self.ctx.umask);
        }
        record.extra.atime = meta.atime;
        record.size = meta.size;
        record.mtime = meta.mtime;
        record.nsec = meta.nsec;
        record.uid = meta.uid;
        record.gid = meta.gid;
        record.rdev = meta.rdev;
        record.target.clear();
        record.sum = [0; 20];
        if meta.kind() == Kind::Symlink && self.ctx.options.links && !self.read_target(link, base, name) {
            return false;
        }
        if self.ctx.codec.has_extras() && !self.read_extras(link, base, name, meta) {
            return false;
        }
        if self.ctx.codec.sum_len > 0 && meta.is_file() {
            self.sum_file(base, name);
        }
        true
    }

    fn read_target(&mut self, link: &mut Link, base: u16, name: &[u8]) -> bool {
        let read = self.bases.get_mut(usize::from(base)).ok_or(Errno::NOENT).and_then(|tree| tree.readlink(name));
        match read {
            Ok(target) if target.is_empty() => {
                self.troubles.io_error |= io_error::GENERAL;
                let shown = self.shown(base, name);
                file_error(link, &mut self.troubles, &words(&[b"skipping symlink with an empty target: ", &shown]));
                false
            }
            Ok(target) => {
                let munged = self.ctx.munge.then(|| target.strip_prefix(MUNGE_PREFIX)).flatten();
                let sent = munged.filter(|rest| !rest.is_empty()).unwrap_or(&target);
                self.record.target.extend_from_slice(sent);
                self.record.size = u64::try_from(sent.len()).unwrap_or(0);
                true
            }
            Err(errno) => {
                let shown = self.shown(base, name);
                self.trouble(link, &[b"readlink_stat(", &shown, b")"], errno);
                false
            }
        }
    }

    /// `-c`: the checksum of the content; zeros when it cannot be read.
    fn sum_file(&mut self, base: u16, name: &[u8]) {
        let Some(tree) = self.bases.get_mut(usize::from(base)) else { return };
        let Ok((fd, _)) = tree.open_file_following(name) else { return };
        if let Ok(sum) = crate::role::content::sum(&fd, &mut self.hasher) {
            for (to, from) in self.record.sum.iter_mut().zip(sum.as_slice()) {
                *to = *from;
            }
        }
    }

    /// How the record says that it is one name of several; returns its group.
    fn hard_link(&mut self, meta: &Meta, index: i32) -> Option<u64> {
        self.record.hard_link = HardLink::No;
        let protocol = self.ctx.protocol;
        if !self.ctx.options.hard_links || meta.is_dir() {
            return None;
        }
        if protocol < 30 {
            if (protocol < 28 && meta.is_file()) || (protocol >= 28 && meta.nlink > 1) {
                let dev = i64::try_from(meta.dev).unwrap_or(0).saturating_add(1);
                self.record.hard_link = HardLink::DevIno(dev, i64::try_from(meta.ino).unwrap_or(0));
            }
            return None;
        }
        if meta.nlink < 2 {
            return None;
        }
        let first = *self.linked.entry((meta.dev, meta.ino)).or_insert(index);
        self.record.hard_link = if first == index { HardLink::First } else { HardLink::Member(first) };
        u64::try_from(first).ok()
    }
}
