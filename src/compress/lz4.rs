//! LZ4: every chunk is a block on its own, with no memory of those before.

use lz4_flex::block::{CompressTable, compress_into_with_table, decompress_into, get_maximum_output_size};

use super::encoder::EncodeError;
use super::token::put_chunk;
use crate::limits::{COMPRESSED_CHUNK, LZ4_OUT};
use crate::wire::{Fault, Put};

/// Bytes of a file in one chunk: what does not compress grows by 1/255 and 16, and still fits.
const PIECE: usize = 16_300;
const _: () = assert!(PIECE + PIECE / 255 + 16 <= COMPRESSED_CHUNK);

pub(super) struct Compressor {
    table: CompressTable,
    /// Data that waits for a whole piece.
    pending: Vec<u8>,
    out: Box<[u8]>,
}

impl Compressor {
    pub(super) fn new() -> Self {
        Self {
            table: CompressTable::small(),
            pending: Vec::with_capacity(PIECE),
            out: vec![0; get_maximum_output_size(PIECE)].into_boxed_slice(),
        }
    }

    pub(super) fn begin(&mut self) {
        self.pending.clear();
    }

    pub(super) fn literal(&mut self, mut bytes: &[u8], out: &mut impl Put) -> Result<(), EncodeError> {
        while !bytes.is_empty() {
            if self.pending.is_empty()
                && let Some((piece, rest)) = bytes.split_at_checked(PIECE)
            {
                compress(&mut self.table, &mut self.out, piece, out)?;
                bytes = rest;
                continue;
            }
            let room = PIECE.saturating_sub(self.pending.len()).min(bytes.len());
            let (piece, rest) = bytes.split_at_checked(room).unwrap_or_default();
            self.pending.extend_from_slice(piece);
            bytes = rest;
            if self.pending.len() >= PIECE {
                self.flush(out)?;
            }
        }
        Ok(())
    }

    pub(super) fn flush(&mut self, out: &mut impl Put) -> Result<(), EncodeError> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let result = compress(&mut self.table, &mut self.out, &self.pending, out);
        self.pending.clear();
        result
    }
}

fn compress(table: &mut CompressTable, buf: &mut [u8], piece: &[u8], out: &mut impl Put) -> Result<(), EncodeError> {
    let len = compress_into_with_table(piece, buf, table).map_err(|_| EncodeError("LZ4 found no room"))?;
    let done = buf.get(..len).filter(|done| done.len() <= COMPRESSED_CHUNK);
    put_chunk(done.ok_or(EncodeError("an LZ4 block is too long"))?, out);
    Ok(())
}

pub(super) struct Decompressor {
    /// The chunk in hand, as far as it is here, and how much of it is missing.
    chunk: Vec<u8>,
    missing: usize,
    out: Box<[u8]>,
}

impl Decompressor {
    pub(super) fn new() -> Self {
        Self { chunk: Vec::with_capacity(COMPRESSED_CHUNK), missing: 0, out: vec![0; LZ4_OUT].into_boxed_slice() }
    }

    /// A chunk of `len` bytes follows.
    pub(super) fn begin_chunk(&mut self, len: usize) {
        self.chunk.clear();
        self.missing = len;
    }

    pub(super) fn feed(&mut self, bytes: &[u8], data: &mut impl FnMut(&[u8])) -> Result<(), Fault> {
        let here = bytes.get(..self.missing).unwrap_or(bytes);
        self.missing = self.missing.saturating_sub(here.len());
        let block = if self.missing == 0 && self.chunk.is_empty() {
            here
        } else {
            self.chunk.extend_from_slice(here);
            if self.missing > 0 {
                return Ok(());
            }
            &self.chunk
        };
        match decompress_into(block, &mut self.out) {
            Ok(len) if len > 0 => {
                data(self.out.get(..len).unwrap_or_default());
                Ok(())
            }
            _ => Err(Fault::Malformed("bad LZ4 block")),
        }
    }
}
