//! Files that the operator names: configuration, secrets, message of the day, filter files.
//!
//! A symlink on the way is followed only if root or our own user owns it, so that nobody else can point us elsewhere.

use std::collections::VecDeque;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;

use rustix::fs::{AtFlags, CWD, FlockOperation, Mode, OFlags};
use rustix::io::Errno;

use crate::config::{Kind, Source};
use crate::fs::{Meta, strerror};
use crate::limits::CONFIG_BYTES;

/// Symlinks followed at most.
const LINKS_MAX: u32 = 40;

/// The real files, for the configuration parser.
pub struct Files;

impl Source for Files {
    fn read(&self, path: &[u8]) -> Result<Vec<u8>, String> {
        read(path, CONFIG_BYTES).map(|(bytes, _)| bytes).map_err(strerror)
    }

    fn list_dir(&self, path: &[u8]) -> Result<Vec<Vec<u8>>, String> {
        let dir = open(path, OFlags::DIRECTORY | OFlags::RDONLY, Mode::empty()).map_err(strerror)?;
        let mut names = Vec::new();
        crate::fs::dir::each_name(&dir, |name| names.push(name.to_vec())).map_err(strerror)?;
        Ok(names)
    }

    fn kind(&self, path: &[u8]) -> Result<Kind, String> {
        let meta = open(path, OFlags::PATH, Mode::empty()).and_then(|fd| Ok(Meta::from(rustix::fs::fstat(fd)?)));
        Ok(match meta.map_err(strerror)?.kind() {
            crate::fs::Kind::File => Kind::File,
            crate::fs::Kind::Dir => Kind::Dir,
            _ => Kind::Other,
        })
    }
}

/// The contents of a file of at most `longest` bytes, and its metadata.
///
/// # Errors
/// What the system says; EFBIG for a longer file.
pub fn read(path: &[u8], longest: usize) -> Result<(Vec<u8>, Meta), Errno> {
    // A fifo in a file's place would make us wait for whoever writes into it.
    let fd = open(path, OFlags::RDONLY | OFlags::NOCTTY | OFlags::NONBLOCK, Mode::empty())?;
    let meta = Meta::from(rustix::fs::fstat(&fd)?);
    if meta.kind() == crate::fs::Kind::Special {
        return Err(Errno::INVAL);
    }
    let mut contents = Vec::new();
    let mut piece = [0; 8192];
    loop {
        match rustix::io::read(&fd, &mut piece) {
            Ok(0) => return Ok((contents, meta)),
            Ok(n) => contents.extend_from_slice(piece.get(..n).unwrap_or_default()),
            Err(Errno::INTR) => {}
            Err(errno) => return Err(errno),
        }
        if contents.len() > longest {
            return Err(Errno::FBIG);
        }
    }
}

/// Replaces a file of ours by what `change` makes of its contents (none, if it is not there): written beside it with mode
/// 600 and the old owner, flushed, and renamed. Who edits at the same time waits. `None`: nothing is to be changed.
///
/// # Errors
/// What the system says; the old file is then as it was.
pub fn edit(path: &[u8], longest: usize, change: impl FnOnce(&[u8]) -> Option<Vec<u8>>) -> Result<bool, Errno> {
    // A link stays one: what it leads to is replaced.
    let path = real(path);
    let parent = match crate::fs::tree::split(&path).0 {
        b"" if path.first() == Some(&b'/') => b"/",
        b"" => b".",
        parent => parent,
    };
    let dir = rustix::fs::openat(CWD, parent, OFlags::DIRECTORY | OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())?;
    rustix::fs::flock(&dir, FlockOperation::LockExclusive)?;
    let (old, owner) = match read(&path, longest) {
        Ok((old, meta)) => (old, Some(meta)),
        Err(Errno::NOENT) => (Vec::new(), None),
        Err(errno) => return Err(errno),
    };
    let Some(new) = change(&old) else { return Ok(false) };
    let beside = crate::fs::temp::beside(&path);
    let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let private = Mode::from_raw_mode(0o600);
    let file = rustix::fs::openat(CWD, beside.as_slice(), flags, private)?;
    let written = (|| {
        if let Some(meta) = owner.filter(|meta| meta.uid != rustix::process::geteuid().as_raw()) {
            let (uid, gid) = (rustix::fs::Uid::from_raw(meta.uid), rustix::fs::Gid::from_raw(meta.gid));
            rustix::fs::fchown(&file, Some(uid), Some(gid))?;
        }
        rustix::fs::fchmod(&file, private)?;
        crate::fs::write_all(&file, &new)?;
        rustix::fs::fsync(&file)?;
        rustix::fs::rename(beside.as_slice(), path.as_slice())
    })();
    if written.is_err() {
        let _ = rustix::fs::unlinkat(CWD, beside.as_slice(), AtFlags::empty());
    }
    written?;
    rustix::fs::fsync(&dir)?;
    Ok(true)
}

/// The path without symlinks and dots; as it is where it leads nowhere.
pub fn real(path: &[u8]) -> Vec<u8> {
    let whole = std::path::Path::new(std::ffi::OsStr::from_bytes(path)).canonicalize();
    whole.map_or_else(|_| path.to_vec(), |whole| whole.into_os_string().into_encoded_bytes())
}

/// Opens a file that the operator named, symlinks of others not followed.
///
/// # Errors
/// What the system says; ELOOP for a foreign symlink.
pub fn open(path: &[u8], flags: OFlags, mode: Mode) -> Result<OwnedFd, Errno> {
    let step = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let start: &[u8] = if path.first() == Some(&b'/') { b"/" } else { b"." };
    let mut here = rustix::fs::openat(CWD, start, step, Mode::empty())?;
    let mut todo: VecDeque<Vec<u8>> = VecDeque::new();
    push_front(&mut todo, path);
    let mut links = 0;
    while let Some(part) = todo.pop_front() {
        let last = todo.is_empty();
        let found = rustix::fs::statat(&here, part.as_slice(), AtFlags::SYMLINK_NOFOLLOW).map(Meta::from);
        match found {
            Ok(meta) if meta.kind() == crate::fs::Kind::Symlink => {
                links += 1;
                let trusted = meta.uid == 0 || meta.uid == rustix::process::geteuid().as_raw();
                if links > LINKS_MAX || !trusted || (last && flags.contains(OFlags::CREATE)) {
                    return Err(Errno::LOOP);
                }
                let target = rustix::fs::readlinkat(&here, part.as_slice(), Vec::new())?.into_bytes();
                if target.first() == Some(&b'/') {
                    here = rustix::fs::openat(CWD, "/", step, Mode::empty())?;
                }
                push_front(&mut todo, &target);
            }
            Err(errno) if !last || errno != Errno::NOENT => return Err(errno),
            _ if last => {
                return rustix::fs::openat(&here, part.as_slice(), flags | OFlags::NOFOLLOW | OFlags::CLOEXEC, mode);
            }
            _ => here = rustix::fs::openat(&here, part.as_slice(), step, Mode::empty())?,
        }
    }
    rustix::fs::openat(&here, ".", flags | OFlags::CLOEXEC, mode)
}

fn push_front(todo: &mut VecDeque<Vec<u8>>, path: &[u8]) {
    for part in path.rsplit(|b| *b == b'/').filter(|part| !part.is_empty() && *part != b".") {
        todo.push_front(part.to_vec());
    }
}
