//! Extended attributes of the entry itself, whatever it is.
//!
//! The calls have no form with a directory handle: they act on the leaf, without following, in the working directory, and
//! that is the parent's handle each time. A thread that shares its working directory with another must not come here.

use std::os::fd::AsFd;

use rustix::fs::{Mode, OFlags, XattrFlags};
use rustix::io::Errno;

use super::tree::Tree;
use crate::limits::XATTR_KEPT;

/// Room for the names of one entry, bytes: Linux gives no more.
const NAMES: usize = 64 << 10;
/// Room that most values fit into, bytes.
const FIRST_TRY: usize = 256;

impl Tree {
    fn enter<'a>(&'a mut self, name: &'a [u8]) -> Result<&'a [u8], Errno> {
        let (dir, leaf) = self.place(name)?;
        rustix::process::fchdir(dir)?;
        Ok(leaf)
    }

    /// Names of all attributes, sorted.
    pub fn xattr_names(&mut self, name: &[u8]) -> Result<Vec<Vec<u8>>, Errno> {
        let leaf = self.enter(name)?;
        names(|room| rustix::fs::llistxattr(leaf, room))
    }

    /// An attribute's value.
    pub fn xattr(&mut self, name: &[u8], attribute: &[u8]) -> Result<Vec<u8>, Errno> {
        let leaf = self.enter(name)?;
        value(|room| rustix::fs::lgetxattr(leaf, attribute, room))
    }

    /// The value of an attribute of the directory that holds `name`. The working directory is left alone.
    pub fn parents_xattr(&mut self, name: &[u8], attribute: &[u8]) -> Result<Vec<u8>, Errno> {
        let (dir, _) = self.place(name)?;
        // The handle at hand is for names in the directory; its attributes want one to read.
        let flags = OFlags::DIRECTORY | OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
        value_of(rustix::fs::openat(dir, ".", flags, Mode::empty())?, attribute)
    }

    /// Sets an attribute.
    pub fn set_xattr(&mut self, name: &[u8], attribute: &[u8], value: &[u8]) -> Result<(), Errno> {
        let leaf = self.enter(name)?;
        rustix::fs::lsetxattr(leaf, attribute, value, XattrFlags::empty())
    }

    /// Removes an attribute.
    pub fn remove_xattr(&mut self, name: &[u8], attribute: &[u8]) -> Result<(), Errno> {
        let leaf = self.enter(name)?;
        rustix::fs::lremovexattr(leaf, attribute)
    }
}

/// Names of all attributes of something that is open, sorted.
pub fn names_of(fd: impl AsFd) -> Result<Vec<Vec<u8>>, Errno> {
    names(|room| rustix::fs::flistxattr(fd.as_fd(), room))
}

/// An attribute's value of something that is open.
pub fn value_of(fd: impl AsFd, attribute: &[u8]) -> Result<Vec<u8>, Errno> {
    value(|room| rustix::fs::fgetxattr(fd.as_fd(), attribute, room))
}

fn names(list: impl Fn(&mut [u8]) -> Result<usize, Errno>) -> Result<Vec<Vec<u8>>, Errno> {
    let mut room = [0; FIRST_TRY];
    let mut large = Vec::new();
    let listed = match list(&mut room) {
        Ok(len) => room.get(..len),
        Err(Errno::RANGE) => {
            large.resize(NAMES, 0);
            let len = list(&mut large)?;
            large.get(..len)
        }
        Err(errno) => return Err(errno),
    };
    let listed = listed.unwrap_or_default().split(|byte| *byte == 0);
    let mut names: Vec<Vec<u8>> = listed.filter(|name| !name.is_empty()).map(<[u8]>::to_vec).collect();
    names.sort_unstable();
    Ok(names)
}

fn value(read: impl Fn(&mut [u8]) -> Result<usize, Errno>) -> Result<Vec<u8>, Errno> {
    let mut room = [0; FIRST_TRY];
    match read(&mut room) {
        Ok(len) => return Ok(room.get(..len).unwrap_or_default().to_vec()),
        Err(Errno::RANGE) => {}
        Err(errno) => return Err(errno),
    }
    let mut large = vec![0; XATTR_KEPT];
    let len = read(&mut large)?;
    large.truncate(len);
    large.shrink_to_fit();
    Ok(large)
}
