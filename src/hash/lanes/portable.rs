//! Four lanes in plain Rust: what the kernels are held against, and the stand-in where there is none.

use super::{CHUNK, Lanes};

/// Four lanes in an array.
#[derive(Clone, Copy)]
pub(super) struct Portable([u32; 4]);

impl Portable {
    #[inline(always)]
    fn map(self, other: Self, f: impl Fn(u32, u32) -> u32) -> Self {
        let ([a0, a1, a2, a3], [b0, b1, b2, b3]) = (self.0, other.0);
        Self([f(a0, b0), f(a1, b1), f(a2, b2), f(a3, b3)])
    }
}

impl Lanes for Portable {
    const COUNT: usize = 4;

    type Words = [Self; 16];

    #[inline(always)]
    fn splat(word: u32) -> Self {
        Self([word; 4])
    }

    #[inline(always)]
    fn load<'a>(chunk: impl Fn(usize) -> &'a [u8; CHUNK]) -> [Self; 16] {
        let lanes = [0, 1, 2, 3].map(|lane| chunk(lane).as_chunks::<4>().0);
        let mut words = [Self([0; 4]); 16];
        for (i, word) in words.iter_mut().enumerate() {
            word.0 = lanes.map(|lane| lane.get(i).map_or(0, |bytes| u32::from_le_bytes(*bytes)));
        }
        words
    }

    #[inline(always)]
    fn word<const I: usize>(words: &[Self; 16]) -> Self {
        words.get(I).copied().unwrap_or(Self::splat(0))
    }

    #[inline(always)]
    fn store(self, mut put: impl FnMut(usize, u32)) {
        self.0.into_iter().enumerate().for_each(|(lane, word)| put(lane, word));
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self.map(other, u32::wrapping_add)
    }

    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        self.map(other, |a, b| a ^ b)
    }

    #[inline(always)]
    fn or_not(self, other: Self) -> Self {
        self.map(other, |a, b| a | !b)
    }

    #[inline(always)]
    fn select(self, ones: Self, zeros: Self) -> Self {
        zeros.xor(self.map(ones.xor(zeros), |mask, differing| mask & differing))
    }

    #[inline(always)]
    fn rotate<const L: i32, const R: i32>(self) -> Self {
        Self(self.0.map(|word| word.rotate_left(L.cast_unsigned())))
    }
}
