//! Descriptors that come from outside.

use std::os::fd::{FromRawFd, OwnedFd, RawFd};

/// Takes over a descriptor that whoever started this process left open for it.
pub fn adopt(fd: RawFd) -> OwnedFd {
    // SAFETY: the number comes from the service manager's contract (LISTEN_FDS); nothing else in this process owns it.
    unsafe { OwnedFd::from_raw_fd(fd) }
}
