//! Nothing leads out of a root, whichever way names are resolved.

use std::os::unix::fs::symlink;
use std::sync::Arc;

use rustix::fs::{Mode, OFlags, ResolveFlags};
use rustix::io::Errno;

use super::root::walking;
use super::{Confine, Root, Tree};

fn playground() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("module");
    std::fs::create_dir_all(root.join("a/b")).unwrap();
    std::fs::write(dir.path().join("secret"), "out").unwrap();
    std::fs::write(root.join("a/b/f"), "in").unwrap();
    symlink("../../secret", root.join("a/up")).unwrap();
    symlink("/etc", root.join("abs")).unwrap();
    symlink("a/b", root.join("inside")).unwrap();
    symlink("loop", root.join("loop")).unwrap();
    symlink("../a/b/f", root.join("a/back")).unwrap();
    dir
}

fn roots(dir: &tempfile::TempDir, confine: Confine) -> [Root; 2] {
    let path = dir.path().join("module");
    let open = || Root::open(path.as_os_str().as_encoded_bytes(), confine).unwrap();
    [open(), walking(open())]
}

#[test]
fn resolution_is_the_kernels_where_it_has_openat2() {
    let dir = playground();
    let [root, _] = roots(&dir, Confine::Beneath);
    root.open_below(b"inside/f", OFlags::RDONLY, Mode::empty()).unwrap();
    let asked = rustix::fs::openat2(root.fd(), ".", OFlags::PATH, Mode::empty(), ResolveFlags::BENEATH).map(drop);
    assert_eq!(root.walks(), asked == Err(Errno::NOSYS), "{asked:?}");
    println!("openat2: {}", if root.walks() { "not here, paths are walked" } else { "answered" });
}

#[test]
fn links_that_leave_are_refused_and_links_that_stay_are_followed() {
    let dir = playground();
    for root in roots(&dir, Confine::Beneath) {
        let open = |path: &str| root.open_below(path.as_bytes(), OFlags::RDONLY, Mode::empty()).map(drop);
        assert_eq!(open("inside/f"), Ok(()));
        assert_eq!(open("a/back"), Ok(()));
        assert_eq!(open("a/b/../b/f"), Ok(()));
        for escape in ["a/up", "abs/passwd", "../secret", "loop", "/etc/passwd", "a/../../secret"] {
            assert_eq!(open(escape), Err(Errno::LOOP), "{escape}, walking: {}", root.walks());
        }
        assert_eq!(open("nothing"), Err(Errno::NOENT));
    }
}

#[test]
fn in_a_chroot_absolute_links_start_at_its_root() {
    let dir = playground();
    symlink("/a/b/f", dir.path().join("module/rooted")).unwrap();
    for root in roots(&dir, Confine::InRoot) {
        assert!(root.open_below(b"rooted", OFlags::RDONLY, Mode::empty()).is_ok());
        assert_eq!(root.open_below(b"abs/passwd", OFlags::RDONLY, Mode::empty()).map(drop), Err(Errno::NOENT));
    }
}

#[test]
fn times_before_1970_and_after_2038_are_kept_to_the_nanosecond() {
    let dir = playground();
    let [root, _] = roots(&dir, Confine::Beneath);
    let mut tree = Tree::new(Arc::new(root), b"a");
    for (mtime, nsec) in [(-86_400, 5), (5_000_000_000, 999_999_999), (0, 0)] {
        tree.set_mtime(b"b/f", mtime, nsec).unwrap();
        let meta = tree.lstat(b"b/f").unwrap();
        assert_eq!((meta.mtime, meta.nsec), (mtime, nsec));
    }
}

#[test]
fn a_file_replaced_by_a_link_is_not_opened() {
    let dir = playground();
    let [root, _] = roots(&dir, Confine::Beneath);
    let mut tree = Tree::new(Arc::new(root), b"");
    assert_eq!(tree.open_file(b"a/up").map(drop), Err(Errno::LOOP));
    let before = std::fs::metadata(dir.path().join("secret")).unwrap().permissions();
    assert!(tree.chmod(b"a/up", 0o777).is_err());
    assert_eq!(std::fs::metadata(dir.path().join("secret")).unwrap().permissions(), before);
}
