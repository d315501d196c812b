//! How a basis file is cut into blocks, and how much of each strong sum is sent.
//!
//! The block length is the square root of the file's length, rounded down to a multiple of 8.

use crate::limits::{BLOCK_LEN_MAX, BLOCK_LEN_MAX_OLD, BLOCK_LEN_MIN};
use crate::wire::sum_head::SumHead;

/// What the sizes depend on besides the file's length.
#[derive(Clone, Copy, Debug)]
pub struct Sizing {
    /// Negotiated protocol.
    pub protocol: u32,
    /// `-B`, bytes; 0 = by size.
    pub block_size: u32,
    /// Length of the transfer checksum, bytes.
    pub digest_len: usize,
    /// A second try: full strong sums.
    pub redo: bool,
}

/// The head for a basis of `len` bytes; the null head for an empty one, or one with too many blocks.
pub fn head(len: u64, sizing: &Sizing) -> SumHead {
    if len == 0 {
        return SumHead::default();
    }
    let blength = block_length(len, sizing);
    let Some(remainder) = len.checked_rem(u64::from(blength)) else { return SumHead::default() };
    let count = len.div_ceil(u64::from(blength));
    if count > u64::from(i32::MAX.unsigned_abs()) {
        return SumHead::default();
    }
    SumHead {
        count: u32::try_from(count).unwrap_or(0),
        blength,
        s2length: strong_length(len, blength, sizing),
        remainder: u32::try_from(remainder).unwrap_or(0),
    }
}

fn block_length(len: u64, sizing: &Sizing) -> u32 {
    if sizing.block_size > 0 {
        return sizing.block_size;
    }
    let min = u64::from(BLOCK_LEN_MIN);
    if len <= min.saturating_mul(min) {
        return BLOCK_LEN_MIN;
    }
    let max = u64::from(if sizing.protocol >= 30 { BLOCK_LEN_MAX } else { BLOCK_LEN_MAX_OLD });
    // 2^floor(log4 len)
    let mut bit = 1u64 << (len.ilog2() / 2);
    if bit >= max {
        return u32::try_from(max).unwrap_or(BLOCK_LEN_MAX);
    }
    let mut root = 0u64;
    while bit >= 8 {
        let tried = root | bit;
        if tried.saturating_mul(tried) <= len {
            root = tried;
        }
        bit >>= 1;
    }
    u32::try_from(root.max(min)).unwrap_or(BLOCK_LEN_MAX)
}

fn strong_length(len: u64, blength: u32, sizing: &Sizing) -> u32 {
    let longest = i64::try_from(sizing.digest_len.min(16)).unwrap_or(16);
    if sizing.redo {
        return u32::try_from(longest).unwrap_or(16);
    }
    let bits = i64::from(len.ilog2()).saturating_mul(2).saturating_add(10);
    let bits = bits.saturating_sub(i64::from(blength.max(1).ilog2())).max(0);
    let bytes = bits.saturating_add(1).saturating_sub(32).saturating_add(7) / 8;
    u32::try_from(bytes.clamp(2.min(longest), longest)).unwrap_or(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes(len: u64, protocol: u32) -> (u32, u32, u32, u32) {
        let head = head(len, &Sizing { protocol, block_size: 0, digest_len: 16, redo: false });
        (head.count, head.blength, head.s2length, head.remainder)
    }

    #[test]
    fn sizes_are_those_of_stock() {
        const MIB: u64 = 1 << 20;
        for (len, expected) in [
            (0, (0, 0, 0, 0)),
            (1, (1, 700, 2, 1)),
            (700, (1, 700, 2, 0)),
            (701, (2, 700, 2, 1)),
            (490_000, (700, 700, 2, 0)),
            (490_001, (701, 700, 2, 1)),
            (MIB, (1024, 1024, 2, 0)),
            (10 * MIB, (3245, 3232, 2, 1152)),
            (100 * MIB, (10240, 10240, 3, 0)),
            (1024 * MIB, (32768, 32768, 3, 0)),
            (10240 * MIB, (103628, 103616, 4, 3008)),
            (16384 * MIB, (131072, 131072, 4, 0)),
        ] {
            assert_eq!(sizes(len, 31), expected, "{len}");
            assert_eq!(sizes(len, 29), expected, "{len}");
        }
        assert_eq!(sizes(32768 * MIB, 29), (185368, 185360, 4, 111248));
        assert_eq!(sizes(32768 * MIB, 31), (262144, 131072, 4, 0));
        assert_eq!(sizes(1 << 40, 31), (8388608, 131072, 6, 0));
    }

    #[test]
    fn a_second_try_sends_full_sums_but_no_more_than_there_are() {
        for (digest_len, expected) in [(8, 8), (16, 16), (20, 16)] {
            let sizing = Sizing { protocol: 31, block_size: 0, digest_len, redo: true };
            assert_eq!(head(5000, &sizing).s2length, expected);
        }
    }
}
