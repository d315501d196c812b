//! Two vectors in step: while one waits for its last addition, the other's can run.

use super::{CHUNK, Lanes};

/// The lanes of `V` twice.
#[derive(Clone, Copy)]
pub(super) struct Pair<V>(V, V);

impl<V: Lanes> Lanes for Pair<V> {
    const COUNT: usize = 2 * V::COUNT;

    type Words = (V::Words, V::Words);

    #[inline(always)]
    fn splat(word: u32) -> Self {
        Self(V::splat(word), V::splat(word))
    }

    #[inline(always)]
    fn load<'a>(chunk: impl Fn(usize) -> &'a [u8; CHUNK]) -> Self::Words {
        (V::load(&chunk), V::load(|lane| chunk(V::COUNT.wrapping_add(lane))))
    }

    #[inline(always)]
    fn word<const I: usize>((low, high): &Self::Words) -> Self {
        Self(V::word::<I>(low), V::word::<I>(high))
    }

    #[inline(always)]
    fn store(self, mut put: impl FnMut(usize, u32)) {
        self.0.store(&mut put);
        self.1.store(|lane, word| put(V::COUNT.wrapping_add(lane), word));
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self(self.0.add(other.0), self.1.add(other.1))
    }

    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        Self(self.0.xor(other.0), self.1.xor(other.1))
    }

    #[inline(always)]
    fn or_not(self, other: Self) -> Self {
        Self(self.0.or_not(other.0), self.1.or_not(other.1))
    }

    #[inline(always)]
    fn select(self, ones: Self, zeros: Self) -> Self {
        Self(self.0.select(ones.0, zeros.0), self.1.select(ones.1, zeros.1))
    }

    #[inline(always)]
    fn rotate<const L: i32, const R: i32>(self) -> Self {
        Self(self.0.rotate::<L, R>(), self.1.rotate::<L, R>())
    }
}
