//! The statistics a server sender writes at the end, and the deletion statistics of protocol 31.

use super::{Decoded, Fault, Put, Reader, int};

/// The five totals of a session, as its sender sees them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Bytes read from the peer.
    pub total_read: u64,
    /// Bytes written to the peer.
    pub total_written: u64,
    /// Sizes of the files in the list, bytes.
    pub total_size: u64,
    /// Time to build the list, ms.
    pub flist_buildtime_ms: u64,
    /// Time to send the list, ms.
    pub flist_xfertime_ms: u64,
}

impl Stats {
    /// Writes three totals below protocol 29, five from 29 on.
    pub fn put(&self, out: &mut impl Put, protocol: u32) {
        let fields = [
            self.total_read,
            self.total_written,
            self.total_size,
            self.flist_buildtime_ms.max(1),
            self.flist_xfertime_ms,
        ];
        let count = if protocol >= 29 { 5 } else { 3 };
        for field in fields.iter().take(count) {
            int::put_varlong30(out, protocol, i64::try_from(*field).unwrap_or(i64::MAX), 3);
        }
    }
}

/// Deleted items by kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeleteStats {
    /// Regular files, directories, symlinks, devices, specials.
    pub counts: [u32; 5],
}

impl DeleteStats {
    /// Reads five varints, each 0 to 2^28.
    pub fn read(r: &mut Reader) -> Decoded<Self> {
        let mut counts = [0; 5];
        for count in &mut counts {
            *count = u32::try_from(int::read_varint(r)?)
                .ok()
                .filter(|n| *n <= 1 << 28)
                .ok_or(Fault::Protocol("deletion count out of range"))?;
        }
        Ok(Self { counts })
    }

    /// Writes five varints.
    pub fn put(&self, out: &mut impl Put) {
        for count in self.counts {
            int::put_varint(out, i32::try_from(count.min(1 << 28)).unwrap_or(i32::MAX));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn totals_are_the_captured_bytes() {
        let stats =
            Stats { total_read: 66, total_written: 184, total_size: 2490, flist_buildtime_ms: 1, flist_xfertime_ms: 0 };
        let mut out = Vec::new();
        stats.put(&mut out, 30);
        assert_eq!(out, [0, 0x42, 0, 0, 0xb8, 0, 0, 0xba, 9, 0, 1, 0, 0, 0, 0]);
        out.clear();
        Stats { total_read: 56, total_written: 194, ..stats }.put(&mut out, 27);
        assert_eq!(out, [0x38, 0, 0, 0, 0xc2, 0, 0, 0, 0xba, 9, 0, 0]);
    }

    #[test]
    fn deletion_counts_round_trip_and_are_bounded() {
        let stats = DeleteStats { counts: [2, 1, 1, 0, 0] };
        let mut out = Vec::new();
        stats.put(&mut out);
        assert_eq!(out, [2, 1, 1, 0, 0]);
        assert_eq!(DeleteStats::read(&mut Reader::new(&out)), Ok(stats));
        assert!(matches!(
            DeleteStats::read(&mut Reader::new(&[0xf0, 0xff, 0xff, 0xff, 0xff])),
            Err(Fault::Protocol(_))
        ));
    }
}
