use super::*;
use proptest::prelude::*;

fn sane(path: &str, root: &str, depth: usize, keep_dot: bool) -> String {
    String::from_utf8(sanitise(path.as_bytes(), root.as_bytes(), depth, keep_dot)).unwrap()
}

#[test]
fn what_a_peer_names_stays_below_the_module() {
    for (path, expected) in [
        ("../../d1", "d1"),
        ("/etc/passwd", "etc/passwd"),
        ("a/../../b", "b"),
        ("a/./b//c/", "a/b/c/"),
        ("..", "."),
        ("", "."),
        ("/", "."),
        ("./x", "x"),
        ("a/b/..", "a/"),
        ("...", "..."),
    ] {
        assert_eq!(sane(path, "", 0, false), expected, "{path}");
    }
}

#[test]
fn option_directories_climb_no_higher_than_the_module_root() {
    assert_eq!(sane("../../../x", "/srv/m/", 2, false), "../../x");
    assert_eq!(sane("/x", "/srv/m/", 2, false), "/srv/m/x");
    assert_eq!(sane("/../../x", "/srv/m/", 2, false), "/srv/m/x");
    assert_eq!(sane("../../bk", "/srv/m/", 1, false), "../bk");
    assert_eq!(sane("..", "", 1, false), "..");
}

#[test]
fn the_dot_that_marks_the_active_part_is_kept_when_asked() {
    assert_eq!(sane("/a/./b", "", 0, true), "a/./b");
    assert_eq!(sane("./a", "", 0, true), "./a");
    assert_eq!(sane("./a", "", 0, false), "a");
}

#[test]
fn a_symlink_target_is_kept_within_the_depth_of_its_directory() {
    // Rows L02 and L07: munging off, no chroot.
    for (target, depth, expected) in [
        ("/etc/passwd", 0, "etc/passwd"),
        ("../out", 0, "out"),
        ("../t", 1, "../t"),
        ("../../../x", 2, "../../x"),
        ("b/../../c", 0, "c"),
        ("a/../../../b", 0, "b"),
    ] {
        assert_eq!(sane(target, "", depth, false), expected, "{target}");
    }
}

#[test]
fn a_chroot_argument_keeps_its_dots_and_slash() {
    for (path, expected) in [
        ("/a//b/../c/", "/a/c/"),
        ("/../x", "/x"),
        ("d1/../d2/x", "d2/x"),
        ("a/./b", "a/./b"),
        ("a/./../b", "a/./../b"),
        ("../x", "../x"),
        ("../../x", "../../x"),
        ("a/..", "."),
        ("", "."),
        ("//", "/"),
    ] {
        assert_eq!(clean(path.as_bytes()), expected.as_bytes(), "{path}");
    }
}

#[test]
fn a_received_name_cannot_leave_the_destination() {
    assert_eq!(clean_name(b"../x", false), Err(UnsafeName::DotDot));
    assert_eq!(clean_name(b"a/../b", false), Err(UnsafeName::DotDot));
    assert_eq!(clean_name(b"a/..", true), Err(UnsafeName::DotDot));
    assert_eq!(clean_name(b"/etc/x", false), Err(UnsafeName::Absolute));
    assert_eq!(clean_name(b"a\0b", false), Err(UnsafeName::Nul));
    assert_eq!(clean_name(b"", true), Err(UnsafeName::Empty));
}

#[test]
fn a_received_name_has_one_spelling() {
    assert!(matches!(clean_name(b"a/b..c/...", false), Ok(Cow::Borrowed(b"a/b..c/..."))));
    assert_eq!(&*clean_name(b"a//b/./c/", false).unwrap(), b"a/b/c");
    assert_eq!(&*clean_name(b"./a", false).unwrap(), b"a");
    assert_eq!(&*clean_name(b".", false).unwrap(), b".");
    assert_eq!(&*clean_name(b"./", false).unwrap(), b".");
    assert_eq!(&*clean_name(b"//etc/x", true).unwrap(), b"etc/x");
    assert_eq!(&*clean_name(b"/", true).unwrap(), b".");
}

#[test]
fn a_link_that_leaves_the_transfer_is_told_apart() {
    for (target, link, expected) in [
        ("", "l", true),
        ("/x", "l", true),
        ("t", "l", false),
        ("../t", "l", true),
        ("../t", "real/l", false),
        ("../../t", "real/l", true),
        ("../../t", "a/b/l", false),
        ("a/../b", "x/y/l", true),
        ("a/..", "x/l", true),
        ("../..", "a/b/c/l", true),
        ("..", "a/l", false),
        ("..", "l", true),
        ("./../x", "a/l", true),
        ("../x", "../a/l", false),
        ("../x", "a/../l", true),
        ("..x/y..", "l", false),
        ("/rsyncd-munged/t", "a/l", true),
    ] {
        assert_eq!(symlink_is_unsafe(target.as_bytes(), link.as_bytes()), expected, "{link} -> {target}");
    }
}

proptest! {
    #[test]
    fn no_text_climbs_above_its_depth(path in "[a./]{0,24}", depth in 0usize..4, keep_dot: bool) {
        let out = sane(&path, "", depth, keep_dot);
        prop_assert!(!out.starts_with('/') && !out.contains("//"));
        let mut level = depth as i64;
        for component in out.split('/') {
            level += match component { "" | "." => 0, ".." => -1, _ => 1 };
            prop_assert!(level >= 0, "{} from {}", out, path);
        }
        prop_assert_eq!(sane(&out, "", depth, keep_dot), out);
    }

    #[test]
    fn a_cleaned_name_is_clean(name in "[ab./]{1,20}") {
        if let Ok(clean) = clean_name(name.as_bytes(), true) {
            prop_assert!(matches!(clean_name(&clean, false), Ok(Cow::Borrowed(_))));
        }
    }
}
