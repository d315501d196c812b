//! `--restrict`: the directory, its lock, and the client's own command in place of a vector.

use std::os::fd::OwnedFd;
use std::sync::Arc;

use rustix::fs::{CWD, FlockOperation, Mode, OFlags};
use rustix::io::Errno;

use crate::access::restrict::{Lock, Restriction};
use crate::escape::Escaped;
use crate::fs::{Confine, Root, strerror};
use crate::options::command;
use crate::os::{operator, time};
use crate::session::settings::ShellSettings;

/// The log of the helper script: written only where somebody has made the file.
const SCRIPT_LOG: &[u8] = b"rrsync.log";
/// A client's address is padded to this many characters there.
const HOST_WIDTH: usize = 16;

/// A client that may come in.
pub struct Restricted {
    /// Its command, as a server's vector.
    pub vector: Vec<Vec<u8>>,
    /// The directory, as a handle and by name.
    pub root: Arc<Root>,
    /// Absolute, without links.
    pub dir: Vec<u8>,
    /// Only downloads.
    pub read_only: bool,
    /// Only uploads.
    pub write_only: bool,
    /// Keeps others away.
    _lock: Option<OwnedFd>,
}

impl Restricted {
    /// Judges the client's command. `None`: it asked for `true`, to see whether it may come in.
    pub fn admit(restriction: &Restriction, settings: &ShellSettings) -> Result<Option<Self>, String> {
        let dir = real_path(&restriction.dir).ok_or("Restricted directory does not exist!")?;
        let restriction = Restriction { dir: dir.clone(), ..restriction.clone() };
        let confine = if dir == b"/" { Confine::InRoot } else { Confine::Beneath };
        let root = Root::open(&dir, confine)
            .map_err(|errno| format!("Restricted directory {}: {}", Escaped(&dir), strerror(errno)))?;
        let original = settings.original.as_deref().ok_or("Not invoked via sshd")?;
        if original == b"true" {
            return Ok(None);
        }
        write_script_log(original);
        let vector = restriction.admit(&command::split(original))?;
        let lock = lock(&restriction, &root)?;
        Ok(Some(Self {
            vector,
            root: Arc::new(root),
            dir,
            read_only: restriction.read_only,
            write_only: restriction.write_only,
            _lock: lock,
        }))
    }
}

/// A directory by its absolute name without links.
pub(super) fn real_path(dir: &[u8]) -> Option<Vec<u8>> {
    use std::os::unix::ffi::OsStrExt;
    let real = std::path::Path::new(std::ffi::OsStr::from_bytes(dir)).canonicalize().ok()?;
    real.is_dir().then(|| real.into_os_string().into_encoded_bytes())
}

fn lock(restriction: &Restriction, root: &Root) -> Result<Option<OwnedFd>, String> {
    let file = match &restriction.lock {
        Lock::No => return Ok(None),
        Lock::Dir if restriction.read_only => return Ok(None),
        Lock::Dir => rustix::io::fcntl_dupfd_cloexec(root.fd(), 3).map_err(strerror)?,
        Lock::File(path) => {
            let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOCTTY;
            operator::open(path, flags, Mode::from_raw_mode(0o600))
                .map_err(|errno| format!("lock file {}: {}", Escaped(path), strerror(errno)))?
        }
    };
    match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Err(Errno::WOULDBLOCK) => Err("Another instance of rrsync is already accessing this directory.".into()),
        // A file system without such locks.
        _ => Ok(Some(file)),
    }
}

fn write_script_log(command: &[u8]) {
    let flags =
        OFlags::WRONLY | OFlags::APPEND | OFlags::NOFOLLOW | OFlags::NOCTTY | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let Ok(file) = rustix::fs::openat(CWD, SCRIPT_LOG, flags, Mode::empty()) else { return };
    let regular =
        rustix::fs::fstat(&file).is_ok_and(|stat| crate::fs::Meta::from(stat).kind() == crate::fs::Kind::File);
    if !regular {
        return;
    }
    let connection = std::env::var("SSH_CONNECTION").unwrap_or_default();
    let host = connection.split(' ').next().filter(|host| !host.is_empty()).unwrap_or("unknown");
    let clock = time::now_text();
    let clock = clock.split(' ').next_back().unwrap_or_default();
    let line = format!("{clock} {host:<HOST_WIDTH$} {}\n", Escaped(command));
    let _ = rustix::io::write(&file, line.as_bytes());
}
