//! `--compare-dest`, `--copy-dest`, `--link-dest`: what lies in another directory need not be sent.

use std::sync::Arc;

use rustix::io::Errno;

use super::Generator;
use super::differences::Spot;
use super::item::index;
use crate::flist::{Entry, Segment};
use crate::fs::{Kind, Meta, temp};
use crate::net::Fatal;
use crate::options::{Alternate, Remark};
use crate::role::attributes::{self, Times};
use crate::role::say::info;
use crate::role::store::{Failure, Finished, Job, Store};
use crate::wire::item::iflags;

/// What the alternate directories had for a file.
pub(super) enum Tried {
    /// It is dealt with.
    Settled,
    /// A file to build on.
    Basis(u8, Meta),
    /// Nothing of use.
    Nothing,
}

/// How much a candidate has in common with what was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    /// It is of the same kind.
    Exists,
    /// Its content is the same.
    Content,
    /// Its attributes are, too; but for the time of the last access, which is no reason to store it again.
    All,
}

/// The best candidate.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate {
    pub index: u8,
    pub level: Level,
    pub meta: Meta,
}

impl Generator<'_> {
    /// Looks for a regular file in the alternate directories.
    pub(super) fn alternate_file(
        &mut self,
        segment: &Arc<Segment>,
        at: usize,
        entry: &Entry,
        name: &[u8],
        here: Option<&Meta>,
    ) -> Result<Tried, Fatal> {
        let Some(kind) = self.places.alternate else { return Ok(Tried::Nothing) };
        if here.is_some() && kind == Alternate::Copy {
            return Ok(Tried::Nothing);
        }
        let found =
            self.best(entry, name, Meta::is_file, &mut |this, full, meta| this.is_same(segment, at, entry, full, meta));
        let Some(found) = found else { return Ok(Tried::Nothing) };
        let Candidate { index, level, meta } = found;
        match (level, kind) {
            (Level::All, Alternate::Compare) => {
                self.compared(segment, at, entry, name, here, &found).map(|()| Tried::Settled)
            }
            (Level::All, Alternate::Link) => {
                if self.link_alternate(segment, at, entry, &found, name, here) {
                    self.in_place(segment, at, name)?;
                    return Ok(Tried::Settled);
                }
                self.copy_alternate(segment, at, entry, name, &found)
            }
            _ if here.is_some() => Ok(Tried::Nothing),
            (Level::Exists, _) => Ok(Tried::Basis(index, meta)),
            _ => self.copy_alternate(segment, at, entry, name, &found),
        }
    }

    /// The best candidate for a name; the first of equals. `same` tells whether content is the same.
    pub(super) fn best(
        &mut self,
        entry: &Entry,
        name: &[u8],
        fits: impl Fn(&Meta) -> bool,
        same: &mut dyn FnMut(&mut Self, &[u8], &Meta) -> bool,
    ) -> Option<Candidate> {
        let mut best: Option<Candidate> = None;
        for index in 0..self.places.alternates() {
            let Some(full) = self.places.alternate(index, name) else { continue };
            let Some(meta) = self.whole.lstat(&full).ok().filter(&fits) else { continue };
            let level = if !same(self, &full, &meta) {
                Level::Exists
            } else if self.differences(entry, Spot::Full(&full), &meta, false) & !iflags::REPORT_ATIME != 0 {
                Level::Content
            } else {
                Level::All
            };
            if best.is_none_or(|best| level > best.level) {
                best = Some(Candidate { index, level, meta });
            }
            if level == Level::All {
                break;
            }
        }
        best
    }

    /// `--compare-dest`, everything is the same there: it is not stored here.
    fn compared(
        &mut self,
        segment: &Arc<Segment>,
        at: usize,
        entry: &Entry,
        name: &[u8],
        here: Option<&Meta>,
        found: &Candidate,
    ) -> Result<(), Fatal> {
        let flags = self.differences(entry, Spot::Alternate(found.index, name), &found.meta, false);
        self.report(index(segment, at), flags, None);
        self.tell_unchanged(name, 0);
        if here.is_some()
            && !self.ctx.options.dry_run
            && let Err(errno) = self.tree.unlink(name)
        {
            let shown = self.shown(name);
            self.problem(&[b"delete_file: unlink(", &shown, b") failed"], errno);
        }
        self.is_content(segment, at);
        self.source_may_go(segment, at);
        self.drop_out(segment, at)
    }

    /// `--link-dest`: the name becomes another one of the file there. `false`: it cannot, and is copied instead.
    pub(super) fn link_alternate(
        &mut self,
        segment: &Arc<Segment>,
        at: usize,
        entry: &Entry,
        found: &Candidate,
        name: &[u8],
        here: Option<&Meta>,
    ) -> bool {
        let linked_already = here.is_some_and(|here| (here.dev, here.ino) == (found.meta.dev, found.meta.ino));
        if !linked_already && self.ctx.options.dry_run && here.is_some() {
            self.would_move(segment, at);
        }
        if !linked_already && !self.ctx.options.dry_run {
            let Some(from) = self.places.alternate(found.index, name) else { return false };
            if self.link_over(&from, name, here.is_some()).is_err() {
                return false;
            }
        }
        let flags = self.differences(entry, Spot::Alternate(found.index, name), &found.meta, false);
        if flags & iflags::REPORT_ATIME != 0 && !self.ctx.options.dry_run {
            self.give_attributes(entry, name, found.meta.mode, &found.meta, Times::Near);
        }
        self.report(index(segment, at), flags | iflags::LOCAL_CHANGE, Some(b""));
        self.tell_unchanged(name, 0);
        true
    }

    /// Gives the file `from` (from the module's root) the name `name`; over what has it, in one step.
    pub(super) fn link_over(&mut self, from: &[u8], name: &[u8], over: bool) -> Result<(), Errno> {
        let full = self.places.full(name);
        if !over {
            return self.whole.link(from, &full);
        }
        let place = temp::beside(&full);
        self.whole.link(from, &place)?;
        let renamed = self.whole.rename(&place, &full);
        // Two names of one file: the rename does nothing, and leaves both.
        let _ = self.whole.unlink(&place);
        renamed
    }

    /// Copies the file from there, with the attributes that were sent.
    fn copy_alternate(
        &mut self,
        segment: &Arc<Segment>,
        at: usize,
        entry: &Entry,
        name: &[u8],
        found: &Candidate,
    ) -> Result<Tried, Fatal> {
        if !self.ctx.options.dry_run {
            let Some(from) = self.places.alternate(found.index, name) else { return Ok(Tried::Nothing) };
            if let Err(failure) = self.copy_file(&from, entry, name) {
                let (from, to) = (self.ctx.shown(b"", &from), self.shown(name));
                self.problem(&[failure.step.as_bytes(), b" ", &from, b" => ", &to], failure.errno);
                return Ok(Tried::Basis(found.index, found.meta));
            }
        }
        let flags =
            self.differences(entry, Spot::Alternate(found.index, name), &found.meta, true) | iflags::LOCAL_CHANGE;
        self.report(index(segment, at), flags, None);
        if found.level == Level::All {
            self.tell_unchanged(name, 0);
        } else if self.ctx.protocol < 29 && self.ctx.tells(Remark::Name) {
            info(&mut self.out, name);
        }
        self.in_place(segment, at, name)?;
        Ok(Tried::Settled)
    }

    fn copy_file(&mut self, from: &[u8], entry: &Entry, name: &[u8]) -> Result<(), Failure> {
        let target = self.places.full(name);
        let here = self.whole.lstat(&target).ok();
        let job = Job {
            target: &target,
            here: here.as_ref(),
            partial: None,
            size: entry.size,
            in_place: self.ctx.options.inplace,
        };
        let (fd, _) = self.whole.open_file(from).map_err(|errno| Failure::new("open", errno))?;
        let mut store = Store::create(self.ctx, self.places, &mut self.whole, &job)?;
        if let Err(failure) = store.copy_from(&fd) {
            store.discard(&mut self.whole);
            return Err(failure);
        }
        let shown = self.shown(name);
        let stays = here.as_ref().filter(|here| here.is_file());
        let mode = attributes::wanted_mode_at(self.ctx, &mut self.whole, &target, entry, stays);
        let extra = self.extra_in_hand();
        let finished = Finished { target: &target, shown: &shown, entry, extra: &extra, mode, times: Times::Exact };
        let mut problems: Vec<(Vec<u8>, Errno)> = Vec::new();
        let done = store.install(self.ctx, self.places, &mut self.whole, &finished, &mut |what, errno| {
            problems.push((what.to_vec(), errno));
        });
        for (what, errno) in problems {
            self.problem(&[&what], errno);
        }
        done
    }

    /// An item without data in the alternate directories; `same` tells whether two are alike.
    pub(super) fn alternate_other(
        &mut self,
        entry: &Entry,
        name: &[u8],
        same: &mut dyn FnMut(&mut Self, &[u8], &Meta) -> bool,
    ) -> Option<Candidate> {
        self.places.alternate?;
        let kind = Kind::of_mode(u32::from(entry.mode));
        self.best(entry, name, |meta| Some(meta.kind()) == kind, same)
    }
}
