//! Where a line stands decides what it means.

use super::{globals, module, names, parse, show, tree, try_with, whole};
use crate::config::{Scope, find};

#[test]
fn defaults_hold_for_modules_below_them_only() {
    let config = parse("read only = no\n[a]\n[global]\nread only = yes\nmax connections = 3\n[b]\n");
    assert!(!module(&config, "a").read_only);
    assert_eq!(module(&config, "a").max_connections, 0);
    assert!(module(&config, "b").read_only);
    assert_eq!(module(&config, "b").max_connections, 3);
}

#[test]
fn a_late_global_fills_strings_that_were_never_set_and_nothing_else() {
    let config = parse(
        "uid = u\n[a]\npath = /a\n[b]\ncomment =\n[ Glo bal ]\ncomment = X\nread only = no\nuid = v\nhosts deny = *\n",
    );
    let a = module(&config, "a");
    assert_eq!((show(&a.comment), show(&a.uid), show(&a.hosts_deny)), ("X".into(), "u".into(), "*".into()));
    assert!(a.read_only);
    assert_eq!(show(&module(&config, "b").comment), "");
    assert_eq!(show(&config.global.defaults.comment), "X");
}

// Stock: a string with a built-in default is not unset.
#[test]
fn a_late_global_does_not_replace_a_built_in_default() {
    let config = parse("[a]\n[global]\nlock file = /x\nlog format = f\nsyslog tag = t\n[b]\n");
    let a = module(&config, "a");
    assert_eq!(show(&a.lock_file), "/var/run/rsyncd.lock");
    assert_eq!((show(&a.log_format), show(&a.syslog_tag)), ("%o %h [%a] %m (%u) %f %l".into(), "rsyncd".into()));
    assert_eq!(show(&module(&config, "b").lock_file), "/x");
}

#[test]
fn a_module_is_reopened_by_a_name_that_differs_in_case_or_blanks() {
    let config = parse("[m1]\ncomment = one\ntimeout = 5\n[other]\n[global]\ntimeout = 9\n[ M 1 ]\ncomment = two\n");
    assert_eq!(names(&config), ["m1", "other"]);
    let m1 = module(&config, "m1");
    assert_eq!((show(&m1.comment), m1.timeout_s), ("two".into(), 5));
    assert_eq!(m1.place, ("conf".to_owned(), 1));
}

#[test]
fn a_client_names_a_module_byte_for_byte() {
    let config = parse("[ pub   lic ]\n");
    assert!(find(&config, b"pub lic").is_some());
    for name in ["public", "PUB LIC", "pub  lic", "", "global"] {
        assert!(find(&config, name.as_bytes()).is_none(), "{name}");
    }
}

// Stock: the old name is free again.
#[test]
fn name_renames_a_module() {
    let config = parse("[old]\nname = new\ntimeout = 1\n[old]\ntimeout = 2\n[NEW]\ntimeout = 3\n");
    assert_eq!(names(&config), ["new", "old"]);
    assert_eq!((module(&config, "new").timeout_s, module(&config, "old").timeout_s), (3, 2));
    assert_eq!(names(&parse("[a]\nname = A\n")), ["A"]);
    let config = parse("name = x\n[a]\n[b]\nname = a\n[c]\nname =\n");
    assert_eq!(names(&config), ["a", "b", "c"]);
    assert_eq!(config.warnings.len(), 3);
}

#[test]
fn the_listener_reads_up_to_the_first_header_whatever_its_form() {
    for header in ["[a]", "[global]", "[", "[]", "[x/y]", "[a"] {
        let config = globals(&tree(&[("conf", &format!("port = 1\n  {header}\nport = 2\n= broken\n"))]));
        assert_eq!(config.global.port, 1, "{header}");
        assert!(config.modules.is_empty() && config.warnings.is_empty());
    }
}

#[test]
fn the_last_assignment_of_a_global_wins() {
    let config = parse("motd file = a\n[m]\n[global]\nmotd file = b\npid file = p\n");
    assert_eq!((show(&config.global.motd_file), show(&config.global.pid_file)), ("b".into(), "p".into()));
}

#[test]
fn an_override_stands_just_before_the_first_module() {
    let files =
        tree(&[("conf", "comment = file\n[global]\ntimeout = 1\n[a]\n[b]\ncomment = own\n[global]\ntimeout = 3\n[c]")]);
    let overrides = [("Comment", "  over "), ("time out", "2"), ("port", "7")];
    let config = try_with(&files, &overrides, Scope::Whole).unwrap();
    assert_eq!((show(&module(&config, "a").comment), module(&config, "a").timeout_s), ("over ".into(), 2));
    assert_eq!(show(&module(&config, "b").comment), "own");
    assert_eq!(module(&config, "c").timeout_s, 3);
    assert_eq!(config.global.port, 7);
    let config = try_with(&files, &overrides, Scope::GlobalsOnly).unwrap();
    assert_eq!((config.global.port, config.global.defaults.timeout_s), (7, 2));
}

#[test]
fn an_override_of_an_unknown_parameter_is_an_error() {
    let error = try_with(&tree(&[("conf", "[a]")]), &[("port", "1"), ("bogus", "1")], Scope::Whole).unwrap_err();
    assert_eq!(error.to_string(), "--dparam:2:1: Unknown parameter \"bogus\"");
}

#[test]
fn an_override_holds_after_an_include_too() {
    let files = tree(&[("conf", "comment = x\n&include a\n[m]\n"), ("a", "[n]\n")]);
    let config = try_with(&files, &[("comment", "over")], Scope::Whole).unwrap();
    assert_eq!(
        (show(&module(&config, "n").comment), show(&module(&config, "m").comment)),
        ("over".into(), "over".into())
    );
}

#[test]
fn what_is_set_below_an_override_counts_below_an_include() {
    let files = tree(&[("conf", "[m]\n[global]\ncomment = x\n&include a\n[o]\n"), ("a", "[n]\n")]);
    let config = try_with(&files, &[("comment", "over")], Scope::Whole).unwrap();
    let comments: Vec<String> = ["m", "n", "o"].map(|name| show(&module(&config, name).comment)).into();
    assert_eq!(comments, ["over", "x", "x"]);
}

#[test]
fn many_modules_are_kept_in_order() {
    let text: String = (0..3000).map(|n| format!("[m{n}]\npath = /{n}\n")).collect();
    let config = whole(&tree(&[("conf", &text)]));
    assert_eq!(config.modules.len(), 3000);
    assert_eq!(show(&config.modules[2999].path), "/2999");
    assert_eq!(config.modules[2999].place.1, 5999);
}
