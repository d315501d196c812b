//! The sums of whole blocks: one in hand, or all of a stretch of data.

use md4::Md4;
use md5::{Digest, Md5};
use sha1::Sha1;
use xxhash_rust::{
    xxh3::{xxh3_64_with_seed, xxh3_128_with_seed},
    xxh64::xxh64,
};

use super::{
    Algorithm, BlockSpec, BlockSummer, Sum,
    lanes::{Group, Kind, LANES, WORTH},
    rolling::sum1,
};

/// The strong sum of one block, untruncated. For many single blocks of one session, see [`BlockSummer`].
pub fn block_sum(spec: &BlockSpec, block: &[u8]) -> Sum {
    match spec.algorithm {
        Algorithm::None => Sum::new(&[0]),
        Algorithm::Md4 => digest::<Md4>(spec, block),
        Algorithm::Md5 => digest::<Md5>(spec, block),
        Algorithm::Sha1 => digest::<Sha1>(spec, block),
        Algorithm::Xxh64 => Sum::of(xxh64(block, spec.seed64()).to_le_bytes()),
        Algorithm::Xxh3 => Sum::of(xxh3_64_with_seed(block, spec.seed64()).to_le_bytes()),
        // The low half first, each half little-endian: not the order in which tools print it.
        Algorithm::Xxh128 => Sum::of(xxh3_128_with_seed(block, spec.seed64()).to_le_bytes()),
    }
}

/// The rolling and the strong sum of each consecutive block of `block_len` bytes; the last one may be shorter.
/// `each` is called once a block, in order. No blocks when `block_len` is 0. MD4 and MD5 take a third of the time of
/// [`block_sum`] where `data` holds eight blocks or more (x86-64 and aarch64).
pub fn block_sums(spec: &BlockSpec, data: &[u8], block_len: usize, each: &mut dyn FnMut(u32, &Sum)) {
    if block_len == 0 {
        return;
    }
    match spec.algorithm {
        Algorithm::Md4 => side_by_side(Kind::Md4, spec, data, block_len, each),
        Algorithm::Md5 => side_by_side(Kind::Md5, spec, data, block_len, each),
        _ => one_by_one(spec, data.chunks(block_len), each),
    }
}

fn one_by_one<'a>(spec: &BlockSpec, blocks: impl Iterator<Item = &'a [u8]>, each: &mut dyn FnMut(u32, &Sum)) {
    let summer = BlockSummer::new(*spec);
    blocks.for_each(|block| each(sum1(block).value(), &summer.sum(block)));
}

fn side_by_side(kind: Kind, spec: &BlockSpec, data: &[u8], block_len: usize, each: &mut dyn FnMut(u32, &Sum)) {
    let (before, after) = spec.seed_bytes();
    let group = Group { kind, before: before.as_slice().as_flattened(), after: after.as_slice().as_flattened() };
    let mut whole = data.chunks_exact(block_len);
    loop {
        let mut blocks: [&[u8]; LANES] = [&[]; LANES];
        let count = blocks.iter_mut().zip(whole.by_ref()).map(|(slot, block)| *slot = block).count();
        match blocks.get(..count).unwrap_or(&blocks) {
            [] => break,
            blocks if blocks.len() < WORTH => one_by_one(spec, blocks.iter().copied(), each),
            blocks => {
                for (block, digest) in blocks.iter().zip(group.digests(blocks)) {
                    each(sum1(block).value(), &Sum::of(digest));
                }
            }
        }
    }
    // A group's blocks have one length; the file's last block often has another.
    let last = whole.remainder();
    one_by_one(spec, (!last.is_empty()).then_some(last).into_iter(), each);
}

fn digest<D: Digest>(spec: &BlockSpec, block: &[u8]) -> Sum {
    let (before, after) = spec.seed_bytes();
    let mut state = D::new();
    if let Some(seed) = before {
        state.update(seed);
    }
    state.update(block);
    if let Some(seed) = after {
        state.update(seed);
    }
    Sum::new(&state.finalize())
}
