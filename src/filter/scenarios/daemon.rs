use super::*;

/// Filters of a module: `filter`, `include`, `exclude`.
fn module(side: Side, filter: &str, include: &str, exclude: &str) -> Filters {
    let mut filters = Filters::new(side, 31);
    filters.add_daemon_filter(filter.as_bytes(), &mut |_| Err(FileError::missing())).unwrap();
    filters.add_daemon_words(include.as_bytes(), Default_::Include).unwrap();
    filters.add_daemon_words(exclude.as_bytes(), Default_::Exclude).unwrap();
    filters
}

#[track_caller]
fn shows(tree: &str, root: &str, (filter, include, exclude): (&str, &str, &str), expected: &str) {
    let mut filters = module(Side::Sender, filter, include, exclude);
    assert_eq!(pull(tree, root, &mut filters).as_deref(), Ok(expected), "{filter} / {include} / {exclude}");
}

#[test]
fn a_module_hides_what_its_parameters_name() {
    shows(T, "", ("", "", "*.o /b"), "a/ a/f.c a/sub/ a/sub/h.c top.c");
    shows(T, "", ("+ /a/ + /a/f.c - *", "", ""), "a/ a/f.c");
    shows(T, "", ("", "top.o", "*.o"), "a/ a/f.c a/sub/ a/sub/h.c b/ b/keep/ b/keep/z top.c top.o");
    shows("a b c", "", ("- a - b", "", ""), "c");
    shows("a b c", "", ("", "", "- a + b c"), "b");
    shows("a b c", "", ("- a - c", "", "! b"), "a c");
    shows("a b c", "", ("", "b", "*"), "b");
}

#[test]
fn a_modules_slashes_count_from_its_root() {
    let rest = "a/ a/f.c a/f.o b/ b/keep/ b/keep/z b/x.o";
    shows(T, "", ("", "", "a/sub"), &format!("{rest} top.c top.o"));
    shows(&format!("{T} c/a/sub/q"), "", ("", "", "a/sub"), &format!("{rest} c/ c/a/ top.c top.o"));
    shows("a/sub/x sub/y", "a", ("", "", "sub"), "");
    shows("a/sub/x sub/y", "a", ("", "", "/sub"), "sub/ sub/x");
    shows("a/x", "a", ("", "", "/a/x"), "");
    shows("a/b/c a/b/d", "a/b", ("", "", "b/c"), "d");
    shows("a/x a/y b", "a", ("", "", "/a/x"), "y");
}

#[test]
fn a_peers_include_does_not_beat_the_module() {
    let mut filters = module(Side::Sender, "", "", "*.o");
    filters.add_wire_rule(b"+ *").unwrap();
    assert!(
        filters.hides(b"a.o", false) && filters.daemon_hides(b"a.o", false) && !filters.user_excludes(b"a.o", false)
    );
    let mut filters = module(Side::Sender, "", "a.o", "");
    filters.add_wire_rule(b"- *.o").unwrap();
    assert!(filters.hides(b"a.o", false) && !filters.daemon_hides(b"a.o", false));
}

#[test]
fn naming_what_a_hidden_directory_holds_does_not_help() {
    for exclude in ["/priv", "/priv/", "priv/", "priv"] {
        let filters = module(Side::Sender, "", "", exclude);
        for path in ["priv", "priv/", "/priv", "priv/deep", "/priv/deep/x", "./priv//x", "a/../priv/x", "../priv"] {
            assert!(filters.daemon_hides_path(path.as_bytes(), true), "{exclude}: {path}");
        }
        assert!(!filters.daemon_hides_path(b"a/b", true) && !filters.daemon_hides_path(b".", true));
    }
    let filters = module(Side::Sender, "", "", "c/");
    assert!(filters.daemon_hides_path(b"a/b/c", true) && !filters.daemon_hides_path(b"a/b/c", false));
}

#[test]
fn lists_from_files_are_read_as_old_style_lines() {
    let mut filters = Filters::new(Side::Sender, 31);
    filters.add_daemon_lines(b"top.o\n- b\n", Default_::Include).unwrap();
    filters.add_daemon_lines(b"# c\n; c2\n\n*.o\n- sub\n", Default_::Exclude).unwrap();
    assert_eq!(pull(T, "", &mut filters).as_deref(), Ok("a/ a/f.c top.c top.o"));
    let mut filters = Filters::new(Side::Sender, 31);
    filters.add_daemon_lines(b"# x\n; y\n+ a\r\n- b\n\n[a-c]\n", Default_::Exclude).unwrap();
    assert_eq!(pull("a b c d", "", &mut filters).as_deref(), Ok("a d"));
}

#[test]
fn a_module_may_read_files_in_its_directories() {
    shows(".f=*.o a.o s/b.o", "", ("dir-merge,- .f", "", ""), ".f s/");
    let mut filters = module(Side::Receiver, "dir-merge,-_.f", "", "");
    assert_eq!(delete(".f=*.o a.o s/b.o s/c", "", &[".f"], &mut filters), ".f a.o s/ s/b.o");
}

#[test]
fn a_modules_merge_file_is_read_at_once() {
    let mut filters = Filters::new(Side::Sender, 31);
    let mut files = |name: &[u8]| match name {
        b"/etc/r" => Ok(b"- *.o\n- sub/\n".to_vec()),
        b"/etc/w" => Ok(b"x y".to_vec()),
        _ => Err(FileError::missing()),
    };
    filters.add_daemon_filter(b"merge /etc/r .w-_/etc/w", &mut files).unwrap();
    assert_eq!(pull("a.o sub/q x z", "", &mut filters).as_deref(), Ok("z"));
    let error = filters.add_daemon_filter(b". /etc/none", &mut files).unwrap_err();
    assert_eq!(
        (error.text, error.exit),
        (b"failed to open exclude file /etc/none: No such file or directory (2)".to_vec(), 11)
    );
    let error = filters.add_daemon_filter(b"bogus x", &mut files).unwrap_err();
    assert_eq!((error.text, error.exit), (b"Unknown filter rule: bogus".to_vec(), 1));
}

#[test]
fn a_hidden_merge_file_is_not_read() {
    let mut filters = module(Side::Sender, "", "", ".rules");
    filters.add_wire_rule(b": .rules").unwrap();
    assert_eq!(pull(".rules=-~*.o a.o b.c", "", &mut filters).as_deref(), Ok("a.o b.c"));
}
