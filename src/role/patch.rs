//! Tokens and basis → the new file.

use std::os::fd::OwnedFd;

use rustix::io::Errno;

use super::context::Context;
use super::receiver::Receiver;
use super::store::{Failure, Store};
use crate::compress::Decoder;
use crate::compress::token::Record;
use crate::delta::token::Token;
use crate::hash::{Hasher, Sum};
use crate::limits::CHUNK;
use crate::net::{Fatal, Input, Receive};
use crate::wire::sum_head::SumHead;

/// What is used for every file: the hash, the buffer for blocks of the basis, and the decoder of a session that compresses.
pub(super) struct Inflow {
    hasher: Hasher,
    piece: Vec<u8>,
    /// Made for the first file.
    decoder: Option<Decoder>,
    /// Checksum of the last file.
    pub(super) sum: Sum,
}

impl Inflow {
    pub(super) fn new(ctx: &Context) -> Self {
        Self { hasher: Hasher::for_file(ctx.file_sum), piece: Vec::new(), decoder: None, sum: Sum::new(b"") }
    }
}

impl Receiver<'_> {
    /// Reads tokens to the end of the file. Without a store they are read and dropped.
    pub(super) fn patch(
        &mut self,
        head: &SumHead,
        reuse: &Reuse,
        mut store: Option<&mut Store>,
    ) -> Result<Patched, Fatal> {
        let Inflow { hasher, piece, decoder, .. } = &mut self.inflow;
        if let (None, Some(compression)) = (&decoder, self.ctx.compression) {
            *decoder = Some(Decoder::new(compression, self.ctx.protocol)?);
        }
        hasher.reset();
        piece.resize(CHUNK, 0);
        let mut file = File { hasher, store: store.as_deref_mut(), broken: None, head, reuse };
        if let (Some(len), Some(fd), true) = (reuse.kept, &reuse.basis, reuse.verify) {
            file.hash_start(&self.input, fd, len, piece);
        }
        match decoder {
            Some(decoder) => unpack(decoder, &mut self.input, &mut file, piece)?,
            None => plain(&mut self.input, &mut file, piece)?,
        }
        let mut broken = file.broken;
        if let (Some(store), None) = (store, &broken)
            && let Err(failure) = store.finish()
        {
            broken = Some(failure);
        }
        let sum = self.inflow.hasher.finish();
        self.inflow.sum = sum;
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

/// The tokens of a session that does not compress.
fn plain(input: &mut Input, file: &mut File, piece: &mut [u8]) -> Result<(), Fatal> {
    loop {
        match input.decode(|r| Token::read(r, file.head))? {
            Token::End => return Ok(()),
            Token::Literal(len) => {
                let len = usize::try_from(len).unwrap_or(0);
                input.stream(len, |bytes| {
                    file.literal(bytes);
                    Ok(())
                })?;
            }
            Token::Block(index) => {
                file.block(index, piece, |_| {});
                input.clock().note_progress();
            }
        }
    }
}

/// The tokens of one that does.
fn unpack(decoder: &mut Decoder, input: &mut Input, file: &mut File, piece: &mut [u8]) -> Result<(), Fatal> {
    decoder.begin(file.store.is_none());
    loop {
        let record = input.decode(|r| decoder.record(r, file.head))?;
        if let Record::Chunk(len) = record {
            input.stream(len, |bytes| Ok(decoder.feed(bytes, &mut |data| file.literal(data))?))?;
            continue;
        }
        decoder.settle(&mut |data| file.literal(data))?;
        let Record::Blocks { first, count } = record else { return Ok(()) };
        for index in first..first.saturating_add(count) {
            file.block(index, piece, |bytes| decoder.matched(bytes));
            decoder.end_block();
            input.clock().note_progress();
        }
    }
}

/// The file under construction: every byte goes through the checksum, and into the store until that fails.
struct File<'f> {
    hasher: &'f mut Hasher,
    store: Option<&'f mut Store>,
    broken: Option<Failure>,
    head: &'f SumHead,
    reuse: &'f Reuse,
}

impl File<'_> {
    /// Takes the first `len` bytes of a file that is appended to into the checksum.
    fn hash_start(&mut self, input: &Input, fd: &OwnedFd, len: u64, piece: &mut [u8]) {
        let mut offset = 0;
        while offset < len {
            let want = usize::try_from(len.saturating_sub(offset)).unwrap_or(usize::MAX).min(piece.len());
            let room = piece.get_mut(..want).unwrap_or_default();
            read_at(fd, room, offset);
            self.hasher.update(room);
            offset = offset.saturating_add(u64::try_from(want).unwrap_or(0));
            input.clock().note_progress();
        }
    }

    fn literal(&mut self, bytes: &[u8]) {
        self.hasher.update(bytes);
        if let (Some(store), None) = (&mut self.store, &self.broken) {
            self.broken = store.write(bytes).err();
        }
    }

    /// Copies a block of the basis, a piece at a time; each is shown to `seen`.
    fn block(&mut self, index: u32, piece: &mut [u8], mut seen: impl FnMut(&[u8])) {
        let Some(store) = &mut self.store else { return };
        let mut offset = self.head.offset(index);
        let mut left = usize::try_from(self.head.block_len(index)).unwrap_or(0);
        while left > 0 {
            let len = left.min(piece.len());
            let Some(piece) = piece.get_mut(..len) else { return };
            match &self.reuse.basis {
                Some(fd) => read_at(fd, piece, offset),
                None => piece.fill(0),
            }
            seen(piece);
            self.hasher.update(piece);
            if self.broken.is_none() {
                self.broken = store.write_block(piece, self.reuse.same_file.then_some(offset)).err();
            }
            offset = offset.saturating_add(u64::try_from(len).unwrap_or(0));
            left = left.saturating_sub(len);
        }
    }
}

/// Reads a piece of the basis; what is missing becomes zeros, and the checksum will tell.
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
