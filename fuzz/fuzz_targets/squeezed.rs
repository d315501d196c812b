//! A compressed file's tokens behind its head, arriving in pieces; and data that goes out and comes back.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tinyrsyncd::compress::token::Record;
use tinyrsyncd::compress::{Decoder, Encoder, Method};
use tinyrsyncd::wire::sum_head::SumHead;
use tinyrsyncd::wire::{Fault, Reader};

/// More than a chunk can come to with deflate or LZ4; with zstd a few bytes may go further, which only takes time.
const ENOUGH: usize = 64 << 20;

/// The file, or why there is none; every piece of the stream has `piece` bytes.
fn decode(decoder: &mut Decoder, head: &SumHead, bytes: &[u8], piece: usize) -> Result<Vec<u8>, Fault> {
    let mut file = Vec::new();
    let mut r = Reader::new(bytes);
    decoder.begin(false);
    while file.len() < ENOUGH {
        match decoder.record(&mut r, head)? {
            Record::Chunk(len) => {
                for part in r.take(len)?.chunks(piece) {
                    decoder.feed(part, &mut |data| file.extend_from_slice(data))?;
                }
            }
            Record::Blocks { first, count } => {
                decoder.settle(&mut |data| file.extend_from_slice(data))?;
                for index in first..first + count.min(8) {
                    assert!(index < head.count);
                    decoder.matched(&[7; 100]);
                    decoder.end_block();
                    file.extend_from_slice(&[7; 100]);
                }
            }
            Record::End => {
                decoder.settle(&mut |data| file.extend_from_slice(data))?;
                return Ok(file);
            }
        }
    }
    Ok(file)
}

fuzz_target!(|bytes: &[u8]| {
    let [how, piece, rest @ ..] = bytes else { return };
    let names = [&b"zlib"[..], b"zlibx", b"lz4", b"zstd"];
    let Some(method) = Method::from_name(names[usize::from(how & 3)]) else { return };
    let Some(compression) = method.with_level(Some(i32::from(how >> 4) + 1)) else { return };
    let protocol = if how & 4 == 0 { 31 } else { 29 };
    let piece = usize::from(*piece) + 1;
    let head = SumHead { count: 1000, blength: 100, s2length: 2, remainder: 0 };
    if how & 8 == 0 {
        let _ = decode(&mut Decoder::new(compression, protocol).unwrap(), &head, rest, piece);
        return;
    }
    // Data and blocks in turn.
    let mut encoder = Encoder::new(compression, protocol).unwrap();
    let (mut sent, mut file) = (Vec::new(), Vec::new());
    encoder.begin(false);
    for part in rest.chunks(piece) {
        if let [index, 0..100, ..] = part {
            encoder.block(u32::from(*index), &[7; 100], &mut sent).unwrap();
            file.extend_from_slice(&[7; 100]);
        } else {
            encoder.literal(part, &mut sent).unwrap();
            file.extend_from_slice(part);
        }
    }
    encoder.end(&mut sent).unwrap();
    let mut decoder = Decoder::new(compression, protocol).unwrap();
    // Runs are cut to eight blocks in `decode`: no more than that stand in a row here.
    if rest.len() / piece < 8 {
        assert_eq!(decode(&mut decoder, &head, &sent, piece), Ok(file));
    }
});
