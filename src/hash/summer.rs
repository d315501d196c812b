//! Block after block under one seed: what depends on the seed alone is computed once.

use xxhash_rust::xxh3::{xxh3_64_with_secret, xxh3_128_with_secret};

use super::{Algorithm, BlockSpec, Sum, block_sum};

/// Sums single blocks of one session. The same sums as [`block_sum`]'s; for XXH3 two fifths less time at 700 bytes, since the
/// hash's secret (192 bytes, from the seed) is not made anew for each block.
#[derive(Clone)]
pub struct BlockSummer {
    spec: BlockSpec,
    secret: Secret,
}

type Secret = [[u8; 16]; 12];

/// The longest input for which XXH3 takes seed and default secret as they are, in bytes.
const SHORT_MAX: usize = 240;

/// XXH3's default secret, as the little-endian words that a seed is added to and subtracted from in turn.
#[rustfmt::skip]
const DEFAULT_SECRET: [[u64; 2]; 12] = [
    [0xbe4b_a423_396c_feb8, 0x1cad_21f7_2c81_017c],
    [0xdb97_9083_e96d_d4de, 0x1f67_b3b7_a4a4_4072],
    [0x78e5_c0cc_4ee6_79cb, 0x2172_ffcc_7dd0_5a82],
    [0x8e24_43f7_7446_08b8, 0x4c26_3a81_e690_35e0],
    [0xcb00_c391_bb52_283c, 0xa32e_531b_8b65_d088],
    [0x4ef9_0da2_9748_6471, 0xd8ac_dea9_46ef_1938],
    [0x3f34_9ce3_3f76_faa8, 0x1d4f_0bc7_c7bb_dcf9],
    [0x3159_b4cd_4be0_518a, 0x6473_78d9_c97e_9fc8],
    [0xc3eb_d334_83ac_c5ea, 0xeb63_13fa_ffa0_81c5],
    [0x49da_f0b7_51dd_0d17, 0x9e68_d429_2655_16d3],
    [0xfca1_477d_58be_162b, 0xce31_d07a_d1b8_f88f],
    [0x2804_1695_8f3a_cb45, 0x7e40_4bbb_cafb_d7af],
];

impl BlockSummer {
    /// Prepares for blocks of one kind.
    pub fn new(spec: BlockSpec) -> Self {
        Self { spec, secret: secret(spec.seed64()) }
    }

    /// The kind of the blocks.
    pub fn spec(&self) -> &BlockSpec {
        &self.spec
    }

    /// The strong sum of one block, untruncated.
    pub fn sum(&self, block: &[u8]) -> Sum {
        match self.spec.algorithm {
            Algorithm::Xxh3 if block.len() > SHORT_MAX => {
                Sum::of(xxh3_64_with_secret(block, self.secret.as_flattened()).to_le_bytes())
            }
            Algorithm::Xxh128 if block.len() > SHORT_MAX => {
                Sum::of(xxh3_128_with_secret(block, self.secret.as_flattened()).to_le_bytes())
            }
            _ => block_sum(&self.spec, block),
        }
    }
}

fn secret(seed: u64) -> Secret {
    DEFAULT_SECRET.map(|[added, subtracted]| {
        let words = [added.wrapping_add(seed), subtracted.wrapping_sub(seed)];
        let mut bytes = [0; 16];
        bytes.as_chunks_mut().0.iter_mut().zip(words).for_each(|(to, word)| *to = word.to_le_bytes());
        bytes
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_of_every_length_are_found_under_every_seed() {
        let data: Vec<u8> = (0..1500_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        for algorithm in [Algorithm::Md4, Algorithm::Md5, Algorithm::Xxh64, Algorithm::Xxh3, Algorithm::Xxh128] {
            for seed in [0, 1, -1, i32::MIN, 0x1234_5678] {
                let spec = BlockSpec { algorithm, seed, seed_first: true };
                let summer = BlockSummer::new(spec);
                for len in (0..300).chain([511, 512, 513, 700, 1023, 1024, 1025, 1500]) {
                    assert_eq!(summer.sum(&data[..len]), block_sum(&spec, &data[..len]), "{spec:?}, {len} bytes");
                }
            }
        }
    }
}
