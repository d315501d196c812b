//! Leaving the terminal.

use nix::unistd::{ForkResult, fork, setsid};
use rustix::fs::{CWD, Mode, OFlags};

/// Goes into the background: the caller's process ends with 0, a child goes on. Must run before any thread exists.
///
/// # Errors
/// What the system says.
pub fn detach() -> Result<(), nix::errno::Errno> {
    // SAFETY: this process has a single thread, so the child may go on with everything it finds.
    match unsafe { fork() }? {
        ForkResult::Parent { .. } => std::process::exit(0),
        ForkResult::Child => {}
    }
    setsid()?;
    silence();
    Ok(())
}

/// Standard input leads nowhere from here on, and standard output to where standard error does.
pub fn let_go_of_peer() {
    if let Ok(null) = rustix::fs::openat(CWD, "/dev/null", OFlags::RDWR, Mode::empty()) {
        let _ = rustix::stdio::dup2_stdin(&null);
        if rustix::stdio::dup2_stdout(rustix::stdio::stderr()).is_err() {
            let _ = rustix::stdio::dup2_stdout(&null);
            let _ = rustix::stdio::dup2_stderr(&null);
        }
    }
}

/// Standard input, output and error lead nowhere from here on.
pub fn silence() {
    if let Ok(null) = rustix::fs::openat(CWD, "/dev/null", OFlags::RDWR, Mode::empty()) {
        let _ = rustix::stdio::dup2_stdin(&null);
        let _ = rustix::stdio::dup2_stdout(&null);
        let _ = rustix::stdio::dup2_stderr(&null);
    }
}
