//! Waiting for a descriptor, and the clock of a connection: last activity, time limits.

use std::os::fd::BorrowedFd;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags};
use rustix::io::Errno;
use rustix::time::Timespec;

use super::fatal::{Fatal, exit};
use crate::fs::strerror;

/// Longest wait without a look at whether the other half still runs, ms.
const GLANCE_MS: u64 = 1000;

/// Counters and limits that both halves of a connection share.
#[derive(Debug)]
pub struct Clock {
    start: Instant,
    /// Bytes read from the peer.
    pub read: AtomicU64,
    /// Bytes written to the peer.
    pub written: AtomicU64,
    last_write_ms: AtomicU64,
    /// When something last went on: bytes of the peer, data for it, or work here. Keep-alives do not count: a peer that
    /// stalled would keep its worker for ever.
    progress_ms: AtomicU64,
    /// Silence that ends the session, seconds; 0 = none.
    timeout_s: AtomicU64,
    /// Absolute end of the handshake, ms after `start`; 0 = none.
    deadline_ms: AtomicU64,
    /// When the client wants the session to stop, ms after `start`; 0 = never.
    stop_ms: AtomicU64,
    /// The other half has ended: no waiting any more.
    stopped: AtomicBool,
}

impl Clock {
    /// A clock that starts now.
    pub fn new() -> Self {
        Self {
            start: Instant::now(),
            read: AtomicU64::new(0),
            written: AtomicU64::new(0),
            last_write_ms: AtomicU64::new(0),
            progress_ms: AtomicU64::new(0),
            timeout_s: AtomicU64::new(0),
            deadline_ms: AtomicU64::new(0),
            stop_ms: AtomicU64::new(0),
            stopped: AtomicBool::new(false),
        }
    }

    /// Milliseconds since the start of the connection.
    pub fn now_ms(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Sets the I/O timeout, seconds; 0 = none.
    pub fn set_timeout(&self, seconds: u64) {
        self.timeout_s.store(seconds, Ordering::Relaxed);
    }

    /// The I/O timeout, seconds; 0 = none.
    pub fn timeout_s(&self) -> u64 {
        self.timeout_s.load(Ordering::Relaxed)
    }

    /// Arms the handshake's absolute limit, `seconds` from now; 0 disarms it.
    pub fn set_deadline(&self, seconds: u64) {
        let at = if seconds == 0 { 0 } else { self.now_ms().saturating_add(seconds.saturating_mul(1000)) };
        self.deadline_ms.store(at, Ordering::Relaxed);
    }

    /// `--stop-after`: the session ends `seconds` from now; 0 = never.
    pub fn set_stop(&self, seconds: u64) {
        let at = if seconds == 0 { 0 } else { self.now_ms().saturating_add(seconds.saturating_mul(1000)) };
        self.stop_ms.store(at, Ordering::Relaxed);
    }

    #[cfg(test)]
    pub(super) fn stop_now(&self) {
        self.stop_ms.store(1, Ordering::Relaxed);
        while self.now_ms() < 1 {}
    }

    /// Is it time to stop?
    pub fn check_stop(&self) -> Result<(), Fatal> {
        match self.stop_ms.load(Ordering::Relaxed) {
            0 => Ok(()),
            at if self.now_ms() < at => Ok(()),
            _ => Err(Fatal::new(exit::TIMEOUT, "stopping at requested limit")),
        }
    }

    /// Ends all waiting: the half that still runs gives up at its next look.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::Release);
    }

    /// Waiting is allowed again.
    pub fn resume(&self) {
        self.stopped.store(false, Ordering::Release);
    }

    /// Half the timeout, rounded up: after this much silence of ours a keep-alive is due. Milliseconds.
    pub fn lull_ms(&self) -> u64 {
        self.timeout_s().div_ceil(2).saturating_mul(1000)
    }

    /// Whether a keep-alive is due.
    pub fn keepalive_due(&self) -> bool {
        let lull = self.lull_ms();
        lull > 0 && self.now_ms().saturating_sub(self.last_write_ms.load(Ordering::Relaxed)) >= lull
    }

    /// Notes `n` bytes read.
    pub fn note_read(&self, n: usize) {
        self.read.fetch_add(u64::try_from(n).unwrap_or(0), Ordering::Relaxed);
        self.note_progress();
    }

    /// Notes `n` bytes written; `idle`: a keep-alive and nothing else.
    pub fn note_written(&self, n: usize, idle: bool) {
        self.written.fetch_add(u64::try_from(n).unwrap_or(0), Ordering::Relaxed);
        self.last_write_ms.store(self.now_ms(), Ordering::Relaxed);
        if !idle {
            self.note_progress();
        }
    }

    /// Counting begins: what was said before the transfer does not count. `ahead` bytes of it are read already.
    pub fn count_from_here(&self, ahead: usize) {
        self.read.store(u64::try_from(ahead).unwrap_or(0), Ordering::Relaxed);
        self.written.store(0, Ordering::Relaxed);
    }

    /// Notes that work goes on here.
    pub fn note_progress(&self) {
        self.progress_ms.store(self.now_ms(), Ordering::Relaxed);
    }

    /// How long to wait at most before [`Clock::check`] has news; `None` = for ever.
    pub fn patience(&self) -> Option<Duration> {
        let now = self.now_ms();
        let deadline = match self.deadline_ms.load(Ordering::Relaxed) {
            0 => None,
            at => Some(at.saturating_sub(now).saturating_add(1)),
        };
        let lull = match self.lull_ms() {
            0 => None,
            lull => Some(lull.clamp(1, 60_000)),
        };
        let ms = [deadline, lull, Some(GLANCE_MS)].into_iter().flatten().min()?;
        Some(Duration::from_millis(ms))
    }

    /// Has a limit passed?
    pub fn check(&self) -> Result<(), Fatal> {
        if self.stopped.load(Ordering::Acquire) {
            return Err(Fatal::broken(exit::STREAM_IO, ""));
        }
        self.check_stop()?;
        let now = self.now_ms();
        let deadline = self.deadline_ms.load(Ordering::Relaxed);
        if deadline != 0 && now >= deadline {
            return Err(Fatal::broken(exit::TIMEOUT, "daemon handshake timeout -- exiting"));
        }
        let timeout = self.timeout_s();
        let silent_s = now.saturating_sub(self.progress_ms.load(Ordering::Relaxed)) / 1000;
        if timeout != 0 && silent_s >= timeout {
            return Err(Fatal::broken(exit::TIMEOUT, format!("io timeout after {silent_s} seconds -- exiting")));
        }
        Ok(())
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::new()
    }
}

/// What a wait found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ready {
    /// The first descriptor has bytes, or its end.
    pub readable: bool,
    /// The second takes bytes.
    pub writable: bool,
}

/// Waits until `input` is readable or `output` writable, whichever are given, or `patience` is over.
pub fn wait(input: Option<BorrowedFd>, output: Option<BorrowedFd>, patience: Option<Duration>) -> Result<Ready, Fatal> {
    let mut fds = heapless::Vec::<PollFd, 2>::new();
    if let Some(fd) = input {
        let _ = fds.push(PollFd::from_borrowed_fd(fd, PollFlags::IN));
    }
    if let Some(fd) = output {
        let _ = fds.push(PollFd::from_borrowed_fd(fd, PollFlags::OUT));
    }
    let limit = patience.and_then(|d| Timespec::try_from(d).ok());
    match rustix::event::poll(&mut fds, limit.as_ref()) {
        Ok(_) => {}
        Err(Errno::INTR) => return Ok(Ready::default()),
        Err(errno) => return Err(Fatal::broken(exit::SOCKET_IO, format!("poll failed: {}", strerror(errno)))),
    }
    let mut found = fds.iter().map(|fd| !fd.revents().is_empty());
    Ok(Ready {
        readable: input.is_some() && found.next() == Some(true),
        writable: output.is_some() && found.next() == Some(true),
    })
}
