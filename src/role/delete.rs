//! Removing what the sender does not have.

use std::collections::HashSet;
use std::sync::Arc;

use rustix::fs::AtFlags;
use rustix::io::Errno;

use super::backup::Reason;
use super::context::Context;
use super::generator::Generator;
use super::list::merge_file;
use super::say::{info, words};
use super::xferlog::{self, Logged};
use crate::flist::segment::flag;
use crate::flist::{Entry, Segment, order};
use crate::fs::{Kind, Meta, dir};
use crate::net::Fatal;
use crate::options::{DeleteWhen, Remark};
use crate::wire::frame::Code;
use crate::wire::stats::DeleteStats;

/// What deletion remembers.
#[derive(Debug, Default)]
pub struct Deleter {
    /// Deleted items by kind.
    pub stats: DeleteStats,
    limit: Option<u64>,
    deleted: u64,
    limit_skipped: u64,
    told_io_error: bool,
    /// `--delete-delay`: what was chosen, in order.
    delayed: Vec<(Vec<u8>, bool)>,
    touch_later: Vec<Arc<Segment>>,
}

impl Deleter {
    /// Nothing deleted yet.
    pub fn new(ctx: &Context) -> Self {
        Self { limit: ctx.options.max_delete, ..Self::default() }
    }

    /// How many items the limit kept, if it kept any.
    pub fn limit_skipped(&self) -> Option<u64> {
        (self.limit_skipped > 0).then_some(self.limit_skipped)
    }

    /// A finished list whose directory's time is set when deletion is over.
    pub fn touch_later(&mut self, segment: &Arc<Segment>) {
        self.touch_later.push(segment.clone());
    }

    /// The lists of [`Deleter::touch_later`].
    pub fn take_touch_later(&mut self) -> Vec<Arc<Segment>> {
        std::mem::take(&mut self.touch_later)
    }

    /// Whether the limit allows one more; if not, the item is counted as kept.
    fn may_delete(&mut self) -> bool {
        let allowed = self.limit.is_none_or(|limit| self.deleted < limit);
        if !allowed {
            self.limit_skipped += 1;
        }
        allowed
    }

    fn count(&mut self, kind: Kind) {
        self.deleted += 1;
        let at = match kind {
            Kind::File => 0,
            Kind::Dir => 1,
            Kind::Symlink => 2,
            Kind::Device => 3,
            Kind::Special => 4,
        };
        if let Some(count) = self.stats.counts.get_mut(at) {
            *count = count.saturating_add(1);
        }
    }
}

/// What became of an item that was to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gone {
    /// It is gone (or would be, in a dry run).
    Yes,
    /// It stays, and that is said.
    No,
}

impl Generator<'_> {
    /// `--delete-before`: one pass over the list.
    pub(super) fn delete_everywhere(&mut self) -> Result<(), Fatal> {
        if self.local_name.is_some() {
            return Ok(());
        }
        let Some(segment) = self.live.front().map(|live| live.segment.clone()) else { return Ok(()) };
        let mut name = Vec::new();
        for entry in segment.entries.iter().filter(|entry| entry.is_dir() && !entry.has(flag::DEAD)) {
            segment.name_into(entry, &mut name);
            if !entry.has(flag::NO_CONTENT) && !self.is_skipped(&name) {
                if entry.has(flag::TOP_DIR) {
                    self.ctx.trace(&mut self.out, Remark::Deletion, &|| words(&[b"deleting in ", &name]));
                }
                self.delete_extras(&segment, &name)?;
            }
            self.out.flush_if_full()?;
        }
        self.filters.leave_to(0);
        Ok(())
    }

    /// `--delete-after` and `--delete-delay`, once all files are there.
    pub(super) fn delete_late(&mut self) -> Result<(), Fatal> {
        if self.ctx.options.delete == DeleteWhen::After {
            return self.delete_everywhere();
        }
        for (name, is_dir) in std::mem::take(&mut self.deleter.delayed) {
            if self.deletion_is_off() {
                break;
            }
            if let Ok(meta) = self.tree.lstat(&name)
                && meta.is_dir() == is_dir
            {
                self.delete_item(&name, &meta, 0)?;
            }
            self.out.flush_if_full()?;
        }
        Ok(())
    }

    /// Removes what directory `path` holds and the list does not.
    pub(super) fn delete_extras(&mut self, segment: &Segment, path: &[u8]) -> Result<(), Fatal> {
        if self.deletion_is_off() {
            if !std::mem::replace(&mut self.deleter.told_io_error, true) {
                info(&mut self.out, b"IO error encountered -- skipping file deletion");
            }
            return Ok(());
        }
        let depth = if path == b"." { 0 } else { path.iter().filter(|b| **b == b'/').count() + 1 };
        self.enter_filters(path, depth)?;
        let id = segment.dirs.find(if path == b"." { b"" } else { path });
        let listed: HashSet<&[u8]> = segment
            .entries
            .iter()
            .filter(|entry| Some(entry.dir) == id && !entry.has(flag::DEAD))
            .map(|entry| segment.base(entry))
            .collect();
        let Some(found) = self.read_sorted(path, |leaf| !listed.contains(leaf)) else { return Ok(()) };
        for (leaf, meta) in found.iter().rev() {
            let name = join(path, leaf);
            self.trace_rule(&name, meta.is_dir(), false);
            if self.filters.protects(&name, meta.is_dir(), false) {
                continue;
            }
            if self.ctx.options.delete == DeleteWhen::Delay {
                self.deleter.delayed.push((name, meta.is_dir()));
            } else {
                self.delete_item(&name, meta, depth)?;
            }
            self.out.flush_if_full()?;
        }
        self.tick()
    }

    fn enter_filters(&mut self, path: &[u8], depth: usize) -> Result<(), Fatal> {
        if !self.filters.has_per_dir() {
            return Ok(());
        }
        let root = self.tree.root().clone();
        self.filters
            .enter_dir(path, depth, &mut |file| merge_file(&root, file))
            .map_err(|error| Fatal::new(error.exit, error.text))
    }

    /// The names of a directory that `keep` accepts, in the order of a list.
    pub(super) fn read_sorted(&mut self, path: &[u8], keep: impl Fn(&[u8]) -> bool) -> Option<Vec<(Vec<u8>, Meta)>> {
        // What a symlink leads to is not ours to empty, unless the client wants such links kept as directories.
        let follow = path == b"." || self.ctx.options.keep_dirlinks;
        let opened = if follow { self.tree.open_dir(path) } else { self.tree.open_dir_itself(path) };
        let handle = match opened {
            Ok(handle) => handle,
            Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => return None,
            Err(errno) => {
                let shown = self.shown(path);
                self.problem(&[b"opendir ", &shown, b" failed"], errno);
                return None;
            }
        };
        let mut names: Vec<Vec<u8>> = Vec::new();
        let read = dir::each_name(&handle, |leaf| {
            if keep(leaf) {
                names.push(leaf.to_vec());
            }
        });
        if let Err(errno) = read {
            let shown = self.shown(path);
            self.problem(&[b"readdir(", &shown, b")"], errno);
        }
        let mut found: Vec<(Vec<u8>, Meta)> = names
            .into_iter()
            .filter_map(|leaf| {
                let stat = rustix::fs::statat(&handle, leaf.as_slice(), AtFlags::SYMLINK_NOFOLLOW).ok()?;
                Some((leaf, Meta::from(stat)))
            })
            .collect();
        let key = |item: &(Vec<u8>, Meta)| (item.0.clone(), item.1.is_dir());
        let protocol = self.ctx.protocol;
        found.sort_by(|a, b| {
            let ((a, a_dir), (b, b_dir)) = (key(a), key(b));
            let left = order::Key { dir: b"", base: &a, is_dir: a_dir };
            order::compare(protocol, left, order::Key { dir: b"", base: &b, is_dir: b_dir })
        });
        Some(found)
    }

    /// Removes one item, a directory with everything in it that nothing protects.
    pub(super) fn delete_item(&mut self, name: &[u8], meta: &Meta, depth: usize) -> Result<Gone, Fatal> {
        if meta.is_dir() && self.empty_directory(name, meta, depth + 1)? == Gone::No {
            return Ok(Gone::No);
        }
        self.delete_one(name, meta)
    }

    /// Removes one item that is not a directory, or is an empty one, within the limit.
    fn delete_one(&mut self, name: &[u8], meta: &Meta) -> Result<Gone, Fatal> {
        if !self.deleter.may_delete() {
            return Ok(Gone::No);
        }
        let gone = self.remove(name, meta)?;
        if gone == Gone::Yes {
            self.deleter.count(meta.kind());
            self.report_deleted(name, meta);
        }
        Ok(gone)
    }

    /// Removes what a doomed directory holds. Rules protect inside it too, but for the perishable ones.
    fn empty_directory(&mut self, name: &[u8], meta: &Meta, depth: usize) -> Result<Gone, Fatal> {
        if !self.ctx.root && meta.mode & 0o200 == 0 && !self.ctx.options.dry_run {
            let _ = self.tree.chmod(name, meta.mode & 0o7777 | 0o700);
        }
        self.enter_filters(name, depth)?;
        let mut left = false;
        for (leaf, inner) in self.read_sorted(name, |_| true).unwrap_or_default().iter().rev() {
            let inner_name = join(name, leaf);
            self.trace_rule(&inner_name, inner.is_dir(), true);
            if self.filters.protects(&inner_name, inner.is_dir(), true) {
                left = true;
                continue;
            }
            if inner.is_dir() {
                left |= self.empty_directory(&inner_name, inner, depth + 1)? == Gone::No;
            }
            // An inner directory is tried even if something stayed in it, as stock does: it counts against the limit.
            left |= self.delete_one(&inner_name, inner)? == Gone::No;
            self.out.flush_if_full()?;
        }
        self.tick()?;
        if left {
            info(&mut self.out, &words(&[b"cannot delete non-empty directory: ", name]));
            return Ok(Gone::No);
        }
        Ok(Gone::Yes)
    }

    fn remove(&mut self, name: &[u8], meta: &Meta) -> Result<Gone, Fatal> {
        let keeps = !meta.is_dir() && !self.places.is_backup(name);
        if self.ctx.options.dry_run {
            if keeps {
                self.back_up(name, Reason::Removed)?;
            }
            return Ok(Gone::Yes);
        }
        if keeps {
            match self.try_back_up(name, Reason::Removed) {
                Ok(true) => return Ok(Gone::Yes),
                Ok(false) => {}
                Err(failure) => {
                    self.problem(&[b"delete_file: make_backup(", name, b") failed"], failure.errno);
                    return Ok(Gone::No);
                }
            }
        }
        let (call, done): (&[u8], _) =
            if meta.is_dir() { (b"rmdir", self.tree.rmdir(name)) } else { (b"unlink", self.tree.unlink(name)) };
        match done {
            Ok(()) | Err(Errno::NOENT) => Ok(Gone::Yes),
            Err(Errno::NOTEMPTY | Errno::EXIST) => {
                info(&mut self.out, &words(&[b"cannot delete non-empty directory: ", name]));
                Ok(Gone::No)
            }
            Err(errno) => {
                self.problem(&[b"delete_file: ", call, b"(", name, b") failed"], errno);
                Ok(Gone::No)
            }
        }
    }

    pub(super) fn report_deleted(&mut self, name: &[u8], meta: &Meta) {
        let is_dir = meta.is_dir();
        let own_form = |format: &&Vec<u8>| format.windows(2).any(|pair| pair == b"%o" || pair == b"%i");
        if let Some(format) = self.ctx.log_format.as_ref().filter(own_form) {
            let path = self.tree.full(name);
            let entry = Entry::bare(meta.mode);
            let item = Logged { operation: "del.", path: &path, deleted: true, ..Logged::received(name, &entry, 0, 0) };
            xferlog::write(self.ctx, format, &item);
        } else if self.ctx.log_format.is_some() {
            let slash = if is_dir { "/" } else { "" };
            log::info!("deleting {}{slash}", crate::escape::Escaped(name));
        }
        if self.ctx.protocol >= 29 {
            let mut payload = self.out.converted(name).into_owned();
            if is_dir {
                payload.push(0);
            }
            self.out.message(Code::Deleted, &payload);
        } else if self.ctx.verbose > 0 || self.ctx.options.own_lines {
            let slash: &[u8] = if is_dir { b"/" } else { b"" };
            self.out.text(Code::Info, &words(&[b"deleting ", name, slash]));
        }
    }

    /// Makes room for an item of another kind. `false`: it could not, and the client knows.
    pub(super) fn make_room(&mut self, name: &[u8], meta: &Meta, what: &str) -> Result<bool, Fatal> {
        let options = &self.ctx.options;
        let may_empty = options.delete != DeleteWhen::No || options.force;
        let mut emptied = true;
        if meta.is_dir() {
            let holds = self.read_sorted(name, |_| true).is_some_and(|found| !found.is_empty());
            if holds && may_empty {
                let depth = name.iter().filter(|b| **b == b'/').count() + 1;
                emptied = self.empty_directory(name, meta, depth)? == Gone::Yes;
            } else if holds {
                info(&mut self.out, &words(&[b"cannot delete non-empty directory: ", name]));
                emptied = false;
            }
        }
        if emptied && self.remove(name, meta)? == Gone::Yes {
            self.tree.forget();
            return Ok(true);
        }
        let line = words(&[b"could not make way for new ", what.as_bytes(), b": ", name]);
        super::say::file_error(&mut self.out, &mut self.troubles, &line);
        Ok(false)
    }
}

fn join(path: &[u8], leaf: &[u8]) -> Vec<u8> {
    if path == b"." { leaf.to_vec() } else { words(&[path, b"/", leaf]) }
}
