//! Four lanes in a NEON register, which every aarch64 has.
#![allow(unsafe_code, reason = "vector intrinsics")]

use core::arch::aarch64::{
    uint32x4_t, vaddq_u32, vbslq_u32, vdupq_n_u32, veorq_u32, vld1q_u8, vornq_u32, vreinterpretq_u32_u8,
    vreinterpretq_u32_u64, vreinterpretq_u64_u32, vshlq_n_u32, vsriq_n_u32, vst1q_u32, vtrn1q_u32, vtrn2q_u32,
    vzip1q_u64, vzip2q_u64,
};

use super::{CHUNK, Lanes};

/// Four lanes.
#[derive(Clone, Copy)]
pub(super) struct Neon(uint32x4_t);

impl Lanes for Neon {
    const COUNT: usize = 4;

    type Words = [Self; 16];

    #[inline(always)]
    fn splat(word: u32) -> Self {
        // SAFETY: NEON is a part of the target.
        Self(unsafe { vdupq_n_u32(word) })
    }

    #[inline(always)]
    fn load<'a>(chunk: impl Fn(usize) -> &'a [u8; CHUNK]) -> [Self; 16] {
        let [a, b, c, d] = [0, 1, 2, 3].map(|lane| quarters(chunk(lane)));
        let mut words = [Self::splat(0); 16];
        let (groups, _) = words.as_chunks_mut::<4>();
        for ((((group, a), b), c), d) in groups.iter_mut().zip(a).zip(b).zip(c).zip(d) {
            *group = transpose(a, b, c, d);
        }
        words
    }

    #[inline(always)]
    fn word<const I: usize>(words: &[Self; 16]) -> Self {
        words.get(I).copied().unwrap_or(Self::splat(0))
    }

    #[inline(always)]
    fn store(self, mut put: impl FnMut(usize, u32)) {
        let mut words = [0_u32; 4];
        // SAFETY: the target is 16 bytes of our own, aligned as its words are.
        unsafe { vst1q_u32(words.as_mut_ptr(), self.0) };
        words.into_iter().enumerate().for_each(|(lane, word)| put(lane, word));
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        // SAFETY: NEON is a part of the target.
        Self(unsafe { vaddq_u32(self.0, other.0) })
    }

    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        // SAFETY: NEON is a part of the target.
        Self(unsafe { veorq_u32(self.0, other.0) })
    }

    #[inline(always)]
    fn or_not(self, other: Self) -> Self {
        // SAFETY: NEON is a part of the target.
        Self(unsafe { vornq_u32(self.0, other.0) })
    }

    #[inline(always)]
    fn select(self, ones: Self, zeros: Self) -> Self {
        // SAFETY: NEON is a part of the target.
        Self(unsafe { vbslq_u32(self.0, ones.0, zeros.0) })
    }

    #[inline(always)]
    fn rotate<const L: i32, const R: i32>(self) -> Self {
        // SAFETY: NEON is a part of the target.
        Self(unsafe { vsriq_n_u32::<R>(vshlq_n_u32::<L>(self.0), self.0) })
    }
}

/// Lane i's four words become word i of four lanes.
#[inline(always)]
fn transpose(a: uint32x4_t, b: uint32x4_t, c: uint32x4_t, d: uint32x4_t) -> [Neon; 4] {
    // SAFETY: NEON is a part of the target.
    let words = unsafe {
        let (ab_even, ab_odd) = (vreinterpretq_u64_u32(vtrn1q_u32(a, b)), vreinterpretq_u64_u32(vtrn2q_u32(a, b)));
        let (cd_even, cd_odd) = (vreinterpretq_u64_u32(vtrn1q_u32(c, d)), vreinterpretq_u64_u32(vtrn2q_u32(c, d)));
        [
            vreinterpretq_u32_u64(vzip1q_u64(ab_even, cd_even)),
            vreinterpretq_u32_u64(vzip1q_u64(ab_odd, cd_odd)),
            vreinterpretq_u32_u64(vzip2q_u64(ab_even, cd_even)),
            vreinterpretq_u32_u64(vzip2q_u64(ab_odd, cd_odd)),
        ]
    };
    words.map(Neon)
}

/// The four quarters of a chunk.
#[inline(always)]
fn quarters(chunk: &[u8; CHUNK]) -> [uint32x4_t; 4] {
    let mut quarters = [Neon::splat(0).0; 4];
    for (quarter, bytes) in quarters.iter_mut().zip(chunk.as_chunks::<16>().0) {
        // SAFETY: the source is 16 readable bytes; a load of bytes asks for no alignment.
        *quarter = unsafe { vreinterpretq_u32_u8(vld1q_u8(bytes.as_ptr())) };
    }
    quarters
}
