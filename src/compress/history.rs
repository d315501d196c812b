//! Blocks that the receiver has, on their way into the history of "zlib": only the last 32 KiB before the next literal
//! data can ever be referred to, so no more than that is kept, and none of it enters before then.

use crate::limits::DEFLATE_WINDOW;

/// Up to protocol 30 a block enters in pieces of this length, each taken from the block's *start*; from 31 on they follow
/// one another.
const OLD_PIECE: usize = 0xffff;

/// The end of what matched since the last literal data.
pub(super) struct History {
    recent: Vec<u8>,
    /// Up to protocol 30: the first bytes of the block in hand, and the block's length.
    old: Option<(Vec<u8>, usize)>,
}

impl History {
    pub(super) fn new(protocol: u32) -> Self {
        Self {
            recent: Vec::with_capacity(DEFLATE_WINDOW.saturating_mul(2)),
            old: (protocol < 31).then(|| (Vec::with_capacity(OLD_PIECE), 0)),
        }
    }

    pub(super) fn clear(&mut self) {
        self.recent.clear();
        if let Some((start, len)) = &mut self.old {
            start.clear();
            *len = 0;
        }
    }

    /// Takes the next bytes of a block.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        match &mut self.old {
            None => append(&mut self.recent, bytes),
            Some((start, len)) => {
                let room = OLD_PIECE.saturating_sub(start.len()).min(bytes.len());
                start.extend_from_slice(bytes.get(..room).unwrap_or_default());
                *len = len.saturating_add(bytes.len());
            }
        }
    }

    /// The block is complete.
    pub(super) fn end_block(&mut self) {
        let Some((start, len)) = &mut self.old else { return };
        let whole = len.checked_div(OLD_PIECE).unwrap_or(0);
        let rest = len.checked_rem(OLD_PIECE).unwrap_or(0);
        if whole > 0 {
            append(&mut self.recent, start);
        }
        append(&mut self.recent, start.get(..rest).unwrap_or_default());
        start.clear();
        *len = 0;
    }

    /// Hands over what there is to enter, if anything: at most a window.
    pub(super) fn take<E>(&mut self, enter: impl FnOnce(&[u8]) -> Result<(), E>) -> Result<(), E> {
        if self.recent.is_empty() {
            return Ok(());
        }
        let from = self.recent.len().saturating_sub(DEFLATE_WINDOW);
        let result = enter(self.recent.get(from..).unwrap_or_default());
        self.recent.clear();
        result
    }
}

/// Appends within the capacity of two windows: what is older than one makes room.
fn append(recent: &mut Vec<u8>, bytes: &[u8]) {
    let tail = bytes.get(bytes.len().saturating_sub(DEFLATE_WINDOW)..).unwrap_or_default();
    if recent.len().saturating_add(tail.len()) > DEFLATE_WINDOW.saturating_mul(2) {
        recent.drain(..recent.len().saturating_sub(DEFLATE_WINDOW));
    }
    recent.extend_from_slice(tail);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a window would hold after every byte had entered one by one.
    fn tail(all: &[u8]) -> Vec<u8> {
        all[all.len().saturating_sub(DEFLATE_WINDOW)..].to_vec()
    }

    fn taken(history: &mut History) -> Vec<u8> {
        let mut got = Vec::new();
        history
            .take(|bytes| {
                got = bytes.to_vec();
                Ok::<_, ()>(())
            })
            .unwrap();
        got
    }

    fn noise(len: usize) -> Vec<u8> {
        (0..len as u64).map(|i| (i * i / 7 + i) as u8).collect()
    }

    #[test]
    fn the_last_window_of_what_matched_enters_and_no_allocation_follows() {
        for lens in [&[700usize; 200][..], &[100_000, 5], &[30_000, 30_000, 30_000, 1], &[1], &[65_536]] {
            let mut history = History::new(31);
            let capacity = history.recent.capacity();
            let mut all = Vec::new();
            for len in lens {
                let block = noise(*len);
                for piece in block.chunks(32_768) {
                    history.push(piece);
                }
                history.end_block();
                all.extend(block);
            }
            assert_eq!(taken(&mut history), tail(&all));
            assert_eq!(history.recent.capacity(), capacity);
            assert_eq!(taken(&mut history), Vec::<u8>::new());
        }
    }

    #[test]
    fn old_protocols_take_each_piece_of_a_long_block_from_its_start() {
        for len in [700usize, 65_535, 65_536, 100_000, 131_070, 140_000, 200_000] {
            let block = noise(len);
            let mut all = Vec::new();
            let mut left = len;
            while left > 0 {
                let n = left.min(OLD_PIECE);
                all.extend(&block[..n]);
                left -= n;
            }
            let mut history = History::new(30);
            for piece in block.chunks(10_000) {
                history.push(piece);
            }
            history.end_block();
            assert_eq!(taken(&mut history), tail(&all), "{len}");
        }
    }
}
