//! One entry in full, and what is carried from entry to entry.

use super::extra::Extra;

/// How an entry belongs to a group of hard links.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HardLink {
    /// It does not.
    #[default]
    No,
    /// Protocol 30 on: it opens the group.
    First,
    /// Protocol 30 on: it belongs to the group of this wire index.
    Member(i32),
    /// Below protocol 30: device and inode number.
    DevIno(i64, i64),
}

/// An entry as it stands on the wire, all fields in full.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// The flags that say something about the entry itself (TOP_DIR, NO_CONTENT_DIR).
    pub flags: u32,
    /// Full name relative to the transfer root, as on the wire.
    pub name: Vec<u8>,
    /// Length, bytes.
    pub size: u64,
    /// Modification time, seconds.
    pub mtime: i64,
    /// Its nanoseconds.
    pub nsec: u32,
    /// Type and permission bits, in the traditional numbers.
    pub mode: u32,
    /// Owner, as the sender numbers it.
    pub uid: u32,
    /// Group, likewise.
    pub gid: u32,
    /// Owner's name, when it travels with the entry.
    pub user: Vec<u8>,
    /// Group's name, likewise.
    pub group: Vec<u8>,
    /// Device number: major, minor.
    pub rdev: (u32, u32),
    /// Target of a symlink.
    pub target: Vec<u8>,
    /// Hard links.
    pub hard_link: HardLink,
    /// Checksum of a regular file; its length is the codec's.
    pub sum: [u8; 20],
    /// The rest.
    pub extra: Extra,
}

/// Values carried from entry to entry, through all segments of a session.
#[derive(Clone, Debug, Default)]
pub struct State {
    pub(super) name: Vec<u8>,
    pub(super) mode: u32,
    pub(super) mtime: i64,
    pub(super) atime: i64,
    pub(super) uid: u32,
    pub(super) gid: u32,
    /// Device number; below protocol 28 as one number in `.1`.
    pub(super) rdev: (u32, u32),
    pub(super) dev: i64,
}

/// The one number of a device below protocol 28: minor low 8, major, minor's rest.
pub(super) fn rdev_to_27((major, minor): (u32, u32)) -> u32 {
    (minor & 0xff) | (major & 0xfff) << 8 | (minor & 0xfff00) << 12
}

/// Its reverse.
pub(super) fn rdev_from_27(number: u32) -> (u32, u32) {
    ((number >> 8) & 0xfff, (number & 0xff) | (number >> 12) & 0xfff00)
}
