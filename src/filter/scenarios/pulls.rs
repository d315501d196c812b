use super::*;

#[track_caller]
fn shows(tree: &str, records: &[&str], expected: &str) {
    assert_eq!(pull(tree, "", &mut rules(records)).as_deref(), Ok(expected), "{records:?}");
}

#[test]
fn an_exclude_floats_unless_it_is_anchored() {
    shows(T, &["- *.o"], "a/ a/f.c a/sub/ a/sub/h.c b/ b/keep/ b/keep/z top.c");
    shows(T, &["- /top.o", "- /f.o"], "a/ a/f.c a/f.o a/sub/ a/sub/g.o a/sub/h.c b/ b/keep/ b/keep/z b/x.o top.c");
    shows(&format!("{T} c/a/sub/q"), &["- a/sub"], "a/ a/f.c a/f.o b/ b/keep/ b/keep/z b/x.o c/ c/a/ top.c top.o");
    shows("b1/c b1/d/c x/b2/c", &["- b*/c"], "b1/ b1/d/ b1/d/c x/ x/b2/");
}

#[test]
fn a_directory_rule_takes_directories_only_and_what_they_hold() {
    shows(&format!("{T} b/sub"), &["- sub/"], "a/ a/f.c a/f.o b/ b/keep/ b/keep/z b/sub b/x.o top.c top.o");
    shows(T, &["+ /a/***", "- *"], "a/ a/f.c a/f.o a/sub/ a/sub/g.o a/sub/h.c");
    shows(T, &["-! */"], "a/ a/sub/ b/ b/keep/");
    shows(T, &["-_*.o", "exclude,!_*/"], "a/ a/sub/ b/ b/keep/");
}

#[test]
fn the_first_rule_decides() {
    shows(T, &["+ */", "+ *.c", "- *"], "a/ a/f.c a/sub/ a/sub/h.c b/ b/keep/ top.c");
    shows(T, &["+ *.c", "- *"], "top.c");
    shows(T, &["- a*", "!", "- b"], "a/ a/f.c a/f.o a/sub/ a/sub/g.o a/sub/h.c top.c top.o");
    shows("x.h x.p x.b", &["H *.h", "P *.p", "- *.b", "S *.h"], "x.p");
}

#[test]
fn stars_cross_slashes_only_in_pairs() {
    let tree = format!("{T} a/g.o a/q/r/g.o");
    shows(&tree, &["- a/**/g.o", "- /b/**"], "a/ a/f.c a/f.o a/g.o a/q/ a/q/r/ a/sub/ a/sub/h.c b/ top.c top.o");
    shows("x a/x a/y", &["- **/x"], "a/ a/y");
    shows("a/x ab b/a b/xa c", &["- a**"], "b/ b/xa c");
    shows("a/x ab b/a b/xa c", &["- /a**"], "b/ b/a b/xa c");
}

#[test]
fn brackets_and_backslashes_are_read_as_by_stock() {
    let expected = "a/ a/f.c a/f.o a/sub/ a/sub/g.o a/sub/h.c b/ b/keep/ b/keep/z top.c top.o";
    shows(&format!("{T} fxc"), &["- [a-b]/x.?", "- f[!.]c"], expected);
    shows("a\\b ab cd1 c\\d1", &["- a\\b", "- c\\d*"], "ab c\\d1");
    shows("[x x y", &["- [x"], "[x x y");
    shows("x y", &["-  x"], "x y");
}

#[test]
fn the_slash_modifier_anchors_at_the_module() {
    let mut filters = rules(&["-/ /s/a"]);
    assert_eq!(pull("s/a s/b a t/s/a", "s", &mut filters).as_deref(), Ok("b"));
    let mut filters = rules(&["-/ s/a"]);
    assert_eq!(pull("s/a s/b a t/s/a", "", &mut filters).as_deref(), Ok("a s/ s/b t/ t/s/"));
}

#[test]
fn the_transfer_root_itself_is_never_filtered() {
    let filters = rules(&["- *", "- .", "-! x"]);
    assert!(!filters.hides(b".", true) && !filters.hides(b"", true) && filters.hides(b"a", true));
}

#[test]
fn a_pull_with_cvs_exclude_leaves_out_what_cvs_does() {
    let tree = "CVS/x a.o b .cvsignore=q q s/core s/.git/c s/.svn s/q x~";
    let mut filters = Filters::new(Side::Sender, 31);
    filters.add_cvs_defaults().unwrap();
    assert_eq!(pull(tree, "", &mut filters).as_deref(), Ok(".cvsignore b s/ s/.svn s/q"));
    let mut filters = rules(&["-C "]);
    assert_eq!(pull(tree, "", &mut filters).as_deref(), Ok(".cvsignore b q s/ s/.svn s/q"));
    let mut filters = Filters::new(Side::Sender, 31);
    filters.set_home_cvsignore(b"b *.q\n".to_vec());
    filters.add_cvs_defaults().unwrap();
    assert_eq!(pull("a.q b c", "", &mut filters).as_deref(), Ok("c"));
}

#[test]
fn attribute_rules_and_file_rules_do_not_meet() {
    let filters = rules(&["-x user.*", "- *.o"]);
    assert!(filters.excludes_xattr(b"user.foo") && !filters.excludes_xattr(b"trusted.o"));
    assert!(!filters.hides(b"user.foo", false) && filters.has_xattr_rules());
}
