//! One suite for every kernel: against the RFCs, and against the crates.

use super::{
    columns::Columns,
    group::{Group, LANES_MAX},
    md::Kind,
    pair::Pair,
    single::Single,
    *,
};
use md5::Digest;

/// Every kernel that this machine can run.
const KERNELS: &[(&str, Run)] = &[
    ("single", kernel::<Single>),
    ("pair", kernel::<Pair<Single>>),
    ("columns", kernel::<Columns>),
    ("the machine's", kernel::<Wide>),
];

type Run = fn(Group, &[&[u8]]) -> Vec<[u8; 16]>;

fn kernel<V: Kernel>(group: Group, blocks: &[&[u8]]) -> Vec<[u8; 16]> {
    blocks.chunks(V::COUNT).flat_map(|blocks| group.run_on::<V>(blocks)).collect()
}

fn crates(group: Group, block: &[u8]) -> [u8; 16] {
    let message = [group.before, block, group.after].concat();
    match group.kind {
        Kind::Md4 => md4::Md4::digest(message).into(),
        Kind::Md5 => md5::Md5::digest(message).into(),
    }
}

fn hex(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn random(len: usize, mut seed: u64) -> Vec<u8> {
    let step = |_| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 56) as u8
    };
    (0..len).map(step).collect()
}

/// Every kernel, kind and place of the seed over blocks of `len` bytes, all lanes different.
fn check_against_the_crates(len: usize) {
    let data = random(LANES_MAX * len, len as u64);
    let blocks: Vec<&[u8]> = (0..LANES_MAX).map(|i| &data[i * len..][..len]).collect();
    for kind in [Kind::Md4, Kind::Md5] {
        for (before, after) in [(&b""[..], &b""[..]), (b"\x78\x56\x34\x12", b""), (b"", b"\x21\x43\x65\x87")] {
            let group = Group { kind, before, after };
            let want: Vec<_> = blocks.iter().map(|block| crates(group, block)).collect();
            for (name, kernel) in KERNELS {
                assert_eq!(kernel(group, &blocks), want, "{name}, {kind:?}, {len} bytes, seed {before:?} {after:?}");
            }
        }
    }
}

#[test]
fn blocks_of_every_short_length_are_found() {
    (0..=300).for_each(check_against_the_crates);
}

#[test]
fn blocks_around_every_chunk_are_found() {
    for chunks in 5..=33 {
        (chunks * CHUNK - 10..=chunks * CHUNK + 2).for_each(check_against_the_crates);
    }
}

#[test]
fn blocks_of_the_usual_lengths_are_found() {
    [700, 1024, 3232, 8192, 10_240].into_iter().for_each(check_against_the_crates);
}

#[test]
fn a_group_that_is_not_full_is_hashed_alike() {
    let data = random(LANES_MAX * 100, 7);
    for kind in [Kind::Md4, Kind::Md5] {
        let group = Group { kind, before: b"seed", after: b"" };
        for count in 0..=LANES {
            let blocks: Vec<&[u8]> = data.chunks(100).take(count).collect();
            let want: Vec<_> = blocks.iter().map(|block| crates(group, block)).collect();
            assert_eq!(group.digests(&blocks)[..count], want, "{count} blocks");
        }
    }
}

#[test]
fn the_digests_of_the_rfcs_come_out() {
    let digits = b"1234567890".repeat(8);
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let table: [(&[u8], &str, &str); 7] = [
        (b"", "31d6cfe0d16ae931b73c59d7e0c089c0", "d41d8cd98f00b204e9800998ecf8427e"),
        (b"a", "bde52cb31de33e46245e05fbdbd6fb24", "0cc175b9c0f1b6a831c399e269772661"),
        (b"abc", "a448017aaf21d8525fc10ae87aa6729d", "900150983cd24fb0d6963f7d28e17f72"),
        (b"message digest", "d9130a8164549fe818874806e1c7014b", "f96b697d7cb7938d525a2f31aaf161d0"),
        (&alphabet[26..52], "d79e1c308aa5bbcdeea8ed63df412da9", "c3fcd3d76192e4007dfb496cca67e13b"),
        (alphabet, "043f8582f241db351ce627e153e7f0e4", "d174ab98d277d9f5a5611c2c9f419d9f"),
        (&digits, "e33b4ddc9c38f2199c3e7b164fcc0536", "57edf4a22be3c955ac49da2e2107b67a"),
    ];
    for (message, md4, md5) in table {
        for (kind, want) in [(Kind::Md4, md4), (Kind::Md5, md5)] {
            let group = Group { kind, before: b"", after: b"" };
            for (name, kernel) in KERNELS {
                for digest in kernel(group, &[message; LANES_MAX]) {
                    assert_eq!(hex(&digest), want, "{name}, {kind:?}, {message:?}");
                }
            }
        }
    }
}
