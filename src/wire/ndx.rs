//! File indexes: an int below protocol 30, a delta code with a memory for each direction from 30 on.

use super::{Decoded, Fault, Put, Reader};

/// End of a phase, of a segment, of the session.
pub const DONE: i32 = -1;
/// Incremental recursion: no more segments.
pub const FLIST_EOF: i32 = -2;
/// Deletion statistics follow (protocol 31).
pub const DEL_STATS: i32 = -3;
/// `FLIST_OFFSET - d` announces the segment of directory `d`.
pub const FLIST_OFFSET: i32 = -101;

/// The memory of one direction; it lives as long as the session.
#[derive(Clone, Copy, Debug)]
pub struct Ndx {
    protocol: u32,
    prev_pos: i32,
    prev_neg: i32,
}

impl Ndx {
    /// The state at the start of a session.
    pub fn new(protocol: u32) -> Self {
        Self { protocol, prev_pos: -1, prev_neg: 1 }
    }

    /// Reads an index; the memory changes only with a complete one.
    pub fn read(&mut self, r: &mut Reader) -> Decoded<i32> {
        if self.protocol < 30 {
            return r.i32();
        }
        let mut first = r.byte()?;
        if first == 0 {
            return Ok(DONE);
        }
        let negative = first == 0xff;
        if negative {
            first = r.byte()?;
        }
        let prev = if negative { self.prev_neg } else { self.prev_pos };
        let value = match first {
            0xfe => {
                let [x, y] = r.array()?;
                if x & 0x80 != 0 {
                    let [b1, b2] = r.array()?;
                    i64::from(i32::from_le_bytes([y, b1, b2, x & 0x7f]))
                } else {
                    i64::from(prev).saturating_add(i64::from(u16::from_be_bytes([x, y])))
                }
            }
            diff => i64::from(prev).saturating_add(i64::from(diff)),
        };
        let value = i32::try_from(value).map_err(|_| Fault::Protocol("file index out of range"))?;
        if negative {
            self.prev_neg = value;
            Ok(value.wrapping_neg())
        } else {
            self.prev_pos = value;
            Ok(value)
        }
    }

    /// Writes an index.
    pub fn put(&mut self, out: &mut impl Put, ndx: i32) {
        if self.protocol < 30 {
            return out.put(&ndx.to_le_bytes());
        }
        if ndx == DONE {
            return out.put(&[0]);
        }
        let mut bytes = heapless::Vec::<u8, 6>::new();
        let (value, prev) = if ndx < 0 {
            let _ = bytes.push(0xff);
            (ndx.wrapping_neg(), &mut self.prev_neg)
        } else {
            (ndx, &mut self.prev_pos)
        };
        let diff = i64::from(value).saturating_sub(i64::from(*prev));
        *prev = value;
        match (u8::try_from(diff), u16::try_from(diff)) {
            (Ok(small @ 1..=253), _) => drop(bytes.push(small)),
            (_, Ok(diff @ ..=0x7fff)) => {
                let [high, low] = diff.to_be_bytes();
                let _ = bytes.extend_from_slice(&[0xfe, high, low]);
            }
            _ => {
                let [b0, b1, b2, b3] = value.to_le_bytes();
                let _ = bytes.extend_from_slice(&[0xfe, b3 | 0x80, b0, b1, b2]);
            }
        }
        out.put(&bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const CAPTURED: &[(i32, &[u8])] = &[
        (0, &[1]),
        (1, &[1]),
        (2, &[1]),
        (2, &[0xfe, 0, 0]),
        (300, &[0xfe, 1, 0x2a]),
        (554, &[0xfe, 0, 0xfe]),
        (0, &[0xfe, 0x80, 0, 0, 0]),
        (40000, &[0xfe, 0x80, 0x40, 0x9c, 0]),
        (-1, &[0]),
        (-2, &[0xff, 1]),
        (-3, &[0xff, 1]),
        (-101, &[0xff, 0x62]),
        (-102, &[0xff, 1]),
        (-2, &[0xff, 0xfe, 0x80, 2, 0, 0]),
        (-401, &[0xff, 0xfe, 1, 0x8f]),
        (0x01020304, &[0xfe, 0x81, 4, 3, 2]),
    ];

    #[test]
    fn a_captured_sequence_reads_and_writes_alike() {
        let (mut writer, mut reader) = (Ndx::new(31), Ndx::new(31));
        for (ndx, bytes) in CAPTURED {
            let mut out = Vec::new();
            writer.put(&mut out, *ndx);
            assert_eq!(out, *bytes, "{ndx}");
            assert_eq!(reader.read(&mut Reader::new(bytes)), Ok(*ndx));
        }
    }

    #[test]
    fn an_incomplete_index_leaves_the_memory_alone() {
        let mut state = Ndx::new(31);
        assert_eq!(state.read(&mut Reader::new(&[0xfe, 1])), Err(Fault::NeedMore));
        assert_eq!(state.read(&mut Reader::new(&[1])), Ok(0));
    }

    #[test]
    fn an_index_past_31_bits_is_a_protocol_error() {
        let mut state = Ndx::new(31);
        assert_eq!(state.read(&mut Reader::new(&[0xfe, 0xff, 0xff, 0xff, 0xff])), Ok(i32::MAX));
        assert!(matches!(state.read(&mut Reader::new(&[2])), Err(Fault::Protocol(_))));
    }

    proptest! {
        #[test]
        fn any_sequence_survives_the_wire(list in prop::collection::vec(-500i32..i32::MAX, 0..50), old: bool) {
            let protocol = if old { 29 } else { 32 };
            let (mut writer, mut reader) = (Ndx::new(protocol), Ndx::new(protocol));
            let mut out = Vec::new();
            for ndx in &list { writer.put(&mut out, *ndx); }
            let mut r = Reader::new(&out);
            for ndx in &list { prop_assert_eq!(reader.read(&mut r), Ok(*ndx)); }
        }

        #[test]
        fn any_bytes_are_read_without_a_panic(bytes: Vec<u8>) {
            let mut state = Ndx::new(31);
            let mut r = Reader::new(&bytes);
            while state.read(&mut r).is_ok() {}
        }
    }
}
