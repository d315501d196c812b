//! Whether a disk is where the operator says it is.

use rustix::fs::{AtFlags, CWD, StatxAttributes, StatxFlags};

/// Whether a directory is where a file system is mounted. Links in `path` are followed.
#[must_use]
pub fn is_mount_point(path: &[u8]) -> bool {
    if let Ok(found) = rustix::fs::statx(CWD, path, AtFlags::empty(), StatxFlags::TYPE)
        && found.stx_attributes_mask.contains(StatxAttributes::MOUNT_ROOT)
    {
        return found.stx_attributes.contains(StatxAttributes::MOUNT_ROOT);
    }
    // Before Linux 5.8: another device than the directory above, or the root, which is its own parent.
    let above = [path, b"/.."].concat();
    let (Ok(here), Ok(above)) = (rustix::fs::stat(path), rustix::fs::stat(above.as_slice())) else { return false };
    here.st_dev != above.st_dev || here.st_ino == above.st_ino
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proc_is_a_mount_and_a_new_directory_is_none() {
        assert!(is_mount_point(b"/proc"));
        let dir = tempfile::tempdir().unwrap();
        assert!(!is_mount_point(dir.path().as_os_str().as_encoded_bytes()));
        assert!(!is_mount_point(b"/no/such/directory"));
    }
}
