//! A group of blocks of one length, from their bytes to their digests: seed, padding and length included.

use super::{CHUNK, Kernel, Wide, md::Kind};

/// Room for the lanes of the widest kernel.
pub(super) const LANES_MAX: usize = 8;

/// What is the same for each block of a group.
#[derive(Clone, Copy)]
pub(in crate::hash) struct Group<'a> {
    /// The algorithm.
    pub kind: Kind,
    /// Bytes hashed before each block: none, or the four of the seed.
    pub before: &'a [u8],
    /// Bytes hashed after each block: none, or the four of the seed.
    pub after: &'a [u8],
}

/// Room for what is left of a block, the seed after it, the mark of the end and the length.
type Tail = [u8; 2 * CHUNK];

impl Group<'_> {
    /// The digests of at most [`super::LANES`] blocks, all of the same length.
    pub(in crate::hash) fn digests(self, blocks: &[&[u8]]) -> [[u8; 16]; super::LANES] {
        let mut digests = [[0; 16]; super::LANES];
        self.run::<Wide>(blocks, &mut digests);
        digests
    }

    /// What one kernel makes of at most `V::COUNT` blocks.
    #[cfg(test)]
    pub(super) fn run_on<V: Kernel>(self, blocks: &[&[u8]]) -> Vec<[u8; 16]> {
        let mut digests = vec![[0; 16]; blocks.len()];
        self.run::<V>(blocks, &mut digests);
        digests
    }

    /// At most `V::COUNT` blocks; lanes to spare hash the first block again.
    fn run<V: Kernel>(self, blocks: &[&[u8]], digests: &mut [[u8; 16]]) {
        const { assert!(V::COUNT <= LANES_MAX) };
        let Some(&first) = blocks.first() else { return };
        let lane = |i: usize| blocks.get(i).copied().unwrap_or(first);
        let mut data: [&[u8]; LANES_MAX] = [&[]; LANES_MAX];
        data.iter_mut().enumerate().take(V::COUNT).for_each(|(i, data)| *data = lane(i));

        let mut state = V::initial();
        let mut before = self.before;
        if !before.is_empty() && before.len().saturating_add(first.len()) >= CHUNK {
            self.take_head::<V>(&mut state, &mut data);
            before = &[];
        }
        let rests = self.take_chunks::<V>(&mut state, data);
        self.take_tail::<V>(&mut state, before, rests, first.len());

        V::store(state, |lane, w, word| {
            let at = digests.get_mut(lane).and_then(|digest| digest.as_chunks_mut::<4>().0.get_mut(w));
            if let Some(at) = at {
                *at = word.to_le_bytes();
            }
        });
    }

    /// The first chunk of each lane where it is the seed and the start of the block.
    fn take_head<V: Kernel>(self, state: &mut V::State, data: &mut [&[u8]; LANES_MAX]) {
        let mut heads = [[0; CHUNK]; LANES_MAX];
        for (head, data) in heads.iter_mut().zip(data).take(V::COUNT) {
            let rest = put(head, self.before);
            let (taken, left) = data.split_at_checked(rest.len()).unwrap_or((data, &[]));
            put(rest, taken);
            *data = left;
        }
        self.take::<V>(state, &heads.each_ref());
    }

    /// The whole chunks of each lane, where they lie; what is left over.
    fn take_chunks<'a, V: Kernel>(self, state: &mut V::State, data: [&'a [u8]; LANES_MAX]) -> [&'a [u8]; LANES_MAX] {
        let lanes = data.map(|data| data.as_chunks::<CHUNK>());
        let [(first, _), ..] = lanes;
        for at in 0..first.len() {
            self.take::<V>(state, &lanes.map(|(chunks, _)| chunks.get(at).unwrap_or(EMPTY)));
        }
        lanes.map(|(_, rest)| rest)
    }

    /// The end of each lane: what is left, the seed where it comes last, a one bit, zeros, the length in bits.
    fn take_tail<V: Kernel>(self, state: &mut V::State, before: &[u8], rests: [&[u8]; LANES_MAX], block_len: usize) {
        let [first, ..] = rests;
        let used = before.len().saturating_add(first.len()).saturating_add(self.after.len());
        let chunks = if used < CHUNK - 8 { 1 } else { 2 };
        let hashed = self.before.len().saturating_add(block_len).saturating_add(self.after.len());
        let bits = (hashed as u64).wrapping_mul(8).to_le_bytes();

        let mut tails: [Tail; LANES_MAX] = [[0; 2 * CHUNK]; LANES_MAX];
        for (tail, rest) in tails.iter_mut().zip(rests).take(V::COUNT) {
            put(put(put(put(tail, before), rest), self.after), &[0x80]);
            if let Some(at) = tail.as_chunks_mut::<CHUNK>().0.get_mut(chunks - 1).and_then(|c| c.last_chunk_mut()) {
                *at = bits;
            }
        }
        for at in 0..chunks {
            self.take::<V>(state, &tails.each_ref().map(|tail| tail.as_chunks().0.get(at).unwrap_or(EMPTY)));
        }
    }

    /// One chunk a lane. Not inlined: some thousand instructions, which three callers would each have anew.
    #[inline(never)]
    fn take<V: Kernel>(self, state: &mut V::State, chunks: &[&[u8; CHUNK]; LANES_MAX]) {
        V::compress(self.kind, state, &V::load(|lane| chunks.get(lane).unwrap_or(&EMPTY)));
    }
}

/// Never hashed: it stands where an index is known to be in range.
const EMPTY: &[u8; CHUNK] = &[0; CHUNK];

/// Writes `bytes` to the front of `to`; the room that is left.
fn put<'a>(to: &'a mut [u8], bytes: &[u8]) -> &'a mut [u8] {
    let (here, room) = to.split_at_mut(bytes.len().min(to.len()));
    here.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
    room
}
