//! What a mode says an entry is.

/// The bits of a mode that tell the type.
pub const TYPE_BITS: u32 = 0o170000;

/// The kinds of directory entries that rsync tells apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A regular file.
    File,
    /// A directory.
    Dir,
    /// A symbolic link.
    Symlink,
    /// A character or block device.
    Device,
    /// A fifo or socket.
    Special,
}

impl Kind {
    /// The kind in the type bits of a mode.
    pub fn of_mode(mode: u32) -> Option<Self> {
        Some(match mode & TYPE_BITS {
            0o100000 => Self::File,
            0o040000 => Self::Dir,
            0o120000 => Self::Symlink,
            0o020000 | 0o060000 => Self::Device,
            0o010000 | 0o140000 => Self::Special,
            _ => return None,
        })
    }
}

/// Gives a type with a field `mode` the questions that are asked of an entry.
macro_rules! ask_kind {
    ($entry:ty) => {
        impl $entry {
            /// The kind in its mode.
            pub fn kind(&self) -> Option<$crate::flist::Kind> {
                $crate::flist::Kind::of_mode(u32::from(self.mode))
            }

            /// Whether it stands for a name that the sender was told of and does not have (`--delete-missing-args`).
            pub fn is_missing(&self) -> bool {
                self.mode == 0
            }

            /// Whether it is a directory.
            pub fn is_dir(&self) -> bool {
                self.kind() == Some($crate::flist::Kind::Dir)
            }

            /// Whether it is a regular file.
            pub fn is_file(&self) -> bool {
                self.kind() == Some($crate::flist::Kind::File)
            }

            /// Whether it is a symlink.
            pub fn is_symlink(&self) -> bool {
                self.kind() == Some($crate::flist::Kind::Symlink)
            }

            /// Whether it is a device.
            pub fn is_device(&self) -> bool {
                self.kind() == Some($crate::flist::Kind::Device)
            }

            /// Whether it is a fifo or socket.
            pub fn is_special(&self) -> bool {
                self.kind() == Some($crate::flist::Kind::Special)
            }
        }
    };
}

ask_kind!(super::Entry);
ask_kind!(super::Record);
