//! The sender's search: which parts of a file the receiver has already.

use super::table::BlockTable;
use crate::hash::rolling;
use crate::limits::CHUNK;

/// Where the file's bytes come from.
pub trait Source {
    /// What reading may fail with.
    type Error;
    /// Fills the front of `into`; 0 at the end of the file.
    fn read(&mut self, into: &mut [u8]) -> Result<usize, Self::Error>;
}

/// Where the delta goes.
pub trait Sink<E> {
    /// Bytes the receiver lacks, at most a chunk or a block at a time.
    fn literal(&mut self, bytes: &[u8]) -> Result<(), E>;
    /// A block it has, and its bytes.
    fn block(&mut self, index: u32, bytes: &[u8]) -> Result<(), E>;
}

/// Strong sums that matched nothing may cost this many bytes beyond eight times the progress; then searching stops.
const FALSE_ALARM_BYTES: u64 = 64 << 20;

/// Runs the whole of `source` through the search. `window` is a buffer that is reused from file to file.
pub fn search<S: Source>(
    table: &mut BlockTable,
    window: &mut Vec<u8>,
    source: &mut S,
    sink: &mut impl Sink<S::Error>,
) -> Result<(), S::Error> {
    let block = usize::try_from(table.head.blength).unwrap_or(usize::MAX);
    let size = block.saturating_mul(2).saturating_add(CHUNK.saturating_mul(4));
    if window.len() < size {
        window.resize(size, 0);
    }
    let mut scan = Scan { window, filled: 0, at: 0, literal: 0, base: 0, ended: false, wasted: 0, want: 0 };
    scan.refill(source)?;
    if block == 0 || table.is_empty() {
        return scan.rest_is_literal(source, sink);
    }
    scan.run(table, block, source, sink)
}

struct Scan<'w> {
    window: &'w mut Vec<u8>,
    /// Bytes of the window that hold file data.
    filled: usize,
    /// The position that is looked at.
    at: usize,
    /// Where the pending literal begins.
    literal: usize,
    /// Offset of the window's front in the file.
    base: u64,
    ended: bool,
    /// Bytes of strong sums that matched nothing.
    wasted: u64,
    /// The block that would continue a run.
    want: u32,
}

impl Scan<'_> {
    fn run<S: Source>(
        &mut self,
        table: &mut BlockTable,
        block: usize,
        source: &mut S,
        sink: &mut impl Sink<S::Error>,
    ) -> Result<(), S::Error> {
        let len = u32::try_from(block).unwrap_or(u32::MAX);
        loop {
            if !self.make_available(block, source)? {
                break;
            }
            let mut rolling = rolling::sum1(self.slice(self.at, block));
            // Rolls until a block is found or the window is used up.
            'rolling: loop {
                let sum1 = rolling.value();
                if table.maybe(sum1) {
                    let window = self.window.get(self.at..self.at.saturating_add(block)).unwrap_or_default();
                    let (found, computed) = table.find(sum1, window, self.offset(), self.want);
                    if let Some(index) = found {
                        self.take(index, block, sink)?;
                        break 'rolling;
                    }
                    if computed && self.tired(block) {
                        return self.rest_is_literal(source, sink);
                    }
                }
                let next_new = self.at.saturating_add(block);
                let stop = self.filled.min(next_new.saturating_add(CHUNK));
                let olds = self.window.get(self.at..).unwrap_or_default();
                let news = self.window.get(next_new..stop).unwrap_or_default();
                let mut moved = 0usize;
                for (old, new) in olds.iter().zip(news) {
                    rolling.roll(len, *old, *new);
                    moved = moved.wrapping_add(1);
                    if table.maybe(rolling.value()) {
                        break;
                    }
                }
                self.at = self.at.saturating_add(moved);
                if self.at.saturating_sub(self.literal) >= CHUNK {
                    self.flush_literal(self.at, sink)?;
                }
                if moved == 0 {
                    if self.ended {
                        self.at = self.at.saturating_add(1);
                        break 'rolling;
                    }
                    self.refill(source)?;
                }
            }
        }
        self.finish(table, sink)
    }

    fn offset(&self) -> u64 {
        self.base.saturating_add(u64::try_from(self.at).unwrap_or(0))
    }

    fn slice(&self, from: usize, len: usize) -> &[u8] {
        self.window.get(from..from.saturating_add(len)).unwrap_or_default()
    }

    fn take<E>(&mut self, index: u32, block: usize, sink: &mut impl Sink<E>) -> Result<(), E> {
        self.flush_literal(self.at, sink)?;
        sink.block(index, self.slice(self.at, block))?;
        self.at = self.at.saturating_add(block);
        self.literal = self.at;
        self.want = index.saturating_add(1);
        Ok(())
    }

    fn tired(&mut self, block: usize) -> bool {
        self.wasted = self.wasted.saturating_add(u64::try_from(block).unwrap_or(0));
        self.wasted > self.offset().saturating_mul(8).saturating_add(FALSE_ALARM_BYTES)
    }

    fn flush_literal<E>(&mut self, end: usize, sink: &mut impl Sink<E>) -> Result<(), E> {
        let pending = self.window.get(self.literal..end).unwrap_or_default();
        for piece in pending.chunks(CHUNK) {
            sink.literal(piece)?;
        }
        self.literal = end;
        Ok(())
    }

    /// A whole block from `at` on, reading more if need be. `false`: the file has no more whole block.
    fn make_available<S: Source>(&mut self, block: usize, source: &mut S) -> Result<bool, S::Error> {
        while self.filled.saturating_sub(self.at) < block {
            if self.ended {
                return Ok(false);
            }
            self.refill(source)?;
        }
        Ok(true)
    }

    /// Drops what is sent from the window's front, and reads on behind it.
    fn refill<S: Source>(&mut self, source: &mut S) -> Result<(), S::Error> {
        if self.literal > 0 {
            self.window.copy_within(self.literal..self.filled, 0);
            self.base = self.base.saturating_add(u64::try_from(self.literal).unwrap_or(0));
            self.filled = self.filled.saturating_sub(self.literal);
            self.at = self.at.saturating_sub(self.literal);
            self.literal = 0;
        }
        while let Some(room) = self.window.get_mut(self.filled..).filter(|room| !room.is_empty()) {
            let n = source.read(room)?;
            if n == 0 {
                self.ended = true;
                break;
            }
            self.filled = self.filled.saturating_add(n);
        }
        Ok(())
    }

    fn rest_is_literal<S: Source>(&mut self, source: &mut S, sink: &mut impl Sink<S::Error>) -> Result<(), S::Error> {
        loop {
            self.at = self.filled;
            self.flush_literal(self.filled, sink)?;
            if self.ended {
                return Ok(());
            }
            self.refill(source)?;
        }
    }

    /// The tail: a short last block matches at the very end of the file, or nowhere.
    fn finish<E>(&mut self, table: &mut BlockTable, sink: &mut impl Sink<E>) -> Result<(), E> {
        let short = usize::try_from(table.head.remainder).unwrap_or(0);
        let start = self.filled.saturating_sub(short);
        if short > 0 && start >= self.literal && self.filled >= short {
            let sum1 = rolling::sum1(self.slice(start, short)).value();
            self.at = start;
            let offset = self.offset();
            let window = self.window.get(start..self.filled).unwrap_or_default();
            if let (Some(index), _) = table.find(sum1, window, offset, self.want) {
                return self.take(index, short, sink);
            }
        }
        self.flush_literal(self.filled, sink)
    }
}

#[cfg(test)]
mod tests;
