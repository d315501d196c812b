//! Descriptors that come from outside, and the one of this very program.

use std::os::fd::{FromRawFd, OwnedFd, RawFd};

use rustix::fs::{Mode, OFlags, open};

/// The file that this process runs, if `/proc` is there to name it.
pub fn own_program() -> Option<OwnedFd> {
    open("/proc/self/exe", OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()).ok()
}

/// Takes over a descriptor that whoever started this process left open for it.
pub fn adopt(fd: RawFd) -> OwnedFd {
    // SAFETY: the number comes from the service manager's contract (LISTEN_FDS); nothing else in this process owns it.
    unsafe { OwnedFd::from_raw_fd(fd) }
}
