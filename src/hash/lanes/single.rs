//! One lane in plain Rust: what the kernels are made of where there are no intrinsics, and held against.

use super::{CHUNK, Lanes};

/// One lane.
#[derive(Clone, Copy)]
pub(super) struct Single(pub u32);

impl Lanes for Single {
    const COUNT: usize = 1;

    type Words = [u32; 16];

    #[inline(always)]
    fn splat(word: u32) -> Self {
        Self(word)
    }

    #[inline(always)]
    fn load<'a>(chunk: impl Fn(usize) -> &'a [u8; CHUNK]) -> [u32; 16] {
        let mut words = [0; 16];
        words.iter_mut().zip(chunk(0).as_chunks().0).for_each(|(word, bytes)| *word = u32::from_le_bytes(*bytes));
        words
    }

    #[inline(always)]
    fn word<const I: usize>(words: &[u32; 16]) -> Self {
        Self(words.get(I).copied().unwrap_or(0))
    }

    #[inline(always)]
    fn store(self, mut put: impl FnMut(usize, u32)) {
        put(0, self.0);
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self(self.0.wrapping_add(other.0))
    }

    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        Self(self.0 ^ other.0)
    }

    #[inline(always)]
    fn or_not(self, other: Self) -> Self {
        Self(self.0 | !other.0)
    }

    #[inline(always)]
    fn select(self, ones: Self, zeros: Self) -> Self {
        Self((self.0 & ones.0) | (!self.0 & zeros.0))
    }

    #[inline(always)]
    fn rotate<const L: i32, const R: i32>(self) -> Self {
        Self(self.0.rotate_left(L.cast_unsigned()))
    }
}
