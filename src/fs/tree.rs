//! Names of a transfer, relative to its root, as a handle of the parent directory and a leaf.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;

use rustix::fs::{AtFlags, FileType, Mode, OFlags, Timespec, Timestamps};
use rustix::io::Errno;

use super::meta::Meta;
use super::root::Root;

/// A directory inside the module with names below it. Keeps the handle of the directory used last.
pub struct Tree {
    root: Arc<Root>,
    /// The transfer root, relative to the module root, without slashes at its ends; empty = the module root.
    base: Vec<u8>,
    cached: Option<(Vec<u8>, OwnedFd)>,
    entered: Option<Vec<u8>>,
}

impl Tree {
    /// Names below `base`, which is relative to `root`.
    pub fn new(root: Arc<Root>, base: &[u8]) -> Self {
        let base = base.strip_suffix(b"/").unwrap_or(base);
        let base = if base == b"." { b"" } else { base };
        Self { root, base: base.to_vec(), cached: None, entered: None }
    }

    /// Another view of the same names, for another thread.
    pub fn again(&self) -> Self {
        Self { root: self.root.clone(), base: self.base.clone(), cached: None, entered: None }
    }

    /// The module's root.
    pub fn root(&self) -> &Arc<Root> {
        &self.root
    }

    /// The transfer root, relative to the module root.
    pub fn base(&self) -> &[u8] {
        &self.base
    }

    /// `name` relative to the module root.
    pub fn full(&self, name: &[u8]) -> Vec<u8> {
        let name = if name == b"." { b"" } else { name };
        let mut path = self.base.clone();
        if !path.is_empty() && !name.is_empty() {
            path.push(b'/');
        }
        path.extend_from_slice(name);
        path
    }

    /// Drops the kept handle: its directory was removed or replaced.
    pub fn forget(&mut self) {
        self.cached = None;
    }

    /// Whether `dir` is another directory than at the last such question.
    pub fn enters(&mut self, dir: &[u8]) -> bool {
        if self.entered.as_deref() == Some(dir) {
            return false;
        }
        self.entered = Some(dir.to_vec());
        true
    }

    /// The handle of the parent of `name`, and its last component (`.` for the root itself).
    pub fn place<'a>(&'a mut self, name: &'a [u8]) -> Result<(BorrowedFd<'a>, &'a [u8]), Errno> {
        let (dir, leaf) = split(name);
        let hit = self.cached.as_ref().is_some_and(|(path, _)| path == dir);
        if !hit {
            let fd = self.root.enter_dir(&self.full(dir))?;
            match &mut self.cached {
                Some((path, old)) => {
                    path.clear();
                    path.extend_from_slice(dir);
                    *old = fd;
                }
                None => self.cached = Some((dir.to_vec(), fd)),
            }
        }
        match &self.cached {
            Some((_, fd)) => Ok((fd.as_fd(), leaf)),
            None => Err(Errno::NOENT),
        }
    }

    /// Metadata of the entry itself.
    pub fn lstat(&mut self, name: &[u8]) -> Result<Meta, Errno> {
        if self.is_fake() {
            return self.lstat_fake(name);
        }
        let (dir, leaf) = self.place(name)?;
        Ok(rustix::fs::statat(dir, leaf, AtFlags::SYMLINK_NOFOLLOW)?.into())
    }

    /// Metadata of what the entry leads to, inside the module.
    pub fn stat(&mut self, name: &[u8]) -> Result<Meta, Errno> {
        if self.is_fake() {
            return self.stat_fake(name);
        }
        self.root.stat(&self.full(name))
    }

    /// Whether the name leads out of the module.
    pub fn leads_out(&self, name: &[u8]) -> bool {
        self.root.leads_out(&self.full(name))
    }

    /// Opens a directory for reading it.
    pub fn open_dir(&mut self, name: &[u8]) -> Result<OwnedFd, Errno> {
        self.root.open_dir(&self.full(name))
    }

    /// Opens a directory for reading it; a link in its place is refused.
    pub fn open_dir_itself(&mut self, name: &[u8]) -> Result<OwnedFd, Errno> {
        let (dir, leaf) = self.place(name)?;
        let flags = OFlags::DIRECTORY | OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        rustix::fs::openat(dir, leaf, flags, Mode::empty())
    }

    /// Opens a regular file for reading; a link in its place is refused.
    pub fn open_file(&mut self, name: &[u8]) -> Result<(OwnedFd, Meta), Errno> {
        let quiet = self.root.is_noatime();
        let (dir, leaf) = self.place(name)?;
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        checked(quietly(quiet, flags, |flags| rustix::fs::openat(dir, leaf, flags, Mode::empty()))?)
    }

    /// Opens a regular file or a device for reading; a link in its place is refused.
    pub fn open_file_or_device(&mut self, name: &[u8]) -> Result<(OwnedFd, Meta), Errno> {
        let (dir, leaf) = self.place(name)?;
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let fd = rustix::fs::openat(dir, leaf, flags, Mode::empty())?;
        let mut meta = Meta::from(rustix::fs::fstat(&fd)?);
        if meta.kind() != super::Kind::Device {
            return checked(fd);
        }
        // The length of a device is where its end is.
        meta.size = rustix::fs::seek(&fd, rustix::fs::SeekFrom::End(0)).unwrap_or(0);
        rustix::fs::seek(&fd, rustix::fs::SeekFrom::Start(0))?;
        Ok((fd, meta))
    }

    /// Opens what the name leads to inside the module, if that is a regular file.
    pub fn open_file_following(&mut self, name: &[u8]) -> Result<(OwnedFd, Meta), Errno> {
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY;
        let path = self.full(name);
        let open = |flags| self.root.open_below(&path, flags, Mode::empty());
        checked(quietly(self.root.is_noatime(), flags, open)?)
    }

    /// Reads a symlink.
    pub fn readlink(&mut self, name: &[u8]) -> Result<Vec<u8>, Errno> {
        let (dir, leaf) = self.place(name)?;
        match rustix::fs::readlinkat(dir, leaf, Vec::new()) {
            Err(Errno::INVAL) if self.is_fake() => self.readlink_fake(name),
            read => Ok(read?.into_bytes()),
        }
    }

    /// Creates a file that must not exist, mode 0600 and no more.
    pub fn create(&mut self, name: &[u8], mode: u32) -> Result<OwnedFd, Errno> {
        let (dir, leaf) = self.place(name)?;
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        rustix::fs::openat(dir, leaf, flags, Mode::from_raw_mode(mode & 0o700))
    }

    /// Opens a file for writing in place, created if missing.
    pub fn open_in_place(&mut self, name: &[u8]) -> Result<OwnedFd, Errno> {
        let (dir, leaf) = self.place(name)?;
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        rustix::fs::openat(dir, leaf, flags, Mode::from_raw_mode(0o600))
    }

    /// The same for what stands there (`here`): our own read-only file is made writable for the moment of opening.
    pub fn open_for_update(&mut self, name: &[u8], here: Option<&Meta>) -> Result<OwnedFd, Errno> {
        match self.open_in_place(name) {
            Err(Errno::ACCESS) if here.is_some_and(|here| here.mode & 0o200 == 0) => {
                let mode = here.map_or(0o600, |here| here.mode & 0o7777);
                self.chmod(name, mode | 0o200)?;
                let opened = self.open_in_place(name);
                self.chmod(name, mode)?;
                opened
            }
            done => done,
        }
    }

    /// Makes a directory.
    pub fn mkdir(&mut self, name: &[u8], mode: u32) -> Result<(), Errno> {
        let (dir, leaf) = self.place(name)?;
        rustix::fs::mkdirat(dir, leaf, Mode::from_raw_mode(mode & 0o7777))
    }

    /// Makes a symlink.
    pub fn symlink(&mut self, target: &[u8], name: &[u8]) -> Result<(), Errno> {
        if self.is_fake() {
            return self.make_fake(name, 0o120777, (0, 0), target);
        }
        let (dir, leaf) = self.place(name)?;
        rustix::fs::symlinkat(target, dir, leaf)
    }

    /// Makes a device, fifo or socket.
    pub fn mknod(&mut self, name: &[u8], mode: u32, rdev: (u32, u32)) -> Result<(), Errno> {
        if self.is_fake() {
            return self.make_fake(name, mode, rdev, b"");
        }
        let (dir, leaf) = self.place(name)?;
        let kind = FileType::from_raw_mode(mode);
        rustix::fs::mknodat(dir, leaf, kind, Mode::from_raw_mode(mode & 0o7777), rustix::fs::makedev(rdev.0, rdev.1))
    }

    /// Links `from` under the name `to`; `from` itself, not what it points to.
    pub fn link(&mut self, from: &[u8], to: &[u8]) -> Result<(), Errno> {
        let (from_dir, from_leaf) = split(from);
        let source = self.root.enter_dir(&self.full(from_dir))?;
        let (dir, leaf) = self.place(to)?;
        rustix::fs::linkat(source, from_leaf, dir, leaf, AtFlags::empty())
    }

    /// Renames `from` over `to`; both in one directory, or not.
    pub fn rename(&mut self, from: &[u8], to: &[u8]) -> Result<(), Errno> {
        let ((from_dir, from_leaf), (to_dir, _)) = (split(from), split(to));
        if from_dir == to_dir {
            let (dir, leaf) = self.place(to)?;
            return rustix::fs::renameat(dir, from_leaf, dir, leaf);
        }
        let source = self.root.enter_dir(&self.full(from_dir))?;
        let (dir, leaf) = self.place(to)?;
        rustix::fs::renameat(source, from_leaf, dir, leaf)
    }

    /// Removes a name that is not a directory.
    pub fn unlink(&mut self, name: &[u8]) -> Result<(), Errno> {
        let (dir, leaf) = self.place(name)?;
        rustix::fs::unlinkat(dir, leaf, AtFlags::empty())
    }

    /// Removes an empty directory.
    pub fn rmdir(&mut self, name: &[u8]) -> Result<(), Errno> {
        self.forget();
        let (dir, leaf) = self.place(name)?;
        rustix::fs::unlinkat(dir, leaf, AtFlags::REMOVEDIR)
    }

    /// Sets owner and group of the entry itself; `None` leaves one alone.
    pub fn chown(&mut self, name: &[u8], uid: Option<u32>, gid: Option<u32>) -> Result<(), Errno> {
        if self.is_fake() {
            return self.chown_fake(name, uid, gid);
        }
        let (dir, leaf) = self.place(name)?;
        let (uid, gid) = (uid.map(rustix::fs::Uid::from_raw), gid.map(rustix::fs::Gid::from_raw));
        rustix::fs::chownat(dir, leaf, uid, gid, AtFlags::SYMLINK_NOFOLLOW)
    }

    /// Sets permissions of something that is known not to be a symlink: through a handle, so that a link put in its
    /// place meanwhile is not followed; where it cannot be opened, by its name.
    pub fn chmod(&mut self, name: &[u8], mode: u32) -> Result<(), Errno> {
        if self.is_fake() { self.chmod_fake(name, mode) } else { self.chmod_real(name, mode) }
    }

    pub(super) fn chmod_real(&mut self, name: &[u8], mode: u32) -> Result<(), Errno> {
        let (dir, leaf) = self.place(name)?;
        let mode = Mode::from_raw_mode(mode & 0o7777);
        // Without fchmodat2 (Linux 6.6) there is no call that does not follow: check the leaf right before.
        match rustix::fs::chmodat(dir, leaf, mode, AtFlags::SYMLINK_NOFOLLOW) {
            Err(Errno::OPNOTSUPP | Errno::NOSYS) => {}
            done => return done,
        }
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        match rustix::fs::openat(dir, leaf, flags, Mode::empty()) {
            Ok(fd) => rustix::fs::fchmod(fd, mode),
            Err(Errno::LOOP) => Err(Errno::LOOP),
            Err(_) => rustix::fs::chmodat(dir, leaf, mode, AtFlags::empty()),
        }
    }

    /// Sets the mtime of the entry itself; the atime stays.
    pub fn set_mtime(&mut self, name: &[u8], mtime: i64, nsec: u32) -> Result<(), Errno> {
        self.set_times(name, None, Some((mtime, nsec)))
    }

    /// Sets atime (seconds) and mtime (seconds and nanoseconds) of the entry itself; `None` leaves one alone.
    pub fn set_times(&mut self, name: &[u8], atime: Option<i64>, mtime: Option<(i64, u32)>) -> Result<(), Errno> {
        let (dir, leaf) = self.place(name)?;
        let omit = Timespec { tv_sec: 0, tv_nsec: rustix::fs::UTIME_OMIT };
        let times = Timestamps {
            last_access: atime.map_or(omit, |tv_sec| Timespec { tv_sec, tv_nsec: 0 }),
            last_modification: mtime.map_or(omit, |(tv_sec, nsec)| Timespec { tv_sec, tv_nsec: nsec.into() }),
        };
        rustix::fs::utimensat(dir, leaf, &times, AtFlags::SYMLINK_NOFOLLOW)
    }
}

/// Opens without changing the atime if `quiet`; the kernel allows that to the owner only, for others it is an ordinary
/// opening.
fn quietly(quiet: bool, flags: OFlags, open: impl Fn(OFlags) -> Result<OwnedFd, Errno>) -> Result<OwnedFd, Errno> {
    if quiet {
        match open(flags | OFlags::NOATIME) {
            Err(Errno::PERM) => {}
            done => return done,
        }
    }
    open(flags)
}

/// A regular file's descriptor and metadata; anything else is refused.
fn checked(fd: OwnedFd) -> Result<(OwnedFd, Meta), Errno> {
    let meta = Meta::from(rustix::fs::fstat(&fd)?);
    match meta.kind() {
        super::Kind::File => Ok((fd, meta)),
        super::Kind::Dir => Err(Errno::ISDIR),
        _ => Err(Errno::INVAL),
    }
}

/// Parent (empty = the root) and leaf of a name.
pub fn split(name: &[u8]) -> (&[u8], &[u8]) {
    match name.iter().rposition(|&b| b == b'/') {
        Some(at) => (name.get(..at).unwrap_or_default(), name.get(at + 1..).unwrap_or_default()),
        None => (b"", if name.is_empty() { b"." } else { name }),
    }
}
