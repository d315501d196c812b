//! Where a file's bytes go until it is whole: a hidden temporary beside the target, or the target itself (`--inplace`).

use std::os::fd::OwnedFd;

use rustix::fs::{FlockOperation, Mode, OFlags};
use rustix::io::Errno;

use super::attributes::{self, Item, Times};
use super::context::Context;
use crate::flist::{Entry, Extra};
use crate::fs::{Meta, Tree, dir, temp, tree};

/// Tries to find a free name for a temporary.
const NAME_TRIES: u32 = 16;
/// Zeros in a row that become a hole with `-S`, bytes.
const HOLE: usize = 4096;
/// What a temporary's permissions are until it is whole. The sticky bit means nothing on a file; here it marks what may
/// be swept away when a worker died: nobody else makes such files.
const MARK: u32 = 0o1600;

/// A step that failed.
#[derive(Debug)]
pub struct Failure {
    /// What was tried.
    pub step: &'static str,
    /// The name it was tried on, when it is not the target's.
    pub name: Option<Vec<u8>>,
    /// Why it failed.
    pub errno: Errno,
}

impl Failure {
    fn new(step: &'static str, errno: Errno) -> Self {
        Self { step, name: None, errno }
    }
}

/// What a file becomes once it is whole.
#[derive(Clone, Copy, Debug)]
pub struct Finished<'a> {
    /// Its name.
    pub target: &'a [u8],
    /// Its name as messages show it.
    pub shown: &'a [u8],
    /// What was sent.
    pub entry: &'a Entry,
    /// What else was sent.
    pub extra: &'a Extra,
    /// Permission bits it shall have.
    pub mode: u32,
    /// What to do about its time.
    pub times: Times,
}

/// A file on its way.
pub struct Store {
    fd: OwnedFd,
    /// The temporary's name; `None` in place.
    temp: Option<Vec<u8>>,
    offset: u64,
    sparse: bool,
    hole: bool,
    /// Bytes came from the peer, so that a part is worth keeping.
    literal: bool,
}

impl Store {
    /// Makes the place for `target`'s bytes.
    pub fn create(ctx: &Context, tree: &mut Tree, target: &[u8], here: Option<&Meta>) -> Result<Self, Failure> {
        if here.is_some_and(Meta::is_dir) {
            return Err(Failure::new("recv_files:", Errno::ISDIR));
        }
        let sparse = ctx.options.sparse;
        if ctx.options.inplace {
            let fd = open_in_place(tree, target, here).map_err(|errno| Failure::new("open", errno))?;
            return Ok(Self { fd, temp: None, offset: 0, sparse, hole: false, literal: false });
        }
        sweep(tree, target);
        let (dir, leaf) = tree::split(target);
        let mut failure = Failure::new("mkstemp", Errno::EXIST);
        for _ in 0..NAME_TRIES {
            let mut name = dir.to_vec();
            if !name.is_empty() {
                name.push(b'/');
            }
            name.extend_from_slice(&temp::name(leaf, temp::seed()));
            match tree.create(&name, 0o600) {
                Ok(fd) => {
                    // A sweeping worker leaves alone what is locked, and what does not bear the mark yet.
                    let _ = rustix::fs::flock(&fd, FlockOperation::NonBlockingLockExclusive);
                    let _ = rustix::fs::fchmod(&fd, Mode::from_raw_mode(MARK));
                    return Ok(Self { fd, temp: Some(name), offset: 0, sparse, hole: false, literal: false });
                }
                Err(errno) => failure = Failure { step: "mkstemp", name: Some(name), errno },
            }
            if failure.errno != Errno::EXIST {
                break;
            }
        }
        Err(failure)
    }

    /// Whether the target itself is written.
    pub fn in_place(&self) -> bool {
        self.temp.is_none()
    }

    /// Appends bytes of the peer.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.literal = true;
        self.put(bytes)
    }

    /// Appends a block of the basis, which stands at `basis_offset` there.
    pub fn write_block(&mut self, bytes: &[u8], basis_offset: u64) -> Result<(), Failure> {
        if self.in_place() && basis_offset == self.offset {
            self.offset = self.offset.saturating_add(u64::try_from(bytes.len()).unwrap_or(0));
            return Ok(());
        }
        self.put(bytes)
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        if !self.sparse || self.in_place() {
            return self.write_at(bytes);
        }
        for piece in bytes.chunks(HOLE) {
            if piece.len() == HOLE && piece.iter().all(|b| *b == 0) {
                self.offset = self.offset.saturating_add(u64::try_from(HOLE).unwrap_or(0));
                self.hole = true;
            } else {
                self.write_at(piece)?;
                self.hole = false;
            }
        }
        Ok(())
    }

    fn write_at(&mut self, mut bytes: &[u8]) -> Result<(), Failure> {
        while !bytes.is_empty() {
            match rustix::io::pwrite(&self.fd, bytes, self.offset) {
                Ok(0) => return Err(Failure::new("write failed on", Errno::IO)),
                Ok(n) => {
                    self.offset = self.offset.saturating_add(u64::try_from(n).unwrap_or(0));
                    bytes = bytes.get(n..).unwrap_or_default();
                }
                Err(Errno::INTR) => {}
                Err(errno) => return Err(Failure::new("write failed on", errno)),
            }
        }
        Ok(())
    }

    /// All bytes are there: the length is made right.
    pub fn finish(&mut self) -> Result<(), Failure> {
        if self.in_place() || self.hole {
            rustix::fs::ftruncate(&self.fd, self.offset).map_err(|errno| Failure::new("ftruncate", errno))?;
        }
        Ok(())
    }

    /// Attributes, then the name: the target is the old file or the new one, never a part.
    pub fn install(
        self,
        ctx: &Context,
        tree: &mut Tree,
        finished: &Finished,
        fail: &mut dyn FnMut(&[u8], Errno),
    ) -> Result<(), Failure> {
        let Finished { target, shown, entry, extra, mode, times } = *finished;
        let here = Meta::from(rustix::fs::fstat(&self.fd).map_err(|errno| Failure::new("fstat", errno))?);
        if ctx.options.fsync {
            rustix::fs::fsync(&self.fd).map_err(|errno| Failure::new("fsync failed on", errno))?;
        }
        let name = self.temp.clone().unwrap_or_else(|| target.to_vec());
        let item = Item { name: &name, shown, entry, extra, mode, here: &here, times };
        attributes::set(ctx, tree, &item, fail);
        if let Some(temp) = &self.temp {
            tree.rename(temp, target).map_err(|errno| Failure { step: "rename", name: Some(temp.clone()), errno })?;
        }
        Ok(())
    }

    /// The bytes are not wanted.
    pub fn discard(self, tree: &mut Tree) {
        if let Some(temp) = self.temp {
            let _ = tree.unlink(&temp);
        }
    }

    /// The session ends in the middle of the file: nothing is left behind; with `--partial` what came stays under the
    /// target's name, looking old.
    pub fn abandon(self, ctx: &Context, tree: &mut Tree, target: &[u8]) {
        if let Some(temp) = &self.temp
            && ctx.options.partial
            && self.literal
        {
            let _ = tree.chmod(temp, 0o600);
            let _ = tree.set_mtime(temp, 0, 0);
            if tree.rename(temp, target).is_ok() {
                return;
            }
        }
        self.discard(tree);
    }
}

fn open_in_place(tree: &mut Tree, target: &[u8], here: Option<&Meta>) -> Result<OwnedFd, Errno> {
    match tree.open_in_place(target) {
        Err(Errno::ACCESS) if here.is_some_and(|here| here.mode & 0o200 == 0) => {
            // Our own read-only file: writable for the moment of opening.
            let mode = here.map_or(0o600, |here| here.mode & 0o7777);
            tree.chmod(target, mode | 0o200)?;
            let opened = tree.open_in_place(target);
            tree.chmod(target, mode)?;
            opened
        }
        done => done,
    }
}

/// Removes temporaries in the target's directory that a worker which died left behind: by the form of the name, the
/// owner, the mark, and that nobody holds them locked. Once for each directory that files come into.
fn sweep(tree: &mut Tree, target: &[u8]) {
    let (parent, _) = tree::split(target);
    if !tree.enters(parent) {
        return;
    }
    let Ok((handle, _)) = tree.place(target) else { return };
    let flags = OFlags::DIRECTORY | OFlags::RDONLY | OFlags::CLOEXEC;
    let Ok(listing) = rustix::fs::openat(handle, ".", flags, Mode::empty()) else { return };
    let mut suspects = Vec::new();
    let _ = dir::each_name(&listing, |name| {
        if temp::leaf_of(name).is_some() {
            suspects.push(name.to_vec());
        }
    });
    let owner = rustix::process::geteuid().as_raw();
    for name in suspects {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let Ok(fd) = rustix::fs::openat(&listing, name.as_slice(), flags, Mode::empty()) else { continue };
        let Ok(meta) = rustix::fs::fstat(&fd).map(Meta::from) else { continue };
        let ours = meta.is_file() && meta.uid == owner && meta.mode & 0o7777 == MARK && meta.nlink == 1;
        if ours && rustix::fs::flock(&fd, FlockOperation::NonBlockingLockExclusive).is_ok() {
            let _ = rustix::fs::unlinkat(&listing, name.as_slice(), rustix::fs::AtFlags::empty());
            log::info!("removed {}, left behind by a transfer that was killed", crate::escape::Escaped(&name));
        }
    }
}
