//! Directory handles: every path below a module is opened relative to one, so that no name and no symlink of a peer
//! leads out of it. Imports `limits` and the kinds of `flist`; `std::fs` is named in
//! this room alone.

pub mod dir;
mod fake;
pub mod meta;
mod mount;
pub mod root;
pub mod temp;
pub mod tree;
pub mod xattr;

pub use meta::Meta;

pub use crate::flist::Kind;
pub use mount::is_mount_point;
pub use root::{Confine, Root};
pub use tree::Tree;

use std::os::fd::AsFd;

use rustix::io::Errno;

/// Writes all of `bytes` at the descriptor's position.
pub fn write_all(to: impl AsFd, mut bytes: &[u8]) -> Result<(), Errno> {
    while !bytes.is_empty() {
        match rustix::io::write(to.as_fd(), bytes) {
            Ok(0) => return Err(Errno::IO),
            Ok(n) => bytes = bytes.get(n..).unwrap_or_default(),
            Err(Errno::INTR) => {}
            Err(errno) => return Err(errno),
        }
    }
    Ok(())
}

/// A system error as rsync prints it: `No such file or directory (2)`.
pub fn strerror(errno: Errno) -> String {
    let text = std::io::Error::from_raw_os_error(errno.raw_os_error()).to_string();
    let words = text.split(" (os error").next().unwrap_or_default();
    format!("{words} ({})", errno.raw_os_error())
}

#[cfg(test)]
mod tests;
