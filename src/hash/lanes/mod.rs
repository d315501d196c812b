//! MD4 and MD5 of several blocks at once. Neither has parallelism of its own, so each vector lane carries another block:
//! one algorithm (`md`), over a small trait, over what the machine has.

#[cfg(any(test, arm_neon))]
mod columns;
mod group;
mod md;
#[cfg(all(target_arch = "aarch64", target_endian = "little"))]
mod neon;
#[cfg(any(test, target_arch = "x86_64", all(target_arch = "aarch64", target_endian = "little")))]
mod pair;
#[cfg(any(test, not(any(target_arch = "x86_64", all(target_arch = "aarch64", target_endian = "little")))))]
mod single;
#[cfg(target_arch = "x86_64")]
mod sse2;

#[cfg(test)]
mod tests;

pub(super) use group::Group;
pub(super) use md::Kind;

/// The kernel of this machine. By static analysis MD5 takes 2.1 cycles a byte on a Cortex-A72 and 4.4 on an A53, the crate's
/// single stream 4.8 and 9.1 (`benches/mca.sh`).
#[cfg(all(target_arch = "aarch64", target_endian = "little"))]
type Wide = pair::Pair<neon::Neon>;
/// The kernel of this machine: measured, MD5 takes 0.28 of a single stream's time.
#[cfg(target_arch = "x86_64")]
type Wide = pair::Pair<sse2::Sse2>;
/// The kernel of this machine. Vector intrinsics are not stable here: the compiler makes NEON out of plain loops. By static
/// analysis MD5 takes 3.1 cycles a byte on a Cortex-A72, the crate 5.6.
#[cfg(arm_neon)]
type Wide = columns::Columns;
/// For want of a kernel.
#[cfg(not(any(target_arch = "x86_64", all(target_arch = "aarch64", target_endian = "little"), arm_neon)))]
type Wide = single::Single;

/// Blocks that are hashed side by side at most.
pub(super) const LANES: usize = <Wide as Kernel>::COUNT;

/// Fewer blocks than this are faster one by one: a kernel takes as long for one lane as for all.
#[cfg(any(target_arch = "x86_64", all(target_arch = "aarch64", target_endian = "little")))]
pub(super) const WORTH: usize = LANES / 2;
/// As above.
#[cfg(arm_neon)]
pub(super) const WORTH: usize = LANES - 1;
/// Never: without a kernel all blocks are hashed one by one.
#[cfg(not(any(target_arch = "x86_64", all(target_arch = "aarch64", target_endian = "little"), arm_neon)))]
pub(super) const WORTH: usize = LANES + 1;

/// Bytes that MD4 and MD5 take in at a time.
const CHUNK: usize = 64;

/// A way to take chunks of several blocks into their states.
trait Kernel {
    /// How many blocks it takes.
    const COUNT: usize;

    /// The four words of each block's state.
    type State;
    /// The 16 words of one chunk a block.
    type Words;

    /// The state of blocks of which nothing was taken yet.
    fn initial() -> Self::State;
    /// One chunk a block, cut into little-endian words; `chunk(i)` is block `i`'s.
    fn load<'a>(chunk: impl Fn(usize) -> &'a [u8; CHUNK]) -> Self::Words;
    /// Takes one chunk a block into the state.
    fn compress(kind: Kind, state: &mut Self::State, words: &Self::Words);
    /// Calls `put` with each block's number, each word's number, and the word.
    fn store(state: Self::State, put: impl FnMut(usize, usize, u32));
}

impl<V: Lanes> Kernel for V {
    const COUNT: usize = V::COUNT;

    type State = [V; 4];
    type Words = V::Words;

    #[inline(always)]
    fn initial() -> [V; 4] {
        md::INITIAL.map(V::splat)
    }

    #[inline(always)]
    fn load<'a>(chunk: impl Fn(usize) -> &'a [u8; CHUNK]) -> V::Words {
        V::load(chunk)
    }

    #[inline(always)]
    fn compress(kind: Kind, state: &mut [V; 4], words: &V::Words) {
        md::compress(kind, state, words);
    }

    #[inline(always)]
    fn store(state: [V; 4], mut put: impl FnMut(usize, usize, u32)) {
        state.into_iter().enumerate().for_each(|(w, vector)| vector.store(|lane, word| put(lane, w, word)));
    }
}

/// A vector of u32, one a block. All arithmetic wraps.
trait Lanes: Copy {
    /// How many blocks it carries.
    const COUNT: usize;

    /// The 16 words of one chunk a lane.
    type Words;

    /// The same word in each lane.
    fn splat(word: u32) -> Self;
    /// One chunk a lane, cut into little-endian words; `chunk(i)` is lane `i`'s.
    fn load<'a>(chunk: impl Fn(usize) -> &'a [u8; CHUNK]) -> Self::Words;
    /// Word `I` of 16.
    fn word<const I: usize>(words: &Self::Words) -> Self;
    /// Calls `put` with each lane's number and word.
    fn store(self, put: impl FnMut(usize, u32));

    fn add(self, other: Self) -> Self;
    fn xor(self, other: Self) -> Self;
    /// `self | !other`.
    fn or_not(self, other: Self) -> Self;
    /// Each bit of `ones` where `self` has a 1, of `zeros` where it has a 0.
    fn select(self, ones: Self, zeros: Self) -> Self;
    /// To the left by `L` bits; `R` is `32 - L`, which a constant cannot yet be computed from.
    fn rotate<const L: i32, const R: i32>(self) -> Self;
}
