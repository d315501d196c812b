//! The records of a compressed file: blocks of the basis, alone or in runs, chunks of compressed data, the end.
//!
//! The first byte says which: `01hhhhhh` a chunk with the high bits of its length, `1rnnnnnn` one block (or, with `r`, a run)
//! whose index is that far behind the last, `0010000r` the same with the index itself, 0 the end.

use crate::limits::COMPRESSED_CHUNK;
use crate::wire::sum_head::SumHead;
use crate::wire::{Decoded, Fault, Put, Reader};

const END: u8 = 0;
const LONG: u8 = 0x20;
const LONG_RUN: u8 = 0x21;
const CHUNK: u8 = 0x40;
const NEAR: u8 = 0x80;
const NEAR_RUN: u8 = 0xc0;
/// Most indexes that the short form skips.
const NEAR_MAX: u32 = 0x3f;

/// One record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Record {
    /// The file is complete.
    End,
    /// Blocks of the basis, one behind the other; `count` is at least 1.
    Blocks {
        /// Index of the first.
        first: u32,
        /// How many.
        count: u32,
    },
    /// This many bytes of compressed data follow.
    Chunk(usize),
}

/// What an index in short form counts from: the last block of the file's records so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position {
    last: u32,
}

impl Position {
    /// Reads a record; its blocks must exist in `head`.
    pub fn read(&mut self, r: &mut Reader, head: &SumHead) -> Decoded<Record> {
        let flag = r.byte()?;
        let near = u32::from(flag) & NEAR_MAX;
        let (first, run) = match flag {
            END => return Ok(Record::End),
            CHUNK..NEAR => {
                let low = u32::from(r.byte()?);
                return Ok(Record::Chunk(usize::try_from(near << 8 | low).unwrap_or(0)));
            }
            NEAR_RUN.. => (self.last.saturating_add(near), true),
            NEAR.. => (self.last.saturating_add(near), false),
            LONG | LONG_RUN => {
                let index = u32::try_from(r.i32()?).map_err(|_| Fault::Protocol("block token out of range"))?;
                (index, flag == LONG_RUN)
            }
            _ => return Err(Fault::Malformed("unknown kind of token in a compressed file")),
        };
        let more = if run { u32::from(r.u16()?) } else { 0 };
        if run && more == 0 {
            return Err(Fault::Malformed("a run of no blocks in a compressed file"));
        }
        let last = first.checked_add(more).filter(|last| *last < head.count);
        self.last = last.ok_or(Fault::Protocol("block token out of range"))?;
        Ok(Record::Blocks { first, count: more.saturating_add(1) })
    }
}

/// Collects blocks into runs for as long as they follow one another.
#[derive(Clone, Copy, Debug, Default)]
pub struct Runs {
    /// First and last block of the run that is not written yet.
    pending: Option<(u32, u32)>,
    /// The last block of the run before.
    last: u32,
}

impl Runs {
    /// Takes one more block.
    pub fn push(&mut self, index: u32, out: &mut impl Put) {
        if let Some((first, last)) = &mut self.pending
            && last.checked_add(1) == Some(index)
            && index.saturating_sub(*first) <= u32::from(u16::MAX)
        {
            *last = index;
            return;
        }
        self.finish(out);
        self.pending = Some((index, index));
    }

    /// Writes the run under construction.
    pub fn finish(&mut self, out: &mut impl Put) {
        let Some((first, last)) = self.pending.take() else { return };
        let run = last != first;
        match first.checked_sub(self.last).filter(|near| *near <= NEAR_MAX) {
            Some(near) => {
                let kind = if run { NEAR_RUN } else { NEAR };
                out.put(&[kind | u8::try_from(near).unwrap_or(0)]);
            }
            None => {
                out.put(&[if run { LONG_RUN } else { LONG }]);
                out.put(&first.to_le_bytes());
            }
        }
        if run {
            let more = u16::try_from(last.saturating_sub(first)).unwrap_or(u16::MAX);
            out.put(&more.to_le_bytes());
        }
        self.last = last;
    }
}

/// Writes a chunk of at most [`COMPRESSED_CHUNK`] bytes; an empty one is not written.
pub fn put_chunk(bytes: &[u8], out: &mut impl Put) {
    debug_assert!(bytes.len() <= COMPRESSED_CHUNK);
    if let Ok(len) = u16::try_from(bytes.len())
        && len > 0
    {
        let [high, low] = len.to_be_bytes();
        out.put(&[CHUNK | high, low]);
        out.put(bytes);
    }
}

/// Writes the end of the file.
pub fn put_end(out: &mut impl Put) {
    out.put(&[END]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(count: u32) -> SumHead {
        SumHead { count, blength: 700, s2length: 2, remainder: 0 }
    }

    fn read(bytes: &[u8], count: u32) -> Decoded<Record> {
        Position::default().read(&mut Reader::new(bytes), &head(count))
    }

    #[test]
    fn runs_are_the_captured_bytes() {
        let mut out = Vec::new();
        let mut runs = Runs::default();
        for index in [0, 1] {
            runs.push(index, &mut out);
        }
        runs.finish(&mut out);
        for index in [2, 3] {
            runs.push(index, &mut out);
        }
        runs.finish(&mut out);
        assert_eq!(out, [0xc0, 1, 0, 0xc1, 1, 0]);
    }

    #[test]
    fn each_form_of_a_block_comes_back() {
        let indexes: Vec<u32> =
            [0, 0, 5, 68, 132, 131, 7].into_iter().chain(1000..1100).chain(100_000..170_000).chain([3]).collect();
        let mut out = Vec::new();
        let mut runs = Runs::default();
        for index in &indexes {
            runs.push(*index, &mut out);
        }
        runs.finish(&mut out);
        put_end(&mut out);
        let mut position = Position::default();
        let mut r = Reader::new(&out);
        let mut seen = Vec::new();
        loop {
            match position.read(&mut r, &head(200_000)).unwrap() {
                Record::End => break,
                Record::Blocks { first, count } => seen.extend(first..first + count),
                Record::Chunk(_) => unreachable!(),
            }
        }
        assert_eq!(seen, indexes);
    }

    #[test]
    fn blocks_that_were_never_offered_are_refused() {
        for bytes in [
            &[0x84][..],
            &[0xc2, 2, 0],
            &[0x20, 4, 0, 0, 0],
            &[0x20, 0xff, 0xff, 0xff, 0xff],
            &[0x20, 0xff, 0xff, 0xff, 0x7f],
            &[0x21, 3, 0, 0, 0, 1, 0],
            &[0x21, 0xfe, 0xff, 0xff, 0x7f, 0xff, 0xff],
        ] {
            assert!(matches!(read(bytes, 4), Err(Fault::Protocol(_))), "{bytes:x?}");
        }
        assert!(matches!(read(&[0x80], 0), Err(Fault::Protocol(_))));
        assert_eq!(read(&[0x83], 4), Ok(Record::Blocks { first: 3, count: 1 }));
    }

    #[test]
    fn unknown_kinds_and_empty_runs_are_refused() {
        for flag in (1..0x40u8).filter(|flag| !matches!(*flag, LONG | LONG_RUN)) {
            assert!(matches!(read(&[flag, 0, 0, 0, 0, 1, 0], 4), Err(Fault::Malformed(_))), "{flag:x}");
        }
        assert!(matches!(read(&[0xc0, 0, 0], 4), Err(Fault::Malformed(_))));
    }

    #[test]
    fn half_a_record_changes_nothing() {
        let whole = [0xc1, 1, 0];
        let mut position = Position { last: 1 };
        for cut in 0..whole.len() {
            assert_eq!(position.read(&mut Reader::new(&whole[..cut]), &head(9)), Err(Fault::NeedMore));
            assert_eq!(position, Position { last: 1 });
        }
        assert_eq!(position.read(&mut Reader::new(&whole), &head(9)), Ok(Record::Blocks { first: 2, count: 2 }));
    }

    #[test]
    fn a_chunk_says_its_length() {
        for len in [1usize, 255, 256, COMPRESSED_CHUNK] {
            let mut out = Vec::new();
            put_chunk(&vec![7; len], &mut out);
            assert_eq!(read(&out, 0), Ok(Record::Chunk(len)));
        }
    }
}
