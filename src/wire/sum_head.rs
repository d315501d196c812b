//! The head of a block sum list: count, block length, strong sum length, remainder.

use super::{Decoded, Fault, Put, Reader};
use crate::limits::{BLOCK_LEN_MAX, BLOCK_LEN_MAX_OLD};

/// Four ints; all zero means "no basis: send the whole file".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SumHead {
    /// Number of blocks.
    pub count: u32,
    /// Length of a block, bytes.
    pub blength: u32,
    /// Bytes of strong sum sent for a block.
    pub s2length: u32,
    /// Length of the last block, bytes; 0 = it is a full one.
    pub remainder: u32,
}

impl SumHead {
    /// Reads and checks a head. `digest_len` bounds `s2length`; up to 16 is tolerated for stock 3.2's short digests.
    pub fn read(r: &mut Reader, protocol: u32, digest_len: usize) -> Decoded<Self> {
        let mut fields = [0u32; 4];
        for field in &mut fields {
            *field = u32::try_from(r.i32()?).map_err(|_| Fault::Protocol("negative number in a sum head"))?;
        }
        let [count, blength, s2length, remainder] = fields;
        let longest = if protocol >= 30 { BLOCK_LEN_MAX } else { BLOCK_LEN_MAX_OLD };
        if blength > longest {
            return Err(Fault::Protocol("block length too large"));
        }
        if blength == 0 && count > 0 {
            return Err(Fault::Protocol("block length 0 with blocks"));
        }
        if usize::try_from(s2length).unwrap_or(usize::MAX) > digest_len.max(16) {
            return Err(Fault::Protocol("strong sum longer than the checksum"));
        }
        if remainder > blength {
            return Err(Fault::Protocol("remainder longer than a block"));
        }
        Ok(Self { count, blength, s2length, remainder })
    }

    /// Writes a head.
    pub fn put(&self, out: &mut impl Put) {
        let mut bytes = [0; 16];
        let fields = [self.count, self.blength, self.s2length, self.remainder];
        for (chunk, field) in bytes.chunks_exact_mut(4).zip(fields) {
            chunk.copy_from_slice(&field.to_le_bytes());
        }
        out.put(&bytes);
    }

    /// Length of the basis that was cut into these blocks, bytes.
    pub fn basis_len(&self) -> u64 {
        let whole = self.offset(self.count);
        let short = if self.remainder == 0 { 0 } else { self.blength.saturating_sub(self.remainder) };
        whole.saturating_sub(u64::from(short))
    }

    /// Length of block `index`, bytes.
    pub fn block_len(&self, index: u32) -> u32 {
        if self.remainder != 0 && index.checked_add(1) == Some(self.count) { self.remainder } else { self.blength }
    }

    /// Offset of block `index` in the basis, bytes.
    pub fn offset(&self, index: u32) -> u64 {
        u64::from(index).saturating_mul(u64::from(self.blength))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(fields: [i32; 4]) -> Vec<u8> {
        fields.iter().flat_map(|f| f.to_le_bytes()).collect()
    }

    #[test]
    fn a_head_survives_the_wire() {
        let head = SumHead { count: 4, blength: 700, s2length: 2, remainder: 300 };
        let mut out = Vec::new();
        head.put(&mut out);
        assert_eq!(out, bytes([4, 700, 2, 300]));
        assert_eq!(SumHead::read(&mut Reader::new(&out), 31, 16), Ok(head));
        assert_eq!([head.block_len(2), head.block_len(3)], [700, 300]);
    }

    #[test]
    fn crafted_heads_are_refused() {
        for fields in [[-1, 700, 2, 0], [1, 0, 2, 0], [1, 131073, 2, 0], [1, 700, 17, 0], [1, 700, 2, 701]] {
            assert!(
                matches!(SumHead::read(&mut Reader::new(&bytes(fields)), 31, 16), Err(Fault::Protocol(_))),
                "{fields:?}"
            );
        }
        assert!(SumHead::read(&mut Reader::new(&bytes([1, 1 << 29, 2, 0])), 29, 16).is_ok());
    }

    #[test]
    fn openrsyncs_head_without_blocks_is_accepted() {
        assert!(SumHead::read(&mut Reader::new(&bytes([0, 32768, 2, 0])), 27, 16).is_ok());
    }
}
