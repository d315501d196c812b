//! The records of a compressed file → literal data and block indexes.

use super::history::History;
use super::inflate::Inflater;
use super::lz4;
use super::method::{Compression, Method};
use super::token::{Position, Record};
#[cfg(feature = "zstd")]
use super::zstd;
use crate::wire::sum_head::SumHead;
use crate::wire::{Decoded, Fault, Reader};

/// The receiver's side of a session that compresses.
///
/// For each file: [`Decoder::begin`], then [`Decoder::record`] again and again. The bytes of a chunk go through
/// [`Decoder::feed`], in any pieces; behind any other record [`Decoder::settle`] gives the rest of the literal data that
/// stands before it, and the bytes of its blocks go through [`Decoder::matched`] and [`Decoder::end_block`].
pub struct Decoder {
    codec: Codec,
    position: Position,
    /// A chunk was read since the last token.
    open: bool,
    /// Nobody wants the file's data.
    discard: bool,
}

enum Codec {
    Inflate(Inflater),
    Lz4(lz4::Decompressor),
    #[cfg(feature = "zstd")]
    Zstd(zstd::Decompressor),
}

impl Decoder {
    /// Makes every buffer that the session needs, but the window of zstd: the peer says how large that is.
    pub fn new(compression: Compression, protocol: u32) -> Result<Self, Fault> {
        let codec = match compression.method {
            Method::None => return Err(Fault::Malformed("no method of compression")),
            Method::Zlib => Codec::Inflate(Inflater::new(Some(History::new(protocol)))),
            Method::Zlibx => Codec::Inflate(Inflater::new(None)),
            Method::Lz4 => Codec::Lz4(lz4::Decompressor::new()),
            #[cfg(feature = "zstd")]
            Method::Zstd => Codec::Zstd(zstd::Decompressor::new()?),
        };
        Ok(Self { codec, position: Position::default(), open: false, discard: false })
    }

    /// Begins a file. `discard`: its data is dropped, and no blocks will be given.
    pub fn begin(&mut self, discard: bool) {
        self.position = Position::default();
        self.open = false;
        self.discard = discard;
        if let Codec::Inflate(inflate) = &mut self.codec {
            inflate.begin();
        }
    }

    /// Reads the next record.
    pub fn record(&mut self, r: &mut Reader, head: &SumHead) -> Decoded<Record> {
        let record = self.position.read(r, head)?;
        if let Record::Chunk(len) = record {
            self.open = true;
            match &mut self.codec {
                Codec::Inflate(_) => {}
                _ if len == 0 => return Err(Fault::Malformed("an empty chunk of compressed data")),
                Codec::Lz4(lz4) => lz4.begin_chunk(len),
                #[cfg(feature = "zstd")]
                Codec::Zstd(_) => {}
            }
        }
        Ok(record)
    }

    /// Takes bytes of the chunk in hand; what they come to goes to `data` in pieces.
    pub fn feed(&mut self, bytes: &[u8], data: &mut impl FnMut(&[u8])) -> Result<(), Fault> {
        match &mut self.codec {
            // One frame spans all files: what is dropped has to be read for the sake of what follows.
            #[cfg(feature = "zstd")]
            Codec::Zstd(zstd) => zstd.feed(bytes, data),
            _ if self.discard => Ok(()),
            Codec::Inflate(inflate) => inflate.feed(bytes, data),
            Codec::Lz4(lz4) => lz4.feed(bytes, data),
        }
    }

    /// A record that is no chunk was read: the literal data before it is complete.
    pub fn settle(&mut self, data: &mut impl FnMut(&[u8])) -> Result<(), Fault> {
        match &mut self.codec {
            Codec::Inflate(inflate) if std::mem::take(&mut self.open) && !self.discard => inflate.sync(data),
            _ => Ok(()),
        }
    }

    /// Takes the next bytes of a block of the basis.
    pub fn matched(&mut self, bytes: &[u8]) {
        if let Codec::Inflate(inflate) = &mut self.codec {
            inflate.matched(bytes);
        }
    }

    /// The block is complete.
    pub fn end_block(&mut self) {
        if let Codec::Inflate(inflate) = &mut self.codec {
            inflate.end_block();
        }
    }
}
