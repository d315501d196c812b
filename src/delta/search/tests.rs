//! Whatever changed between two files, the delta rebuilds the new one from the old.

use std::convert::Infallible;

use proptest::prelude::*;

use super::*;
use crate::delta::block::{Sizing, head};
use crate::hash::{Algorithm, BlockSpec, BlockSummer, block_sum};

const SPEC: BlockSpec = BlockSpec { algorithm: Algorithm::Xxh128, seed: 7, seed_first: true };

struct Slices<'a>(&'a [u8], usize);
impl Source for Slices<'_> {
    type Error = Infallible;
    fn read(&mut self, into: &mut [u8]) -> Result<usize, Infallible> {
        let n = into.len().min(self.0.len()).min(self.1);
        into[..n].copy_from_slice(&self.0[..n]);
        self.0 = &self.0[n..];
        Ok(n)
    }
}

#[derive(Default)]
struct Rebuilt {
    data: Vec<u8>,
    literal: usize,
    basis: Vec<u8>,
    blength: usize,
}
impl Sink<Infallible> for Rebuilt {
    fn literal(&mut self, bytes: &[u8]) -> Result<(), Infallible> {
        self.literal += bytes.len();
        self.data.extend_from_slice(bytes);
        Ok(())
    }
    fn block(&mut self, index: u32, bytes: &[u8]) -> Result<(), Infallible> {
        let start = index as usize * self.blength;
        let piece = &self.basis[start..start + bytes.len()];
        assert!(piece == bytes);
        self.data.extend_from_slice(piece);
        Ok(())
    }
}

fn delta(old: &[u8], new: &[u8], block_size: u32, piece: usize) -> Rebuilt {
    let head = head(old.len() as u64, &Sizing { protocol: 31, block_size, digest_len: 16, redo: false });
    let mut table = BlockTable::new(head, BlockSummer::new(SPEC), false);
    for block in old.chunks(head.blength.max(1) as usize) {
        table.push(rolling::sum1(block).value(), &block_sum(&SPEC, block).as_slice()[..head.s2length as usize]);
    }
    table.seal();
    let mut out = Rebuilt { basis: old.to_vec(), blength: head.blength as usize, ..Rebuilt::default() };
    let Ok(()) = search(&mut table, &mut Vec::new(), &mut Slices(new, piece), &mut out);
    out
}

fn noise(len: usize, mut seed: u64) -> Vec<u8> {
    std::iter::repeat_with(|| {
        seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (seed >> 33) as u8
    })
    .take(len)
    .collect()
}

#[test]
fn an_insertion_costs_its_own_bytes_and_one_block_at_most() {
    let old = noise(1 << 20, 1);
    let mut new = old.clone();
    new.splice(1000..1000, b"inserted".iter().copied());
    let out = delta(&old, &new, 0, usize::MAX);
    assert!(out.data == new);
    assert!(out.literal <= 8 + 1024, "{}", out.literal);
}

#[test]
fn an_unchanged_file_costs_nothing_whatever_its_length() {
    for len in [1, 699, 700, 701, 1400, 70_001] {
        let old = noise(len, 3);
        let out = delta(&old, &old, 0, usize::MAX);
        assert!(out.data == old && out.literal == 0, "{len}: {}", out.literal);
    }
}

#[test]
fn against_nothing_everything_is_literal() {
    let new = noise(300_000, 4);
    let out = delta(&[], &new, 0, 1000);
    assert!(out.data == new);
    assert_eq!(out.literal, new.len());
}

#[test]
fn zeros_and_repeats_are_found() {
    let old = vec![0; 100_000];
    let out = delta(&old, &vec![0; 90_000], 0, 4096);
    assert_eq!((out.data.len(), out.literal), (90_000, 90_000 % 700));
}

#[test]
fn blocks_behind_the_output_are_not_used_in_place() {
    let old = noise(700 * 4, 5);
    let mut new = old.clone();
    new.splice(1400..1400, noise(90, 6));
    let head = head(2800, &Sizing { protocol: 31, block_size: 700, digest_len: 16, redo: false });
    let mut table = BlockTable::new(head, BlockSummer::new(SPEC), true);
    for block in old.chunks(700) {
        table.push(rolling::sum1(block).value(), &block_sum(&SPEC, block).as_slice()[..head.s2length as usize]);
    }
    table.seal();
    let mut out = Rebuilt { basis: old, blength: 700, ..Rebuilt::default() };
    let Ok(()) = search(&mut table, &mut Vec::new(), &mut Slices(&new, usize::MAX), &mut out);
    assert!(out.data == new);
    assert_eq!(out.literal, 90 + 1400);
}

proptest! {
    #[test]
    fn any_edit_is_rebuilt(
        len in 0usize..5000, cut in 0usize..5000, del in 0usize..3000, ins in prop::collection::vec(any::<u8>(), 0..200),
        block in 1u32..900, piece in 1usize..5000, few in any::<bool>(),
    ) {
        let mut old = noise(len, 9);
        if few { for b in &mut old { *b &= 1; } }
        let mut new = old.clone();
        let cut = cut.min(new.len());
        let end = (cut + del).min(new.len());
        new.splice(cut..end, ins);
        prop_assert!(delta(&old, &new, block, piece).data == new);
    }
}
