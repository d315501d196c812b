//! The receiver's side of zlib and zlibx.

use zlib_rs::{Inflate, InflateFlush, Status};

use super::chunk::SYNC_MARK;
use super::history::History;
use crate::limits::CHUNK;
use crate::wire::Fault;

const WINDOW_BITS: u8 = 15;

pub(super) struct Inflater {
    stream: Inflate,
    out: Box<[u8]>,
    /// Only with "zlib".
    history: Option<History>,
}

impl Inflater {
    pub(super) fn new(history: Option<History>) -> Self {
        Self { stream: Inflate::new(false, WINDOW_BITS), out: vec![0; CHUNK].into_boxed_slice(), history }
    }

    pub(super) fn begin(&mut self) {
        self.stream.reset(false);
        if let Some(history) = &mut self.history {
            history.clear();
        }
    }

    /// Takes bytes of a chunk, wherever it was cut.
    pub(super) fn feed(&mut self, mut bytes: &[u8], data: &mut impl FnMut(&[u8])) -> Result<(), Fault> {
        if let Some(history) = &mut self.history {
            let stream = &mut self.stream;
            history
                .take(|bytes| stream.set_dictionary(bytes).map(drop))
                .map_err(|_| Fault::Malformed("the deflate stream takes no history"))?;
        }
        loop {
            let (read, written) = (self.stream.total_in(), self.stream.total_out());
            let status = self
                .stream
                .decompress(bytes, &mut self.out, InflateFlush::SyncFlush)
                .map_err(|_| Fault::Malformed("bad deflate data"))?;
            let read = since(read, self.stream.total_in());
            let written = since(written, self.stream.total_out());
            data(self.out.get(..written).unwrap_or_default());
            bytes = bytes.get(read..).unwrap_or_default();
            if status == Status::StreamEnd {
                return Err(Fault::Malformed("the deflate stream ends within a file"));
            }
            if written < self.out.len() {
                // Nothing more comes out of what went in.
                return if bytes.is_empty() { Ok(()) } else { Err(Fault::Malformed("bad deflate data")) };
            }
        }
    }

    /// The data before a token is complete: the mark that was not sent is put back.
    pub(super) fn sync(&mut self, data: &mut impl FnMut(&[u8])) -> Result<(), Fault> {
        self.feed(&SYNC_MARK, data)
    }

    /// Takes the next bytes of a block that was matched.
    pub(super) fn matched(&mut self, bytes: &[u8]) {
        if let Some(history) = &mut self.history {
            history.push(bytes);
        }
    }

    pub(super) fn end_block(&mut self) {
        if let Some(history) = &mut self.history {
            history.end_block();
        }
    }
}

fn since(before: u64, now: u64) -> usize {
    usize::try_from(now.saturating_sub(before)).unwrap_or(0)
}
