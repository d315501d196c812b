//! Both directions against each other, with literal data and blocks in any order, and against captured bytes.

use proptest::prelude::*;

use super::token::Record;
use super::{Compression, Decoder, Encoder, Method};
use crate::wire::sum_head::SumHead;
use crate::wire::{Fault, Reader};

const BLOCK: u32 = 700;

/// What a file is made of.
#[derive(Clone, Debug)]
enum Part {
    Literal(Vec<u8>),
    Block(u32),
}

fn methods() -> Vec<Method> {
    [&b"zlib"[..], b"zlibx", b"lz4", b"zstd"].into_iter().filter_map(Method::from_name).collect()
}

fn compression(method: Method, level: Option<i32>) -> Compression {
    method.with_level(level).unwrap()
}

/// A basis of `count` blocks, with some sameness in it.
fn basis(count: u32, block: u32) -> (SumHead, Vec<u8>) {
    let len = (count * block) as usize;
    let bytes = (0..len)
        .map(|i| if i % 97 < 60 { b"the quick brown fox"[i % 19] } else { (i as u64 * i as u64 / 3) as u8 })
        .collect();
    (SumHead { count, blength: block, s2length: 2, remainder: 0 }, bytes)
}

fn block<'b>(head: &SumHead, basis: &'b [u8], index: u32) -> &'b [u8] {
    &basis[head.offset(index) as usize..][..head.block_len(index) as usize]
}

fn encode(encoder: &mut Encoder, head: &SumHead, basis: &[u8], parts: &[Part], stored: bool) -> Vec<u8> {
    let mut out = Vec::new();
    encoder.begin(stored);
    for part in parts {
        match part {
            Part::Literal(bytes) => {
                for piece in bytes.chunks(32 << 10) {
                    encoder.literal(piece, &mut out).unwrap();
                }
            }
            Part::Block(index) => encoder.block(*index, block(head, basis, *index), &mut out).unwrap(),
        }
    }
    encoder.end(&mut out).unwrap();
    out
}

/// Decodes a file whose bytes arrive in pieces of the given lengths, over and over.
fn decode(
    decoder: &mut Decoder,
    head: &SumHead,
    basis: &[u8],
    bytes: &[u8],
    pieces: &[usize],
) -> Result<(Vec<u8>, usize), Fault> {
    let mut file = Vec::new();
    let (mut at, mut here) = (0usize, 0usize);
    let mut lengths = pieces.iter().cycle();
    decoder.begin(false);
    let mut more = |here: &mut usize| *here = (*here + lengths.next().unwrap()).min(bytes.len());
    loop {
        let mut reader = Reader::new(&bytes[at..here]);
        let record = match decoder.record(&mut reader, head) {
            Err(Fault::NeedMore) if here < bytes.len() => {
                more(&mut here);
                continue;
            }
            done => done?,
        };
        at += reader.used();
        match record {
            Record::Chunk(len) => {
                let end = at + len;
                while at < end {
                    if here == at {
                        if here == bytes.len() {
                            return Err(Fault::NeedMore);
                        }
                        more(&mut here);
                    }
                    let n = (here - at).min(end - at);
                    decoder.feed(&bytes[at..at + n], &mut |data| file.extend_from_slice(data))?;
                    at += n;
                }
            }
            Record::Blocks { first, count } => {
                decoder.settle(&mut |data| file.extend_from_slice(data))?;
                for index in first..first + count {
                    for piece in block(head, basis, index).chunks(32 << 10) {
                        file.extend_from_slice(piece);
                        decoder.matched(piece);
                    }
                    decoder.end_block();
                }
            }
            Record::End => {
                decoder.settle(&mut |data| file.extend_from_slice(data))?;
                return Ok((file, at));
            }
        }
    }
}

fn whole(head: &SumHead, basis: &[u8], parts: &[Part]) -> Vec<u8> {
    let mut file = Vec::new();
    for part in parts {
        match part {
            Part::Literal(bytes) => file.extend_from_slice(bytes),
            Part::Block(index) => file.extend_from_slice(block(head, basis, *index)),
        }
    }
    file
}

fn literal() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        proptest::collection::vec(any::<u8>(), 1..3000),
        (any::<u8>(), 1usize..60_000).prop_map(|(byte, len)| vec![byte; len]),
        (1usize..2000).prop_map(|n| b"hello, new literal data here! ".repeat(n)),
        (any::<u32>(), 30_000usize..70_000).prop_map(|(seed, len)| noise(seed, len)),
    ]
}

fn noise(seed: u32, len: usize) -> Vec<u8> {
    let mut state = seed | 1;
    (0..len)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            state as u8
        })
        .collect()
}

fn part(count: u32) -> impl Strategy<Value = Part> {
    prop_oneof![literal().prop_map(Part::Literal), (0..count).prop_map(Part::Block), (0..count).prop_map(Part::Block)]
}

fn files() -> impl Strategy<Value = Vec<Vec<Part>>> {
    proptest::collection::vec(proptest::collection::vec(part(120), 0..12), 1..4)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn what_is_sent_is_what_arrives(
        files in files(),
        which in 0usize..8,
        level in prop_oneof![Just(None), (-5i32..10).prop_map(Some)],
        protocol in prop_oneof![Just(27u32), Just(30), Just(31), Just(32)],
        long in any::<bool>(),
        pieces in proptest::collection::vec(1usize..40_000, 1..6),
        stored in any::<bool>(),
    ) {
        let methods = methods();
        let method = methods[which % methods.len()];
        let Some(compression) = method.with_level(level) else { return Ok(()) };
        let (head, basis) = basis(120, if long { 70_001 } else { BLOCK });
        let mut encoder = Encoder::new(compression, protocol).unwrap();
        let mut decoder = Decoder::new(compression, protocol).unwrap();
        for (nth, parts) in files.iter().enumerate() {
            let sent = encode(&mut encoder, &head, &basis, parts, stored && nth % 2 == 0);
            let (got, used) = decode(&mut decoder, &head, &basis, &sent, &pieces).unwrap();
            prop_assert_eq!(used, sent.len());
            prop_assert!(got == whole(&head, &basis, parts));
        }
    }

    #[test]
    fn nonsense_ends_with_an_error_or_a_file_never_with_a_panic(
        bytes in proptest::collection::vec(any::<u8>(), 0..600),
        which in 0usize..8,
        start in prop_oneof![Just(Vec::new()), Just(vec![0x40u8, 0xff]), Just(vec![0x40u8, 9, 0x28, 0xb5, 0x2f, 0xfd])],
    ) {
        let methods = methods();
        let (head, basis) = basis(9, BLOCK);
        let mut decoder = Decoder::new(compression(methods[which % methods.len()], None), 31).unwrap();
        let _ = decode(&mut decoder, &head, &basis, &[start, bytes].concat(), &[7]);
    }
}

#[test]
fn one_bit_wrong_in_a_real_stream_never_panics() {
    let (head, basis) = basis(9, BLOCK);
    let parts = [Part::Literal(noise(5, 400)), Part::Block(3), Part::Literal(b"abcabcabc".repeat(30)), Part::Block(4)];
    for method in methods() {
        let sent = encode(&mut Encoder::new(compression(method, None), 31).unwrap(), &head, &basis, &parts, false);
        for bit in 0..sent.len() * 8 {
            let mut bent = sent.clone();
            bent[bit / 8] ^= 1 << (bit % 8);
            let mut decoder = Decoder::new(compression(method, None), 31).unwrap();
            let _ = decode(&mut decoder, &head, &basis, &bent, &[1000]);
        }
    }
}

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

/// What stock 3.5.0 sent for one file: two blocks of the basis, two sentences, the rest of the basis. With zlib the second
/// sentence refers to the second block.
#[test]
fn stocks_streams_are_understood() {
    let mut basis: Vec<u8> = (0..140).flat_map(|i| format!("{i:04} ").into_bytes()).collect();
    basis.extend_from_slice(&b"The quick brown fox jumps over the lazy dog. ".repeat(16)[..700]);
    basis.extend((0..400u64).flat_map(|i| format!("{:x},", i * i * i * 7).into_bytes()));
    basis.truncate(2400);
    let literal = [&b"hello, new literal data here! ".repeat(3)[..], b"The quick brown fox jumps again"].concat();
    let head = SumHead { count: 4, blength: 700, s2length: 2, remainder: 300 };
    let parts = [Part::Block(0), Part::Block(1), Part::Literal(literal), Part::Block(2), Part::Block(3)];
    let wanted = whole(&head, &basis, &parts);
    for (name, stream) in [
        (
            "zlib",
            "c00100 402a ca48cdc9c9d751c84b2d57c8c92c492d4acc5148492c4954c8482d4a5554a04416b7fb12d31333f30000 c10100 00",
        ),
        (
            "zlibx",
            "c00100 4040 9cc9c11540400c05c056bebb72341084844888ddb7caa70697b98cb059f4706e302d9c6498a9108493bbcfff3b08
             e3aa3aed18339a6389075b3dce1bb492fa0b c10100 00",
        ),
        (
            "lz4",
            "c00100 4044 ff0f68656c6c6f2c206e6577206c69746572616c2064617461206865726521201e0029f0105468652071756963
             6b2062726f776e20666f78206a756d707320616761696e c10100 00",
        ),
        (
            "zstd",
            "c00100 404e 28b52ffd00582c0200d40368656c6c6f2c206e6577206c69746572616c2064617461206865726521205468652071
             7569636b2062726f776e20666f78206a756d707320616761696e01002648ca09 c10100 00",
        ),
    ] {
        let Some(method) = Method::from_name(name.as_bytes()) else { continue };
        let bytes = hex(stream);
        for pieces in [&[1usize][..], &[1000]] {
            let mut decoder = Decoder::new(compression(method, None), 31).unwrap();
            let (got, used) = decode(&mut decoder, &head, &basis, &bytes, pieces).unwrap();
            assert!(got == wanted, "{name}");
            assert_eq!(used, bytes.len());
        }
    }
}
