//! Four lanes without intrinsics: a round is written for one lane, in a loop over the four. That is a loop the compiler
//! turns into vectors; of a step that is done to four array elements it makes four single streams on 32-bit ARM.

use super::{
    CHUNK, Kernel,
    md::{INITIAL, Kind, md4, md5},
    single::Single,
};

/// Lanes, one a column.
const COLUMNS: usize = 4;

/// One word of each lane.
type Row = [u32; COLUMNS];

/// Four lanes in rows.
pub(super) struct Columns;

impl Kernel for Columns {
    const COUNT: usize = COLUMNS;

    type State = [Row; 4];
    type Words = [Row; 16];

    #[inline(always)]
    fn initial() -> [Row; 4] {
        INITIAL.map(|word| [word; COLUMNS])
    }

    #[inline(always)]
    fn load<'a>(chunk: impl Fn(usize) -> &'a [u8; CHUNK]) -> [Row; 16] {
        let lanes = [0, 1, 2, 3].map(|lane| chunk(lane).as_chunks::<4>().0);
        let mut words = [[0; COLUMNS]; 16];
        for (i, row) in words.iter_mut().enumerate() {
            *row = lanes.map(|lane| lane.get(i).map_or(0, |bytes| u32::from_le_bytes(*bytes)));
        }
        words
    }

    #[inline(always)]
    fn compress(kind: Kind, state: &mut [Row; 4], words: &[Row; 16]) {
        let before = *state;
        match kind {
            Kind::Md4 => {
                each_lane(state, words, md4::<Single, 0>);
                each_lane(state, words, md4::<Single, 1>);
                each_lane(state, words, md4::<Single, 2>);
            }
            Kind::Md5 => {
                each_lane(state, words, md5::<Single, 0>);
                each_lane(state, words, md5::<Single, 1>);
                each_lane(state, words, md5::<Single, 2>);
                each_lane(state, words, md5::<Single, 3>);
            }
        }
        for (word, before) in state.as_flattened_mut().iter_mut().zip(before.as_flattened()) {
            *word = word.wrapping_add(*before);
        }
    }

    #[inline(always)]
    fn store(state: [Row; 4], mut put: impl FnMut(usize, usize, u32)) {
        for (w, row) in state.into_iter().enumerate() {
            row.into_iter().enumerate().for_each(|(lane, word)| put(lane, w, word));
        }
    }
}

/// A round in each lane. Not inlined: the compiler has to know that state and words lie apart, which it does of arguments;
/// and of all rounds together it keeps the words in registers, of which there are too few.
#[inline(never)]
fn each_lane(state: &mut [Row; 4], words: &[Row; 16], round: impl Fn([Single; 4], &[u32; 16]) -> [Single; 4]) {
    let [a, b, c, d] = state;
    for i in 0..COLUMNS {
        let lane = [at(a, i), at(b, i), at(c, i), at(d, i)].map(Single);
        let next = round(lane, &words.each_ref().map(|row| at(row, i)));
        for (row, word) in [&mut *a, &mut *b, &mut *c, &mut *d].into_iter().zip(next) {
            if let Some(to) = row.get_mut(i) {
                *to = word.0;
            }
        }
    }
}

/// Element `i`, which is in range.
#[inline(always)]
fn at<const N: usize>(row: &[u32; N], i: usize) -> u32 {
    row.get(i).copied().unwrap_or(0)
}
