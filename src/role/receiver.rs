//! The receiver: reads answers, writes each file into a temporary, checks it, puts it in place.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::context::{Context, MUNGE_PREFIX};
use super::finish::Answer;
use super::flush::Held;
use super::notes::{Note, Notes, about};
use super::patch::Inflow;
use super::places::Places;
use super::receive_list::ListReader;
use super::say::words;
use super::xferlog::{self, Logged};
use crate::escape::Escaped;
use crate::flist::{Extra, Segment};
use crate::fs::Tree;
use crate::limits::FLUSH_IDLE;
use crate::net::fatal::{Fatal, exit};
use crate::net::{Input, Receive};
use crate::options::Remark;
use crate::wire::Reader;
use crate::wire::frame::Code;
use crate::wire::item::{Item, iflags};
use crate::wire::ndx::{DEL_STATS, DONE, FLIST_EOF, FLIST_OFFSET, Ndx};
use crate::wire::stats::DeleteStats;

/// The half that owns the read side of a push.
pub struct Receiver<'a> {
    pub(super) ctx: &'a Context,
    pub(super) notes: &'a Notes,
    pub(super) input: Input,
    pub(super) lists: ListReader<'a>,
    pub(super) live: VecDeque<Arc<Segment>>,
    pub(super) ndx: Ndx,
    /// The module.
    pub(super) whole: Tree,
    pub(super) places: &'a Places,
    /// Name of the one file under which it is stored, when the destination names a file.
    pub(super) local_name: Option<Vec<u8>>,
    pub(super) eof: bool,
    pub(super) inflow: Inflow,
    pub(super) phase: u32,
    /// What was sent about the file in hand besides its record.
    pub(super) extra: Extra,
    /// Bytes of long values of extended attributes that came.
    pub(super) value_bytes: usize,
    /// `--delay-updates`: files that are whole, to be put in place at the end.
    pub(super) delayed: Vec<Delayed>,
    /// `sync = end`: files that are whole, to be flushed together.
    pub(super) held: Held,
}

/// A file that is whole, in the place for parts.
pub(super) struct Delayed {
    pub ndx: i32,
    pub target: Vec<u8>,
}

impl Receiver<'_> {
    /// Reads until the sender has nothing more to say. Returns the read half for a last word, and the size of all that
    /// was listed, bytes.
    pub fn run(mut self) -> (Input, u64) {
        let result = self.answers();
        // What is whole is not lost, whatever ended the session.
        let result = result.and(self.release());
        self.notes.push(Note::Ended(result));
        (self.input, self.lists.total_size)
    }

    /// Ends before the first byte.
    pub fn fail(self, fatal: Fatal) -> (Input, u64) {
        self.notes.push(Note::Ended(Err(fatal)));
        (self.input, self.lists.total_size)
    }

    fn answers(&mut self) -> Result<(), Fatal> {
        let protocol = self.ctx.protocol;
        let phases = if protocol >= 29 { 3 } else { 2 };
        let count = self.live.front().map_or(0, |segment| segment.entries.len());
        self.trace(&|| format!("recv_files({count}) starting").into_bytes());
        while self.phase < phases {
            match self.index()? {
                DONE => {
                    self.release()?;
                    if self.ctx.codec.inc
                        && let Some(segment) = self.live.pop_front()
                    {
                        self.lists.released(&segment);
                        if !self.live.is_empty() || !self.eof {
                            continue;
                        }
                    }
                    self.phase += 1;
                    if self.phase < phases {
                        self.trace(&|| format!("recv_files phase={}", self.phase).into_bytes());
                    }
                    if self.phase == 2 {
                        self.flush_delayed();
                        self.place_delayed();
                    }
                    self.notes.push(Note::Phase);
                }
                FLIST_EOF if self.ctx.codec.inc && !self.eof => {
                    self.eof = true;
                    self.notes.push(Note::FlistEof);
                }
                ndx if ndx <= FLIST_OFFSET && self.ctx.codec.inc && !self.eof => self.further_list(ndx)?,
                DEL_STATS => drop(self.input.decode(DeleteStats::read)?),
                ndx => self.answer(ndx)?,
            }
        }
        self.trace(&|| b"recv_files finished".to_vec());
        if protocol >= 31 {
            loop {
                match self.index()? {
                    DONE => break,
                    DEL_STATS => drop(self.input.decode(DeleteStats::read)?),
                    ndx => return Err(Fatal::protocol(&format!("invalid packet at end of run ({ndx}) [receiver]"))),
                }
            }
            self.notes.push(Note::Phase);
        }
        Ok(())
    }

    fn index(&mut self) -> Result<i32, Fatal> {
        loop {
            let state = &mut self.ndx;
            let ndx = self.input.try_decode(&mut |r: &mut Reader| state.read(r));
            // A sender may say no more than that a file is gone: somebody waits for that.
            self.messages()?;
            match ndx? {
                Some(ndx) => return Ok(ndx),
                None => {
                    self.notes.wake();
                    if self.held.is_empty() {
                        self.input.wait_input()?;
                    } else if self.input.is_silent(FLUSH_IDLE)? {
                        // Somebody may wait for what is held here: it is held no longer than the sender keeps us busy.
                        self.release()?;
                    }
                }
            }
        }
    }

    /// Messages of the sender.
    fn messages(&mut self) -> Result<(), Fatal> {
        while let Some(message) = self.input.take_message() {
            match (message.code, <[u8; 4]>::try_from(message.payload.as_slice())) {
                (Code::NoSend, Ok(ndx)) => {
                    let ndx = i32::from_le_bytes(ndx);
                    self.entry(ndx)?;
                    self.notes.push(Note::Failed(ndx));
                }
                (Code::IoError, Ok(bits)) => {
                    let bits = i32::from_le_bytes(bits) & crate::flist::codec::IO_ERROR_MASK;
                    self.notes.push(Note::IoError(bits));
                }
                (Code::Info | Code::Warning | Code::Error | Code::ErrorXfer, _) => {
                    log::info!("{}", Escaped(message.payload.trim_ascii_end()));
                }
                (code, _) => {
                    return Err(Fatal::new(exit::STREAM_IO, format!("unexpected message {code:?} from a sender")));
                }
            }
        }
        Ok(())
    }

    fn further_list(&mut self, ndx: i32) -> Result<(), Fatal> {
        let before = self.lists.io_error;
        let segment = Arc::new(self.lists.announced(&mut self.input, ndx)?);
        if self.lists.io_error != before {
            self.notes.push(Note::IoError(self.lists.io_error));
        }
        self.live.push_back(segment.clone());
        self.notes.push(Note::Segment(segment));
        Ok(())
    }

    /// The list that holds an index, and the position in it; `None` for the directory of a list.
    fn entry(&self, ndx: i32) -> Result<(Arc<Segment>, Option<usize>), Fatal> {
        let after = self.live.partition_point(|segment| segment.start <= ndx);
        if let Some(segment) = after.checked_sub(1).and_then(|at| self.live.get(at))
            && let Some(at) = segment.position(ndx)
        {
            return Ok((segment.clone(), Some(at)));
        }
        let own = self.live.get(after).filter(|next| self.ctx.codec.inc && next.start.checked_sub(1) == Some(ndx));
        own.map(|segment| (segment.clone(), None))
            .ok_or_else(|| Fatal::protocol(&format!("file index out of range: {ndx} [receiver]")))
    }

    fn answer(&mut self, ndx: i32) -> Result<(), Fatal> {
        let protocol = self.ctx.protocol;
        let (flags, xname) = self.input.decode(|r| {
            let item = Item::read(r, protocol)?;
            Ok((item.iflags, item.xname.map(<[u8]>::to_vec)))
        })?;
        if protocol == 29 && flags == iflags::IS_NEW && self.live.back().is_some_and(|last| last.end() == ndx) {
            return Ok(());
        }
        let (segment, at) = self.entry(ndx)?;
        if self.ctx.has_values(flags) {
            let extra = segment.extra(ndx);
            if let Some(set) = &extra.xattrs {
                self.values(set)?;
            }
            if flags & iflags::TRANSFER == 0 {
                self.set_reported(&segment, at, &extra);
            }
        }
        self.trace(&|| words(&[b"recv_files(", &listed_name(&segment, at), b")"]));
        if flags & iflags::TRANSFER == 0 {
            self.log_item(&segment, at, flags, xname.as_deref());
            return Ok(());
        }
        let found = at.and_then(|at| Some((at, *segment.entries.get(at)?, segment.notes.get(at)?)));
        let Some((at, entry, note)) = found else { return Err(Fatal::protocol("data for a directory")) };
        let state = note.load(Ordering::Acquire);
        if state & about::REQUESTED == 0 {
            return Err(Fatal::protocol(&format!("data for a file that was not asked for: {ndx}")));
        }
        if self.ctx.options.dry_run {
            self.notes.leave(Note::Done(ndx));
            return Ok(());
        }
        note.fetch_and(!about::REQUESTED, Ordering::AcqRel);
        self.file(&segment, at, &Answer { entry, ndx, flags, redo: state & about::REDO != 0 })
    }

    /// A line of the receiver's.
    pub(super) fn trace(&self, line: &dyn Fn() -> Vec<u8>) {
        self.ctx.trace(&mut &*self.notes, Remark::Receiving, line);
    }

    pub(super) fn log_received(&self, name: &[u8], answer: &Answer, read: u64) {
        let Some(format) = &self.ctx.log_format else { return };
        let path = self.places.logged(name);
        let own = self.entry(answer.ndx).ok().map(|(segment, _)| segment);
        let listed = own.as_ref().map(|segment| segment.sum_of(answer.ndx)).unwrap_or_default();
        let sum = if listed.is_empty() { self.inflow.sum.as_slice() } else { listed };
        let item = Logged { path: &path, sum, ..Logged::received(name, &answer.entry, answer.flags, read) };
        xferlog::write(self.ctx, format, &item);
    }

    /// Items without data have a line in the log when its format shows what changed.
    fn log_item(&self, segment: &Segment, at: Option<usize>, flags: u16, leader: Option<&[u8]>) {
        let wanted = |format: &&Vec<u8>| xferlog::wants_items(format) && xferlog::is_change(flags);
        let Some(format) = self.ctx.log_format.as_ref().filter(wanted) else { return };
        let name = listed_name(segment, at);
        let entry = match (at.and_then(|at| segment.entries.get(at)), &segment.parent) {
            (Some(entry), _) => entry,
            (None, Some(parent)) => &parent.entry,
            (None, None) => {
                let Some(entry) = segment.entries.first() else { return };
                entry
            }
        };
        let arrow = match leader {
            Some(leader) if !leader.is_empty() => words(&[b" => ", leader]),
            _ if entry.is_symlink() => {
                let munged = if self.ctx.munge { MUNGE_PREFIX } else { b"" };
                words(&[b" -> ", munged, segment.target(entry)])
            }
            _ => Vec::new(),
        };
        let path = self.places.logged(&name);
        let sum = at.filter(|_| entry.is_file()).map(|at| segment.sum(at)).unwrap_or_default();
        let item = Logged { path: &path, arrow: &arrow, sum, ..Logged::received(&name, entry, flags, 0) };
        xferlog::write(self.ctx, format, &item);
    }
}

/// The name that a position stands for; `None` is the list's own directory.
pub(super) fn listed_name(segment: &Segment, at: Option<usize>) -> Vec<u8> {
    let mut name = Vec::new();
    match (at.and_then(|at| segment.entries.get(at)), &segment.parent) {
        (Some(entry), _) => segment.name_into(entry, &mut name),
        (None, Some(parent)) => name.clone_from(&parent.path),
        (None, None) => name.push(b'.'),
    }
    name
}
