//! Directories: made, given attributes, emptied of what is extra, touched up at the end.

use std::sync::Arc;

use rustix::io::Errno;

use super::Generator;
use super::alternate::{Candidate, Level};
use super::differences::Spot;
use super::item::index;
use crate::flist::segment::flag;
use crate::flist::{Entry, Segment};
use crate::net::Fatal;
use crate::options::DeleteWhen;
use crate::role::attributes::{self, Item, Times};
use crate::role::say::{file_error, io_error, words};
use crate::wire::item::iflags;

impl Generator<'_> {
    /// Incremental recursion: the directory that a list belongs to comes first, under the index before the list.
    pub(super) fn own_directory(&mut self, segment: &Arc<Segment>) -> Result<(), Fatal> {
        let ndx = segment.start.saturating_sub(1);
        match &segment.parent {
            Some(parent) => {
                let (entry, path) = (parent.entry, parent.path.clone());
                self.trace_entry(&path, ndx);
                if self.is_implied(&entry) {
                    return Ok(());
                }
                if entry.has(flag::DEAD) || self.is_skipped(&path) {
                    self.skipped_list(segment);
                    return Ok(());
                }
                self.directory(segment, ndx, &entry, &path)
            }
            None => match segment.entries.first().copied() {
                Some(entry) if entry.is_dir() && segment.base(&entry) == b"." => {
                    self.trace_entry(b".", ndx);
                    self.directory(segment, ndx, &entry, b".")
                }
                _ => Ok(()),
            },
        }
    }

    /// The contents of a skipped directory are not looked at.
    fn skipped_list(&mut self, segment: &Segment) {
        for (_, group) in segment.linked() {
            self.groups.forget(*group);
        }
    }

    /// In a list of incremental recursion a sub-directory is only made sure to exist: it is dealt with in its own list. By
    /// then the directory above may have got its time for good.
    pub(super) fn premake(&mut self, entry: &Entry, name: &[u8]) -> Result<(), Fatal> {
        let options = &self.ctx.options;
        if name == b"." || options.dry_run || !options.times || options.omit_dir_times || options.existing {
            return Ok(());
        }
        if self.filters.daemon_hides(name, true) {
            return Ok(());
        }
        let mut missing = false;
        match self.tree.lstat(name) {
            Err(errno) => missing = errno == Errno::NOENT,
            Ok(meta) if meta.is_dir() => {}
            Ok(_) if self.ctx.options.keep_dirlinks && self.tree.stat(name).is_ok_and(|meta| meta.is_dir()) => {}
            Ok(meta) => {
                missing = self.make_room(name, &meta, "directory")?;
                if !missing {
                    self.skip_contents(name);
                }
            }
        }
        if missing && self.tree.mkdir(name, u32::from(entry.mode) & 0o700 | 0o700).is_ok() {
            self.premade.insert(name.to_vec());
        }
        Ok(())
    }

    /// A directory in full.
    pub(super) fn directory(
        &mut self,
        segment: &Arc<Segment>,
        ndx: i32,
        entry: &Entry,
        name: &[u8],
    ) -> Result<(), Fatal> {
        self.take_extra(segment, ndx);
        let premade = self.premade.remove(name);
        let mut here = if name == b"." { self.tree.stat(name) } else { self.look(name) };
        if self.ctx.options.keep_dirlinks
            && here.as_ref().is_ok_and(|meta| meta.kind() == crate::fs::Kind::Symlink)
            && let Ok(target) = self.tree.stat(name)
            && target.is_dir()
        {
            here = Ok(target);
        }
        // What made way for it existed: `--existing` is content.
        let mut replaced = false;
        if let Ok(meta) = &here
            && !meta.is_dir()
        {
            if !self.make_room(name, meta, "directory")? {
                self.skip_contents(name);
                return Ok(());
            }
            if self.ctx.options.dry_run {
                self.unmade.push(name.to_vec());
            }
            here = Err(Errno::NOENT);
            replaced = true;
        }
        match here {
            Ok(meta) => self.existing_directory(ndx, entry, name, &meta, premade),
            Err(Errno::NOENT | Errno::NOTDIR) if self.ctx.options.existing && !replaced => {
                self.note_skip(b"not creating new directory", name);
                self.skipped.push(name.to_vec());
                return Ok(());
            }
            Err(Errno::NOENT | Errno::NOTDIR) => {
                if !self.new_directory(ndx, entry, name)? {
                    return Ok(());
                }
            }
            Err(errno) => {
                let shown = self.shown(name);
                self.problem(&[b"recv_generator: failed to stat ", &shown], errno);
                return Ok(());
            }
        }
        let content = !entry.has(flag::NO_CONTENT);
        let during = matches!(self.ctx.options.delete, DeleteWhen::During | DeleteWhen::Delay);
        if during && content && self.local_name.is_none() {
            self.delete_extras(segment, name)?;
        }
        Ok(())
    }

    fn existing_directory(&mut self, ndx: i32, entry: &Entry, name: &[u8], meta: &crate::fs::Meta, premade: bool) {
        let stays = (!premade).then_some(meta);
        let mode = attributes::wanted_mode_at(self.ctx, &mut self.tree, name, entry, stays);
        let found = if premade { self.alternate_other(entry, name, &mut |_, _, _| true) } else { None };
        let flags = if let Some(found) = &found {
            self.differences(entry, Spot::Alternate(found.index, name), &found.meta, false) | iflags::LOCAL_CHANGE
        } else if premade {
            self.new_flags() | iflags::LOCAL_CHANGE
        } else {
            self.differences(entry, Spot::Here(name), meta, false)
        };
        self.report(ndx, flags, None);
        self.tell_alternate(found.as_ref(), name);
        if self.ctx.options.dry_run {
            if flags & iflags::SIGNIFICANT != 0 {
                self.tell_made(name, b"", true);
            }
            return;
        }
        if self.give_attributes(entry, name, mode, meta, Times::Near) && found.is_none() {
            self.tell_made(name, b"", true);
        }
    }

    /// `false`: it could not be made; its contents are skipped.
    fn new_directory(&mut self, ndx: i32, entry: &Entry, name: &[u8]) -> Result<bool, Fatal> {
        // One in an alternate directory only serves to say what is different.
        let found = self.alternate_other(entry, name, &mut |_, _, _| true);
        let flags = match &found {
            Some(found) => self.differences(entry, Spot::Alternate(found.index, name), &found.meta, false),
            None => self.new_flags(),
        };
        self.report(ndx, flags | iflags::LOCAL_CHANGE, None);
        self.tell_alternate(found.as_ref(), name);
        if self.ctx.options.dry_run {
            if found.is_none() {
                self.tell_made(name, b"", true);
            }
            return Ok(true);
        }
        let mode = attributes::wanted_mode_at(self.ctx, &mut self.tree, name, entry, None);
        let mut made = self.tree.mkdir(name, mode | 0o700);
        if made == Err(Errno::NOENT) && self.ctx.options.relative {
            self.make_parents(name);
            made = self.tree.mkdir(name, mode | 0o700);
        }
        match made {
            Ok(()) | Err(Errno::EXIST) => {}
            Err(errno) => {
                let shown = self.shown(name);
                self.problem(&[b"recv_generator: mkdir ", &shown, b" failed"], errno);
                // What cannot be made here is no reason to delete anything: as with stock, deletion stops.
                self.troubles.io_error |= io_error::GENERAL;
                self.skip_contents(name);
                return Ok(false);
            }
        }
        if let Ok(meta) = self.tree.lstat(name) {
            let inherited = if self.ctx.options.perms { 0 } else { meta.mode & 0o2000 };
            if self.give_attributes(entry, name, mode | inherited, &meta, Times::Near) && found.is_none() {
                self.tell_made(name, b"", true);
            }
        }
        Ok(true)
    }

    /// A directory that an alternate one has just so is made all the same, and told of as one that is there.
    fn tell_alternate(&mut self, found: Option<&Candidate>, name: &[u8]) {
        if found.is_some_and(|found| found.level == Level::All) {
            self.tell_unchanged(&[name, b"/"].concat(), 0);
        }
    }

    /// `-R` without implied directories: parents that no list names are made with ordinary permissions.
    pub(super) fn make_parents(&mut self, name: &[u8]) {
        for (at, _) in name.iter().enumerate().filter(|(at, byte)| **byte == b'/' && *at > 0) {
            let _ = self.tree.mkdir(name.get(..at).unwrap_or_default(), 0o777 & !self.ctx.umask);
        }
    }

    /// Attributes of something that is in place. A directory that its owner may not write into stays writable until the
    /// end, unless root owns this process.
    pub(super) fn give_attributes(
        &mut self,
        entry: &Entry,
        name: &[u8],
        mode: u32,
        here: &crate::fs::Meta,
        times: Times,
    ) -> bool {
        let mut now = mode;
        if entry.is_dir() && !self.ctx.root && mode & 0o700 != 0o700 {
            self.retouch.insert(name.to_vec(), mode);
            now |= 0o700;
        }
        let shown = self.shown(name);
        let mut problems: Vec<(Vec<u8>, Errno)> = Vec::new();
        let extra = self.extra_in_hand();
        let item = Item { name, shown: &shown, entry, extra: &extra, mode: now, here, times };
        let changed =
            attributes::set(self.ctx, &mut self.tree, &item, &mut |what, errno| problems.push((what.to_vec(), errno)));
        for (what, errno) in problems {
            self.problem(&[&what], errno);
        }
        changed
    }

    /// The directory failed: nothing below it is tried.
    pub(super) fn skip_contents(&mut self, name: &[u8]) {
        let line = b"*** Skipping any contents from this failed directory ***";
        self.troubles.xfer_error = true;
        crate::role::say::error(&mut self.out, line);
        self.skipped.push(name.to_vec());
    }

    /// The module hides this directory: the client hears it, nothing below is tried.
    pub(super) fn refuse(&mut self, name: &[u8], entry: &Entry) {
        let kind: &[u8] = if entry.is_dir() { b"directory" } else { b"file" };
        let line = words(&[b"ERROR: daemon refused to receive ", kind, b" \"", name, b"\""]);
        file_error(&mut self.out, &mut self.troubles, &line);
        if entry.is_dir() {
            self.skip_contents(name);
        }
    }

    /// Times of directories change while things are put into them: they are set once more when a list is finished.
    pub(super) fn touch_up(&mut self, segment: &Segment) -> Result<(), Fatal> {
        if self.ctx.options.dry_run || self.local_name.is_some() {
            return Ok(());
        }
        if self.ctx.codec.inc {
            let top = segment.entries.first().copied().filter(|entry| entry.is_dir() && segment.base(entry) == b".");
            match (&segment.parent, top) {
                (Some(parent), _) => self.touch_directory(&parent.entry, &parent.path.clone()),
                (None, Some(entry)) => self.touch_directory(&entry, b"."),
                (None, None) => {}
            }
            return Ok(());
        }
        let mut name = Vec::new();
        for (at, entry) in segment.entries.iter().enumerate() {
            if entry.is_dir() && !entry.has(flag::DEAD) {
                segment.name_into(entry, &mut name);
                self.touch_directory(entry, &name);
            }
            if at % 1024 == 1023 {
                self.tick()?;
            }
        }
        Ok(())
    }

    fn touch_directory(&mut self, entry: &Entry, name: &[u8]) {
        let retouch = self.retouch.remove(name);
        if self.is_skipped(name) || self.is_implied(entry) {
            return;
        }
        let keeps = attributes::keeps_times(self.ctx, entry);
        if !keeps && retouch.is_none() {
            return;
        }
        let stat =
            if name == b"." || self.ctx.options.keep_dirlinks { self.tree.stat(name) } else { self.tree.lstat(name) };
        let Ok(meta) = stat else { return };
        if !meta.is_dir() {
            return;
        }
        let shown = self.shown(name);
        let (sent, here) = ((entry.mtime, entry.nsec), (meta.mtime, meta.nsec));
        if keeps && sent != here && !self.ctx.same_time(sent, here) {
            // What cannot be set was said when the directory had its turn.
            let _ = self.tree.set_mtime(name, entry.mtime, entry.nsec);
        }
        if let Some(mode) = retouch
            && let Err(errno) = self.tree.chmod(name, mode)
        {
            self.problem(&[b"failed to set permissions on ", &shown], errno);
        }
    }

    /// The index a directory is reported under, without incremental recursion.
    pub(super) fn listed_directory(
        &mut self,
        segment: &Arc<Segment>,
        at: usize,
        entry: &Entry,
        name: &[u8],
    ) -> Result<(), Fatal> {
        self.directory(segment, index(segment, at), entry, name)
    }
}
