//! Reading a directory: names only, through a buffer that is made once.

use std::mem::MaybeUninit;
use std::os::fd::AsFd;

use rustix::fs::RawDir;
use rustix::io::Errno;

/// Size of the buffer for directory entries, bytes.
const ENTRIES: usize = 32 << 10;

/// Calls `each` with every name but `.` and `..`, in the order of the directory. An error in the middle ends it.
pub fn each_name(dir: impl AsFd, mut each: impl FnMut(&[u8])) -> Result<(), Errno> {
    let mut buffer = vec![MaybeUninit::<u8>::uninit(); ENTRIES];
    let mut entries = RawDir::new(dir, &mut buffer);
    while let Some(entry) = entries.next() {
        let entry = entry?;
        let name = entry.file_name().to_bytes();
        if name != b"." && name != b".." {
            each(name);
        }
    }
    Ok(())
}
