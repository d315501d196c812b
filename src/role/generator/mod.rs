//! The generator: walks the lists, decides what is wanted, asks for it, and answers for what became of it.

mod alternate;
mod backups;
mod differences;
mod directory;
mod dones;
mod file;
mod fuzzy;
mod item;
mod links;
mod missing;
mod other;
mod request;
mod tail;

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use rustix::io::Errno;

use super::context::Context;
use super::delete::Deleter;
use super::notes::{Note, Notes};
use super::places::Places;
use super::say::{Troubles, io_error, words};
use crate::filter::Filters;
use crate::flist::{Extra, Segment, segment::flag};
use crate::fs::{Meta, Tree};
use crate::net::{Fatal, Output};
use crate::options::{DeleteWhen, Remark};
use crate::wire::frame::Code;
use crate::wire::ndx::{DONE, Ndx};

pub use links::Groups;

/// Longest wait for a note before limits are checked and a keep-alive may go out.
const NAP: Duration = Duration::from_millis(500);

/// Entries that are known, with hard links and incremental recursion, before the first is dealt with.
const LINK_LOOKAHEAD: usize = 500;

/// A list that is not finished yet.
pub(super) struct Live {
    pub segment: Arc<Segment>,
    /// Files asked for and not settled.
    pub pending: usize,
    pub walked: bool,
}

/// The half that owns the write side of a push.
pub struct Generator<'a> {
    pub(super) ctx: &'a Context,
    pub(super) notes: &'a Notes,
    pub(super) out: Output,
    pub(super) tree: Tree,
    /// The module, for names from its root.
    pub(super) whole: Tree,
    pub(super) places: &'a Places,
    pub(super) filters: Filters,
    pub(super) troubles: Troubles,
    pub(super) live: VecDeque<Live>,
    /// Lists that were walked, of those that are live.
    next: usize,
    pub(super) ndx: Ndx,
    pub(super) eof: bool,
    /// Name under which the one file is stored, when the destination names a file.
    pub(super) local_name: Option<Vec<u8>>,
    pub(super) groups: Groups,
    pub(super) deleter: Deleter,
    /// `-y`: names that may be similar to a missing one.
    similar: fuzzy::Similar,
    /// Directories whose contents are skipped.
    pub(super) skipped: Vec<Vec<u8>>,
    /// Directories that a dry run would make where something else is, through which nothing is looked at.
    pub(super) unmade: Vec<Vec<u8>>,
    /// Directories made ahead of their own list.
    pub(super) premade: HashSet<Vec<u8>>,
    /// Directories without owner write permission, made writable for the time of the transfer.
    pub(super) retouch: HashMap<Vec<u8>, u32>,
    /// Directories found as such, by path (without incremental recursion): parents that entries may have.
    pub(super) parents: HashSet<Vec<u8>>,
    /// Phases the sender has ended.
    phases: u32,
    /// The sender has been told that no further data will be asked for.
    closed: bool,
    /// The receiver has read its last byte.
    ended: bool,
    /// Files to ask for once more.
    redo: VecDeque<i32>,
    /// What was sent about the entry in hand besides its record.
    pub(super) extra: Extra,
    /// Its extended attributes are reported to differ.
    pub(super) awaits_values: bool,
    scratch: Vec<u8>,
}

/// What a generator starts from.
pub struct Start<'a> {
    /// Facts of the session.
    pub ctx: &'a Context,
    /// Where the receiver's notes come from.
    pub notes: &'a Notes,
    /// The write half.
    pub out: Output,
    /// The destination.
    pub tree: Tree,
    /// The module.
    pub whole: Tree,
    /// What lies beside the destination.
    pub places: &'a Places,
    /// Rules for deletion and refusal.
    pub filters: Filters,
    /// The lists that are here already.
    pub lists: Vec<Arc<Segment>>,
    /// No further lists will come.
    pub eof: bool,
    /// See [`Generator`].
    pub local_name: Option<Vec<u8>>,
    /// The destination directory was made for this transfer.
    pub made: bool,
    /// io_error bits of the sender so far.
    pub io_error: i32,
}

impl<'a> Generator<'a> {
    /// A generator before its first entry.
    pub fn new(start: Start<'a>) -> Self {
        let Start { ctx, notes, out, tree, whole, places, filters, lists, eof, local_name, made, io_error } = start;
        let mut generator = Self {
            ctx,
            notes,
            out,
            tree,
            whole,
            places,
            filters,
            similar: fuzzy::Similar::default(),
            troubles: Troubles { io_error, xfer_error: false },
            live: VecDeque::new(),
            next: 0,
            ndx: Ndx::new(ctx.protocol),
            eof,
            local_name,
            groups: Groups::default(),
            deleter: Deleter::new(ctx),
            skipped: Vec::new(),
            unmade: Vec::new(),
            premade: made.then(|| b".".to_vec()).into_iter().collect(),
            retouch: HashMap::new(),
            parents: HashSet::new(),
            phases: 0,
            closed: false,
            ended: false,
            redo: VecDeque::new(),
            extra: Extra::default(),
            awaits_values: false,
            scratch: Vec::new(),
        };
        for segment in lists {
            generator.add_list(segment);
        }
        generator
    }

    /// Runs to the end of the session. Returns the write half for a last word, and what there is to answer for.
    pub fn run(mut self) -> (Output, Troubles, Result<(), Fatal>) {
        let result = self.session();
        (self.out, self.troubles, result)
    }

    fn session(&mut self) -> Result<(), Fatal> {
        let whole = self.ctx.options.whole_file == Some(true);
        let how = if whole { "disabled for local transfer or --whole-file" } else { "enabled" };
        let begins = format!("generator starting pid={}", std::process::id());
        self.trace(Remark::Generating, &begins);
        if self.ctx.options.delete == DeleteWhen::Before {
            self.delete_everywhere()?;
        }
        self.trace(Remark::Delta, &format!("delta-transmission {how}"));
        if self.ctx.codec.inc && self.ctx.options.hard_links {
            self.wait_for_entries(LINK_LOOKAHEAD)?;
        }
        loop {
            if self.next < self.live.len() {
                let at = self.next;
                self.next += 1;
                self.walk(at)?;
                if let Some(live) = self.live.get_mut(at.min(self.next.saturating_sub(1))) {
                    live.walked = true;
                }
                self.finish_lists()?;
            } else if self.eof || !self.ctx.codec.inc {
                break;
            } else {
                self.wait_for_note()?;
            }
        }
        self.tail()
    }

    /// Members of a group of hard links may be in later lists: some are waited for before the first decision.
    fn wait_for_entries(&mut self, count: usize) -> Result<(), Fatal> {
        while !self.eof && self.live.iter().map(|live| live.segment.entries.len()).sum::<usize>() < count {
            self.wait_for_note()?;
        }
        Ok(())
    }

    fn add_list(&mut self, segment: Arc<Segment>) {
        self.groups.expect(&segment);
        self.live.push_back(Live { segment, pending: 0, walked: false });
    }

    /// One list, entry by entry.
    fn walk(&mut self, at: usize) -> Result<(), Fatal> {
        let Some(segment) = self.live.get(at).map(|live| live.segment.clone()) else { return Ok(()) };
        if self.ctx.codec.inc {
            self.own_directory(&segment)?;
        }
        let mut name = std::mem::take(&mut self.scratch);
        for (position, entry) in segment.entries.iter().enumerate() {
            if entry.has(flag::DEAD) {
                continue;
            }
            segment.name_into(entry, &mut name);
            self.entry(&segment, position, entry, &name)?;
            self.out.flush_if_full()?;
            self.take_notes()?;
            if position % 256 == 255 {
                self.tick()?;
            }
        }
        self.scratch = name;
        Ok(())
    }

    /// Keep-alives, and the limits of time.
    pub(super) fn tick(&mut self) -> Result<(), Fatal> {
        self.out.clock().note_progress();
        self.out.keepalive();
        if self.out.pending() > 0 && self.out.clock().keepalive_due() { self.out.flush() } else { Ok(()) }
    }

    /// Deals with the notes that are there.
    pub(super) fn take_notes(&mut self) -> Result<(), Fatal> {
        while let Some(note) = self.notes.take() {
            self.note(note)?;
        }
        Ok(())
    }

    /// Waits for a note and deals with it. Everything the peer waits for is sent first.
    pub(super) fn wait_for_note(&mut self) -> Result<(), Fatal> {
        self.out.flush()?;
        if self.ended {
            return Err(Fatal::protocol("the sender ended before everything was answered"));
        }
        self.notes.wait(NAP);
        self.out.keepalive();
        self.out.flush()?;
        self.out.clock().check()?;
        self.take_notes()
    }

    fn note(&mut self, note: Note) -> Result<(), Fatal> {
        match note {
            Note::Done(ndx) => self.settled(ndx, true)?,
            Note::Failed(ndx) => self.settled(ndx, false)?,
            Note::Redo(ndx) => {
                self.redo.push_back(ndx);
                if self.ctx.codec.inc {
                    self.serve_redos()?;
                }
            }
            Note::Phase => self.phases += 1,
            Note::Segment(segment) => self.add_list(segment),
            Note::FlistEof => self.eof = true,
            Note::IoError(bits) => {
                if !self.ctx.options.ignore_errors {
                    self.troubles.io_error |= bits;
                }
            }
            Note::Removed(removed) => self.tell_removed(&removed),
            Note::Text(code, line) => {
                self.troubles.xfer_error |= code == Code::ErrorXfer;
                self.out.text(code, &line);
            }
            Note::Ended(result) => {
                result?;
                self.ended = true;
            }
        }
        Ok(())
    }

    /// A requested file is in place, or never will be.
    fn settled(&mut self, ndx: i32, done: bool) -> Result<(), Fatal> {
        let Some((segment, at)) = self.find(ndx) else { return Ok(()) };
        if let Some(live) = self.live_of(segment.start) {
            live.pending = live.pending.saturating_sub(1);
        }
        if done && self.ctx.options.remove_source_files && !self.ctx.options.dry_run {
            self.out.message(Code::Success, &ndx.to_le_bytes());
        }
        self.leader_settled(&segment, at, done)?;
        self.finish_lists()
    }

    pub(super) fn serve_redos(&mut self) -> Result<(), Fatal> {
        while let Some(ndx) = self.redo.pop_front() {
            if let Some((segment, at)) = self.find(ndx) {
                self.ask_again(&segment, at)?;
            }
        }
        Ok(())
    }

    /// The list and position of an index.
    pub(super) fn find(&self, ndx: i32) -> Option<(Arc<Segment>, usize)> {
        let after = self.live.partition_point(|live| live.segment.start <= ndx);
        let live = self.live.get(after.checked_sub(1)?)?;
        Some((live.segment.clone(), live.segment.position(ndx)?))
    }

    pub(super) fn live_of(&mut self, start: i32) -> Option<&mut Live> {
        let after = self.live.partition_point(|live| live.segment.start <= start);
        self.live.get_mut(after.checked_sub(1)?)
    }

    /// Incremental recursion: ends the oldest lists as soon as nothing in them is open.
    pub(super) fn finish_lists(&mut self) -> Result<(), Fatal> {
        if !self.ctx.codec.inc {
            return Ok(());
        }
        while let Some(front) = self.live.front() {
            let superseded = self.live.len() > 1 || self.eof;
            if !front.walked || front.pending > 0 || !superseded || !self.redo.is_empty() {
                break;
            }
            let segment = front.segment.clone();
            self.live.pop_front();
            self.next = self.next.saturating_sub(1);
            if self.ctx.options.delete != DeleteWhen::Delay {
                self.touch_up(&segment)?;
            } else {
                self.deleter.touch_later(&segment);
            }
            self.ndx.put(&mut self.out, DONE);
        }
        Ok(())
    }

    /// A line of a trace that is always the same.
    pub(super) fn trace(&mut self, remark: Remark, line: &str) {
        self.ctx.trace_text(&mut self.out, remark, line);
    }

    /// Whose turn it is.
    pub(super) fn trace_entry(&mut self, name: &[u8], ndx: i32) {
        self.ctx.trace(&mut self.out, Remark::Generating, &|| {
            words(&[b"recv_generator(", name, format!(",{ndx})").as_bytes()])
        });
    }

    /// Whether a name lies below a directory that is skipped.
    pub(super) fn is_skipped(&self, name: &[u8]) -> bool {
        self.skipped.iter().any(|dir| lies_in(name, dir))
    }

    /// The metadata of a name as it would be by now.
    pub(super) fn look(&mut self, name: &[u8]) -> Result<Meta, Errno> {
        if self.unmade.iter().any(|dir| lies_in(name, dir)) { Err(Errno::NOENT) } else { self.tree.lstat(name) }
    }

    /// A name as messages show it.
    pub(super) fn shown(&self, name: &[u8]) -> Vec<u8> {
        self.ctx.shown(self.tree.base(), name)
    }

    /// An error about a file, with the system's reason: `rsync: [generator] WHAT: REASON`.
    pub(super) fn problem(&mut self, what: &[&[u8]], errno: rustix::io::Errno) {
        let text = words(what);
        let line = words(&[b"rsync: [generator] ", &text, b": ", crate::fs::strerror(errno).as_bytes()]);
        super::say::file_error(&mut self.out, &mut self.troubles, &line);
    }

    /// Deletion is off: something could not be read.
    pub(super) fn deletion_is_off(&self) -> bool {
        self.troubles.io_error & io_error::GENERAL != 0 && !self.ctx.options.ignore_errors
    }
}

/// Whether a name is `dir` or lies in it.
fn lies_in(name: &[u8], dir: &[u8]) -> bool {
    name.strip_prefix(dir).is_some_and(|rest| rest.is_empty() || rest.first() == Some(&b'/'))
}
