//! What stat tells, in 64 bits on every target.

use rustix::fs::{FileType, Stat};

use crate::flist::Kind;

/// Metadata of one entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Meta {
    /// Type and permission bits.
    pub mode: u32,
    /// Length, bytes.
    pub size: u64,
    /// Modification time, seconds.
    pub mtime: i64,
    /// Its nanoseconds.
    pub nsec: u32,
    /// Time of the last access, seconds.
    pub atime: i64,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Device it lies on.
    pub dev: u64,
    /// Inode number.
    pub ino: u64,
    /// Number of names.
    pub nlink: u64,
    /// Device number it stands for: major, minor.
    pub rdev: (u32, u32),
}

impl Meta {
    /// Of a name that is not there: nothing but zeros.
    pub fn missing() -> Self {
        Self { mode: 0, size: 0, mtime: 0, nsec: 0, uid: 0, gid: 0, dev: 0, ino: 0, nlink: 0, rdev: (0, 0), atime: 0 }
    }

    /// The kind of entry; an unknown type counts as special.
    pub fn kind(&self) -> Kind {
        Kind::of_mode(self.mode).unwrap_or(Kind::Special)
    }

    /// Whether it is a directory.
    pub fn is_dir(&self) -> bool {
        self.kind() == Kind::Dir
    }

    /// Whether it is a regular file.
    pub fn is_file(&self) -> bool {
        self.kind() == Kind::File
    }
}

impl From<Stat> for Meta {
    fn from(stat: Stat) -> Self {
        let rdev = stat.st_rdev;
        Self {
            mode: FileType::from_raw_mode(stat.st_mode).as_raw_mode() | (stat.st_mode & 0o7777),
            size: u64::try_from(stat.st_size).unwrap_or(0),
            mtime: seconds(stat.st_mtime),
            nsec: u32::try_from(stat.st_mtime_nsec).unwrap_or(0),
            atime: seconds(stat.st_atime),
            uid: stat.st_uid,
            gid: stat.st_gid,
            dev: stat.st_dev,
            ino: stat.st_ino,
            nlink: widen(stat.st_nlink),
            rdev: (rustix::fs::major(rdev), rustix::fs::minor(rdev)),
        }
    }
}

/// The link count, whose width differs between targets.
fn widen(n: impl TryInto<u64>) -> u64 {
    n.try_into().unwrap_or(1)
}

/// A time, whose width differs between targets.
fn seconds(n: impl TryInto<i64>) -> i64 {
    n.try_into().unwrap_or(0)
}
