//! The handle of a module's directory, and resolution below it.
//!
//! The kernel does it (`openat2`); where it cannot (before Linux 5.6, in an old container, under user emulation) a walk does, component by
//! component, that reads links itself.

use std::collections::VecDeque;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fs::{AtFlags, CWD, Mode, OFlags, ResolveFlags};
use rustix::io::Errno;

use super::meta::Meta;

/// Symlinks followed in one resolution (the kernel's own number).
const LINKS_MAX: u32 = 40;
/// Tries when the kernel reports a race with a rename.
const RACE_TRIES: u32 = 32;

/// What an absolute link, or one with too many `..`, does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confine {
    /// It is refused: the directory is part of a larger tree.
    Beneath,
    /// It is taken inside: the directory is, or stands for, the root of a chroot.
    InRoot,
    /// Nothing is confined: a server over ssh has its user's rights.
    Free,
}

/// The directory nothing leads out of.
#[derive(Debug)]
pub struct Root {
    fd: OwnedFd,
    confine: Confine,
    walk: AtomicBool,
    noatime: AtomicBool,
    fake: AtomicBool,
}

impl Root {
    /// Opens the operator's path: links in it are followed, whoever owns them is trusted by the caller.
    pub fn open(path: &[u8], confine: Confine) -> Result<Self, Errno> {
        let fd = rustix::fs::openat(CWD, path, OFlags::DIRECTORY | OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())?;
        Ok(Self::new(fd, confine))
    }

    /// Takes a directory that is open already.
    pub fn new(fd: OwnedFd, confine: Confine) -> Self {
        Self {
            fd,
            confine,
            walk: AtomicBool::new(false),
            noatime: AtomicBool::new(false),
            fake: AtomicBool::new(false),
        }
    }

    /// The handle itself.
    pub fn fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }

    /// Whether resolution is done by our own walk, because the kernel has no `openat2`.
    pub fn walks(&self) -> bool {
        self.walk.load(Ordering::Relaxed)
    }

    /// From now on files are opened without changing their atime, where that is allowed.
    pub fn keep_atimes(&self) {
        self.noatime.store(true, Ordering::Relaxed);
    }

    /// From now on owners, modes and device numbers are kept in attributes (`--fake-super`).
    pub fn keep_in_attributes(&self) {
        self.fake.store(true, Ordering::Relaxed);
    }

    /// Whether they are.
    pub fn is_fake(&self) -> bool {
        self.fake.load(Ordering::Relaxed)
    }

    /// Whether files are opened so.
    pub(super) fn is_noatime(&self) -> bool {
        self.noatime.load(Ordering::Relaxed)
    }

    /// Opens `path` below the root, links inside followed. An empty path is the root itself.
    pub fn open_below(&self, path: &[u8], flags: OFlags, mode: Mode) -> Result<OwnedFd, Errno> {
        let path = if path.is_empty() { b"." } else { path };
        let flags = flags | OFlags::CLOEXEC;
        if self.confine == Confine::Free {
            return rustix::fs::openat(&self.fd, path, flags, mode);
        }
        // An escape looks like any other loop to the peer, as with stock.
        self.resolve(path, flags, mode).map_err(|errno| if errno == Errno::XDEV { Errno::LOOP } else { errno })
    }

    /// Whether `path` leads out of the root.
    pub fn leads_out(&self, path: &[u8]) -> bool {
        self.confine != Confine::Free
            && self.resolve(path, OFlags::PATH | OFlags::CLOEXEC, Mode::empty()).err() == Some(Errno::XDEV)
    }

    /// Opens by whichever means there is; XDEV: it leads out.
    fn resolve(&self, path: &[u8], flags: OFlags, mode: Mode) -> Result<OwnedFd, Errno> {
        if !self.walks() {
            match self.open_by_kernel(path, flags, mode) {
                Err(Errno::NOSYS) => self.walk.store(true, Ordering::Relaxed),
                Err(Errno::PERM) if self.is_barred() => self.walk.store(true, Ordering::Relaxed),
                done => return done,
            }
        }
        self.open_by_walk(path, flags, mode)
    }

    /// Opens a directory below the root.
    pub fn open_dir(&self, path: &[u8]) -> Result<OwnedFd, Errno> {
        self.open_below(path, OFlags::DIRECTORY | OFlags::RDONLY | OFlags::NONBLOCK, Mode::empty())
    }

    /// Goes into a directory below the root, which takes the right to search it and not to read it.
    pub fn enter_dir(&self, path: &[u8]) -> Result<OwnedFd, Errno> {
        let path = if path.is_empty() { b"." } else { path };
        self.open_below(&[path, b"/."].concat(), OFlags::DIRECTORY | OFlags::PATH, Mode::empty())
    }

    /// Metadata of what `path` leads to, links followed inside the root.
    pub fn stat(&self, path: &[u8]) -> Result<Meta, Errno> {
        let fd = self.open_below(path, OFlags::PATH, Mode::empty())?;
        Ok(rustix::fs::fstat(fd)?.into())
    }

    /// Whether `openat2` itself is forbidden: containers of some years say so of any call that they do not know.
    fn is_barred(&self) -> bool {
        let flags = OFlags::PATH | OFlags::CLOEXEC;
        let tried = rustix::fs::openat2(&self.fd, ".", flags, Mode::empty(), ResolveFlags::BENEATH);
        matches!(tried, Err(Errno::PERM))
    }

    fn open_by_kernel(&self, path: &[u8], flags: OFlags, mode: Mode) -> Result<OwnedFd, Errno> {
        let resolve = ResolveFlags::NO_MAGICLINKS
            | match self.confine {
                Confine::InRoot => ResolveFlags::IN_ROOT,
                _ => ResolveFlags::BENEATH,
            };
        let mut result = Err(Errno::AGAIN);
        for _ in 0..RACE_TRIES {
            result = rustix::fs::openat2(&self.fd, path, flags, mode, resolve);
            if !matches!(result, Err(Errno::AGAIN)) {
                break;
            }
        }
        result
    }

    fn open_by_walk(&self, path: &[u8], flags: OFlags, mode: Mode) -> Result<OwnedFd, Errno> {
        let mut todo: VecDeque<Vec<u8>> = VecDeque::new();
        let mut stack: Vec<OwnedFd> = Vec::new();
        let mut links = 0;
        push_front(&mut todo, path);
        if path.first() == Some(&b'/') && self.confine != Confine::InRoot {
            return Err(Errno::XDEV);
        }
        while let Some(part) = todo.pop_front() {
            let here = stack.last().map_or(self.fd.as_fd(), AsFd::as_fd);
            if part == b".." {
                if stack.pop().is_none() && self.confine == Confine::Beneath {
                    return Err(Errno::XDEV);
                }
                continue;
            }
            let last = todo.is_empty();
            match rustix::fs::statat(here, part.as_slice(), AtFlags::SYMLINK_NOFOLLOW).map(Meta::from) {
                Ok(meta) if meta.kind() == super::Kind::Symlink && !(last && flags.contains(OFlags::NOFOLLOW)) => {
                    links += 1;
                    if links > LINKS_MAX {
                        return Err(Errno::LOOP);
                    }
                    let target = rustix::fs::readlinkat(here, part.as_slice(), Vec::new())?.into_bytes();
                    if target.first() == Some(&b'/') {
                        if self.confine == Confine::Beneath {
                            return Err(Errno::XDEV);
                        }
                        stack.clear();
                    }
                    push_front(&mut todo, &target);
                    continue;
                }
                Ok(_) => {}
                Err(Errno::NOENT) if last => {}
                Err(errno) => return Err(errno),
            }
            if last {
                return rustix::fs::openat(here, part.as_slice(), flags | OFlags::NOFOLLOW, mode);
            }
            let step = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::PATH | OFlags::CLOEXEC;
            let next = rustix::fs::openat(here, part.as_slice(), step, Mode::empty())?;
            stack.push(next);
        }
        let here = stack.last().map_or(self.fd.as_fd(), AsFd::as_fd);
        rustix::fs::openat(here, ".", flags, mode)
    }
}

fn push_front(todo: &mut VecDeque<Vec<u8>>, path: &[u8]) {
    for part in path.rsplit(|&b| b == b'/').filter(|part| !part.is_empty() && *part != b".") {
        todo.push_front(part.to_vec());
    }
}

/// For tests of the fall-back: a root that never asks the kernel.
#[cfg(test)]
pub fn walking(root: Root) -> Root {
    root.walk.store(true, Ordering::Relaxed);
    root
}
