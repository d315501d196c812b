//! The sender's side of zlib and zlibx: raw deflate, one stream a file, flushed before each token that follows data.

use zlib_rs::{Deflate, DeflateFlush, Status};

use super::chunk::{Chunker, SYNC_MARK};
use super::encoder::EncodeError;
use super::history::History;
use super::token::put_chunk;
use crate::limits::{COMPRESSED_CHUNK, DEFLATE_WINDOW};
use crate::wire::Put;

const WINDOW_BITS: u8 = 15;
const _: () = assert!(1 << WINDOW_BITS == DEFLATE_WINDOW);

/// Head of a stored block: one byte with the kind, the length and its complement.
const STORED_HEAD: usize = 5;

pub(super) struct Deflater {
    stream: Deflate,
    chunks: Chunker,
    /// Only with "zlib".
    history: Option<History>,
    /// The file's data is stored as it is.
    stored: bool,
}

impl Deflater {
    pub(super) fn new(level: i32, history: Option<History>) -> Self {
        Self { stream: Deflate::new(level, false, WINDOW_BITS), chunks: Chunker::new(), history, stored: false }
    }

    pub(super) fn begin(&mut self, stored: bool) {
        self.stream.reset();
        self.chunks.clear();
        if let Some(history) = &mut self.history {
            history.clear();
        }
        self.stored = stored;
    }

    pub(super) fn literal(&mut self, bytes: &[u8], out: &mut impl Put) -> Result<(), EncodeError> {
        if self.stored {
            for piece in bytes.chunks(COMPRESSED_CHUNK.saturating_sub(STORED_HEAD)) {
                self.store(piece, out);
            }
            return Ok(());
        }
        if let Some(history) = &mut self.history {
            let stream = &mut self.stream;
            history.take(|bytes| stream.set_dictionary(bytes).map(drop)).map_err(broken)?;
        }
        self.run(bytes, DeflateFlush::NoFlush, out)
    }

    /// Takes a block that the receiver has.
    pub(super) fn matched(&mut self, bytes: &[u8]) {
        if let Some(history) = &mut self.history
            && !self.stored
        {
            history.push(bytes);
            history.end_block();
        }
    }

    /// Everything so far can be decoded once this is sent. The mark at the end is not sent: the receiver puts it back.
    pub(super) fn flush(&mut self, out: &mut impl Put) -> Result<(), EncodeError> {
        if self.stored {
            // The head of the empty block whose length is the mark.
            put_chunk(&[0], out);
            return Ok(());
        }
        self.run(&[], DeflateFlush::SyncFlush, out)?;
        self.chunks.finish(SYNC_MARK.len(), out);
        Ok(())
    }

    fn run(&mut self, mut bytes: &[u8], flush: DeflateFlush, out: &mut impl Put) -> Result<(), EncodeError> {
        loop {
            let (read, written) = (self.stream.total_in(), self.stream.total_out());
            let status = self.stream.compress(bytes, self.chunks.room(), flush).map_err(broken)?;
            let read = since(read, self.stream.total_in());
            let written = since(written, self.stream.total_out());
            bytes = bytes.get(read..).unwrap_or_default();
            let full = self.chunks.advance(written, out);
            // Room that is left over means that the stream has nothing more to give.
            if !full && (bytes.is_empty() || status == Status::BufError) {
                return if bytes.is_empty() { Ok(()) } else { Err(EncodeError("the deflate stream stands still")) };
            }
        }
    }

    fn store(&mut self, piece: &[u8], out: &mut impl Put) {
        let Ok(len) = u16::try_from(piece.len()) else { return };
        let mut head = [0; STORED_HEAD];
        let [_, a, b, c, d] = &mut head;
        [*a, *b] = len.to_le_bytes();
        [*c, *d] = (!len).to_le_bytes();
        let room = self.chunks.room();
        let end = STORED_HEAD.saturating_add(piece.len());
        if let Some((first, rest)) = room.get_mut(..end).and_then(|room| room.split_first_chunk_mut::<STORED_HEAD>()) {
            *first = head;
            rest.copy_from_slice(piece);
            put_chunk(room.get(..end).unwrap_or_default(), out);
        }
    }
}

fn since(before: u64, now: u64) -> usize {
    usize::try_from(now.saturating_sub(before)).unwrap_or(0)
}

fn broken(error: zlib_rs::DeflateError) -> EncodeError {
    EncodeError(error.as_str())
}
