//! One entry of a list: is it wanted, and what of it.

use std::sync::Arc;

use rustix::io::Errno;

use super::Generator;
use super::item::index;
use super::links::Turn;
use crate::delta::block::{Sizing, head};
use crate::flist::segment::flag;
use crate::flist::{Entry, Segment};
use crate::fs::{Kind, Meta, tree};
use crate::hash::{Hasher, block_sums};
use crate::net::Fatal;
use crate::role::attributes::{self, Times};
use crate::role::content;
use crate::role::notes::about;
use crate::role::say::{info, words};
use crate::wire::Put;
use crate::wire::item::iflags;
use crate::wire::sum_head::SumHead;

/// Bytes of a basis read and hashed at a time; whole blocks of it.
const BASIS_PIECE: usize = 256 << 10;

impl Generator<'_> {
    /// One entry, in its turn.
    pub(super) fn entry(&mut self, segment: &Arc<Segment>, at: usize, entry: &Entry, name: &[u8]) -> Result<(), Fatal> {
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
        self.check_parent(entry, name)?;
        if self.ctx.codec.inc && entry.is_dir() {
            self.premake(entry, name);
            return Ok(());
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
        let options = &self.ctx.options;
        let here = self.tree.lstat(name);
        if options.existing && matches!(here, Err(Errno::NOENT | Errno::NOTDIR)) {
            self.note_skip(b"not creating new file", name);
            return self.drop_out(segment, at);
        }
        if options.ignore_existing && here.is_ok() {
            if self.ctx.verbose > 1 {
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

    fn note_skip(&mut self, what: &[u8], name: &[u8]) {
        if self.ctx.verbose > 1 {
            info(&mut self.out, &words(&[what, b" \"", name, b"\""]));
        }
    }

    /// Without incremental recursion every entry's parent is in the list, as a directory.
    fn check_parent(&mut self, entry: &Entry, name: &[u8]) -> Result<(), Fatal> {
        if self.ctx.codec.inc {
            return Ok(());
        }
        let (parent, _) = tree::split(name);
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
            if self.ctx.verbose > 1 {
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
            Ok(meta) if meta.is_file() => {
                let newer = entry.mtime.saturating_sub(meta.mtime) < options.modify_window.max(0);
                if options.update && (newer || entry.mtime < meta.mtime) {
                    if self.ctx.verbose > 1 {
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
        if let Some(meta) = &meta
            && self.is_same(segment, at, entry, name, meta)
        {
            return self.up_to_date(segment, at, entry, name, meta);
        }
        if meta.is_none() && self.defer(segment, at, last) {
            return Ok(());
        }
        self.request(segment, at, entry, name, meta.as_ref(), false)
    }

    /// The quick check.
    fn is_same(&mut self, segment: &Segment, at: usize, entry: &Entry, name: &[u8], meta: &Meta) -> bool {
        let options = &self.ctx.options;
        if meta.size != entry.size {
            return false;
        }
        if options.checksum {
            let Ok((fd, _)) = self.tree.open_file(name) else { return false };
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
        let flags = self.differences(entry, meta, false);
        self.report(index(segment, at), flags, None);
        if !self.ctx.options.dry_run {
            let mode = attributes::wanted_mode(self.ctx, entry, Some(meta));
            self.give_attributes(entry, name, mode, meta, Times::Near);
        }
        self.in_place(segment, at, name)
    }

    /// Something is as it should be, without data: the sender may remove its source, followers may link to it.
    pub(super) fn in_place(&mut self, segment: &Arc<Segment>, at: usize, name: &[u8]) -> Result<(), Fatal> {
        let options = &self.ctx.options;
        if options.remove_source_files && !options.remove_sent_files && !options.dry_run {
            self.out.message(crate::wire::frame::Code::Success, &index(segment, at).to_le_bytes());
        }
        self.became_leader(segment, at, name)
    }

    /// Asks for data. The basis, if there is one, is described block by block.
    fn request(
        &mut self,
        segment: &Arc<Segment>,
        at: usize,
        entry: &Entry,
        name: &[u8],
        meta: Option<&Meta>,
        redo: bool,
    ) -> Result<(), Fatal> {
        let options = &self.ctx.options;
        let mut flags = match meta {
            Some(meta) => self.differences(entry, meta, true),
            None => iflags::IS_NEW,
        };
        if options.checksum {
            flags |= iflags::REPORT_CHANGE;
        }
        self.transfer_begins(segment, at);
        if options.dry_run {
            self.ask(segment, at, flags);
            return Ok(());
        }
        let whole = options.whole_file == Some(true) || self.ctx.block_sum.algorithm == crate::hash::Algorithm::None;
        let basis = match meta {
            Some(meta) if !whole && meta.size > 0 => match self.tree.open_file(name) {
                Ok(opened) => Some(opened),
                Err(errno) => {
                    let shown = self.shown(name);
                    let reason = crate::fs::strerror(errno);
                    let line =
                        words(&[b"rsync: [generator] failed to open ", &shown, b", continuing: ", reason.as_bytes()]);
                    crate::role::say::error(&mut self.out, &line);
                    flags = iflags::IS_NEW;
                    None
                }
            },
            _ => None,
        };
        self.ask(segment, at, flags);
        match basis {
            Some((fd, meta)) => self.put_sums(&fd, meta.size, redo),
            None => {
                SumHead::default().put(&mut self.out);
                Ok(())
            }
        }
    }

    fn put_sums(&mut self, fd: &std::os::fd::OwnedFd, size: u64, redo: bool) -> Result<(), Fatal> {
        let sizing = Sizing {
            protocol: self.ctx.protocol,
            block_size: self.ctx.options.block_size,
            digest_len: self.ctx.block_sum.algorithm.digest_len(),
            redo,
        };
        let head = head(size, &sizing);
        head.put(&mut self.out);
        let block = usize::try_from(head.blength).unwrap_or(usize::MAX).max(1);
        let strong_len = usize::try_from(head.s2length).unwrap_or(0);
        let whole_blocks = (BASIS_PIECE / block).max(1).saturating_mul(block);
        let mut buffer = vec![0; whole_blocks];
        let mut left = size;
        while left > 0 {
            let want = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
            let piece = buffer.get_mut(..want).unwrap_or_default();
            fill(fd, piece);
            left = left.saturating_sub(u64::try_from(want).unwrap_or(0));
            let out = &mut self.out;
            block_sums(&self.ctx.block_sum, piece, block, &mut |sum1, strong| {
                out.put(&sum1.to_le_bytes());
                out.put(strong.as_slice().get(..strong_len).unwrap_or_default());
            });
            self.out.flush_if_full()?;
            self.tick()?;
        }
        Ok(())
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
        self.request(segment, at, &entry, &name, here.as_ref(), true)
    }

    /// An entry is left out: its group of hard links goes on without it.
    pub(super) fn drop_out(&mut self, segment: &Arc<Segment>, at: usize) -> Result<(), Fatal> {
        self.left_group(segment, at)
    }
}

/// Fills a piece from a file; what is missing becomes zeros.
fn fill(fd: &std::os::fd::OwnedFd, piece: &mut [u8]) {
    let mut filled = 0;
    while let Some(room) = piece.get_mut(filled..).filter(|room| !room.is_empty()) {
        match content::read(fd, room) {
            Ok(0) | Err(_) => {
                room.fill(0);
                return;
            }
            Ok(n) => filled += n,
        }
    }
}
