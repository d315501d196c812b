//! Tokens and basis → the new file.

use std::os::fd::OwnedFd;

use rustix::io::Errno;

use super::receiver::Receiver;
use super::store::{Failure, Store};
use crate::delta::token::Token;
use crate::net::{Fatal, Receive};
use crate::wire::sum_head::SumHead;

/// Bytes of a basis that are read at a time.
const PIECE: usize = 64 << 10;

impl Receiver<'_> {
    /// Reads tokens to the end of the file. Without a store they are read and dropped.
    pub(super) fn patch(
        &mut self,
        head: &SumHead,
        reuse: &Reuse,
        mut store: Option<&mut Store>,
    ) -> Result<Patched, Fatal> {
        self.hasher.reset();
        if let (Some(len), Some(fd), true) = (reuse.kept, &reuse.basis, reuse.verify) {
            self.hash_start(fd, len)?;
        }
        let mut broken: Option<Failure> = None;
        let mut block = Vec::new();
        loop {
            match self.input.decode(|r| Token::read(r, head))? {
                Token::End => break,
                Token::Literal(len) => {
                    let len = usize::try_from(len).unwrap_or(0);
                    let hasher = &mut self.hasher;
                    let mut sink = store.as_deref_mut().filter(|_| broken.is_none());
                    self.input.stream(len, |piece| {
                        hasher.update(piece);
                        if let Some(store) = sink.as_deref_mut()
                            && broken.is_none()
                            && let Err(failure) = store.write(piece)
                        {
                            broken = Some(failure);
                        }
                        Ok(())
                    })?;
                }
                Token::Block(index) => {
                    let len = usize::try_from(head.block_len(index)).unwrap_or(0);
                    block.resize(len, 0);
                    match &reuse.basis {
                        Some(fd) => read_at(fd, &mut block, head.offset(index)),
                        None if store.is_some() => block.fill(0),
                        None => {}
                    }
                    self.hasher.update(&block);
                    self.input.clock().note_progress();
                    if let Some(store) = store.as_deref_mut()
                        && broken.is_none()
                        && let Err(failure) = store.write_block(&block, reuse.same_file.then(|| head.offset(index)))
                    {
                        broken = Some(failure);
                    }
                }
            }
        }
        if let (Some(store), None) = (store, &broken)
            && let Err(failure) = store.finish()
        {
            broken = Some(failure);
        }
        let sum = self.hasher.finish();
        let len = self.ctx.block_sum.algorithm.digest_len();
        let theirs = self.input.decode(|r| Ok(r.take(len)? == sum.as_slice()))?;
        Ok(match (broken, theirs) {
            (Some(failure), _) => Patched::Broken(failure),
            (None, true) => Patched::Good,
            (None, false) => Patched::Wrong,
        })
    }
}

/// What there is of a file already, and what may be done with it.
pub(super) struct Reuse {
    /// The basis, open for reading.
    pub basis: Option<OwnedFd>,
    /// What is written has the basis' bytes at their places.
    pub same_file: bool,
    /// `--append`: this many bytes stay, the rest comes.
    pub kept: Option<u64>,
    /// What stays counts in the checksum.
    pub verify: bool,
}

/// What came of a file's tokens.
pub(super) enum Patched {
    /// The checksum matches.
    Good,
    /// It does not.
    Wrong,
    /// The bytes could not be stored.
    Broken(Failure),
}

impl Receiver<'_> {
    /// Takes the first `len` bytes of a file into the checksum.
    fn hash_start(&mut self, fd: &OwnedFd, len: u64) -> Result<(), Fatal> {
        let mut piece = vec![0; PIECE];
        let mut offset = 0;
        while offset < len {
            let want = usize::try_from(len.saturating_sub(offset)).unwrap_or(usize::MAX).min(PIECE);
            let room = piece.get_mut(..want).unwrap_or_default();
            read_at(fd, room, offset);
            self.hasher.update(room);
            offset = offset.saturating_add(u64::try_from(want).unwrap_or(0));
            self.input.clock().note_progress();
        }
        Ok(())
    }
}

/// Reads a block of the basis; what is missing becomes zeros, and the checksum will tell.
fn read_at(fd: &OwnedFd, block: &mut [u8], offset: u64) {
    let mut filled = 0usize;
    while let Some(room) = block.get_mut(filled..).filter(|room| !room.is_empty()) {
        let at = offset.saturating_add(u64::try_from(filled).unwrap_or(0));
        match rustix::io::pread(fd, &mut *room, at) {
            Ok(0) => break,
            Ok(n) => filled = filled.saturating_add(n),
            Err(Errno::INTR) => {}
            Err(_) => break,
        }
    }
    if let Some(rest) = block.get_mut(filled..) {
        rest.fill(0);
    }
}
