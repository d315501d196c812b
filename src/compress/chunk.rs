//! Where a codec writes: a buffer that leaves as chunks, as soon as it is full or the codec was flushed.

use super::token::put_chunk;
use crate::limits::COMPRESSED_CHUNK;
use crate::wire::Put;

/// The last bytes of a flush that are never sent: the mark of deflate's sync flush.
pub(super) const SYNC_MARK: [u8; 4] = [0, 0, 0xff, 0xff];

/// Compressed bytes that wait to be sent. The last four are held back, as long as more may follow.
pub(super) struct Chunker {
    buf: Box<[u8]>,
    filled: usize,
}

impl Chunker {
    pub(super) fn new() -> Self {
        Self { buf: vec![0; COMPRESSED_CHUNK.saturating_add(SYNC_MARK.len())].into_boxed_slice(), filled: 0 }
    }

    /// Drops what waits.
    pub(super) fn clear(&mut self) {
        self.filled = 0;
    }

    /// Room for more; never empty.
    pub(super) fn room(&mut self) -> &mut [u8] {
        self.buf.get_mut(self.filled..).unwrap_or_default()
    }

    /// `n` bytes were written to the front of [`Chunker::room`]; `true`: it is full again and was sent.
    pub(super) fn advance(&mut self, n: usize, out: &mut impl Put) -> bool {
        self.filled = self.filled.saturating_add(n).min(self.buf.len());
        if self.filled < self.buf.len() {
            return false;
        }
        let (sent, held) = self.buf.split_at_mut_checked(COMPRESSED_CHUNK).unwrap_or_default();
        put_chunk(sent, out);
        for (to, from) in sent.iter_mut().zip(held.iter()) {
            *to = *from;
        }
        self.filled = held.len();
        true
    }

    /// Sends everything but the last `trim` bytes, which are dropped.
    pub(super) fn finish(&mut self, trim: usize, out: &mut impl Put) {
        let end = self.filled.saturating_sub(trim);
        for piece in self.buf.get(..end).unwrap_or_default().chunks(COMPRESSED_CHUNK) {
            put_chunk(piece, out);
        }
        self.filled = 0;
    }
}
