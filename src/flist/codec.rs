//! What the form of an entry depends on, and the end of a list.

use crate::wire::{Decoded, Fault, Put, Reader, int};

/// The bits in front of an entry.
pub mod xmit {
    /// On a directory: a transfer root. Elsewhere: filler.
    pub const TOP_DIR: u32 = 0x0001;
    /// Mode as in the entry before.
    pub const SAME_MODE: u32 = 0x0002;
    /// Protocol 27: device number as before.
    pub const SAME_RDEV_27: u32 = 0x0004;
    /// Protocol 28 on: a second flag octet follows; with varint flags: filler.
    pub const EXTENDED_FLAGS: u32 = 0x0004;
    /// No uid field.
    pub const SAME_UID: u32 = 0x0008;
    /// No gid field.
    pub const SAME_GID: u32 = 0x0010;
    /// The name begins like the one before: a length octet follows.
    pub const SAME_NAME: u32 = 0x0020;
    /// The rest of the name is longer than 255 bytes.
    pub const LONG_NAME: u32 = 0x0040;
    /// mtime (seconds) as before.
    pub const SAME_TIME: u32 = 0x0080;
    /// Devices: major as before.
    pub const SAME_RDEV_MAJOR: u32 = 0x0100;
    /// Directories, protocol 30: contents are not part of the transfer.
    pub const NO_CONTENT_DIR: u32 = 0x0100;
    /// One of several names of a file.
    pub const HLINKED: u32 = 0x0200;
    /// Protocols 28 and 29: st_dev as in the linked entry before.
    pub const SAME_DEV: u32 = 0x0400;
    /// Protocol 30: a user name follows.
    pub const USER_NAME_FOLLOWS: u32 = 0x0400;
    /// Protocols 28 and 29: the minor is one octet.
    pub const RDEV_MINOR_8: u32 = 0x0800;
    /// Protocol 30: a group name follows.
    pub const GROUP_NAME_FOLLOWS: u32 = 0x0800;
    /// Protocol 30: the first of a group of hard links.
    pub const HLINK_FIRST: u32 = 0x1000;
    /// Protocol 31: nanoseconds follow.
    pub const MOD_NSEC: u32 = 0x2000;
    /// `--atimes`, not of directories: atime as before.
    pub const SAME_ATIME: u32 = 0x4000;
    /// The end marker with an error, where flags are two octets.
    pub const IO_ERROR_ENDLIST: u32 = 0x1004;
}

/// Everything the form of the list depends on; fixed before the list begins.
#[derive(Clone, Copy, Debug, Default)]
pub struct Codec {
    /// Negotiated protocol.
    pub protocol: u32,
    /// Flags are varints.
    pub varint_flags: bool,
    /// The error marker may be used.
    pub safe_flist: bool,
    /// Id lists end with the name of id 0.
    pub id0_names: bool,
    /// Incremental recursion.
    pub inc: bool,
    /// `-o`.
    pub owner: bool,
    /// `-g`.
    pub group: bool,
    /// `-l`.
    pub links: bool,
    /// `--devices`.
    pub devices: bool,
    /// `--specials`.
    pub specials: bool,
    /// `-H`.
    pub hard_links: bool,
    /// `-U`.
    pub atimes: bool,
    /// `-A`.
    pub acls: bool,
    /// `-X`.
    pub xattrs: bool,
    /// `-R`: names may begin with a slash.
    pub relative: bool,
    /// Length of the checksum of regular files, bytes; 0 without `-c`.
    pub sum_len: usize,
    /// Indexes follow the order in which entries travel, not that of the sorted list: names are converted, and the two sides
    /// may not agree about that.
    pub wire_order: bool,
}

/// The end of one list, with the sender's io_error bits if they travel in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct End {
    /// io_error bits, masked.
    pub io_error: i32,
}

/// io_error bits that exist.
pub const IO_ERROR_MASK: i32 = 7;

impl Codec {
    /// Whether entries have more to say than their record holds.
    pub fn has_extras(&self) -> bool {
        self.atimes || self.acls || self.xattrs
    }

    /// Whether io_error may travel in the end marker.
    pub fn marker_carries_error(&self) -> bool {
        self.varint_flags || self.safe_flist || self.protocol >= 31
    }

    /// Reads flags: `Ok(Err(End))` at the end of the list.
    pub fn read_flags(&self, r: &mut Reader) -> Decoded<Result<u32, End>> {
        if self.varint_flags {
            let flags = u32::from_le_bytes(int::read_varint(r)?.to_le_bytes());
            return Ok(match flags {
                0 => Err(End { io_error: int::read_varint(r)? & IO_ERROR_MASK }),
                flags if flags & !0x2_ffff != 0 => return Err(Fault::Protocol("unknown flags in the file list")),
                flags => Ok(flags),
            });
        }
        let low = u32::from(r.byte()?);
        if low == 0 {
            return Ok(Err(End::default()));
        }
        if self.protocol < 28 || low & xmit::EXTENDED_FLAGS == 0 {
            return Ok(Ok(low));
        }
        let flags = low | u32::from(r.byte()?) << 8;
        if flags == xmit::IO_ERROR_ENDLIST {
            if !self.marker_carries_error() {
                return Err(Fault::Protocol("error marker in a file list that has none"));
            }
            return Ok(Err(End { io_error: int::read_varint(r)? & IO_ERROR_MASK }));
        }
        Ok(Ok(flags))
    }

    /// Writes flags; `is_dir` decides the filler of an empty set.
    pub fn put_flags(&self, out: &mut impl Put, flags: u32, is_dir: bool) {
        if self.varint_flags {
            let flags = if flags == 0 { xmit::EXTENDED_FLAGS } else { flags };
            return int::put_varint(out, i32::try_from(flags).unwrap_or(0));
        }
        let [low, high, ..] = flags.to_le_bytes();
        if self.protocol < 28 {
            let filler = if is_dir { xmit::LONG_NAME } else { xmit::TOP_DIR };
            let [filler, ..] = filler.to_le_bytes();
            return out.put(&[if low == 0 { filler } else { low }]);
        }
        match (low, high) {
            (0, 0) if !is_dir => out.put(&[1]),
            (_, 0) if low != 0 => out.put(&[low]),
            _ => out.put(&[low | 4, high]),
        }
    }

    /// Whether an empty set of flags of a directory below protocol 28 makes the name a long one.
    pub fn filler_is_long_name(&self, flags: u32, is_dir: bool) -> bool {
        self.protocol < 28 && !self.varint_flags && flags & 0xff == 0 && is_dir
    }

    /// Writes the end of a list. Below protocol 30 io_error follows the id lists instead.
    pub fn put_end(&self, out: &mut impl Put, io_error: i32) {
        if self.varint_flags {
            out.put(&[0]);
            int::put_varint(out, io_error);
        } else if io_error != 0 && self.protocol >= 30 && self.marker_carries_error() {
            out.put(&[0x04, 0x10]);
            int::put_varint(out, io_error);
        } else {
            out.put(&[0]);
        }
    }
}
