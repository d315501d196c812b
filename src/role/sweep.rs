//! Temporaries that a worker which died left behind: found by the next one that comes by, and removed.

use rustix::fs::{FlockOperation, Mode, OFlags};

use super::places::Places;
use crate::fs::{Meta, Tree, dir, temp, tree};

/// What a temporary's permissions are until it is whole. The sticky bit means nothing on a file; here it marks what may
/// be swept away when a worker died: nobody else makes such files.
pub(super) const MARK: u32 = 0o1600;

/// Removes temporaries in the directory they are made in that a worker which died left behind: by the form of the name, the
/// owner, the mark, and that nobody holds them locked. Once for each directory that files come into.
pub(super) fn sweep(whole: &mut Tree, places: &Places, target: &[u8]) {
    let (parent, _) = tree::split(target);
    let parent = places.temp_dir().unwrap_or(parent);
    if !whole.enters(parent) {
        return;
    }
    let Ok(listing) = whole.open_dir(parent) else { return };
    let mut suspects = Vec::new();
    let _ = dir::each_name(&listing, |name| {
        if temp::leaf_of(name).is_some()
            || (places.temp_dir().is_some() && temp::leaf_of(&[b".", name].concat()).is_some())
        {
            suspects.push(name.to_vec());
        }
    });
    let owner = rustix::process::geteuid().as_raw();
    for name in suspects {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let Ok(fd) = rustix::fs::openat(&listing, name.as_slice(), flags, Mode::empty()) else { continue };
        let Ok(meta) = rustix::fs::fstat(&fd).map(Meta::from) else { continue };
        let ours = meta.is_file() && meta.uid == owner && meta.mode & 0o7777 == MARK && meta.nlink == 1;
        if ours && rustix::fs::flock(&fd, FlockOperation::NonBlockingLockExclusive).is_ok() {
            let _ = rustix::fs::unlinkat(&listing, name.as_slice(), rustix::fs::AtFlags::empty());
            log::info!("removed {}, left behind by a transfer that was killed", crate::escape::Escaped(&name));
        }
    }
}
