//! Reading whole files.

use std::os::fd::AsFd;

use rustix::io::Errno;

use crate::hash::{Hasher, Sum};

/// Bytes read at a time where a whole file is hashed.
const PIECE: usize = 64 << 10;

/// The checksum of everything a descriptor has left to read.
pub fn sum(fd: impl AsFd, hasher: &mut Hasher) -> Result<Sum, Errno> {
    let mut buffer = vec![0; PIECE];
    hasher.reset();
    loop {
        match read(fd.as_fd(), &mut buffer) {
            Ok(0) => return Ok(hasher.finish()),
            Ok(n) => hasher.update(buffer.get(..n).unwrap_or_default()),
            Err(errno) => {
                hasher.reset();
                return Err(errno);
            }
        }
    }
}

/// Copies everything that `from` has left to read behind what `to` holds.
pub fn copy(from: impl AsFd, to: impl AsFd) -> Result<(), Errno> {
    let mut buffer = vec![0; PIECE];
    loop {
        let n = read(from.as_fd(), &mut buffer)?;
        if n == 0 {
            return Ok(());
        }
        crate::fs::write_all(to.as_fd(), buffer.get(..n).unwrap_or_default())?;
    }
}

/// A read that a signal does not interrupt.
pub fn read(fd: impl AsFd, into: &mut [u8]) -> Result<usize, Errno> {
    loop {
        match rustix::io::read(fd.as_fd(), &mut *into) {
            Err(Errno::INTR) => {}
            done => return done,
        }
    }
}
