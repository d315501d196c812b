//! zstd: one frame for the whole session, flushed before each token that follows data, never ended.

use zstd_safe::zstd_sys::ZSTD_EndDirective;
use zstd_safe::{CCtx, CParameter, DCtx, DParameter, InBuffer, OutBuffer, get_error_name};

use super::chunk::Chunker;
use super::encoder::EncodeError;
use crate::limits::{CHUNK, ZSTD_TABLE_LOG, ZSTD_WINDOW_LOG, ZSTD_WINDOW_LOG_MAX};
use crate::wire::{Fault, Put};

/// The weakest level.
pub(super) const LEVEL_MIN: i32 = -131_072;
/// The strongest level. What takes memory is window and tables, and those have limits of their own.
pub(super) const LEVEL_MAX: i32 = 22;

/// Up to this level a stream takes less than the limit by itself.
const LEVEL_SMALL: i32 = 3;

pub(super) struct Compressor {
    stream: CCtx<'static>,
    chunks: Chunker,
}

impl Compressor {
    pub(super) fn new(level: i32) -> Result<Self, EncodeError> {
        let mut stream = CCtx::try_create().ok_or(EncodeError("no memory for zstd"))?;
        stream.set_parameter(CParameter::CompressionLevel(level)).map_err(broken)?;
        if level > LEVEL_SMALL {
            for parameter in [
                CParameter::WindowLog(ZSTD_WINDOW_LOG),
                CParameter::HashLog(ZSTD_TABLE_LOG),
                CParameter::ChainLog(ZSTD_TABLE_LOG),
            ] {
                stream.set_parameter(parameter).map_err(broken)?;
            }
        }
        Ok(Self { stream, chunks: Chunker::new() })
    }

    pub(super) fn literal(&mut self, bytes: &[u8], out: &mut impl Put) -> Result<(), EncodeError> {
        let mut input = InBuffer::around(bytes);
        while input.pos() < bytes.len() {
            self.step(&mut input, ZSTD_EndDirective::ZSTD_e_continue, out)?;
        }
        Ok(())
    }

    pub(super) fn flush(&mut self, out: &mut impl Put) -> Result<(), EncodeError> {
        let mut input = InBuffer::around(&[]);
        while self.step(&mut input, ZSTD_EndDirective::ZSTD_e_flush, out)? > 0 {}
        self.chunks.finish(0, out);
        Ok(())
    }

    /// Returns how many bytes, at least, wait inside for room.
    fn step(&mut self, input: &mut InBuffer, how: ZSTD_EndDirective, out: &mut impl Put) -> Result<usize, EncodeError> {
        let mut output = OutBuffer::around(self.chunks.room());
        let left = self.stream.compress_stream2(&mut output, input, how).map_err(broken)?;
        let written = output.pos();
        self.chunks.advance(written, out);
        Ok(left)
    }
}

fn broken(code: usize) -> EncodeError {
    EncodeError(get_error_name(code))
}

pub(super) struct Decompressor {
    stream: DCtx<'static>,
    out: Box<[u8]>,
}

impl Decompressor {
    pub(super) fn new() -> Result<Self, Fault> {
        let mut stream = DCtx::try_create().ok_or(Fault::Malformed("no memory for zstd"))?;
        stream.set_parameter(DParameter::WindowLogMax(ZSTD_WINDOW_LOG_MAX)).map_err(malformed)?;
        Ok(Self { stream, out: vec![0; CHUNK].into_boxed_slice() })
    }

    /// Takes bytes of a chunk, wherever it was cut.
    pub(super) fn feed(&mut self, bytes: &[u8], data: &mut impl FnMut(&[u8])) -> Result<(), Fault> {
        let mut input = InBuffer::around(bytes);
        loop {
            let before = input.pos();
            let mut output = OutBuffer::around(&mut *self.out);
            self.stream.decompress_stream(&mut output, &mut input).map_err(malformed)?;
            let written = output.pos();
            data(self.out.get(..written).unwrap_or_default());
            if input.pos() >= bytes.len() && written < self.out.len() {
                return Ok(());
            }
            if input.pos() == before && written == 0 {
                return Err(Fault::Malformed("the zstd stream stands still"));
            }
        }
    }
}

fn malformed(code: usize) -> Fault {
    Fault::Malformed(get_error_name(code))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::ZSTD_ENCODER;

    #[test]
    fn no_level_takes_more_memory_than_the_limit() {
        for level in [LEVEL_MIN, -1, 1, 2, 3, 4, 5, 8, 9, 12, 13, 16, 17, 18, 19, 20, LEVEL_MAX] {
            let mut compressor = Compressor::new(level).unwrap();
            compressor.literal(&[7; 100_000], &mut Vec::new()).unwrap();
            let memory = compressor.stream.sizeof();
            assert!(memory <= ZSTD_ENCODER, "level {level} takes {memory} bytes");
        }
    }

    #[test]
    fn a_window_beyond_the_limit_is_refused_before_it_is_allocated() {
        for (log, fits) in [(ZSTD_WINDOW_LOG_MAX, true), (ZSTD_WINDOW_LOG_MAX + 1, false), (31, false)] {
            let exponent = u8::try_from(log - 10).unwrap() << 3;
            let frame = [0x28, 0xb5, 0x2f, 0xfd, 0, exponent, 0x0a, 0, 0, b'x'];
            let mut decompressor = Decompressor::new().unwrap();
            let fed = decompressor.feed(&frame, &mut |_| {});
            assert_eq!(fed.is_ok(), fits, "{log}: {fed:?}");
            assert!(fits || decompressor.stream.sizeof() < 1 << 20);
        }
    }
}
