//! Four lanes in an SSE2 register, which every x86-64 has.
#![allow(unsafe_code, reason = "vector intrinsics")]

use core::arch::x86_64::{
    __m128i, _mm_add_epi32, _mm_and_si128, _mm_andnot_si128, _mm_loadu_si128, _mm_or_si128, _mm_set1_epi32,
    _mm_slli_epi32, _mm_srli_epi32, _mm_storeu_si128, _mm_unpackhi_epi32, _mm_unpackhi_epi64, _mm_unpacklo_epi32,
    _mm_unpacklo_epi64, _mm_xor_si128,
};

use super::{CHUNK, Lanes};

/// Four lanes.
#[derive(Clone, Copy)]
pub(super) struct Sse2(__m128i);

impl Lanes for Sse2 {
    const COUNT: usize = 4;

    type Words = [Self; 16];

    #[inline(always)]
    fn splat(word: u32) -> Self {
        // SAFETY: SSE2 is a part of the target.
        Self(unsafe { _mm_set1_epi32(word.cast_signed()) })
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
        // SAFETY: the target is 16 bytes of our own; this store asks for no alignment.
        unsafe { _mm_storeu_si128(words.as_mut_ptr().cast(), self.0) };
        words.into_iter().enumerate().for_each(|(lane, word)| put(lane, word));
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        // SAFETY: SSE2 is a part of the target.
        Self(unsafe { _mm_add_epi32(self.0, other.0) })
    }

    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        // SAFETY: SSE2 is a part of the target.
        Self(unsafe { _mm_xor_si128(self.0, other.0) })
    }

    #[inline(always)]
    fn or_not(self, other: Self) -> Self {
        // SAFETY: SSE2 is a part of the target.
        Self(unsafe { _mm_or_si128(self.0, _mm_xor_si128(other.0, _mm_set1_epi32(-1))) })
    }

    #[inline(always)]
    fn select(self, ones: Self, zeros: Self) -> Self {
        // SAFETY: SSE2 is a part of the target.
        Self(unsafe { _mm_or_si128(_mm_and_si128(self.0, ones.0), _mm_andnot_si128(self.0, zeros.0)) })
    }

    #[inline(always)]
    fn rotate<const L: i32, const R: i32>(self) -> Self {
        // SAFETY: SSE2 is a part of the target.
        Self(unsafe { _mm_or_si128(_mm_slli_epi32::<L>(self.0), _mm_srli_epi32::<R>(self.0)) })
    }
}

/// Lane i's four words become word i of four lanes.
#[inline(always)]
fn transpose(a: __m128i, b: __m128i, c: __m128i, d: __m128i) -> [Sse2; 4] {
    // SAFETY: SSE2 is a part of the target.
    let words = unsafe {
        let (ab_low, ab_high) = (_mm_unpacklo_epi32(a, b), _mm_unpackhi_epi32(a, b));
        let (cd_low, cd_high) = (_mm_unpacklo_epi32(c, d), _mm_unpackhi_epi32(c, d));
        [
            _mm_unpacklo_epi64(ab_low, cd_low),
            _mm_unpackhi_epi64(ab_low, cd_low),
            _mm_unpacklo_epi64(ab_high, cd_high),
            _mm_unpackhi_epi64(ab_high, cd_high),
        ]
    };
    words.map(Sse2)
}

/// The four quarters of a chunk.
#[inline(always)]
fn quarters(chunk: &[u8; CHUNK]) -> [__m128i; 4] {
    let mut quarters = [Sse2::splat(0).0; 4];
    for (quarter, bytes) in quarters.iter_mut().zip(chunk.as_chunks::<16>().0) {
        // SAFETY: the source is 16 readable bytes; this load asks for no alignment.
        *quarter = unsafe { _mm_loadu_si128(bytes.as_ptr().cast()) };
    }
    quarters
}
