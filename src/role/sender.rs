//! The sender: builds the list, then answers requests in their order until the peer has all it wants.

use std::sync::atomic::Ordering;

use super::files_from::Wanted;
use super::list::Lister;
use super::notes::about;
use super::request::{Live, Request};
use super::say::{Troubles, failed, file_error, io_error, words};
use super::send_values::Asked;
use super::transfer::{Opened, Transfer};
use super::xferlog::{self, Logged};
use crate::flist::Entry;
use crate::limits::LOOKAHEAD;
use crate::net::fatal::{Fatal, exit};
use crate::net::{Link, Receive};
use crate::wire::frame::Code;
use crate::wire::item::iflags;
use crate::wire::ndx::{DEL_STATS, DONE, Ndx};
use crate::wire::stats::{DeleteStats, Stats};

/// The sender of one session.
pub struct Sender<'c, 'l> {
    pub(super) lister: Lister<'c>,
    pub(super) link: &'l mut Link,
    pub(super) transfer: Transfer,
    pub(super) live: Live,
    read_ndx: Ndx,
    pub(super) write_ndx: Ndx,
    phase: u32,
    /// Start of the segment that the last request referred to.
    current: i32,
}

impl<'c, 'l> Sender<'c, 'l> {
    /// Prepares a sender whose rules are read and whose output is framed.
    pub fn new(lister: Lister<'c>, link: &'l mut Link) -> Self {
        let ctx = lister.ctx;
        Self {
            transfer: Transfer::new(ctx),
            lister,
            link,
            live: Live::default(),
            read_ndx: Ndx::new(ctx.protocol),
            write_ndx: Ndx::new(ctx.protocol),
            phase: 0,
            current: 0,
        }
    }

    /// Runs the session to its end. Returns the size of everything listed, bytes, and what there is to answer for.
    pub fn run(mut self, wanted: Wanted) -> (u64, Result<Troubles, Fatal>) {
        let done = self.session(wanted);
        (self.lister.total_size, done.map(|()| self.lister.troubles))
    }

    fn session(&mut self, wanted: Wanted) -> Result<(), Fatal> {
        let built = std::time::Instant::now();
        log::info!("building file list");
        self.trace(&format!("server_sender starting pid={}", std::process::id()));
        let first = self.lister.first(self.link, wanted)?;
        let empty = first.entries.is_empty();
        if self.lister.ctx.codec.inc {
            self.lister.number_dirs(&first);
            let single = first.entries.len() == 1;
            self.live.0.push_back(first);
            self.first_follow_up(single)?;
        } else {
            self.live.0.push_back(first);
        }
        let flist_buildtime_ms = u64::try_from(built.elapsed().as_millis()).unwrap_or(0);
        self.link.flush()?;
        if empty {
            return Ok(());
        }
        self.trace("send_files starting");
        self.current = self.live.0.front().map_or(0, |segment| segment.start);
        let told = self.lister.troubles.io_error;
        self.answer_requests()?;
        self.trace_totals();
        if self.lister.troubles.io_error != told
            && self.lister.ctx.protocol >= 30
            && !self.lister.ctx.options.ignore_errors
        {
            self.link.output.message(Code::IoError, &self.lister.troubles.io_error.to_le_bytes());
        }
        match self.last_exchange(flist_buildtime_ms) {
            // Old clients leave without reading the statistics: they have everything.
            Err(fatal) if self.lister.ctx.protocol < 30 && !fatal.tell => {}
            done => done?,
        }
        Ok(())
    }

    /// Behind a first list with no directories comes the word that there are no more; behind a single entry comes the
    /// next list at once, because the peer needs it to know what its destination means.
    fn first_follow_up(&mut self, single: bool) -> Result<(), Fatal> {
        if single || !self.lister.has_more() {
            self.send_next_segment()?;
        }
        Ok(())
    }

    fn send_next_segment(&mut self) -> Result<(), Fatal> {
        if let Some(segment) = self.lister.next(self.link, &mut self.write_ndx)? {
            self.live.0.push_back(segment);
        }
        Ok(())
    }

    /// Keeps lists ahead of the requests.
    fn look_ahead(&mut self) -> Result<(), Fatal> {
        while !self.lister.complete {
            let ahead = self.live.0.iter().rev().take_while(|segment| segment.start > self.current);
            if ahead.map(|segment| segment.entries.len()).sum::<usize>() >= LOOKAHEAD {
                break;
            }
            self.send_next_segment()?;
        }
        Ok(())
    }

    fn answer_requests(&mut self) -> Result<(), Fatal> {
        let protocol = self.lister.ctx.protocol;
        let last_phase = if protocol >= 29 { 2 } else { 1 };
        loop {
            self.look_ahead()?;
            let ndx = self.read_index()?;
            self.take_messages()?;
            match ndx {
                DONE => {
                    if self.lister.ctx.codec.inc && !self.live.0.is_empty() {
                        self.live.0.pop_front();
                        if !self.live.0.is_empty() || !self.lister.complete {
                            self.write_ndx.put(self.link, DONE);
                            continue;
                        }
                    }
                    self.phase += 1;
                    if self.phase > last_phase {
                        return Ok(());
                    }
                    self.trace(&format!("send_files phase={}", self.phase));
                    self.write_ndx.put(self.link, DONE);
                }
                DEL_STATS => self.echo_delete_stats()?,
                ndx => self.answer(ndx)?,
            }
        }
    }

    fn read_index(&mut self) -> Result<i32, Fatal> {
        let state = &mut self.read_ndx;
        self.link.decode(|r| state.read(r))
    }

    fn echo_delete_stats(&mut self) -> Result<(), Fatal> {
        let stats = self.link.decode(DeleteStats::read)?;
        self.write_ndx.put(self.link, DEL_STATS);
        stats.put(self.link);
        Ok(())
    }

    fn answer(&mut self, ndx: i32) -> Result<(), Fatal> {
        let protocol = self.lister.ctx.protocol;
        let request = self.link.decode(|r| Request::read(r, protocol, ndx))?;
        // The keep-alive of protocol 29: an index past the list, flags "new" and nothing else.
        if protocol == 29
            && request.iflags == iflags::IS_NEW
            && self.live.0.back().is_some_and(|last| last.end() == ndx)
        {
            self.link.output.keepalive();
            return Ok(());
        }
        let Some((segment, entry)) = self.live.find(ndx, self.lister.ctx.codec.inc) else {
            return Err(Fatal::protocol(&format!("invalid file index: {ndx}")));
        };
        self.current = segment;
        let asked = self.read_asked(&request, segment)?;
        self.trace_request(ndx, segment);
        if request.iflags & iflags::TRANSFER == 0 {
            self.log_item(&request, segment, entry.map(|(_, entry)| entry));
            self.echo(&request, segment, asked)?;
            return self.link.flush_if_full();
        }
        let Some((_, entry)) = entry.filter(|(_, entry)| entry.is_file()) else {
            return Err(Fatal::protocol(&format!("got transfer request for a non-regular file: {ndx}")));
        };
        if self.phase >= 2 {
            return Err(Fatal::protocol("got transfer request in phase 2"));
        }
        self.look_ahead()?;
        if self.lister.ctx.options.dry_run {
            self.echo(&request, segment, asked)?;
            return self.link.flush_if_full();
        }
        self.send_file(&request, segment, entry, asked)
    }

    /// Items without data have a line in the log when its format shows what changed.
    fn log_item(&self, request: &Request, segment: i32, entry: Option<Entry>) {
        let wanted = |format: &&Vec<u8>| xferlog::wants_items(format) && xferlog::is_change(request.iflags);
        let Some(format) = self.lister.ctx.log_format.as_ref().filter(wanted) else { return };
        let Some(live) = self.live.at(segment) else { return };
        let mut name = Vec::new();
        let entry = match (entry, &live.parent) {
            (Some(entry), _) => {
                live.name_into(&entry, &mut name);
                entry
            }
            (None, Some(parent)) => {
                name.clone_from(&parent.path);
                parent.entry
            }
            (None, None) => {
                name.push(b'.');
                let Some(entry) = live.entries.first() else { return };
                *entry
            }
        };
        let arrow = match &request.xname {
            Some(leader) if !leader.is_empty() => words(&[b" => ", leader]),
            _ if entry.is_symlink() => words(&[b" -> ", live.target(&entry)]),
            _ => Vec::new(),
        };
        let path = self.lister.path(live.dirs.base(entry.dir), &name);
        let sum = if entry.is_file() { live.sum_of(request.ndx) } else { b"" };
        let item = Logged { path: &path, arrow: &arrow, sum, ..Logged::sent(&name, &entry, request.iflags, 0) };
        xferlog::write(self.lister.ctx, format, &item);
    }

    fn send_file(&mut self, request: &Request, segment: i32, entry: Entry, asked: Option<Asked>) -> Result<(), Fatal> {
        let protocol = self.lister.ctx.protocol;
        let Some(live) = self.live.at(segment) else { return Ok(()) };
        let again = live
            .position(request.ndx)
            .and_then(|at| live.notes.get(at))
            .is_some_and(|note| note.fetch_or(about::REQUESTED, Ordering::Relaxed) & about::REQUESTED != 0);
        let before = (self.link.output.given(), self.link.input.taken());
        let append = if again { 0 } else { self.lister.ctx.options.place.append };
        let mut table = self.transfer.read_sums(self.lister.ctx, self.link, request, append > 0)?;
        let mut name = Vec::new();
        live.name_into(&entry, &mut name);
        let base = live.dirs.base(entry.dir);
        let options = &self.lister.ctx.options;
        let follow = options.copy_links || options.copy_unsafe_links || options.copy_dirlinks;
        let opened = match self.lister.bases.get_mut(usize::from(base)) {
            Some(tree) if follow => tree.open_file_following(&name),
            Some(tree) if options.place.copy_devices => tree.open_file_or_device(&name),
            Some(tree) => tree.open_file(&name),
            None => Err(rustix::io::Errno::NOENT),
        };
        let (fd, meta) = match opened {
            Ok(opened) => opened,
            Err(errno) => return self.cannot_send(request.ndx, base, &name, errno),
        };
        if append > 0 && meta.size < entry.size {
            let shown = self.lister.shown(base, &name);
            super::say::warning(self.link, &words(&[b"skipped diminished file: ", &shown]));
            if protocol >= 30 {
                self.link.output.message(Code::NoSend, &request.ndx.to_le_bytes());
            }
            return self.link.flush_if_full();
        }
        self.echo(request, segment, asked)?;
        self.trace_opened(base, &name, meta.size);
        let opened = Opened { fd, size: meta.size, append, name: &name };
        let (intact, sum) = self.transfer.send(self.lister.ctx, self.link, &mut table, opened)?;
        if !intact {
            let shown = self.lister.shown(base, &name);
            self.lister.troubles.io_error |= io_error::GENERAL;
            let line = failed("sender", &words(&[b"read errors mapping ", &shown]), rustix::io::Errno::NODATA);
            file_error(self.link, &mut self.lister.troubles, &line);
        }
        self.trace_sent(base, &name);
        if let Some(format) = &self.lister.ctx.log_format {
            let moved = self.link.output.given().saturating_sub(before.0);
            let back = self.link.input.taken().saturating_sub(before.1);
            let path = self.lister.path(base, &name);
            let listed = self.live.at(segment).map(|live| live.sum_of(request.ndx)).unwrap_or_default();
            let sum = if listed.is_empty() { sum.as_slice() } else { listed };
            let item = Logged { path: &path, back, sum, ..Logged::sent(&name, &entry, request.iflags, moved) };
            xferlog::write(self.lister.ctx, format, &item);
        }
        self.link.flush_if_full()
    }

    fn cannot_send(&mut self, ndx: i32, base: u16, name: &[u8], errno: rustix::io::Errno) -> Result<(), Fatal> {
        let shown = self.lister.shown(base, name);
        if errno == rustix::io::Errno::NOENT {
            self.lister.troubles.io_error |= io_error::VANISHED;
            super::say::warning(self.link, &words(&[b"file has vanished: ", &shown]));
        } else {
            self.lister.troubles.io_error |= io_error::GENERAL;
            let reason = crate::fs::strerror(errno);
            let line = words(&[b"rsync: [sender] send_files failed to open ", &shown, b": ", reason.as_bytes()]);
            file_error(self.link, &mut self.lister.troubles, &line);
        }
        if self.lister.ctx.protocol >= 30 {
            self.link.output.message(Code::NoSend, &ndx.to_le_bytes());
        }
        self.link.flush_if_full()
    }

    /// Messages that arrived between requests: files that are in place over there.
    fn take_messages(&mut self) -> Result<(), Fatal> {
        while let Some(message) = self.link.input.take_message() {
            match (message.code, <[u8; 4]>::try_from(message.payload.as_slice())) {
                (Code::Success, Ok(ndx)) => self.remove_source(i32::from_le_bytes(ndx))?,
                (Code::Info | Code::Warning | Code::Error | Code::ErrorXfer, _) => {
                    log::info!("{}", crate::escape::Escaped(message.payload.trim_ascii_end()));
                }
                (code, _) => {
                    return Err(Fatal::new(exit::STREAM_IO, format!("unexpected message {code:?} from a receiver")));
                }
            }
        }
        Ok(())
    }

    fn last_exchange(&mut self, flist_buildtime_ms: u64) -> Result<(), Fatal> {
        self.write_ndx.put(self.link, DONE);
        self.link.flush()?;
        self.put_stats(flist_buildtime_ms);
        self.goodbye()
    }

    fn put_stats(&mut self, flist_buildtime_ms: u64) {
        let clock = self.link.clock().clone();
        let stats = Stats {
            total_read: clock.read.load(Ordering::Relaxed),
            total_written: clock.written.load(Ordering::Relaxed),
            total_size: self.lister.total_size,
            flist_buildtime_ms,
            flist_xfertime_ms: 0,
        };
        stats.put(self.link, self.lister.ctx.protocol);
    }

    /// The last words: what the peer still says is read, so that its end of the connection closes in peace.
    fn goodbye(&mut self) -> Result<(), Fatal> {
        let protocol = self.lister.ctx.protocol;
        self.link.flush()?;
        let mut rounds = if protocol >= 31 { 2 } else { 1 };
        loop {
            let read = self.read_index();
            self.take_messages()?;
            match read {
                Ok(DONE) => {
                    rounds -= 1;
                    if rounds == 0 {
                        return self.link.flush();
                    }
                    self.write_ndx.put(self.link, DONE);
                    self.link.flush()?;
                }
                Ok(DEL_STATS) => {
                    self.echo_delete_stats()?;
                    self.link.flush()?;
                }
                Ok(ndx) => return Err(Fatal::protocol(&format!("invalid packet at end of run ({ndx})"))),
                Err(fatal) => return Err(fatal),
            }
        }
    }
}
