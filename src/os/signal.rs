//! SIGTERM in a worker: the connection is shut down, so that the session ends the way it ends when a peer leaves, and
//! cleans up behind itself.

use std::sync::atomic::{AtomicBool, Ordering};

use nix::libc;
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};

static STOPPED: AtomicBool = AtomicBool::new(false);

extern "C" fn stop(_: libc::c_int) {
    STOPPED.store(true, Ordering::Relaxed);
    // SAFETY: shutdown is async-signal-safe; on something that is no socket it fails and does nothing.
    unsafe {
        libc::shutdown(0, libc::SHUT_RDWR);
    }
}

/// Lets SIGTERM, SIGINT and SIGHUP end the session in good order.
pub fn end_gently() {
    let action = SigAction::new(SigHandler::Handler(stop), SaFlags::empty(), SigSet::empty());
    for signal in [Signal::SIGTERM, Signal::SIGINT, Signal::SIGHUP] {
        // SAFETY: the handler touches an atomic and makes one async-signal-safe call.
        let _ = unsafe { sigaction(signal, &action) };
    }
}

/// Whether a signal asked this process to stop.
pub fn stopped() -> bool {
    STOPPED.load(Ordering::Relaxed)
}
