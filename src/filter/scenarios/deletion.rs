use super::*;

const D: &str = "gone.o gone.c sub/old.o sub/old.c extra/e.o extra/e.c";

#[track_caller]
fn leaves(tree: &str, sent: &[&str], records: &[&str], expected: &str) {
    assert_eq!(delete(tree, "", sent, &mut with_rules(Side::Receiver, records)), expected, "{records:?}");
}

#[test]
fn what_is_excluded_is_not_deleted() {
    leaves(D, &["sub"], &["- *.o"], "extra/ extra/e.o gone.o sub/ sub/old.o");
    leaves(D, &["sub"], &["P *.o"], "extra/ extra/e.o gone.o sub/ sub/old.o");
    leaves(D, &["sub"], &["H *.o"], "sub/");
    leaves(D, &["sub"], &["-s *.o"], "sub/");
    leaves(D, &[], &["R gone.o", "P *.o"], "extra/ extra/e.o sub/ sub/old.o");
    leaves("sub/a k2 x/sub/a", &[], &["- /sub"], "sub/ sub/a");
    leaves("a/x a/y/z b/a/q", &[], &["P /a/"], "a/ a/x a/y/ a/y/z");
    leaves("x.c y d/z", &[], &["-! *.c"], "d/ d/z y");
    leaves("d/x e/d/y e/f", &[], &["P d/***"], "d/ d/x e/ e/d/ e/d/y");
}

#[test]
fn a_perishable_rule_does_not_keep_a_directory() {
    leaves(D, &["sub"], &["-p *.o"], "gone.o sub/ sub/old.o");
    leaves(".pd/x gone/.pd/y gone2", &[], &["-p .pd/"], ".pd/ .pd/x");
    let cvs = with_rules(Side::Receiver, &["-C "]);
    assert!(cvs.protects(b"gone.o", false, false) && !cvs.protects(b"gone.o", false, true));
    let mut old = Filters::new(Side::Receiver, 29);
    old.add_wire_rule(b"-C ").unwrap();
    assert!(old.protects(b"gone.o", false, true));
}

#[test]
fn the_destinations_own_files_are_asked() {
    leaves("sub/.rules=-~*.del sub/a.keep sub/b.del", &["sub"], &[":e .rules"], "sub/ sub/.rules sub/b.del");
    leaves("a.k s/b.k", &["s"], &[":n- .f"], "s/");
    leaves(".f=-~*.o x.o y", &[".f"], &[": .f"], ".f x.o");
}

#[test]
fn delete_excluded_turns_unsided_rules_of_files_into_hiding_ones() {
    for (records, expected) in [([": .f"], ".f"), ([":r .f"], ".f c.o"), ([":- .g"], ".f")] {
        let mut filters = with_rules(Side::Receiver, &records);
        filters.set_delete_excluded(true);
        assert_eq!(delete(".f=-~*.o c.o d", "", &[".f"], &mut filters), expected, "{records:?}");
    }
}

#[test]
fn anchors_of_a_push_are_at_its_destination() {
    let mut filters = with_rules(Side::Receiver, &["- /sub"]);
    assert_eq!(delete("d/sub/a d/x sub/a", "d", &[], &mut filters), "d/sub/ d/sub/a");
    let mut filters = with_rules(Side::Receiver, &["P /d/sub", "-/r /d/x"]);
    assert_eq!(delete("d/sub/a d/x d/y", "d", &[], &mut filters), "d/x");
}

#[test]
fn what_the_module_excludes_is_never_deleted() {
    let mut filters = with_rules(Side::Receiver, &["R *"]);
    filters.set_delete_excluded(true);
    filters.add_daemon_words(b"*.o", Default_::Exclude).unwrap();
    assert_eq!(delete("k x.o y.c gone/z.o gone/q", "", &[], &mut filters), "gone/ gone/z.o x.o");
}

#[test]
fn no_rules_cost_nothing_and_say_nothing() {
    let filters = Filters::new(Side::Receiver, 31);
    assert!(filters.is_empty() && !filters.has_per_dir());
    assert!(!filters.hides(b"a", false) && !filters.protects(b"a", true, false));
    assert!(!filters.daemon_hides_path(b"a/b", true));
}
