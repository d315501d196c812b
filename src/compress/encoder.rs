//! Literal data and block indexes → the records of a compressed file.

use super::deflate::Deflater;
use super::history::History;
use super::lz4;
use super::method::{Compression, Method};
use super::token::{Runs, put_end};
#[cfg(feature = "zstd")]
use super::zstd;
use crate::wire::Put;

/// A codec that cannot go on: no memory, or a fault of its own. The text says which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EncodeError(pub &'static str);

/// The sender's side of a session that compresses.
pub struct Encoder {
    codec: Codec,
    runs: Runs,
    /// Literal data was taken since the last token: a flush is due before the next.
    open: bool,
}

enum Codec {
    Deflate(Deflater),
    Lz4(lz4::Compressor),
    #[cfg(feature = "zstd")]
    Zstd(zstd::Compressor),
}

impl Encoder {
    /// Makes every buffer that the session needs.
    pub fn new(compression: Compression, protocol: u32) -> Result<Self, EncodeError> {
        let codec = match compression.method {
            Method::None => return Err(EncodeError("no method of compression")),
            Method::Zlib => Codec::Deflate(Deflater::new(compression.level, Some(History::new(protocol)))),
            Method::Zlibx => Codec::Deflate(Deflater::new(compression.level, None)),
            Method::Lz4 => Codec::Lz4(lz4::Compressor::new()),
            #[cfg(feature = "zstd")]
            Method::Zstd => Codec::Zstd(zstd::Compressor::new(compression.level)?),
        };
        Ok(Self { codec, runs: Runs::default(), open: false })
    }

    /// Begins a file. `stored`: it is known not to shrink, so that deflate only wraps it.
    pub fn begin(&mut self, stored: bool) {
        self.runs = Runs::default();
        self.open = false;
        match &mut self.codec {
            Codec::Deflate(deflate) => deflate.begin(stored),
            Codec::Lz4(lz4) => lz4.begin(),
            #[cfg(feature = "zstd")]
            Codec::Zstd(_) => {}
        }
    }

    /// Takes data that the receiver lacks.
    pub fn literal(&mut self, bytes: &[u8], out: &mut impl Put) -> Result<(), EncodeError> {
        if bytes.is_empty() {
            return Ok(());
        }
        if !self.open {
            self.runs.finish(out);
            self.open = true;
        }
        match &mut self.codec {
            Codec::Deflate(deflate) => deflate.literal(bytes, out),
            Codec::Lz4(lz4) => lz4.literal(bytes, out),
            #[cfg(feature = "zstd")]
            Codec::Zstd(zstd) => zstd.literal(bytes, out),
        }
    }

    /// Takes a block that the receiver has, and its bytes.
    pub fn block(&mut self, index: u32, bytes: &[u8], out: &mut impl Put) -> Result<(), EncodeError> {
        self.flush(out)?;
        self.runs.push(index, out);
        if let Codec::Deflate(deflate) = &mut self.codec {
            deflate.matched(bytes);
        }
        Ok(())
    }

    /// Ends the file.
    pub fn end(&mut self, out: &mut impl Put) -> Result<(), EncodeError> {
        self.flush(out)?;
        self.runs.finish(out);
        put_end(out);
        Ok(())
    }

    fn flush(&mut self, out: &mut impl Put) -> Result<(), EncodeError> {
        if !std::mem::take(&mut self.open) {
            return Ok(());
        }
        match &mut self.codec {
            Codec::Deflate(deflate) => deflate.flush(out),
            Codec::Lz4(lz4) => lz4.flush(out),
            #[cfg(feature = "zstd")]
            Codec::Zstd(zstd) => zstd.flush(out),
        }
    }
}
