//! One received file: its basis opened, its bytes stored and checked, put in place or set aside.

use std::os::fd::OwnedFd;
use std::sync::atomic::Ordering;

use rustix::io::Errno;

use super::attributes::{self, Times};
use super::backup::{self, Reason};
use super::basis::Basis;
use super::flush::Sync;
use super::notes::{Note, about};
use super::patch::{Patched, Reuse};
use super::receiver::{Delayed, Receiver};
use super::say::{Say, failed, info, words};
use super::store::{Failure, Finished, Job, Store};
use crate::escape::Escaped;
use crate::flist::{Entry, Segment};
use crate::fs::{Kind, Meta, strerror, tree};
use crate::net::Receive;
use crate::net::fatal::{Fatal, exit};
use crate::options::Remark;
use crate::wire::frame::Code;
use crate::wire::sum_head::SumHead;

/// The record in front of a file's data.
#[derive(Clone, Copy)]
pub(super) struct Answer {
    pub entry: Entry,
    pub ndx: i32,
    pub flags: u16,
    /// It came out wrong once.
    pub redo: bool,
}

/// A file whose bytes have come.
pub(super) struct Came<'a> {
    pub answer: &'a Answer,
    /// Name in the list.
    pub name: &'a [u8],
    /// Name in the destination.
    pub local: &'a [u8],
    /// The same, from the module's root.
    pub target: &'a [u8],
    /// What stands there.
    pub here: Option<Meta>,
    pub basis: Basis,
    /// Bytes that were read for it.
    pub read: u64,
}

impl Receiver<'_> {
    /// Receives one file.
    pub(super) fn file(&mut self, segment: &Segment, at: usize, answer: &Answer) -> Result<(), Fatal> {
        let mut name = Vec::new();
        segment.name_into(&answer.entry, &mut name);
        self.extra = segment.extra(answer.ndx);
        let local = self.local_name.clone().unwrap_or_else(|| name.clone());
        let target = self.places.full(&local);
        let read_before = self.input.taken();
        let digest_len = self.ctx.block_sum.algorithm.digest_len();
        let protocol = self.ctx.protocol;
        let head = self.input.decode(|r| SumHead::read(r, protocol, digest_len))?;
        let here = self.whole.lstat(&target).ok();
        let basis = self.notes.asked.take(answer.ndx);
        let opened = self.open_basis(&head, &basis, &local);
        let mut came = Came { answer, name: &name, local: &local, target: &target, here, basis, read: 0 };
        let mut store = match self.create(&came) {
            Ok(store) => Some(store),
            Err(failure) => {
                self.failure(&came, &failure);
                None
            }
        };
        let reuse = self.reuse(&head, opened, &came, store.as_ref());
        if let (Some(store), Some(len)) = (&mut store, reuse.kept) {
            store.append_from(len);
        }
        let patched = match self.patch(&head, &reuse, store.as_mut()) {
            Ok(patched) => patched,
            Err(fatal) => {
                if let Some(store) = store {
                    if store.is_worth_keeping(self.ctx) {
                        let _ = self.with_attributes(&came, Times::Leave, |this, finished, fail| {
                            store.dress(this.ctx, &mut this.whole, finished, fail)
                        });
                    }
                    store.abandon(self.ctx, &mut self.whole, &target, self.places.partial(&local).as_deref());
                }
                return Err(fatal);
            }
        };
        came.read = self.input.taken().saturating_sub(read_before);
        let Some(store) = store else {
            self.notes.push(Note::Failed(answer.ndx));
            return Ok(());
        };
        let outcome = match patched {
            Patched::Broken(failure) => {
                store.discard(&mut self.whole);
                self.failure(&came, &failure);
                Some(Note::Failed(answer.ndx))
            }
            Patched::Wrong => Some(self.wrong(store, &came)),
            Patched::Good => self.good(store, came)?,
        };
        if matches!(outcome, Some(Note::Redo(_)))
            && let Some(note) = segment.notes.get(at)
        {
            note.fetch_or(about::REDO, Ordering::AcqRel);
        }
        match outcome {
            Some(done @ Note::Done(_)) => self.notes.leave(done),
            Some(outcome) => self.notes.push(outcome),
            None => {}
        }
        Ok(())
    }

    /// The basis, if blocks of it are to come and it is a file still.
    fn open_basis(&mut self, head: &SumHead, basis: &Basis, local: &[u8]) -> Option<OwnedFd> {
        let path = basis.path(self.places, local).filter(|_| head.count > 0)?;
        if self.ctx.options.place.write_devices && *basis == Basis::Target {
            return self.whole.open_file_or_device(&path).ok().map(|(fd, _)| fd);
        }
        self.whole.open_file(&path).ok().map(|(fd, _)| fd)
    }

    fn create(&mut self, came: &Came) -> Result<Store, Failure> {
        let part = self.places.partial(came.local);
        let continued = came.basis == Basis::Partial && self.ctx.inplace_partial;
        let to_device =
            self.ctx.options.place.write_devices && came.here.as_ref().is_some_and(|here| here.kind() == Kind::Device);
        let job = Job {
            target: came.target,
            here: came.here.as_ref(),
            partial: part.as_deref().filter(|_| continued),
            size: came.answer.entry.size,
            in_place: self.ctx.options.inplace || to_device,
        };
        Store::create(self.ctx, self.places, &mut self.whole, &job)
    }

    /// How the basis' bytes are used.
    fn reuse(&self, head: &SumHead, basis: Option<OwnedFd>, came: &Came, store: Option<&Store>) -> Reuse {
        let append = self.ctx.options.place.append;
        let appends = append > 0 && !came.answer.redo && head.count > 0;
        let same_file = match came.basis {
            Basis::Target | Basis::Backup => store.is_some_and(Store::in_place),
            Basis::Partial => self.ctx.inplace_partial,
            Basis::Alternate(_) | Basis::Similar { .. } => false,
        };
        Reuse { basis, same_file, kept: appends.then(|| head.basis_len()), verify: append > 1 }
    }

    /// The checksum matches. `None`: nothing to tell yet.
    fn good(&mut self, store: Store, came: Came) -> Result<Option<Note>, Fatal> {
        let ndx = came.answer.ndx;
        let delayed = if self.ctx.options.place.delay_updates { self.places.partial(came.local) } else { None };
        if let Some(part) = delayed.filter(|_| !store.in_place()) {
            return Ok(match self.dress_and_set_aside(store, &came, &part) {
                Ok(()) => {
                    self.log_done(&came);
                    self.delayed.push(Delayed { ndx, target: came.local.to_vec() });
                    None
                }
                Err(failure) => {
                    self.failure(&came, &failure);
                    Some(Note::Failed(ndx))
                }
            });
        }
        if self.ctx.sync == Sync::End && !store.in_place() && self.places.temp_dir().is_none() {
            self.hold(store, came)?;
            return Ok(None);
        }
        self.put_in_place(store, &came).map(Some)
    }

    /// Backup, attributes, name.
    pub(super) fn put_in_place(&mut self, store: Store, came: &Came) -> Result<Note, Fatal> {
        let ndx = came.answer.ndx;
        // A first try that was kept under the target's name had its backup made then.
        let again = came.answer.redo && self.ctx.options.partial && self.places.partial(came.local).is_none();
        if !store.in_place() && !again {
            self.back_up(came.local)?;
        }
        Ok(match self.install(store, came, Times::Exact) {
            Ok(()) => {
                self.log_done(came);
                self.drop_part(came);
                Note::Done(ndx)
            }
            Err(failure) => {
                self.failure(came, &failure);
                Note::Failed(ndx)
            }
        })
    }

    fn log_done(&self, came: &Came) {
        self.log_received(came.name, came.answer, came.read);
    }

    /// What the target's name holds is kept as a backup. That it cannot be is the end of the session: the old file would
    /// be lost.
    fn back_up(&mut self, local: &[u8]) -> Result<(), Fatal> {
        match backup::make(self.ctx, self.places, &mut self.whole, local, Reason::Replaced) {
            Ok(None) => Ok(()),
            Ok(Some(made)) => {
                if self.ctx.tells(Remark::Backup) {
                    let mut notes = self.notes;
                    info(&mut notes, &words(&[b"backed up ", local, b" to ", &backup::shown(self.places, &made.to)]));
                }
                if !made.removed.is_empty() {
                    self.notes.push(Note::Removed(made.removed));
                }
                Ok(())
            }
            Err(failure) => {
                let (from, to) = (self.ctx.shown(b"", &self.places.full(local)), self.ctx.shown(b"", &failure.to));
                let what = words(&[failure.call.as_bytes(), b" ", &from, b" -> ", &to]);
                Err(Fatal::new(exit::FILE_IO, failed("receiver", &what, failure.errno)))
            }
        }
    }

    /// The part that the file was built on is used up, and its directory goes if it is empty.
    fn drop_part(&mut self, came: &Came) {
        let Some(part) = self.places.partial(came.local) else { return };
        if came.basis == Basis::Partial {
            let _ = self.whole.unlink(&part);
            self.drop_part_dir(&part);
        }
    }

    fn drop_part_dir(&mut self, part: &[u8]) {
        if self.places.partial_is_each() {
            let _ = self.whole.rmdir(tree::split(part).0);
        }
    }

    /// `--delay-updates`: all files are there; now they take their names.
    pub(super) fn place_delayed(&mut self) {
        for Delayed { ndx, target } in std::mem::take(&mut self.delayed) {
            let Some(part) = self.places.partial(&target) else { continue };
            if let Err(fatal) = self.back_up(&target) {
                self.notes.push(Note::Ended(Err(fatal)));
                return;
            }
            let full = self.places.full(&target);
            let note = match self.whole.rename(&part, &full) {
                Ok(()) => Note::Done(ndx),
                Err(errno) => {
                    let (from, to) = (self.shown_full(&part), self.shown(&target));
                    let what = words(&[b"rename failed for ", &to, b" (from ", &from, b")"]);
                    self.tell_error(&words(&[b"rsync: [receiver] ", &what, b": ", strerror(errno).as_bytes()]));
                    Note::Failed(ndx)
                }
            };
            self.drop_part_dir(&part);
            self.notes.push(note);
        }
    }

    /// The whole-file checksum did not match: once more, then give up.
    fn wrong(&mut self, store: Store, came: &Came) -> Note {
        let part = self.places.partial(came.local);
        // What was built on a file of another name is no part of this one, where parts have a place of their own.
        let stranger = part.is_some() && matches!(came.basis, Basis::Similar { .. });
        let keep = (self.ctx.options.partial && !stranger) || store.in_place();
        let word: &[u8] = match (&part, keep) {
            (_, false) => b"discarded",
            (Some(_), true) => b"put into partial-dir",
            (None, true) => b"retained",
        };
        if !keep {
            store.discard(&mut self.whole);
        } else if let Some(part) = part.filter(|_| !store.in_place()) {
            store.set_aside(&mut self.whole, &part);
        } else if let Err(failure) = self.install(store, came, Times::Leave) {
            self.failure(came, &failure);
        }
        self.log_done(came);
        let target = came.local;
        if came.answer.redo {
            let line = words(&[b"ERROR: ", target, b" failed verification -- update ", word, b"."]);
            self.tell_error(&line);
            return Note::Failed(came.answer.ndx);
        }
        let line = words(&[b"WARNING: ", target, b" failed verification -- update ", word, b" (will try again)."]);
        log::warn!("{}", Escaped(&line));
        if self.ctx.verbose > 0 || self.ctx.options.itemize {
            self.notes.push(Note::Text(Code::Warning, line));
        }
        Note::Redo(came.answer.ndx)
    }

    fn install(&mut self, store: Store, came: &Came, times: Times) -> Result<(), Failure> {
        self.with_attributes(came, times, |this, finished, fail| {
            store.install(this.ctx, this.places, &mut this.whole, finished, fail)
        })
    }

    fn dress_and_set_aside(&mut self, store: Store, came: &Came, part: &[u8]) -> Result<(), Failure> {
        self.with_attributes(came, Times::Exact, |this, finished, fail| {
            store.dress(this.ctx, &mut this.whole, finished, fail)?;
            if store.set_aside(&mut this.whole, part) {
                return Ok(());
            }
            Err(Failure { step: "rename", name: Some(part.to_vec()), errno: Errno::IO })
        })
    }

    /// Runs `put` with what the file shall become, and with a way to tell which attribute could not be set.
    fn with_attributes(
        &mut self,
        came: &Came,
        times: Times,
        put: impl FnOnce(&mut Self, &Finished, &mut dyn FnMut(&[u8], Errno)) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let stays = came.here.as_ref().filter(|here| here.is_file());
        let mode = attributes::wanted_mode_at(self.ctx, &mut self.whole, came.target, &came.answer.entry, stays);
        let shown = self.shown(came.local);
        let notes = self.notes;
        let mut fail = |what: &[u8], errno: Errno| {
            let line = words(&[b"rsync: [receiver] ", what, b": ", strerror(errno).as_bytes()]);
            log::error!("{}", Escaped(&line));
            notes.push(Note::Text(Code::ErrorXfer, line));
        };
        let (extra, entry) = (std::mem::take(&mut self.extra), &came.answer.entry);
        let finished = Finished { target: came.target, shown: &shown, entry, extra: &extra, mode, times };
        put(self, &finished, &mut fail)
    }

    /// A step of storing a file failed: the client hears which file and why.
    pub(super) fn failure(&mut self, came: &Came, failure: &Failure) {
        let shown = match &failure.name {
            Some(name) => self.shown_full(name),
            None => self.shown(came.local),
        };
        let line = match failure.step {
            "write failed on" => {
                words(&[b"rsync: [receiver] write failed on ", &shown, b": ", strerror(failure.errno).as_bytes()])
            }
            "rename" => {
                let what = words(&[b"rename ", &shown, b" -> ", &self.shown(came.local)]);
                words(&[b"rsync: [receiver] ", &what, b": ", strerror(failure.errno).as_bytes()])
            }
            step => failed("receiver", &words(&[step.as_bytes(), b" ", &shown]), failure.errno),
        };
        self.tell_error(&line);
    }

    pub(super) fn tell_error(&self, line: &[u8]) {
        log::error!("{}", Escaped(line));
        let mut notes = self.notes;
        notes.tell(Code::ErrorXfer, line);
    }

    /// A name in the destination, as messages show it.
    fn shown(&self, name: &[u8]) -> Vec<u8> {
        self.ctx.shown(&self.places.full(b""), name)
    }

    /// A name from the module's root, as messages show it: from the destination, where it lies there.
    fn shown_full(&self, full: &[u8]) -> Vec<u8> {
        let base = self.places.full(b"");
        match full.strip_prefix(base.as_slice()).and_then(|rest| rest.strip_prefix(b"/")) {
            Some(inside) if !base.is_empty() => self.ctx.shown(&base, inside),
            _ => self.ctx.shown(b"", full),
        }
    }
}
