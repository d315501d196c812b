//! The rolling sum ("sum1"): weak, but moved by one byte at a time for a few instructions (transfer.md §2.4).

/// Lanes of the wide loop: two or four vector registers of u16 on every unit there is.
const LANES: usize = 32;

/// Both halves of the rolling sum of a window. Only their low 16 bits count; what is above is left from wrapping.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rolling {
    /// The sum of the bytes, as signed values.
    pub s1: u32,
    /// The sum of the bytes, each times its distance to the window's end.
    pub s2: u32,
}

/// The rolling sum of a block.
pub fn sum1(data: &[u8]) -> Rolling {
    let mut sum = Rolling::default();
    sum.append(data);
    sum
}

impl Rolling {
    /// The value on the wire (there little-endian).
    #[inline(always)]
    pub fn value(self) -> u32 {
        (self.s1 & 0xffff) | (self.s2 << 16)
    }

    /// Moves a window of `len` bytes on by one: `old` leaves at its front, `new` enters at its end.
    #[inline(always)]
    pub fn roll(&mut self, len: u32, old: u8, new: u8) {
        self.s1 = self.s1.wrapping_sub(signed(old)).wrapping_add(signed(new));
        self.s2 = self.s2.wrapping_add(self.s1).wrapping_sub(len.wrapping_mul(signed(old)));
    }

    /// Drops the first byte of a window of `len` bytes, at the end of the data.
    #[inline(always)]
    pub fn shrink(&mut self, len: u32, old: u8) {
        self.s1 = self.s1.wrapping_sub(signed(old));
        self.s2 = self.s2.wrapping_sub(len.wrapping_mul(signed(old)));
    }

    /// Lengthens the window by `data` at its end: a block that comes in pieces.
    pub fn append(&mut self, data: &[u8]) {
        // The bytes so far move away from the end by as many as come in.
        self.s2 = self.s2.wrapping_add((data.len() as u32).wrapping_mul(self.s1));
        let (head, groups) = data.as_rchunks::<LANES>();
        // Zeros in front change neither half, so that no bytes are left for a loop of their own.
        let mut first = [0; LANES];
        if let Some(end) = first.get_mut(LANES - head.len()..) {
            end.copy_from_slice(head);
        }
        let mut lanes = WideSum { plain: [0; LANES], weighted: [0; LANES] };
        lanes.append(&first);
        groups.iter().for_each(|group| lanes.append(group));
        lanes.add_to(self);
    }
}

/// Rolling sums by lanes of u16: modulo 2^16 is all that counts, and narrow lanes are twice as many.
struct WideSum {
    plain: [u16; LANES],
    weighted: [u16; LANES],
}

impl WideSum {
    #[inline(always)]
    fn append(&mut self, group: &[u8; LANES]) {
        for ((plain, weighted), &byte) in self.plain.iter_mut().zip(&mut self.weighted).zip(group) {
            *plain = plain.wrapping_add(signed(byte) as u16);
            *weighted = weighted.wrapping_add(*plain);
        }
    }

    /// Lane `j` of the last group but `k` stands `LANES * (k + 1) - j` bytes before the end.
    #[inline(always)]
    fn add_to(self, sum: &mut Rolling) {
        let (mut s1, mut s2) = (0_u16, 0_u16);
        for ((lane, plain), weighted) in (0_u16..).zip(self.plain).zip(self.weighted) {
            s1 = s1.wrapping_add(plain);
            s2 = s2.wrapping_add(weighted.wrapping_mul(LANES as u16)).wrapping_sub(plain.wrapping_mul(lane));
        }
        sum.s1 = sum.s1.wrapping_add(s1.into());
        sum.s2 = sum.s2.wrapping_add(s2.into());
    }
}

/// The byte as the protocol takes it: -128 … 127, whatever a C compiler's `char` is.
#[inline(always)]
fn signed(byte: u8) -> u32 {
    i32::from(byte.cast_signed()).cast_unsigned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::vectors::{abc, all_bytes, pattern};

    fn naive(data: &[u8]) -> u32 {
        let weight = |i: usize| (data.len() - i) as i64;
        let s1: i64 = data.iter().map(|&b| i64::from(b as i8)).sum();
        let s2: i64 = data.iter().enumerate().map(|(i, &b)| weight(i) * i64::from(b as i8)).sum();
        (s1.rem_euclid(1 << 16) | (s2.rem_euclid(1 << 16) << 16)) as u32
    }

    #[test]
    fn blocks_are_found_by_stock_peers() {
        let inputs: [(Vec<u8>, u32); 7] = [
            (vec![], 0),
            (abc(), 0x024a_0126),
            (all_bytes(), 0x6a80_ff80),
            (pattern(), 0x760c_feda),
            (vec![0x61; 60], 0xb566_16bc),
            (vec![0x61; 64], 0x1420_1840),
            (vec![0xff; 1024], 0xfe00_fc00),
        ];
        for (data, sum) in inputs {
            assert_eq!(sum1(&data).value(), sum, "{} bytes", data.len());
        }
    }

    #[test]
    fn a_window_that_moves_equals_one_that_is_summed_anew() {
        let data = [pattern(), pattern()].concat();
        let mut sum = sum1(&data[..700]);
        for start in 1..=700 {
            sum.roll(700, data[start - 1], data[start + 699]);
            assert_eq!(sum.value(), naive(&data[start..start + 700]), "after {start} steps");
            match start {
                1 => assert_eq!(sum.value(), 0x6cb2_feda),
                2 => assert_eq!(sum.value(), 0x5034_feda),
                300 => assert_eq!(sum.value(), 0x6f8c_feda),
                _ => {}
            }
        }
    }

    #[test]
    fn a_window_that_shrinks_ends_empty() {
        let data = pattern();
        let mut sum = sum1(&data);
        for start in 1..=data.len() {
            sum.shrink((data.len() - start + 1) as u32, data[start - 1]);
            assert_eq!(sum.value(), naive(&data[start..]), "{start} bytes dropped");
        }
    }

    #[test]
    fn every_length_and_every_division_gives_the_same_sum() {
        let data: Vec<u8> = (0..1200_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        for len in 0..=data.len() {
            assert_eq!(sum1(&data[..len]).value(), naive(&data[..len]), "{len} bytes");
            let (head, tail) = data.split_at(len);
            let mut sum = sum1(head);
            sum.append(tail);
            assert_eq!(sum.value(), naive(&data), "cut at {len}");
        }
    }

    #[test]
    fn the_largest_block_of_old_protocols_does_not_overflow() {
        // 0x80 is the byte of the largest magnitude.
        let data = vec![0x80; 1 << 22];
        assert_eq!(sum1(&data).value(), naive(&data));
    }
}
