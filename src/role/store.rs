//! Where a file's bytes go until it is whole: a hidden temporary, the file's part in the partial directory, or the target
//! itself (`--inplace`). Names are from the module's root.

use std::os::fd::OwnedFd;

use rustix::fs::{FallocateFlags, FlockOperation, Mode};
use rustix::io::Errno;

use super::attributes::{self, Item, Times};
use super::content;
use super::context::Context;
use super::places::Places;
use super::sweep::{MARK, sweep};
use crate::flist::{Entry, Extra};
use crate::fs::{Meta, Tree, temp, tree};

/// Tries to find a free name for a temporary.
const NAME_TRIES: u32 = 16;
/// Bytes of a file here that are copied at a time.
const COPY: usize = 64 << 10;
/// Zeros in a row that become a hole with `-S`, bytes.
const HOLE: usize = 1024;

/// A step that failed.
#[derive(Debug)]
pub struct Failure {
    /// What was tried.
    pub step: &'static str,
    /// The name it was tried on, from the module's root, when it is not the target's.
    pub name: Option<Vec<u8>>,
    /// Why it failed.
    pub errno: Errno,
}

impl Failure {
    pub(super) fn new(step: &'static str, errno: Errno) -> Self {
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

/// What is being written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// A temporary, renamed when it is whole.
    Temporary,
    /// The part of an interrupted transfer, continued and then renamed.
    Partial,
    /// The target.
    Target,
}

/// What a file is written for.
pub struct Job<'a> {
    /// The target.
    pub target: &'a [u8],
    /// What stands there.
    pub here: Option<&'a Meta>,
    /// The part that is continued in place, if it is.
    pub partial: Option<&'a [u8]>,
    /// Length that the sender announced, bytes.
    pub size: u64,
    /// The target is written over, whatever else the session does.
    pub in_place: bool,
}

/// A file on its way.
pub struct Store {
    fd: OwnedFd,
    place: Place,
    /// Name of what is written.
    name: Vec<u8>,
    offset: u64,
    sparse: bool,
    /// Zeros before `offset` that are left out so far, bytes.
    pending: u64,
    /// A device has no length to set.
    device: bool,
    /// More was allocated than may come.
    reserved: bool,
    /// Bytes came from the peer, so that a part is worth keeping.
    literal: bool,
}

impl Store {
    /// Makes the place for a file's bytes.
    pub fn create(ctx: &Context, places: &Places, whole: &mut Tree, job: &Job) -> Result<Self, Failure> {
        let Job { target, here, partial, size, in_place } = *job;
        if here.is_some_and(Meta::is_dir) {
            return Err(Failure::new("recv_files:", Errno::ISDIR));
        }
        let mut store = if in_place {
            let fd = whole.open_for_update(target, here).map_err(|errno| Failure::new("open", errno))?;
            Self::new(fd, Place::Target, target.to_vec())
        } else if let Some(part) = partial {
            let there = whole.lstat(part).ok();
            let fd = whole.open_for_update(part, there.as_ref()).map_err(|errno| Failure {
                step: "open",
                name: Some(part.to_vec()),
                errno,
            })?;
            Self::new(fd, Place::Partial, part.to_vec())
        } else {
            sweep(whole, places, target);
            temporary(places, whole, target)?
        };
        store.sparse = ctx.options.sparse;
        store.device = in_place && here.is_some_and(|here| here.kind() == crate::fs::Kind::Device);
        if ctx.options.place.preallocate && !store.device && size > here.filter(|_| in_place).map_or(0, |m| m.size) {
            // A file system that cannot is no reason to refuse the file.
            store.reserved = rustix::fs::fallocate(&store.fd, FallocateFlags::empty(), 0, size).is_ok();
        }
        Ok(store)
    }

    fn new(fd: OwnedFd, place: Place, name: Vec<u8>) -> Self {
        let (sparse, device, reserved, literal) = (false, false, false, false);
        Self { fd, place, name, offset: 0, sparse, pending: 0, device, reserved, literal }
    }

    /// Whether the target itself is written.
    pub fn in_place(&self) -> bool {
        self.place == Place::Target
    }

    /// `--append`: what comes is put behind the first `len` bytes.
    pub fn append_from(&mut self, len: u64) {
        self.offset = len;
    }

    /// Appends bytes of the peer.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.literal = true;
        self.put(bytes)
    }

    /// Takes all the bytes of a file here.
    pub fn copy_from(&mut self, fd: &OwnedFd) -> Result<(), Failure> {
        let mut buffer = vec![0; COPY];
        loop {
            let n = content::read(fd, &mut buffer).map_err(|errno| Failure::new("read", errno))?;
            if n == 0 {
                return self.finish();
            }
            self.put(buffer.get(..n).unwrap_or_default())?;
        }
    }

    /// Appends a block of the basis. `stands_at`: its offset in what is being written, if it is there already.
    pub fn write_block(&mut self, bytes: &[u8], stands_at: Option<u64>) -> Result<(), Failure> {
        if self.place != Place::Temporary && stands_at == Some(self.offset) {
            if self.sparse && bytes.chunks(HOLE).any(is_hole) {
                return self.put(bytes);
            }
            self.make_hole()?;
            self.offset = self.offset.saturating_add(u64::try_from(bytes.len()).unwrap_or(0));
            return Ok(());
        }
        self.put(bytes)
    }

    /// With `-S` zeros at either end of what comes, and long runs inside, become holes.
    fn put(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        if !self.sparse {
            return self.write_at(bytes);
        }
        let leading = bytes.iter().take_while(|b| **b == 0).count();
        self.leave_out(leading);
        let rest = bytes.get(leading..).unwrap_or_default();
        let trailing = rest.iter().rev().take_while(|b| **b == 0).count();
        let body = rest.get(..rest.len().saturating_sub(trailing)).unwrap_or_default();
        for run in body.chunks(HOLE).collect::<Vec<_>>().chunk_by(|a, b| is_hole(a) == is_hole(b)) {
            if run.first().is_some_and(|piece| is_hole(piece)) {
                self.leave_out(run.iter().map(|piece| piece.len()).sum());
            } else {
                self.make_hole()?;
                run.iter().try_for_each(|piece| self.write_at(piece))?;
            }
        }
        self.leave_out(trailing);
        Ok(())
    }

    fn leave_out(&mut self, len: usize) {
        let len = u64::try_from(len).unwrap_or(0);
        self.offset = self.offset.saturating_add(len);
        self.pending = self.pending.saturating_add(len);
    }

    /// What was left out needs no room: skipped in a new file, given back where something was.
    fn make_hole(&mut self) -> Result<(), Failure> {
        let len = std::mem::take(&mut self.pending);
        if len == 0 || self.place == Place::Temporary {
            return Ok(());
        }
        let start = self.offset.saturating_sub(len);
        let punch = FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE;
        if rustix::fs::fallocate(&self.fd, punch, start, len).is_ok() {
            return Ok(());
        }
        self.offset = start;
        let zeros = vec![0; COPY];
        let mut left = len;
        while left > 0 {
            let piece = usize::try_from(left).unwrap_or(usize::MAX).min(COPY);
            self.write_at(zeros.get(..piece).unwrap_or_default())?;
            left = left.saturating_sub(u64::try_from(piece).unwrap_or(0));
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
        let short = self.pending > 0;
        self.make_hole()?;
        if (self.place != Place::Temporary || short || self.reserved) && !self.device {
            rustix::fs::ftruncate(&self.fd, self.offset).map_err(|errno| Failure::new("ftruncate", errno))?;
        }
        Ok(())
    }

    /// Gives what was written its attributes.
    pub fn dress(
        &self,
        ctx: &Context,
        whole: &mut Tree,
        finished: &Finished,
        fail: &mut dyn FnMut(&[u8], Errno),
    ) -> Result<(), Failure> {
        let Finished { shown, entry, extra, mode, times, .. } = *finished;
        let name = &self.name;
        let here = whole.lstat(name).map_err(|errno| Failure::new("fstat", errno))?;
        attributes::set(ctx, whole, &Item { name, shown, entry, extra, mode, here: &here, times }, fail);
        Ok(())
    }

    /// Attributes, then the name: the target is the old file or the new one, never a part.
    pub fn install(
        self,
        ctx: &Context,
        places: &Places,
        whole: &mut Tree,
        finished: &Finished,
        fail: &mut dyn FnMut(&[u8], Errno),
    ) -> Result<(), Failure> {
        if ctx.options.fsync {
            rustix::fs::fsync(&self.fd).map_err(|errno| Failure::new("fsync failed on", errno))?;
        }
        self.dress(ctx, whole, finished, fail)?;
        let target = finished.target;
        if self.in_place() {
            return Ok(());
        }
        match whole.rename(&self.name, target) {
            Err(Errno::XDEV) => self.carry_over(ctx, places, whole, finished, fail),
            done => done.map_err(|errno| {
                let _ = whole.unlink(&self.name);
                Failure { step: "rename", name: Some(self.name.clone()), errno }
            }),
        }
    }

    /// The temporary lies on another file system: a second one beside the target takes its bytes and its place.
    fn carry_over(
        self,
        ctx: &Context,
        places: &Places,
        whole: &mut Tree,
        finished: &Finished,
        fail: &mut dyn FnMut(&[u8], Errno),
    ) -> Result<(), Failure> {
        let beside = Places::default();
        let done = temporary(&beside, whole, finished.target).and_then(|second| {
            let copied = whole.open_file(&self.name).and_then(|(from, _)| content::copy(&from, &second.fd));
            copied.map_err(|errno| Failure { step: "copy", name: Some(self.name.clone()), errno })?;
            second.install(ctx, places, whole, finished, fail)
        });
        let _ = whole.unlink(&self.name);
        done
    }

    /// The bytes are not wanted.
    pub fn discard(self, whole: &mut Tree) {
        if self.place == Place::Temporary {
            let _ = whole.unlink(&self.name);
        }
    }

    /// Moves what came to the place for parts, whose directory is made if need be. `false`: it could not be.
    pub fn set_aside(self, whole: &mut Tree, part: &[u8]) -> bool {
        if self.place == Place::Partial {
            return true;
        }
        let (parent, _) = tree::split(part);
        if !parent.is_empty() && whole.lstat(parent).is_err() {
            let _ = whole.mkdir(parent, 0o700);
        }
        let kept = whole.rename(&self.name, part).is_ok();
        if !kept {
            self.discard(whole);
        }
        kept
    }

    /// Whether what came is kept when no more will come.
    pub fn is_worth_keeping(&self, ctx: &Context) -> bool {
        self.place == Place::Temporary && ctx.options.partial && self.literal
    }

    /// The session ends in the middle of the file: with `--partial` what came stays, in the place for parts or under the
    /// target's name, looking old; otherwise nothing is left behind.
    pub fn abandon(mut self, ctx: &Context, whole: &mut Tree, target: &[u8], part: Option<&[u8]>) {
        if !self.is_worth_keeping(ctx) || self.finish().is_err() {
            return self.discard(whole);
        }
        match part {
            Some(part) => drop(self.set_aside(whole, part)),
            None => {
                let _ = whole.set_mtime(&self.name, 0, 0);
                if whole.rename(&self.name, target).is_err() {
                    self.discard(whole);
                }
            }
        }
    }
}

/// A new file under a name that nobody has: beside the target, or in the directory for temporaries.
fn temporary(places: &Places, whole: &mut Tree, target: &[u8]) -> Result<Store, Failure> {
    let (parent, leaf) = tree::split(target);
    let dir = places.temp_dir().unwrap_or(parent);
    let mut failure = Failure::new("mkstemp", Errno::EXIST);
    for _ in 0..NAME_TRIES {
        let mut name = dir.to_vec();
        if !name.is_empty() {
            name.push(b'/');
        }
        let hidden = temp::name(leaf, temp::seed());
        // In a directory of their own temporaries need not hide.
        let shown = if places.temp_dir().is_some() { hidden.get(1..) } else { None };
        name.extend_from_slice(shown.unwrap_or(&hidden));
        match whole.create(&name, 0o600) {
            Ok(fd) => {
                // A sweeping worker leaves alone what is locked, and what does not bear the mark yet.
                let _ = rustix::fs::flock(&fd, FlockOperation::NonBlockingLockExclusive);
                let _ = rustix::fs::fchmod(&fd, Mode::from_raw_mode(MARK));
                return Ok(Store::new(fd, Place::Temporary, name));
            }
            Err(errno) => failure = Failure { step: "mkstemp", name: Some(name), errno },
        }
        if failure.errno != Errno::EXIST {
            break;
        }
    }
    Err(failure)
}

/// A whole piece of zeros.
fn is_hole(piece: &[u8]) -> bool {
    piece.len() == HOLE && piece.iter().all(|b| *b == 0)
}
