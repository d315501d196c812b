//! Descriptors that come from outside, and the one of this very program.

use std::ffi::{CStr, OsStr, c_char};
use std::os::fd::{FromRawFd, OwnedFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use nix::libc;
use rustix::fs::{Mode, OFlags, open};

/// The file that this process runs, if `/proc` is there to name it.
pub fn own_program() -> Option<OwnedFd> {
    open("/proc/self/exe", OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()).ok()
}

/// The path of this program: where `/proc` is not there to name it, the one that it was started by. Absolute if the
/// working directory is known; call it before that changes.
pub fn own_path() -> Option<PathBuf> {
    std::env::current_exe().ok().or_else(|| std::path::absolute(started_by()?).ok())
}

/// The path that the kernel was told to run.
fn started_by() -> Option<&'static Path> {
    let at = usize::try_from(auxiliary(libc::AT_EXECFN)).ok()?;
    let at = std::ptr::with_exposed_provenance::<c_char>(at);
    if at.is_null() {
        return None;
    }
    // SAFETY: the kernel put this string, with its final zero, above the stack, where it stays as long as the process.
    let path = unsafe { CStr::from_ptr(at) };
    Some(Path::new(OsStr::from_bytes(path.to_bytes())))
}

/// A word that the kernel gave this process; 0 if it gave none of that name.
fn auxiliary(name: libc::c_ulong) -> libc::c_ulong {
    // SAFETY: reads a table of the C library, by value.
    unsafe { libc::getauxval(name) }
}

/// Takes over a descriptor that whoever started this process left open for it.
pub fn adopt(fd: RawFd) -> OwnedFd {
    // SAFETY: the number comes from the service manager's contract (LISTEN_FDS); nothing else in this process owns it.
    unsafe { OwnedFd::from_raw_fd(fd) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_proc_the_program_still_finds_itself() {
        let started = started_by().unwrap().canonicalize().unwrap();
        assert_eq!(started, std::env::current_exe().unwrap());
    }
}
