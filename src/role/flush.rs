//! `sync = end`: files that are whole wait for one flush that serves many of them; only then do they take their names. The
//! flush of the next batch, or the last one of the session, also covers those names.

use rustix::io::Errno;

use super::basis::Basis;
use super::finish::{Answer, Came};
use super::notes::Note;
use super::receiver::{Delayed, Receiver};
use super::say::words;
use super::store::{Failure, Store};
use crate::flist::Extra;
use crate::fs::{Meta, Root, strerror};
use crate::limits::{FLUSH_BYTES, FLUSH_FILES};
use crate::net::fatal::Fatal;

pub use crate::config::Sync;

/// Files that wait.
#[derive(Default)]
pub(super) struct Held {
    files: Vec<Waiting>,
    bytes: u64,
}

/// What [`Came`] says of a file, kept.
struct Waiting {
    store: Store,
    answer: Answer,
    name: Vec<u8>,
    local: Vec<u8>,
    target: Vec<u8>,
    here: Option<Meta>,
    basis: Basis,
    read: u64,
    extra: Extra,
}

impl Held {
    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }
}

impl Receiver<'_> {
    /// Lets a file wait; a full batch is flushed.
    pub(super) fn hold(&mut self, store: Store, came: Came) -> Result<(), Fatal> {
        let Came { answer, name, local, target, here, basis, read } = came;
        self.held.bytes = self.held.bytes.saturating_add(answer.entry.size);
        self.held.files.push(Waiting {
            store,
            answer: *answer,
            name: name.to_vec(),
            local: local.to_vec(),
            target: target.to_vec(),
            here,
            basis,
            read,
            extra: std::mem::take(&mut self.extra),
        });
        if self.held.files.len() >= FLUSH_FILES || self.held.bytes >= FLUSH_BYTES {
            return self.release();
        }
        Ok(())
    }

    /// Flushes what waits and puts it in place. What could not be flushed is told, and does not replace anything.
    pub(super) fn release(&mut self) -> Result<(), Fatal> {
        if self.held.is_empty() {
            return Ok(());
        }
        let held = std::mem::take(&mut self.held);
        let flushed = flush(self.whole.root());
        let mut ended = Ok(());
        for file in held.files {
            let Waiting { store, answer, name, local, target, here, basis, read, extra } = file;
            self.extra = extra;
            let came = Came { answer: &answer, name: &name, local: &local, target: &target, here, basis, read };
            let note = match flushed {
                Ok(()) => match self.put_in_place(store, &came) {
                    Ok(note) => note,
                    Err(fatal) => {
                        ended = ended.and(Err(fatal));
                        Note::Failed(answer.ndx)
                    }
                },
                Err(errno) => {
                    store.discard(&mut self.whole);
                    self.failure(&came, &Failure { step: "sync", name: None, errno });
                    Note::Failed(answer.ndx)
                }
            };
            self.notes.leave(note);
        }
        self.notes.wake();
        ended
    }

    /// `--delay-updates`: the parts are on the disk before they take their names.
    pub(super) fn flush_delayed(&mut self) {
        if self.ctx.sync == Sync::Never || self.delayed.is_empty() {
            return;
        }
        if let Err(errno) = flush(self.whole.root()) {
            self.tell_error(&words(&[b"rsync: [receiver] sync failed: ", strerror(errno).as_bytes()]));
            for Delayed { ndx, .. } in std::mem::take(&mut self.delayed) {
                self.notes.push(Note::Failed(ndx));
            }
        }
    }
}

/// Writes everything of the file system to its disk.
pub(super) fn flush(root: &Root) -> Result<(), Errno> {
    loop {
        match rustix::fs::syncfs(root.fd()) {
            Err(Errno::INTR) => {}
            done => return done,
        }
    }
}

/// What is said when the last flush of a session fails.
pub(super) fn last_failure(errno: Errno) -> Vec<u8> {
    words(&[b"rsync: [generator] the disk could not be flushed: ", strerror(errno).as_bytes()])
}
