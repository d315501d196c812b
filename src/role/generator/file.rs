//! One entry of a list: is it wanted, and what of it.

use std::sync::Arc;

use rustix::io::Errno;

use super::Generator;
use super::alternate::Tried;
use super::differences::Spot;
use super::item::index;
use super::links::Turn;
use super::request::Wanted;
use crate::flist::segment::flag;
use crate::flist::{Entry, Segment};
use crate::fs::{Kind, Meta, tree};
use crate::hash::Hasher;
use crate::net::Fatal;
use crate::options::Remark;
use crate::role::attributes::{self, Times};
use crate::role::basis::Basis;
use crate::role::content;
use crate::role::notes::about;
use crate::role::say::{info, words};

impl Generator<'_> {
    /// One entry, in its turn.
    pub(super) fn entry(&mut self, segment: &Arc<Segment>, at: usize, entry: &Entry, name: &[u8]) -> Result<(), Fatal> {
        self.trace_entry(name, index(segment, at));
        if !self.skipped.is_empty() && self.is_skipped(name) {
            return self.drop_out(segment, at);
        }
        if name != b"." && !self.filters.is_empty() && self.filters.daemon_hides(name, entry.is_dir()) {
            self.refuse(name, entry);
            return self.drop_out(segment, at);
        }
        if self.is_implied(entry) {
            return Ok(());
        }
        if entry.is_missing() {
            return self.missing(name);
        }
        self.check_parent(entry, name)?;
        if self.ctx.codec.inc && entry.is_dir() {
            return self.premake(entry, name);
        }
        let local = self.local_name.clone();
        let target = local.as_deref().unwrap_or(name);
        if entry.is_dir() {
            if self.ctx.options.existing && self.tree.lstat(target) == Err(Errno::NOENT) {
                self.note_skip(b"not creating new directory", target);
                self.skipped.push(name.to_vec());
                return Ok(());
            }
            return self.listed_directory(segment, at, entry, target);
        }
        match self.turn(segment, at, target)? {
            Turn::Over => Ok(()),
            Turn::Proceed { last } => self.item(segment, at, entry, target, last),
        }
    }

    /// An entry that is not a directory, and not (or no longer) waiting for another.
    pub(super) fn item(
        &mut self,
        segment: &Arc<Segment>,
        at: usize,
        entry: &Entry,
        name: &[u8],
        last: bool,
    ) -> Result<(), Fatal> {
        self.take_extra(segment, index(segment, at));
        let here = self.look(name);
        let options = &self.ctx.options;
        if options.existing && matches!(here, Err(Errno::NOENT | Errno::NOTDIR)) {
            self.note_skip(b"not creating new file", name);
            return self.drop_out(segment, at);
        }
        if options.ignore_existing && here.is_ok() {
            if self.ctx.tells(Remark::Skip) {
                info(&mut self.out, &words(&[name, b" exists"]));
            }
            return self.drop_out(segment, at);
        }
        if entry.is_file() {
            return self.file(segment, at, entry, name, here, last);
        }
        self.other(segment, at, entry, name, here)
    }

    /// `-R --no-implied-dirs`: parents that only lead to something are neither made nor touched for their own sake.
    pub(super) fn is_implied(&self, entry: &Entry) -> bool {
        !self.ctx.options.implied_dirs && entry.is_dir() && entry.has(flag::TOP_DIR) && entry.has(flag::NO_CONTENT)
    }

    pub(super) fn note_skip(&mut self, what: &[u8], name: &[u8]) {
        if self.ctx.tells(Remark::Skip) {
            info(&mut self.out, &words(&[what, b" \"", name, b"\""]));
        }
    }

    /// Without incremental recursion every entry's parent is in the list, as a directory.
    fn check_parent(&mut self, entry: &Entry, name: &[u8]) -> Result<(), Fatal> {
        let (parent, _) = tree::split(name);
        if self.ctx.codec.inc {
            let options = &self.ctx.options;
            let left_out = options.relative && !options.implied_dirs && !parent.is_empty() && !options.dry_run;
            if left_out && self.tree.lstat(parent).is_err() {
                self.make_parents(name);
            }
            return Ok(());
        }
        if !parent.is_empty() && !self.parents.contains(parent) {
            if !self.ctx.options.relative {
                return Err(self.orphan(name));
            }
            if !self.ctx.options.dry_run && self.tree.lstat(parent).is_err() {
                self.make_parents(name);
            }
        }
        if entry.is_dir() {
            self.parents.insert(name.to_vec());
        }
        Ok(())
    }

    fn file(
        &mut self,
        segment: &Arc<Segment>,
        at: usize,
        entry: &Entry,
        name: &[u8],
        here: Result<Meta, Errno>,
        last: bool,
    ) -> Result<(), Fatal> {
        let options = &self.ctx.options;
        if options.max_size.is_some_and(|max| entry.size > max) || options.min_size.is_some_and(|min| entry.size < min)
        {
            if self.ctx.tells(Remark::Skip) {
                let why: &[u8] = if options.max_size.is_some_and(|max| entry.size > max) {
                    b" is over max-size"
                } else {
                    b" is under min-size"
                };
                info(&mut self.out, &words(&[name, why]));
            }
            return self.drop_out(segment, at);
        }
        let meta = match here {
            Ok(meta) if meta.is_file() || (options.place.write_devices && meta.kind() == Kind::Device) => {
                let newer = entry.mtime.saturating_sub(meta.mtime) < options.modify_window.max(0);
                if options.update && (newer || entry.mtime < meta.mtime) {
                    if self.ctx.tells(Remark::Skip) {
                        info(&mut self.out, &words(&[name, b" is newer"]));
                    }
                    return self.drop_out(segment, at);
                }
                Some(meta)
            }
            Ok(meta) => {
                if !self.make_room(name, &meta, "regular file")? {
                    return self.drop_out(segment, at);
                }
                None
            }
            Err(Errno::NOENT | Errno::NOTDIR) => None,
            Err(errno) => {
                let shown = self.shown(name);
                self.problem(&[b"recv_generator: failed to stat ", &shown], errno);
                return self.drop_out(segment, at);
            }
        };
        self.judge(segment, at, entry, name, meta, last)
    }

    /// A file that is wanted: what there is of it here, and what has to come.
    fn judge(
        &mut self,
        segment: &Arc<Segment>,
        at: usize,
        entry: &Entry,
        name: &[u8],
        meta: Option<Meta>,
        last: bool,
    ) -> Result<(), Fatal> {
        let full = self.places.full(name);
        let appends = self.ctx.options.place.append > 0;
        let mut basis = meta.map(|meta| (Basis::Target, meta));
        let mut known = meta;
        match self.alternate_file(segment, at, entry, name, meta.as_ref())? {
            Tried::Settled => return Ok(()),
            // What is appended to is the target itself; what is elsewhere only tells whether there is anything to append.
            Tried::Basis(_, there) if appends => known = Some(there),
            Tried::Basis(index, meta) => basis = Some((Basis::Alternate(index), meta)),
            Tried::Nothing => {}
        }
        if let Some((Basis::Target, meta)) = &basis
            && self.is_same(segment, at, entry, &full, meta)
        {
            return self.up_to_date(segment, at, entry, name, meta);
        }
        if appends && known.is_some_and(|meta| meta.size >= entry.size) {
            return self.drop_out(segment, at);
        }
        // What is compared for the record: the target, or the file that stands in for it.
        let compared = basis.as_ref().map(|(_, meta)| *meta);
        if let Some(part) = self.partial_of(name) {
            basis = Some((Basis::Partial, part));
        }
        if basis.is_none() {
            if self.defer(segment, at, last) {
                return Ok(());
            }
            basis = if appends { None } else { self.similar_to(entry, name) };
        }
        self.request(segment, at, &Wanted { entry, name, here: meta.as_ref(), compared, basis, redo: false })
    }

    /// The part that an interrupted transfer left of a file.
    fn partial_of(&mut self, name: &[u8]) -> Option<Meta> {
        let part = self.places.partial(name)?;
        let (dir, _) = tree::split(&part);
        if self.filters.daemon_hides_path(dir, true) || self.filters.daemon_hides_path(&part, false) {
            return None;
        }
        self.whole.lstat(&part).ok().filter(Meta::is_file)
    }

    /// The quick check of a file somewhere in the module.
    pub(super) fn is_same(&mut self, segment: &Segment, at: usize, entry: &Entry, full: &[u8], meta: &Meta) -> bool {
        let options = &self.ctx.options;
        if meta.size != entry.size {
            return false;
        }
        if options.checksum {
            let Ok((fd, _)) = self.whole.open_file(full) else { return false };
            let mut hasher = Hasher::for_file(self.ctx.list_sum);
            let sum = content::sum(&fd, &mut hasher);
            return sum.is_ok_and(|sum| sum.as_slice() == segment.sum(at));
        }
        options.size_only
            || (!options.ignore_times && self.ctx.same_time((entry.mtime, entry.nsec), (meta.mtime, meta.nsec)))
    }

    fn up_to_date(
        &mut self,
        segment: &Arc<Segment>,
        at: usize,
        entry: &Entry,
        name: &[u8],
        meta: &Meta,
    ) -> Result<(), Fatal> {
        let flags = self.differences(entry, Spot::Here(name), meta, false);
        self.report(index(segment, at), flags, None);
        self.tell_unchanged(name, flags);
        if !self.ctx.options.dry_run {
            if let Some(stale) = self.places.partial(name).filter(|_| self.partial_of(name).is_some()) {
                let _ = self.whole.unlink(&stale);
                if self.places.partial_is_each() {
                    let _ = self.whole.rmdir(tree::split(&stale).0);
                }
            }
            let mut meta = *meta;
            if self.ctx.options.atimes && self.ctx.options.checksum {
                // To look into it was an access.
                meta.atime = self.tree.lstat(name).map_or(meta.atime, |now| now.atime);
            }
            let mode = attributes::wanted_mode(self.ctx, entry, Some(&meta));
            // A checksum says more than a time: the time is made right to the nanosecond.
            let times = if self.ctx.options.checksum { Times::Exact } else { Times::Near };
            self.give_attributes(entry, name, mode, &meta, times);
        }
        self.in_place(segment, at, name)
    }

    /// Something is as it should be, without data: the sender may remove its source, followers may link to it.
    pub(super) fn in_place(&mut self, segment: &Arc<Segment>, at: usize, name: &[u8]) -> Result<(), Fatal> {
        self.source_may_go(segment, at);
        self.became_leader(segment, at, name)
    }

    /// `--remove-source-files`: what needs no data is there already.
    pub(super) fn source_may_go(&mut self, segment: &Segment, at: usize) {
        let options = &self.ctx.options;
        if options.remove_source_files && !options.remove_sent_files && !options.dry_run {
            self.out.message(crate::wire::frame::Code::Success, &index(segment, at).to_le_bytes());
        }
    }

    /// A file came out wrong: it is asked for with full sums, whatever the options said about skipping it.
    pub(super) fn ask_again(&mut self, segment: &Arc<Segment>, at: usize) -> Result<(), Fatal> {
        let Some(entry) = segment.entries.get(at).copied() else { return Ok(()) };
        let mut name = Vec::new();
        segment.name_into(&entry, &mut name);
        let name = self.local_name.clone().unwrap_or(name);
        if let Some(note) = segment.notes.get(at) {
            note.fetch_or(about::REDO, std::sync::atomic::Ordering::AcqRel);
        }
        // It was counted when it was first asked for.
        if let Some(live) = self.live_of(segment.start) {
            live.pending = live.pending.saturating_sub(1);
        }
        self.take_extra(segment, index(segment, at));
        let here = self.tree.lstat(&name).ok().filter(|meta| meta.kind() == Kind::File);
        // A part that came out wrong is the best there is to build on.
        let part = self.partial_of(&name).map(|part| (Basis::Partial, part));
        let basis = part.or(here.map(|here| (Basis::Target, here)));
        let wanted = Wanted { entry: &entry, name: &name, here: here.as_ref(), compared: here, basis, redo: true };
        self.request(segment, at, &wanted)
    }

    /// An entry is left out: its group of hard links goes on without it.
    pub(super) fn drop_out(&mut self, segment: &Arc<Segment>, at: usize) -> Result<(), Fatal> {
        self.left_group(segment, at)
    }
}
