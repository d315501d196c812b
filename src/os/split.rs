//! One process becomes two that talk over a socket pair.

use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicI32, Ordering};

use nix::errno::Errno;
use nix::libc;
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork};

/// Which of the two this process is.
pub enum Side {
    /// The new one, with the stream to the old one.
    New(UnixStream),
    /// The old one, which waits for the new one.
    Old(Other, UnixStream),
}

/// The new process, seen from the old one.
pub struct Other(Pid);

/// Signals for the old process go to this one.
static FORWARD_TO: AtomicI32 = AtomicI32::new(0);

extern "C" fn forward(signal: libc::c_int) {
    let pid = FORWARD_TO.load(Ordering::Relaxed);
    if pid > 0 {
        // SAFETY: kill is async-signal-safe.
        unsafe {
            libc::kill(pid, signal);
        }
    }
}

/// Splits the process. Must run before any thread exists. Signals that ask the old one to end are handed on to the new one.
///
/// # Errors
/// What the system says.
pub fn split() -> Result<Side, Errno> {
    let (ours, theirs) = UnixStream::pair().map_err(|error| Errno::from_raw(error.raw_os_error().unwrap_or(0)))?;
    // SAFETY: this process has a single thread, so the child may go on with everything it finds.
    match unsafe { fork() }? {
        ForkResult::Child => Ok(Side::New(theirs)),
        ForkResult::Parent { child } => {
            FORWARD_TO.store(child.as_raw(), Ordering::Relaxed);
            let action = SigAction::new(SigHandler::Handler(forward), SaFlags::SA_RESTART, SigSet::empty());
            for signal in [Signal::SIGTERM, Signal::SIGINT, Signal::SIGHUP] {
                // SAFETY: the handler reads an atomic and makes one async-signal-safe call.
                let _ = unsafe { sigaction(signal, &action) };
            }
            Ok(Side::Old(Other(child), ours))
        }
    }
}

impl Other {
    /// Its process number.
    pub fn id(&self) -> u32 {
        u32::try_from(self.0.as_raw()).unwrap_or(0)
    }

    /// Waits for its end: its status as waitpid gives it; -1 if that is not to be had.
    pub fn wait(self) -> i32 {
        let status = loop {
            match waitpid(self.0, None) {
                Err(Errno::EINTR) => {}
                Ok(WaitStatus::Exited(_, code)) => break code << 8,
                Ok(WaitStatus::Signaled(_, signal, core)) => break signal as i32 | if core { 0x80 } else { 0 },
                Ok(_) => {}
                Err(_) => break -1,
            }
        };
        FORWARD_TO.store(0, Ordering::Relaxed);
        status
    }
}
