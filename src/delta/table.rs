//! The blocks a receiver has, found by their rolling sum.
//!
//! A bitmap answers most positions of the search in one look; what passes it goes through a chained hash table.

use crate::hash::BlockSummer;
use crate::limits::{BLOCK_TABLE, CHAIN_MAX};
use crate::wire::sum_head::SumHead;

/// What searches came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Blocks that were found.
    pub matches: u64,
    /// Positions at which the table held something.
    pub hits: u64,
    /// Positions at which a rolling sum was there and the strong one was not.
    pub false_alarms: u64,
}

impl Tally {
    /// Adds what another search came to.
    pub fn add(&mut self, other: &Self) {
        self.matches = self.matches.saturating_add(other.matches);
        self.hits = self.hits.saturating_add(other.hits);
        self.false_alarms = self.false_alarms.saturating_add(other.false_alarms);
    }
}

/// No block: the end of a chain.
const NONE: u32 = u32::MAX;

/// The block table of the one file in hand.
pub struct BlockTable {
    /// Head as received.
    pub head: SumHead,
    /// What the search came to.
    pub tally: Tally,
    /// Makes strong sums.
    summer: BlockSummer,
    /// Bytes of a strong sum that are compared.
    compared: usize,
    stored_len: usize,
    sums: Vec<u32>,
    strong: Vec<u8>,
    next: Vec<u32>,
    chains: Vec<u32>,
    bitmap: Vec<u64>,
    shift: u32,
    /// In-place update: a block behind the output is only usable where it stands already.
    in_place: bool,
    same_offset: Vec<bool>,
}

impl BlockTable {
    /// An empty table for `head`. `in_place`: the receiver overwrites the basis while it reads it.
    pub fn new(head: SumHead, summer: BlockSummer, in_place: bool) -> Self {
        let stored_len = usize::try_from(head.s2length).unwrap_or(0);
        Self {
            head,
            tally: Tally::default(),
            compared: stored_len.min(summer.spec().algorithm.digest_len()),
            summer,
            stored_len,
            sums: Vec::new(),
            strong: Vec::new(),
            next: Vec::new(),
            chains: Vec::new(),
            bitmap: Vec::new(),
            shift: 0,
            in_place,
            same_offset: Vec::new(),
        }
    }

    /// Adds the next block. Beyond the memory limit blocks are dropped: they never match, the data is sent instead.
    pub fn push(&mut self, sum1: u32, strong: &[u8]) {
        let each = self.stored_len.saturating_add(8);
        if self.sums.len().saturating_mul(each) >= BLOCK_TABLE {
            return;
        }
        self.sums.push(sum1);
        self.strong.extend(strong.iter().copied().take(self.stored_len));
    }

    /// Builds the index once all blocks are there.
    pub fn seal(&mut self) {
        let slots = self.sums.len().saturating_mul(2).next_power_of_two().max(16);
        self.shift = 32u32.saturating_sub(slots.ilog2());
        self.chains = vec![NONE; slots];
        self.bitmap = vec![0; slots.saturating_mul(8).max(1 << 12) / 64];
        self.next = vec![NONE; self.sums.len()];
        if self.in_place {
            self.same_offset = vec![false; self.sums.len()];
        }
        // Backwards, so that a chain lists its blocks in order.
        for at in (0..self.sums.len()).rev() {
            let Some(sum1) = self.sums.get(at).copied() else { continue };
            let (word, bit) = self.bit_of(sum1);
            if let Some(word) = self.bitmap.get_mut(word) {
                *word |= bit;
            }
            let slot = self.slot_of(sum1);
            if let (Some(first), Some(next)) = (self.chains.get_mut(slot), self.next.get_mut(at)) {
                *next = *first;
                *first = u32::try_from(at).unwrap_or(NONE);
            }
        }
    }

    /// Number of blocks in the table.
    pub fn len(&self) -> usize {
        self.sums.len()
    }

    /// Whether nothing can match.
    pub fn is_empty(&self) -> bool {
        self.sums.is_empty()
    }

    /// Whether a block with this rolling sum may exist.
    #[inline(always)]
    pub fn maybe(&self, sum1: u32) -> bool {
        let (word, bit) = self.bit_of(sum1);
        self.bitmap.get(word).is_some_and(|word| word & bit != 0)
    }

    /// The block that equals `window` (its rolling sum is `sum1`) at output offset `offset`: `want`, if that one does,
    /// else the first of its chain. The flag tells whether a strong sum had to be computed.
    pub fn find(&mut self, sum1: u32, window: &[u8], offset: u64, want: u32) -> (Option<u32>, bool) {
        let mut strong = None;
        let mut found = None;
        let mut at = self.chains.get(self.slot_of(sum1)).copied().unwrap_or(NONE);
        self.tally.hits = self.tally.hits.saturating_add(u64::from(at != NONE));
        for _ in 0..CHAIN_MAX {
            let Ok(index) = usize::try_from(at) else { break };
            let Some(next) = self.next.get(index).copied() else { break };
            let fits = self.sums.get(index) == Some(&sum1)
                && usize::try_from(self.head.block_len(at)) == Ok(window.len())
                && self.usable(at, offset);
            if fits && self.equals(index, window, &mut strong) {
                found = Some(at);
                break;
            }
            at = next;
        }
        let Some(mut block) = found else {
            self.tally.false_alarms = self.tally.false_alarms.saturating_add(u64::from(strong.is_some()));
            return (None, strong.is_some());
        };
        self.tally.matches = self.tally.matches.saturating_add(1);
        for hint in [Some(want), self.aligned(offset)].into_iter().flatten() {
            let index = usize::try_from(hint).unwrap_or(usize::MAX);
            if hint != block
                && self.sums.get(index) == Some(&sum1)
                && usize::try_from(self.head.block_len(hint)) == Ok(window.len())
                && self.usable(hint, offset)
                && self.equals(index, window, &mut strong)
            {
                block = hint;
            }
        }
        if self.in_place
            && self.head.offset(block) == offset
            && let Some(flag) = usize::try_from(block).ok().and_then(|index| self.same_offset.get_mut(index))
        {
            *flag = true;
        }
        (Some(block), true)
    }

    /// In place, the block that stands where the output stands is the best: nothing has to be written.
    fn aligned(&self, offset: u64) -> Option<u32> {
        let blength = u64::from(self.head.blength);
        let exact = self.in_place && offset.checked_rem(blength) == Some(0);
        if exact { u32::try_from(offset.checked_div(blength)?).ok() } else { None }
    }

    fn usable(&self, block: u32, offset: u64) -> bool {
        !self.in_place
            || self.head.offset(block) >= offset
            || usize::try_from(block).ok().and_then(|index| self.same_offset.get(index)).copied().unwrap_or(false)
    }

    fn equals(&self, index: usize, window: &[u8], strong: &mut Option<crate::hash::Sum>) -> bool {
        let sum = strong.get_or_insert_with(|| self.summer.sum(window));
        let start = index.saturating_mul(self.stored_len);
        let theirs = self.strong.get(start..start.saturating_add(self.compared));
        theirs.is_some() && theirs == sum.as_slice().get(..self.compared)
    }

    #[inline(always)]
    fn mix(sum1: u32) -> u32 {
        sum1.wrapping_mul(0x9e37_79b1)
    }

    #[inline(always)]
    fn slot_of(&self, sum1: u32) -> usize {
        usize::try_from(Self::mix(sum1).wrapping_shr(self.shift)).unwrap_or(0)
    }

    #[inline(always)]
    fn bit_of(&self, sum1: u32) -> (usize, u64) {
        // The bitmap's length is a power of two; its bits take other bits of the mix than the chains do.
        let mask = self.bitmap.len().wrapping_sub(1);
        let mixed = Self::mix(sum1);
        let word = usize::try_from(mixed.wrapping_shr(6)).unwrap_or(0) & mask;
        (word, 1u64.wrapping_shl(mixed & 63))
    }
}
