//! The write half: data and messages → frames → bytes.

use std::borrow::Cow;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::time::Duration;

use rustix::io::Errno;

use super::fatal::{Fatal, exit};
use super::pace::Pace;
use super::poll::{Clock, wait};
use crate::fs::strerror;
use crate::limits::{OUTBOX, TEXT_FRAME};
use crate::wire::Put;
use crate::wire::charset::Charset;
use crate::wire::frame::{Code, HEADER, header};

/// Longest text frame to a client of protocol 30 or newer.
const TEXT_FRAME_NEW: usize = 4900;

/// Bytes on their way to the peer.
pub struct Output {
    fd: OwnedFd,
    clock: Arc<Clock>,
    buf: Vec<u8>,
    sent: usize,
    framed: bool,
    /// Standard error is read by the client's user.
    aside: bool,
    /// Where the header of the data frame under construction stands.
    open_frame: Option<usize>,
    /// The buffer holds a keep-alive and nothing else.
    idle: bool,
    protocol: u32,
    charset: Option<Charset>,
    pace: Pace,
    given: u64,
}

impl Put for Output {
    fn put(&mut self, bytes: &[u8]) {
        self.idle = false;
        self.given = self.given.saturating_add(u64::try_from(bytes.len()).unwrap_or(0));
        if self.framed && self.open_frame.is_none() {
            self.open_frame = Some(self.buf.len());
            self.buf.extend_from_slice(&[0; HEADER]);
        }
        self.buf.extend_from_slice(bytes);
    }
}

impl Output {
    /// Writes to a non-blocking descriptor, unframed at first.
    pub fn new(fd: OwnedFd, clock: Arc<Clock>) -> Self {
        Self {
            fd,
            clock,
            buf: Vec::new(),
            sent: 0,
            framed: false,
            aside: false,
            open_frame: None,
            idle: false,
            protocol: 0,
            charset: None,
            pace: Pace::new(0),
            given: 0,
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

    /// From here on data is framed; `protocol` decides which messages the peer understands.
    pub fn set_framed(&mut self, protocol: u32) {
        self.framed = true;
        self.protocol = protocol;
    }

    /// Whether data is framed.
    pub fn framed(&self) -> bool {
        self.framed
    }

    /// Texts are in this set from here on, and leave in UTF-8.
    pub fn set_charset(&mut self, charset: Option<Charset>) {
        self.charset = charset;
    }

    /// A text, or a name, as the peer is told it.
    pub fn converted<'t>(&self, text: &'t [u8]) -> Cow<'t, [u8]> {
        self.charset.map_or(Cow::Borrowed(text), |charset| Cow::Owned(charset.to_wire_or_same(text)))
    }

    /// Limits the rate, KiB/s; 0 = none.
    pub fn set_bwlimit(&mut self, kib_s: u32) {
        self.pace = Pace::new(kib_s);
    }

    /// Bytes of the stream that were put in so far, frame headers and messages left out.
    pub fn given(&self) -> u64 {
        self.given
    }

    /// Bytes not yet handed to the kernel.
    pub fn pending(&self) -> usize {
        self.buf.len().saturating_sub(self.sent)
    }

    /// Enough has been collected: flush before adding more.
    pub fn full(&self) -> bool {
        self.pending() >= OUTBOX / 2
    }

    /// Standard error reaches the client's user: what old protocols have no message for goes there.
    pub fn set_aside(&mut self) {
        self.aside = true;
    }

    /// Queues a message of a fixed form.
    pub fn message(&mut self, code: Code, payload: &[u8]) {
        if !self.framed {
            return;
        }
        self.idle = false;
        self.close_frame();
        self.buf.extend_from_slice(&header(code, payload.len()));
        self.buf.extend_from_slice(payload);
    }

    /// Queues a line of text, newline included; the code is lowered to what the peer's protocol knows.
    pub fn text(&mut self, code: Code, line: &[u8]) {
        let line = self.converted(line).into_owned();
        self.text_as_is(code, &line);
    }

    /// Queues a line of text that is in the wire's character set already.
    pub fn text_as_is(&mut self, code: Code, line: &[u8]) {
        if self.aside && self.protocol < 30 && matches!(code, Code::Error | Code::Warning) {
            return say_aside(&crate::escape::Escaped(line).to_string());
        }
        let code = match code {
            Code::Error if self.protocol < 30 => Code::ErrorXfer,
            Code::Warning if self.protocol < 30 => Code::Info,
            other => other,
        };
        let longest = if self.protocol < 30 { TEXT_FRAME } else { TEXT_FRAME_NEW };
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let mut text = line.get(..longest.saturating_sub(1)).unwrap_or(line).to_vec();
        text.push(b'\n');
        self.message(code, &text);
    }

    /// Queues an empty data frame if the peer has not heard from us for long and nothing else is under way.
    pub fn keepalive(&mut self) {
        if self.framed && self.pending() == 0 && self.clock.keepalive_due() {
            self.buf.extend_from_slice(&header(Code::Data, 0));
            self.idle = true;
        }
    }

    /// Hands as much as possible to the kernel without waiting. `true`: all of it.
    pub fn write_some(&mut self) -> Result<bool, Fatal> {
        self.close_frame();
        while self.pending() > 0 {
            let rest = self.buf.get(self.sent..).unwrap_or_default();
            let part = rest.get(..self.pace.write_max()).unwrap_or(rest);
            match rustix::io::write(&self.fd, part) {
                Ok(n) => {
                    self.sent = self.sent.saturating_add(n);
                    self.clock.note_written(n, self.idle);
                    let pause = self.pace.pause_us(n, self.clock.now_ms().saturating_mul(1000));
                    if pause > 0 {
                        std::thread::sleep(Duration::from_micros(pause));
                    }
                }
                Err(Errno::AGAIN) => return Ok(false),
                Err(Errno::INTR) => {}
                Err(errno) => {
                    self.buf.clear();
                    self.sent = 0;
                    return Err(Fatal::broken(exit::SOCKET_IO, format!("write error: {}", strerror(errno))));
                }
            }
        }
        self.buf.clear();
        self.sent = 0;
        Ok(true)
    }

    /// Writes everything, waiting for the peer, reading nothing.
    pub fn flush(&mut self) -> Result<(), Fatal> {
        while !self.write_some()? {
            self.clock.check()?;
            wait(None, Some(self.fd.as_fd()), self.clock.patience())?;
        }
        Ok(())
    }

    /// Flushes once enough has been collected.
    pub fn flush_if_full(&mut self) -> Result<(), Fatal> {
        if !self.full() {
            return Ok(());
        }
        self.clock.check_stop()?;
        self.flush()
    }

    fn close_frame(&mut self) {
        if let Some(at) = self.open_frame.take() {
            let len = self.buf.len().saturating_sub(at).saturating_sub(HEADER);
            if let Some(place) = self.buf.get_mut(at..at.saturating_add(HEADER)) {
                place.copy_from_slice(&header(Code::Data, len));
            }
        }
    }
}

/// A line for standard error, in one piece: others may write there too.
pub fn say_aside(line: &str) {
    let _ = rustix::io::write(rustix::stdio::stderr(), format!("{line}\n").as_bytes());
}
