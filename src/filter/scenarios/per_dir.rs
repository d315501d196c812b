use super::*;

#[track_caller]
fn shows(tree: &str, root: &str, records: &[&str], expected: &str) {
    assert_eq!(pull(tree, root, &mut rules(records)).as_deref(), Ok(expected), "{records:?}");
}

#[test]
fn inner_files_come_before_outer_ones() {
    let tree = ".rules=-~*.o a/.rules=+~f.o a/f.o a/sub/g.o a/sub/f.o b/f.o top.o";
    shows(tree, "", &[": .rules"], ".rules a/ a/.rules a/f.o a/sub/ a/sub/f.o b/");
    shows(".rules=-~*.o a/f.o top.o", "", &[":n .rules"], ".rules a/ a/f.o");
    shows(".rules=-~*.o a/.rules=! a/f.o b/f.o", "", &[": .rules"], ".rules a/ a/.rules a/f.o b/");
}

#[test]
fn an_anchor_is_the_directory_of_the_file() {
    let tree = ".x=*.o|/a/anch a/anch a/sub/a/anch a/f.o anch";
    shows(tree, "", &[":e- .x"], "a/ a/sub/ a/sub/a/ a/sub/a/anch anch");
    shows("a/.rules=-~/anch a/anch a/sub/anch anch", "", &[": .rules"], "a/ a/.rules a/sub/ a/sub/anch anch");
    shows(".f=s/a s/a s/s/a t", "", &[":-/ .f"], ".f s/ s/s/ t");
    shows("m/r/.f=-~/x m/r/x m/r/s/x", "m/r", &[": .f"], ".f s/ s/x");
    shows("g[1]/.f=-~/x|-~/y* g[1]/x g[1]/yy g1/x", "", &[": .f"], "g1/ g1/x g[1]/ g[1]/.f");
}

#[test]
fn a_file_with_cvs_rules_holds_words() {
    shows("f.o a.zz .cvsignore=*.o s/q.o", "", &[":C", "- *.zz"], ".cvsignore s/ s/q.o");
    shows(".cvsignore=a~b|c a b c d s/a", "", &[":C"], ".cvsignore d s/ s/a");
    shows("f .cvsignore=f~! g", "", &[":C"], ".cvsignore f g");
    shows(".cvsignore=-~foo|!x foo - !x", "", &[":C"], ".cvsignore");
}

#[test]
fn a_clear_ends_only_its_own_list() {
    shows(".rules=!|+~x x y", "", &[": .rules", "- x"], ".rules x y");
    shows(".rules=! a.z b", "", &["- *.z", ": .rules"], ".rules b");
}

#[test]
fn a_name_with_a_slash_is_looked_for_in_the_parents() {
    let tree = ".rsync-filter=-~*.o s/.rsync-filter=-~*.c s/a.o s/a.c s/a.h s/t/b.o s/t/b.c";
    shows(tree, "s", &[": /.rsync-filter"], ".rsync-filter a.h t/");
    shows(tree, "s", &[": .rsync-filter"], ".rsync-filter a.h a.o t/ t/b.o");
    let tree = ".rsync-filter=-~/s/t s/a.o s/t/b.o s/s/t/c";
    shows(tree, "s", &[": /.rsync-filter", "- .rsync-filter"], "a.o s/ s/t/ s/t/c");
    let tree = ".f=-~z a/.f=-~y a/b/.f=-~x a/b/c/x a/b/c/y a/b/c/z";
    shows(tree, "a/b/c", &[": ../../.f"], "z");
    shows(tree, "a/b/c", &[": ../../../../../.f"], "");
    shows(tree, "a/b/c", &[": /q/.f"], "x y z");
    shows(tree, "a/b/c", &[":n /.f"], "x y z");
}

#[test]
fn a_file_may_name_further_files() {
    let tree = ".a=:~.b .b=-~*.o s/.b=-~*.c s/x.c s/x.o x.o x.c";
    shows(tree, "", &[": .a"], ".a .b s/ s/.b x.c");
    shows("s/.a=:~.b s/.b=-~x s/x s/t/x t/.b=-~y t/x t/y", "", &[": .a"], "s/ s/.a s/.b s/t/ t/ t/.b t/x t/y");
    let tree = "s/.f=.~./x x=-~/b s/x=-~/c b c s/b s/c";
    shows(tree, "", &[": .f"], "b c s/ s/.f s/b s/c s/x x");
    shows("s/.f=.~x x=-~b b s/b", "", &[": .f"], "b s/ s/.f x");
}

#[test]
fn what_is_not_a_file_is_empty() {
    shows(".rules/x a", "", &[": .rules"], ".rules/ .rules/x a");
}

#[test]
fn a_second_rule_for_the_same_file_is_dropped() {
    shows(".f=-~x x", "", &[": .f", ":n- .f"], ".f");
    shows(".f=-~x x", "", &[": .f", "!", ":- .f"], ".f x");
}

#[track_caller]
fn fails(tree: &str, records: &[&str], text: &str, exit: u8) {
    let error = pull(tree, "", &mut rules(records)).unwrap_err();
    assert_eq!((String::from_utf8_lossy(&error.text).as_ref(), error.exit), (text, exit));
}

#[test]
fn a_bad_file_ends_the_session_without_showing_its_text() {
    fails("s/.f=#~c|bogus~rule", &[": .f"], "Unknown filter rule: <rule from s/.f line 2>", 1);
    fails(".f=-q~secret", &[": .f"], "invalid modifier in filter rule: <rule from .f line 1>", 1);
    let sided = "specified-side merge file contains specified-side filter: <rule from .f line 1>";
    fails(".f=-s~*.o a.o", &[":s .f"], sided, 1);
    fails(".f=H~*.o a.o", &[":s .f"], sided, 1);
    fails(".f=-_*.o~-_b|#c", &[":w .f"], "Unknown filter rule: <rule from .f>", 1);
    fails(".f=-~foo", &[":w .f"], "unexpected end of filter rule: <rule from .f>", 1);
    fails(".f=.~gone", &[": .f"], "failed to open exclude file gone: No such file or directory (2)", 11);
    fails("f=.~f", &[": f"], "merge-file include depth limit (32) exceeded at f", 11);
}

#[test]
fn files_that_merge_each_other_cannot_keep_a_board_busy() {
    let files: Vec<String> = (0..30).map(|n| format!("x{n}=.~x{next}|.~x{next}", next = n + 1)).collect();
    fails(&format!("{} x30=-~q", files.join(" ")), &[": x0"], "too many filter rules", 22);
}

#[test]
fn rules_of_left_directories_are_gone() {
    let mut filters = rules(&[": .f"]);
    let mut read = |path: &[u8]| (path == b"a/.f").then(|| b"- x\n: .g".to_vec());
    filters.enter_dir(b"", 0, &mut read).unwrap();
    filters.enter_dir(b"a", 1, &mut read).unwrap();
    filters.enter_dir(b"a/b", 2, &mut read).unwrap();
    assert!(filters.hides(b"a/b/x", false) && filters.levels_rules > 0 && filters.mergers.len() == 2);
    filters.enter_dir(b"c", 1, &mut read).unwrap();
    assert!(!filters.hides(b"c/x", false));
    assert_eq!((filters.levels_rules, filters.levels_bytes, filters.mergers.len()), (0, 0, 1));
}

#[test]
fn lines_end_as_the_client_said() {
    let mut filters = rules(&[": .f"]);
    filters.enter_dir(b"", 0, &mut |_| Some(b"# x\n; y\r\n- a\r\n\n- b\r-  c".to_vec())).unwrap();
    assert!(filters.hides(b"a", false) && filters.hides(b"b", false) && filters.hides(b" c", false));
    let mut filters = rules(&[": .f"]);
    filters.set_from0(true);
    filters.enter_dir(b"", 0, &mut |_| Some(b"- a\nb\0- c\0".to_vec())).unwrap();
    assert!(filters.hides(b"a\nb", false) && filters.hides(b"c", false) && !filters.hides(b"a", false));
    let error = rules(&[": .f"]).enter_dir(b"", 0, &mut |_| Some(b"- a\r\n\r\n\nq".to_vec())).unwrap_err();
    assert_eq!(error.text, b"Unknown filter rule: <rule from .f line 4>");
}

#[test]
fn a_directory_with_too_long_a_path_counts_as_an_error() {
    let mut filters = rules(&[": .f"]);
    let dir = b"d/".repeat(2048);
    filters.enter_dir(&dir, 0, &mut |_| panic!("not opened")).unwrap();
    assert!(filters.take_notes().iter().any(|note| note.io_error && note.text.starts_with(b"cannot add local filter")));
}
