//! The pid file: locked for as long as the listener lives, so that a second one notices.

use std::os::fd::OwnedFd;

use rustix::fs::{AtFlags, CWD, Mode, OFlags};

use crate::escape::Escaped;
use crate::fs::{Meta, strerror, tree};
use crate::os::lock;

/// Largest file that is overwritten: a pid file is small, anything else is somebody's file.
const LARGEST: u64 = 32;

/// Keeps the lock, and removes the file in the end.
pub(super) struct PidFile {
    path: Vec<u8>,
    _file: OwnedFd,
}

impl PidFile {
    /// Removes the file: the listener no longer listens.
    pub fn remove(&self) {
        let _ = rustix::fs::unlinkat(CWD, self.path.as_slice(), AtFlags::empty());
    }
}

/// Writes the pid file, if one is configured.
///
/// # Errors
/// The line for the log.
pub(super) fn create(path: &[u8]) -> Result<Option<PidFile>, String> {
    if path.is_empty() {
        return Ok(None);
    }
    let shown = Escaped(path).to_string();
    let failed = |what: &str, errno: rustix::io::Errno| {
        let reason = strerror(errno);
        let reason = reason.split(" (").next().unwrap_or_default().to_owned();
        format!("failed to {what} pid file {shown}: {reason}")
    };
    let (dir, leaf) = tree::split(path);
    let dir = match dir {
        b"" if path.first() == Some(&b'/') => b"/",
        b"" => b".",
        dir => dir,
    };
    let handle = rustix::fs::openat(CWD, dir, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())
        .map_err(|_| format!("failed to open pid-file directory \"{}\"", Escaped(dir)))?;
    if let Ok(stat) = rustix::fs::statat(&handle, leaf, AtFlags::SYMLINK_NOFOLLOW)
        && !Meta::from(stat).is_file()
    {
        rustix::fs::unlinkat(&handle, leaf, AtFlags::empty()).map_err(|errno| failed("unlink", errno))?;
    }
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let file =
        rustix::fs::openat(&handle, leaf, flags, Mode::from_raw_mode(0o664)).map_err(|errno| failed("open", errno))?;
    if !lock::try_lock(&file, 0, 4) {
        return Err(failed("lock", rustix::io::Errno::AGAIN));
    }
    let meta = Meta::from(rustix::fs::fstat(&file).map_err(|errno| failed("fstat opened", errno))?);
    if !meta.is_file() || meta.size > LARGEST {
        return Err(failed("find small", rustix::io::Errno::FBIG));
    }
    rustix::fs::ftruncate(&file, 0).map_err(|errno| failed("truncate", errno))?;
    let text = format!("{}\n", std::process::id());
    rustix::io::write(&file, text.as_bytes()).map_err(|errno| failed("write", errno))?;
    Ok(Some(PidFile { path: path.to_vec(), _file: file }))
}
