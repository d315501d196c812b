//! The protocol's own test vectors, and the inputs they are made of.

use super::*;
use Algorithm::{Md4, Md5, Sha1, Xxh3, Xxh64, Xxh128};
use FileSpec::{OldMd4, Plain};

fn empty() -> Vec<u8> {
    Vec::new()
}

/// The input `abc`.
pub(super) fn abc() -> Vec<u8> {
    b"abc".to_vec()
}

/// Every byte value once, in order.
pub(super) fn all_bytes() -> Vec<u8> {
    (0..=255).collect()
}

/// A block of the usual 700 bytes.
pub(super) fn pattern() -> Vec<u8> {
    (0..700_u32).map(|i| (7 * i + 3) as u8).collect()
}

fn f60() -> Vec<u8> {
    vec![0x61; 60]
}

fn g64() -> Vec<u8> {
    vec![0x61; 64]
}

fn ones() -> Vec<u8> {
    vec![0xff; 1024]
}

const SEED: i32 = 0x1234_5678;
/// Negative: shows whether the seed is sign-extended.
const NEGATIVE: i32 = 0x8765_4321_u32.cast_signed();

type Input = fn() -> Vec<u8>;

/// Input, seed, algorithm, seed first, digest in the order of the wire.
#[rustfmt::skip]
const BLOCKS: &[(Input, i32, Algorithm, bool, &str)] = &[
    (empty, SEED, Md4, false, "248ec46d262b3997690a4946f7ce0fe4"),
    (empty, SEED, Md5, true, "f6532621685700b88aecbf202dc8f9d2"),
    (empty, SEED, Md5, false, "f6532621685700b88aecbf202dc8f9d2"),
    (empty, SEED, Sha1, true, "c0c619003e6cc5c51c1802bf771c064e366950d8"),
    (empty, SEED, Xxh64, false, "4a101617613db930"),
    (empty, SEED, Xxh3, false, "cefd540a53abde4e"),
    (empty, SEED, Xxh128, false, "40c85bc499138f6f0034b901b7e219af"),
    (abc, SEED, Md4, false, "dfc21629291028d56ee023a48767e5c9"),
    (abc, SEED, Md5, true, "5a035b41f39449760a0c6a01e4060c62"),
    (abc, SEED, Md5, false, "a7e33be7c2164ebddcb3da6720a2d7d4"),
    (abc, SEED, Sha1, true, "d3e61ddc0c84883a9f1e2e76eba65782e2cd74ee"),
    (abc, SEED, Xxh64, false, "2bf41a5f65d17f0f"),
    (abc, SEED, Xxh3, false, "2791f6cd464913ce"),
    (abc, SEED, Xxh128, false, "2791f6cd464913ceddc49a22946c9bd8"),
    (pattern, SEED, Md4, false, "c8f67131d2b34bc33d834830306c57e4"),
    (pattern, SEED, Md5, true, "b44ce33ab5c643de191e3169d1d1592c"),
    (pattern, SEED, Md5, false, "5b968e73dab5a342ab427898f7057d98"),
    (pattern, SEED, Sha1, true, "8552673c078a32245ec1b1121b684e6c1ca08e72"),
    (pattern, SEED, Xxh64, false, "880b3aa157f83d83"),
    (pattern, SEED, Xxh3, false, "97d266d3b99184bc"),
    (pattern, SEED, Xxh128, false, "97d266d3b99184bca43ec7cd0c698c9a"),
    (f60, SEED, Md4, false, "267197955a81efc3101b737b22b8bab5"),
    (f60, SEED, Md5, true, "c1e249251df1b6d1c279c966c3a590c5"),
    (f60, SEED, Md5, false, "e0e376de7c75fdf5abe4e9d9bc163da6"),
    (f60, SEED, Sha1, true, "94864f538a966a981e8a5180268f83d90dd62a1c"),
    (f60, SEED, Xxh64, false, "f5534318edf8e9bb"),
    (f60, SEED, Xxh3, false, "add313878831525b"),
    (f60, SEED, Xxh128, false, "e9ae6751a815aad137d33daed2b3a3ec"),
    (ones, SEED, Md4, false, "6c66f4072440cc723765d1b5d2f253ef"),
    (ones, SEED, Md5, true, "2133dc21ed9b829130f521b46c50670c"),
    (ones, SEED, Md5, false, "79753790a404634b8952f5b5f47fbf56"),
    (ones, SEED, Sha1, true, "e468c743f22ae2fb4d3d5bbfa2e431d194718053"),
    (ones, SEED, Xxh64, false, "b8c8d3cdb2203b3e"),
    (ones, SEED, Xxh3, false, "7716d0b402324066"),
    (ones, SEED, Xxh128, false, "7716d0b402324066863bb16216d91335"),
    (abc, NEGATIVE, Md4, false, "c45eba892fb7f62303b2c7da0a05fe75"),
    (abc, NEGATIVE, Md5, true, "29b5b1aa1e6f3b99fb007a9b4b868407"),
    (abc, NEGATIVE, Md5, false, "6ce5315c1962569c7fab6ce4f7168c6d"),
    (abc, NEGATIVE, Sha1, true, "6bb85c38c1d99efbbc4bec50aa22cdd7943801f2"),
    (abc, NEGATIVE, Xxh64, false, "61700913b5bce610"),
    (abc, NEGATIVE, Xxh3, false, "13f8153b1877683d"),
    (abc, NEGATIVE, Xxh128, false, "13f8153b1877683db35a6903189fc22b"),
    (pattern, NEGATIVE, Md4, false, "5664aa258d745106441708bdf282f135"),
    (pattern, NEGATIVE, Md5, true, "03f92a9645e41114d8483cb96b19a20c"),
    (pattern, NEGATIVE, Md5, false, "d336877d446fb735c7ad84bd201f8ac1"),
    (pattern, NEGATIVE, Sha1, true, "4609ad75db0d92d0ff1bbb73984c0f51ff4b240f"),
    (pattern, NEGATIVE, Xxh64, false, "3ffa3bf25ee5251f"),
    (pattern, NEGATIVE, Xxh3, false, "5c97a26207c747cc"),
    (pattern, NEGATIVE, Xxh128, false, "5c97a26207c747cc5799fdef3ddc7f60"),
];

/// Input, kind of sum, digest in the order of the wire.
#[rustfmt::skip]
const FILES: &[(Input, FileSpec, &str)] = &[
    (empty, OldMd4 { seed: SEED }, "248ec46d262b3997690a4946f7ce0fe4"),
    (empty, Plain(Md4), "31d6cfe0d16ae931b73c59d7e0c089c0"),
    (empty, Plain(Md5), "d41d8cd98f00b204e9800998ecf8427e"),
    (empty, Plain(Sha1), "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
    (empty, Plain(Xxh64), "99e9d85137db46ef"),
    (empty, Plain(Xxh3), "c294d3380580062d"),
    (empty, Plain(Xxh128), "7f498d4624c30160d8984701d306aa99"),
    (abc, OldMd4 { seed: SEED }, "4d713279fde8d43637584c88006e02f8"),
    (abc, Plain(Md4), "a448017aaf21d8525fc10ae87aa6729d"),
    (abc, Plain(Md5), "900150983cd24fb0d6963f7d28e17f72"),
    (abc, Plain(Sha1), "a9993e364706816aba3e25717850c26c9cd0d89d"),
    (abc, Plain(Xxh64), "990977adf52cbc44"),
    (abc, Plain(Xxh3), "50392f89945faf78"),
    (abc, Plain(Xxh128), "50392f89945faf7885613a73b65ab006"),
    (all_bytes, OldMd4 { seed: SEED }, "437845144c4186cd4cf721acc118a0a7"),
    (all_bytes, Plain(Md4), "298a05bc506e1ecd5a47fd41f874f1d2"),
    (all_bytes, Plain(Md5), "e2c865db4162bed963bfaa9ef6ac18f0"),
    (all_bytes, Plain(Sha1), "4916d6bdb7f78e6803698cab32d1586ea457dfc8"),
    (all_bytes, Plain(Xxh64), "4b90cd0684beac1f"),
    (all_bytes, Plain(Xxh3), "712d953b43a40894"),
    (all_bytes, Plain(Xxh128), "712d953b43a40894c39a84503fa9f8f1"),
    (pattern, OldMd4 { seed: SEED }, "f530f34e5e083c54b834361b0bff2ff4"),
    (pattern, Plain(Md4), "3a6227193324fa371e97025f31156016"),
    (pattern, Plain(Md5), "4b19ae3591d328678ed117338d756808"),
    (pattern, Plain(Sha1), "0faf07b67a77a6f81103e2aad981562c42a6bf4c"),
    (pattern, Plain(Xxh64), "fc58ff909a0d9fb7"),
    (pattern, Plain(Xxh3), "05f481ef8b71fcd4"),
    (pattern, Plain(Xxh128), "05f481ef8b71fcd4fd97c4a497d2be1c"),
    (g64, OldMd4 { seed: SEED }, "e7d27ff7c7de68faef2c34bd23e2f2db"),
    (g64, Plain(Md4), "52f5076fabd22680234a3fa9f9dc5732"),
    (g64, Plain(Md5), "014842d480b571495a4a0363793f7367"),
    (g64, Plain(Sha1), "0098ba824b5c16427bd7a1122a5a442a25ec644d"),
    (g64, Plain(Xxh64), "e22293aaa066dbec"),
    (g64, Plain(Xxh3), "8cee267df0cedd2d"),
    (g64, Plain(Xxh128), "405e9083d87e6ad5f12c314611be68eb"),
    (ones, OldMd4 { seed: SEED }, "c93d4526ab9efda9efa3a1c20b507744"),
    (ones, Plain(Md4), "896c045f91656dea9a4694da5871e829"),
    (ones, Plain(Md5), "9a8918b11878da506f761bc1c9c4ce17"),
    (ones, Plain(Sha1), "5501e490177b69d61099cc8f1439b91320572584"),
    (ones, Plain(Xxh64), "170e327ae522a99e"),
    (ones, Plain(Xxh3), "2eb89eadd3afa991"),
    (ones, Plain(Xxh128), "2eb89eadd3afa991ef2c48a06b0fa635"),
];

fn block_spec(algorithm: Algorithm, seed: i32, seed_first: bool) -> BlockSpec {
    BlockSpec { algorithm, seed, seed_first }
}

fn in_pieces(hasher: &mut Hasher, data: &[u8], piece: usize) -> Sum {
    data.chunks(piece).for_each(|piece| hasher.update(piece));
    hasher.finish()
}

#[test]
fn block_sums_are_those_of_stock() {
    for &(input, seed, algorithm, seed_first, digest) in BLOCKS {
        let (data, spec) = (input(), block_spec(algorithm, seed, seed_first));
        assert_eq!(format!("{:?}", block_sum(&spec, &data)), digest, "{spec:?}");
        let mut hasher = Hasher::for_block(spec);
        for piece in [1, 63, 64, 1000] {
            assert_eq!(format!("{:?}", in_pieces(&mut hasher, &data, piece)), digest, "{spec:?}");
        }
    }
}

#[test]
fn blocks_side_by_side_have_the_sums_of_stock() {
    for &(input, seed, algorithm, seed_first, digest) in BLOCKS {
        let (block, spec) = (input(), block_spec(algorithm, seed, seed_first));
        let mut seen = 0;
        block_sums(&spec, &block.repeat(21), block.len(), &mut |weak, strong| {
            assert_eq!(weak, rolling::sum1(&block).value());
            assert_eq!(format!("{strong:?}"), digest, "{spec:?}");
            seen += 1;
        });
        assert_eq!(seen, if block.is_empty() { 0 } else { 21 });
    }
}

#[test]
fn file_sums_are_those_of_stock() {
    for &(input, spec, digest) in FILES {
        let data = input();
        let mut hasher = Hasher::for_file(spec);
        for piece in [1, 63, 64, 1000] {
            assert_eq!(format!("{:?}", in_pieces(&mut hasher, &data, piece)), digest, "{spec:?}");
        }
    }
}

#[test]
fn a_file_given_up_half_way_leaves_no_trace_in_the_next() {
    for &(input, spec, digest) in FILES {
        let mut hasher = Hasher::for_file(spec);
        hasher.update(b"half a file");
        hasher.reset();
        hasher.update(&input());
        assert_eq!(format!("{:?}", hasher.finish()), digest, "{spec:?}");
    }
}

#[test]
fn the_seed_zero_is_mixed_into_no_block_but_into_old_files() {
    let data = pattern();
    for algorithm in [Md4, Md5, Sha1, Xxh64, Xxh3, Xxh128, Algorithm::None] {
        let mut file = Hasher::for_file(Plain(algorithm));
        file.update(&data);
        let plain = file.finish();
        assert_eq!(plain.as_slice().len(), algorithm.digest_len());
        for seed_first in [false, true] {
            assert_eq!(block_sum(&block_spec(algorithm, 0, seed_first), &data), plain);
        }
    }
    let mut old = Hasher::for_file(OldMd4 { seed: 0 });
    old.update(&data);
    let mut zeros_first = Hasher::for_file(Plain(Md4));
    zeros_first.update(&[0; 4]);
    zeros_first.update(&data);
    assert_eq!(old.finish(), zeros_first.finish());
}

#[test]
fn no_checksum_is_one_zero_byte() {
    let mut hasher = Hasher::for_file(Plain(Algorithm::None));
    hasher.update(b"abc");
    assert_eq!(hasher.finish().as_slice(), [0]);
}
