//! Record locks, as stock's lock and pid files use them.

use std::os::fd::{AsFd, AsRawFd};

use nix::fcntl::{FcntlArg, fcntl};
use nix::libc;

/// Tries to lock `len` bytes from `start` for this process alone. The lock lives until the process closes any descriptor
/// of the file.
pub fn try_lock(file: impl AsFd, start: u64, len: u64) -> bool {
    let fd = file.as_fd();
    debug_assert!(fd.as_raw_fd() >= 0);
    let (Ok(l_start), Ok(l_len)) = (libc::off_t::try_from(start), libc::off_t::try_from(len)) else { return false };
    let Ok(l_type) = i16::try_from(libc::F_WRLCK) else { return false };
    let Ok(l_whence) = i16::try_from(libc::SEEK_SET) else { return false };
    let lock = libc::flock { l_type, l_whence, l_start, l_len, l_pid: 0 };
    fcntl(fd, FcntlArg::F_SETLK(&lock)).is_ok()
}
