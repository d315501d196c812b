//! The read half: raw bytes → frames → one contiguous stream, with the messages set aside.

use std::collections::VecDeque;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::time::Duration;

use rustix::io::Errno;

use super::fatal::{Fatal, exit};
use super::poll::{Clock, wait};
use crate::fs::strerror;
use crate::limits::{INBOX, INBOX_MAX, MESSAGE_MAX};
use crate::wire::frame::{self, Code};
use crate::wire::{Decoded, Fault, Reader};

/// A frame that is not data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its code.
    pub code: Code,
    /// Its payload.
    pub payload: Vec<u8>,
}

/// Most messages set aside before somebody looks at them: more is a flood, not a transfer.
const MESSAGES_MAX: usize = 1 << 16;
/// A piece of unread stream up to this length is moved over a frame border; a longer one is read first.
const STITCH: usize = 16 << 10;

/// Received bytes: `[start, data_end)` is stream, `[data_end, end)` begins with a frame header (or is empty).
pub struct Input {
    fd: OwnedFd,
    clock: Arc<Clock>,
    buf: Vec<u8>,
    start: usize,
    data_end: usize,
    end: usize,
    framed: bool,
    careful: bool,
    frame_left: usize,
    eof: bool,
    messages: VecDeque<Message>,
    exit_wants_answer: bool,
    taken: u64,
}

impl Input {
    /// Reads from a non-blocking descriptor, unframed at first.
    pub fn new(fd: OwnedFd, clock: Arc<Clock>) -> Self {
        Self {
            fd,
            clock,
            buf: vec![0; INBOX],
            start: 0,
            data_end: 0,
            end: 0,
            framed: false,
            careful: false,
            frame_left: 0,
            eof: false,
            messages: VecDeque::new(),
            exit_wants_answer: false,
            taken: 0,
        }
    }

    /// The connection's clock.
    pub fn clock(&self) -> &Arc<Clock> {
        &self.clock
    }

    /// The descriptor.
    pub fn fd(&self) -> &OwnedFd {
        &self.fd
    }

    /// From the next unread byte on, the stream is framed (or, `false`, raw again).
    pub fn set_framed(&mut self, framed: bool) -> Result<(), Fatal> {
        self.framed = framed;
        self.careful &= framed;
        self.data_end = if framed { self.start } else { self.end };
        self.frame_left = 0;
        self.parse_frames(!self.careful)
    }

    /// Whether the stream is framed.
    pub fn framed(&self) -> bool {
        self.framed
    }

    /// Nothing behind the frame in use is looked at before it is asked for: it may not be a frame. Ends when the stream
    /// becomes raw.
    pub fn be_careful(&mut self) {
        self.careful = true;
    }

    /// Whether the peer closed its direction: nothing more will come than what is here.
    pub fn ended(&self) -> bool {
        self.eof
    }

    /// The unread stream that is here now.
    pub fn available(&self) -> &[u8] {
        self.buf.get(self.start..self.data_end).unwrap_or_default()
    }

    /// Bytes waiting, headers included.
    pub fn backlog(&self) -> usize {
        self.end.saturating_sub(self.start)
    }

    /// Bytes of the stream that were read so far, frame headers and messages left out.
    pub fn taken(&self) -> u64 {
        self.taken
    }

    /// Marks `n` bytes of [`Input::available`] as read.
    pub fn consume(&mut self, n: usize) {
        self.taken = self.taken.saturating_add(u64::try_from(n).unwrap_or(0));
        self.start = self.start.saturating_add(n).min(self.data_end);
        if self.start == self.end {
            self.start = 0;
            self.data_end = 0;
            self.end = 0;
        }
    }

    /// The oldest message set aside.
    pub fn take_message(&mut self) -> Option<Message> {
        self.messages.pop_front()
    }

    /// Tries a decoder on what is here. `None`: more bytes are needed.
    pub fn try_decode<T>(&mut self, decode: &mut impl FnMut(&mut Reader) -> Decoded<T>) -> Result<Option<T>, Fatal> {
        loop {
            let mut reader = Reader::new(self.available());
            match decode(&mut reader) {
                Ok(value) => {
                    let used = reader.used();
                    self.consume(used);
                    return Ok(Some(value));
                }
                Err(Fault::NeedMore) => {
                    let before = (self.data_end, self.end);
                    self.parse()?;
                    if (self.data_end, self.end) == before {
                        return Ok(None);
                    }
                }
                Err(fault) => return Err(fault.into()),
            }
        }
    }

    /// Reads once without waiting. `false`: nothing was there.
    pub fn read_some(&mut self) -> Result<bool, Fatal> {
        if self.eof {
            return Ok(false);
        }
        self.make_room()?;
        let room = self.buf.get_mut(self.end..).unwrap_or_default();
        match rustix::io::read(&self.fd, room) {
            Ok(0) => self.eof = true,
            Ok(n) => {
                self.clock.note_read(n);
                self.end = self.end.saturating_add(n);
            }
            Err(Errno::AGAIN | Errno::INTR) => return Ok(false),
            Err(Errno::CONNRESET) => self.eof = true,
            Err(errno) => return Err(Fatal::broken(exit::SOCKET_IO, format!("read error: {}", strerror(errno)))),
        }
        self.parse_frames(!self.careful)?;
        Ok(true)
    }

    /// Whether nothing comes for so long, or at all.
    pub fn is_silent(&mut self, most: Duration) -> Result<bool, Fatal> {
        if self.read_some()? {
            return Ok(false);
        }
        if self.eof {
            return Ok(true);
        }
        Ok(!wait(Some(self.fd.as_fd()), None, Some(most))?.readable)
    }

    /// The end of the stream in the middle of something.
    pub fn unexpected_end(&self) -> Fatal {
        let read = self.clock.read.load(std::sync::atomic::Ordering::Relaxed);
        Fatal::broken(exit::STREAM_IO, format!("connection unexpectedly closed ({read} bytes received so far)"))
    }

    fn make_room(&mut self) -> Result<(), Fatal> {
        if self.buf.len().saturating_sub(self.end) >= INBOX / 2 {
            return Ok(());
        }
        if self.start > 0 {
            self.buf.copy_within(self.start..self.end, 0);
            self.data_end = self.data_end.saturating_sub(self.start);
            self.end = self.end.saturating_sub(self.start);
            self.start = 0;
        }
        if self.buf.len() == self.end {
            if self.buf.len() >= INBOX_MAX {
                return Err(Fatal::new(exit::STREAM_IO, "a record is larger than the input buffer"));
            }
            self.buf.resize(self.buf.len().saturating_mul(2), 0);
        }
        Ok(())
    }

    fn parse(&mut self) -> Result<(), Fatal> {
        self.parse_frames(true)
    }

    /// Extends the stream over frame borders if it may `cross` them: the unread part is moved up over each header.
    fn parse_frames(&mut self, mut cross: bool) -> Result<(), Fatal> {
        if !self.framed {
            self.data_end = self.end;
            return Ok(());
        }
        loop {
            let more = self.frame_left.min(self.end.saturating_sub(self.data_end));
            self.data_end = self.data_end.saturating_add(more);
            self.frame_left = self.frame_left.saturating_sub(more);
            let unread = self.data_end.saturating_sub(self.start);
            if self.frame_left > 0 || unread > STITCH || !cross {
                return Ok(());
            }
            let raw = self.buf.get(self.data_end..self.end).unwrap_or_default();
            let Some((head, rest)) = raw.split_first_chunk::<{ frame::HEADER }>() else { return Ok(()) };
            let (tag, len) = frame::split(*head);
            let Some(code) = Code::from_tag(tag) else {
                let text = format!("unexpected tag {}", i32::from(tag).saturating_sub(7));
                return Err(Fatal::new(exit::STREAM_IO, text));
            };
            if code == Code::Data {
                self.step_over(frame::HEADER);
                self.frame_left = len;
                cross &= !self.careful || len == 0;
                continue;
            }
            if len > MESSAGE_MAX {
                return Err(Fatal::new(exit::STREAM_IO, format!("multiplexing overflow {tag}:{len}")));
            }
            let Some(payload) = rest.get(..len) else { return Ok(()) };
            let message = Message { code, payload: payload.to_vec() };
            self.step_over(frame::HEADER.saturating_add(len));
            self.set_aside(message)?;
        }
    }

    fn set_aside(&mut self, message: Message) -> Result<(), Fatal> {
        match (message.code, message.payload.first_chunk::<4>()) {
            (Code::Noop, _) => {}
            (Code::ErrorExit, code) => {
                self.exit_wants_answer = code.is_some();
                let code = code.map_or(0, |bytes| i32::from_le_bytes(*bytes));
                return Err(Fatal::broken(u8::try_from(code).unwrap_or(exit::STREAM_IO), ""));
            }
            _ if self.messages.len() >= MESSAGES_MAX => {
                return Err(Fatal::new(exit::STREAM_IO, "too many messages without data"));
            }
            _ => self.messages.push_back(message),
        }
        Ok(())
    }

    /// The peer ended the session with MSG_ERROR_EXIT and waits for the same, empty, in answer.
    pub fn exit_wants_answer(&self) -> bool {
        self.exit_wants_answer
    }

    /// Moves the unread stream up by `n`, over bytes that are not stream.
    fn step_over(&mut self, n: usize) {
        let to = self.start.saturating_add(n);
        self.buf.copy_within(self.start..self.data_end, to);
        self.start = to;
        self.data_end = self.data_end.saturating_add(n);
    }
}

/// Something that stream bytes can be received from, waiting as long as it takes.
pub trait Receive {
    /// The read half.
    fn input(&mut self) -> &mut Input;

    /// Waits until more bytes are here, or fails.
    fn wait_input(&mut self) -> Result<(), Fatal>;

    /// Runs a decoder, waiting for bytes as needed.
    fn decode<T>(&mut self, mut decode: impl FnMut(&mut Reader) -> Decoded<T>) -> Result<T, Fatal> {
        loop {
            if let Some(value) = self.input().try_decode(&mut decode)? {
                return Ok(value);
            }
            self.wait_input()?;
        }
    }

    /// Hands out `n` bytes of the stream in pieces, without copying them.
    fn stream(&mut self, n: usize, mut piece: impl FnMut(&[u8]) -> Result<(), Fatal>) -> Result<(), Fatal> {
        let mut left = n;
        while left > 0 {
            let here = self.input().available();
            let part = here.get(..left).unwrap_or(here);
            let len = part.len();
            if len == 0 {
                self.input().parse()?;
                if self.input().available().is_empty() {
                    self.wait_input()?;
                }
                continue;
            }
            piece(part)?;
            self.input().consume(len);
            left = left.saturating_sub(len);
        }
        Ok(())
    }
}

impl Receive for Input {
    fn input(&mut self) -> &mut Input {
        self
    }

    fn wait_input(&mut self) -> Result<(), Fatal> {
        loop {
            if self.eof {
                return Err(self.unexpected_end());
            }
            if self.read_some()? {
                return Ok(());
            }
            self.clock.check()?;
            wait(Some(self.fd.as_fd()), None, self.clock.patience())?;
        }
    }
}
