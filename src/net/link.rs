//! Both halves in one thread.

use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::fatal::{Fatal, exit};
use super::input::{Input, Receive};
use super::output::Output;
use super::poll::{Clock, wait};
use crate::limits::{DRAIN_MS, INBOX_MAX};
use crate::wire::Put;

/// A connection that one thread reads and writes.
pub struct Link {
    /// The read half.
    pub input: Input,
    /// The write half.
    pub output: Output,
}

impl Link {
    /// Joins two non-blocking descriptors (of one socket, or of two pipes).
    pub fn new(read: OwnedFd, write: OwnedFd) -> Self {
        let clock = Arc::new(Clock::new());
        Self { input: Input::new(read, clock.clone()), output: Output::new(write, clock) }
    }

    /// The connection's clock.
    pub fn clock(&self) -> &Arc<Clock> {
        self.input.clock()
    }

    /// Writes everything; while it waits to write it reads ahead, as far as the inbox allows.
    pub fn flush(&mut self) -> Result<(), Fatal> {
        while !self.output.write_some()? {
            let ahead = self.input.backlog() < INBOX_MAX / 2 && !self.input.ended();
            self.clock().check()?;
            let read = ahead.then(|| self.input.fd().as_fd());
            let ready = wait(read, Some(self.output.fd().as_fd()), self.clock().patience())?;
            if ready.readable {
                self.input.read_some()?;
            }
        }
        Ok(())
    }

    /// Flushes once enough has been collected.
    pub fn flush_if_full(&mut self) -> Result<(), Fatal> {
        if !self.output.full() {
            return Ok(());
        }
        self.clock().check_stop()?;
        self.flush()
    }

    /// A long computation calls this now and then: keep-alives go out, limits are checked.
    pub fn tick(&mut self) -> Result<(), Fatal> {
        self.clock().note_progress();
        self.output.keepalive();
        if self.output.pending() > 0 && self.output.clock().keepalive_due() { self.flush() } else { Ok(()) }
    }

    /// After a last word: closes our direction and reads what the peer still sends, for a short time, so that a reset
    /// does not destroy the text before it is read.
    pub fn drain(&mut self) {
        let _ = self.output.flush();
        let _ = rustix::net::shutdown(self.output.fd(), rustix::net::Shutdown::Write);
        let end = Instant::now() + Duration::from_millis(DRAIN_MS);
        let mut sink = [0; 4096];
        while let Some(left) = end.checked_duration_since(Instant::now()) {
            match rustix::io::read(self.input.fd(), &mut sink) {
                Ok(0) => return,
                Ok(_) => {}
                Err(rustix::io::Errno::AGAIN | rustix::io::Errno::INTR) => {
                    if wait(Some(self.input.fd().as_fd()), None, Some(left)).is_err() {
                        return;
                    }
                }
                Err(_) => return,
            }
        }
    }
}

impl Put for Link {
    fn put(&mut self, bytes: &[u8]) {
        self.output.put(bytes);
    }
}

impl Receive for Link {
    fn input(&mut self) -> &mut Input {
        &mut self.input
    }

    fn wait_input(&mut self) -> Result<(), Fatal> {
        self.flush()?;
        loop {
            if self.input.ended() {
                return Err(self.input.unexpected_end());
            }
            if self.input.read_some()? {
                return Ok(());
            }
            self.clock().check()?;
            wait(Some(self.input.fd().as_fd()), None, self.clock().patience())?;
            self.output.keepalive();
            self.flush()?;
        }
    }
}

/// A text line of the handshake: without its newline; every CR dropped.
pub fn read_line(link: &mut Link, longest: usize) -> Result<Vec<u8>, Fatal> {
    let mut line = Vec::new();
    loop {
        let byte = link.decode(|r| r.byte())?;
        match byte {
            b'\n' => return Ok(line),
            b'\r' => {}
            0 => return Err(Fatal::broken(exit::STREAM_IO, "a NUL octet in a line of the handshake")),
            _ if line.len() >= longest => {
                return Err(Fatal::broken(exit::STREAM_IO, "a line of the handshake is too long"));
            }
            _ => line.push(byte),
        }
    }
}
