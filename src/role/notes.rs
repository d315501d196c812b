//! What the receiver has to say to the generator: notes in order, and one wake-up.
//!
//! The receiver never waits for the generator and never writes to the peer; so the ring client → receiver → generator →
//! client cannot lock up. The queue is bounded by the files in flight and by the lists the sender sends ahead.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use super::basis::Asked;
use super::say::Say;
use crate::flist::Segment;
use crate::fs::Meta;
use crate::limits::NOTES_LEFT;
use crate::net::Fatal;
use crate::wire::frame::Code;

/// Bits of the note that a segment keeps about each entry.
pub mod about {
    /// The generator asked for it.
    pub const REQUESTED: u8 = 1;
    /// It is asked for a second time.
    pub const REDO: u8 = 2;
    /// Its place here held a different kind, or nothing.
    pub const NEW: u8 = 4;
}

/// One note.
#[derive(Debug)]
pub enum Note {
    /// A file is in place.
    Done(i32),
    /// A file will not come, or could not be put in place.
    Failed(i32),
    /// A file came out wrong: ask once more.
    Redo(i32),
    /// The sender ended a phase.
    Phase,
    /// A further list.
    Segment(Arc<Segment>),
    /// There are no further lists.
    FlistEof,
    /// io_error bits of the sender.
    IoError(i32),
    /// Items that stood in a backup's way are gone: names in the destination.
    Removed(Vec<(Vec<u8>, Meta)>),
    /// A line for the peer.
    Text(Code, Vec<u8>),
    /// The receiver is done, or cannot go on.
    Ended(Result<(), Fatal>),
}

/// The queue.
#[derive(Debug, Default)]
pub struct Notes {
    queue: Mutex<VecDeque<Note>>,
    wake: Condvar,
    any: AtomicBool,
    /// What the files in flight are built on.
    pub asked: Asked,
}

impl Notes {
    /// Adds a note and wakes the generator.
    pub fn push(&self, note: Note) {
        self.add(note);
        self.wake.notify_one();
    }

    /// Adds a note that can wait until the receiver has nothing to do ([`Notes::wake`]): to wake the generator for each of
    /// many small files costs more than the files do.
    pub fn leave(&self, note: Note) {
        if self.add(note) >= NOTES_LEFT {
            self.wake.notify_one();
        }
    }

    /// Wakes the generator if there are notes.
    pub fn wake(&self) {
        if self.any.load(Ordering::Acquire) {
            self.wake.notify_one();
        }
    }

    fn add(&self, note: Note) -> usize {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        queue.push_back(note);
        self.any.store(true, Ordering::Release);
        queue.len()
    }

    /// The oldest note, if there is one.
    pub fn take(&self) -> Option<Note> {
        if !self.any.load(Ordering::Acquire) {
            return None;
        }
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        let note = queue.pop_front();
        if queue.is_empty() {
            self.any.store(false, Ordering::Release);
        }
        note
    }

    /// Waits for a note, `patience` at most.
    pub fn wait(&self, patience: Duration) {
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        if queue.is_empty() {
            drop(self.wake.wait_timeout(queue, patience));
        }
    }
}

impl Say for &Notes {
    fn tell(&mut self, code: Code, line: &[u8]) {
        self.push(Note::Text(code, line.to_vec()));
    }
}
