//! One request or answer: index, item flags, basis type, name. Generator → sender, echoed sender → receiver.

use super::{Decoded, Fault, Put, Reader, ndx::Ndx, vstring};
use crate::limits::MAXPATH;

/// What differs, and what follows in the record.
pub mod iflags {
    /// atime differs.
    pub const REPORT_ATIME: u16 = 0x0001;
    /// Content, link target or device number differs.
    pub const REPORT_CHANGE: u16 = 0x0002;
    /// Size of a regular file differs.
    pub const REPORT_SIZE: u16 = 0x0004;
    /// A symlink's time could not be set.
    pub const REPORT_TIMEFAIL: u16 = 0x0004;
    /// mtime differs.
    pub const REPORT_TIME: u16 = 0x0008;
    /// Permissions differ.
    pub const REPORT_PERMS: u16 = 0x0010;
    /// Owner differs.
    pub const REPORT_OWNER: u16 = 0x0020;
    /// Group differs.
    pub const REPORT_GROUP: u16 = 0x0040;
    /// ACLs differ.
    pub const REPORT_ACL: u16 = 0x0080;
    /// Extended attributes differ.
    pub const REPORT_XATTR: u16 = 0x0100;
    /// A basis type octet follows.
    pub const BASIS_TYPE_FOLLOWS: u16 = 0x0800;
    /// A name follows.
    pub const XNAME_FOLLOWS: u16 = 0x1000;
    /// The item did not exist.
    pub const IS_NEW: u16 = 0x2000;
    /// Created or changed without data.
    pub const LOCAL_CHANGE: u16 = 0x4000;
    /// Content is wanted.
    pub const TRANSFER: u16 = 0x8000;
    /// Bits that make a record without transfer worth sending.
    pub const SIGNIFICANT: u16 = !(BASIS_TYPE_FOLLOWS | XNAME_FOLLOWS | LOCAL_CHANGE);
}

/// Basis type of a record without one: the destination file itself.
pub const BASIS_DEST: u8 = 0x80;

/// The part of a record behind its index. `name` borrows from the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item<'a> {
    /// Item flags; always `TRANSFER` below protocol 29.
    pub iflags: u16,
    /// Basis type, if the flags announce it.
    pub basis_type: Option<u8>,
    /// Name, if the flags announce it.
    pub xname: Option<&'a [u8]>,
}

impl<'a> Item<'a> {
    /// A record with flags alone.
    pub fn plain(iflags: u16) -> Self {
        Self { iflags, basis_type: None, xname: None }
    }

    /// Reads what follows an index.
    pub fn read(r: &mut Reader<'a>, protocol: u32) -> Decoded<Self> {
        if protocol < 29 {
            return Ok(Self::plain(iflags::TRANSFER));
        }
        let flags = r.u16()?;
        let basis_type = if flags & iflags::BASIS_TYPE_FOLLOWS != 0 { Some(r.byte()?) } else { None };
        let xname = if flags & iflags::XNAME_FOLLOWS != 0 {
            Some(vstring::read(r, MAXPATH.saturating_sub(1)).map_err(|fault| match fault {
                Fault::Malformed(text) => Fault::Protocol(text),
                other => other,
            })?)
        } else {
            None
        };
        Ok(Self { iflags: flags, basis_type, xname })
    }

    /// Writes index and record.
    pub fn put(&self, out: &mut impl Put, protocol: u32, state: &mut Ndx, ndx: i32) {
        state.put(out, ndx);
        if protocol < 29 {
            return;
        }
        out.put(&self.iflags.to_le_bytes());
        if let Some(basis_type) = self.basis_type {
            out.put(&[basis_type]);
        }
        if let Some(xname) = self.xname {
            vstring::put(out, xname);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(item: &Item, protocol: u32) -> Vec<u8> {
        let mut out = Vec::new();
        item.put(&mut out, protocol, &mut Ndx::new(protocol), 3);
        out
    }

    #[test]
    fn captured_records_read_and_write_alike() {
        let fuzzy = Item { iflags: 0xb800, basis_type: Some(0x83), xname: Some(b"report-1.txt") };
        let link = Item { iflags: 0x7000, basis_type: None, xname: Some(b"c") };
        for (item, bytes) in [
            (Item::plain(0xa000), &b"\x04\x00\xa0"[..]),
            (fuzzy, b"\x04\x00\xb8\x83\x0creport-1.txt"),
            (link, b"\x04\x00\x70\x01c"),
        ] {
            assert_eq!(written(&item, 31), bytes);
            assert_eq!(Item::read(&mut Reader::new(&bytes[1..]), 31), Ok(item));
        }
    }

    #[test]
    fn old_protocols_carry_the_index_alone() {
        assert_eq!(written(&Item::plain(iflags::TRANSFER), 28), [3, 0, 0, 0]);
        assert_eq!(Item::read(&mut Reader::new(&[]), 28), Ok(Item::plain(iflags::TRANSFER)));
    }

    #[test]
    fn a_name_longer_than_a_path_is_refused() {
        assert!(matches!(Item::read(&mut Reader::new(&[0, 0x10, 0x90, 0x00]), 31), Err(Fault::Protocol(_))));
    }
}
