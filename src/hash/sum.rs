//! A strong sum as a value, without a heap.

use core::fmt;

/// Length of the longest strong sum (SHA-1), in bytes.
pub const SUM_MAX: usize = 20;

/// A strong sum of at most [`SUM_MAX`] bytes, in the order of the wire.
#[derive(Clone, Copy)]
pub struct Sum {
    bytes: [u8; SUM_MAX],
    len: u8,
}

/// The sum that tells a receiver "the source could not be read to its end": all zero, or, where that would be the
/// truth, all zero but a last byte of 1 (transfer.md §2.6).
pub fn wrong_sum(true_sum: &Sum) -> Sum {
    let mut wrong = Sum { bytes: [0; SUM_MAX], len: true_sum.len };
    if *true_sum == wrong
        && let Some(last) = wrong.bytes.iter_mut().take(true_sum.len.into()).next_back()
    {
        *last = 1;
    }
    wrong
}

impl Sum {
    /// The sum made of `digest`; bytes after the first [`SUM_MAX`] are no part of it.
    pub fn new(digest: &[u8]) -> Self {
        let mut bytes = [0; SUM_MAX];
        let mut len = 0;
        for (to, from) in bytes.iter_mut().zip(digest) {
            *to = *from;
            len += 1;
        }
        Self { bytes, len }
    }

    /// The sum made of a digest whose length is known: no loop, since a sum is made once a block.
    pub(super) fn of<const N: usize>(digest: [u8; N]) -> Self {
        const { assert!(N <= SUM_MAX) };
        let mut bytes = [0; SUM_MAX];
        if let Some(to) = bytes.first_chunk_mut() {
            *to = digest;
        }
        Self { bytes, len: N as u8 }
    }

    /// The bytes as they go on the wire.
    pub fn as_slice(&self) -> &[u8] {
        self.bytes.get(..self.len.into()).unwrap_or(&self.bytes)
    }
}

impl PartialEq for Sum {
    fn eq(&self, other: &Self) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl Eq for Sum {}

impl fmt::Debug for Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_slice().iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_read_never_sends_the_true_sum() {
        for len in [1, 8, 16, 20] {
            assert_eq!(wrong_sum(&Sum::new(&vec![0xab; len])).as_slice(), vec![0; len]);
            let wrong = wrong_sum(&Sum::new(&vec![0; len]));
            assert_eq!(wrong.as_slice().split_last(), Some((&1, &vec![0; len - 1][..])));
        }
    }

    #[test]
    fn sums_of_other_lengths_differ() {
        assert_eq!(Sum::new(b"\0\0"), Sum::new(b"\0\0"));
        assert_ne!(Sum::new(b"\0\0"), Sum::new(b"\0"));
        assert_eq!(Sum::new(&[7; 21]).as_slice(), [7; 20]);
        assert_eq!(format!("{:?}", Sum::new(&[0x0a, 0xff])), "0aff");
    }
}
