//! What is told of a configuration that is read to its end.

use super::{Tree, parse, tree, vars, whole};
use crate::config::trace::{Part, Places, Trace};
use crate::config::{Config, trace};

fn traced(files: &Tree) -> (Config, Trace) {
    trace(files, b"conf", &vars)
}

fn errors(text: &str) -> Vec<String> {
    traced(&tree(&[("conf", text)])).1.errors.iter().map(ToString::to_string).collect()
}

#[test]
fn every_problem_is_told_not_only_the_first() {
    assert_eq!(
        errors("[a\n[]\n= x\n&nope y\n[m]\n&include gone\ncomment = %BIG%\nport = %BIG%\n"),
        [
            "conf:1:1: Badly formed line in config file: a",
            "conf:2:1: Empty section name in config file.",
            "conf:3:1: Invalid parameter name in config file.",
            "conf:4:1: Unknown directive: &nope.",
            "conf:6:1: unable to stat config file \"gone\": No such file or directory (2)",
        ]
    );
    assert_eq!(errors("max connections = %BIG%\n[b\n").len(), 2);
}

#[test]
fn a_good_file_is_read_as_the_daemon_reads_it() {
    let files = tree(&[
        ("conf", "read only = no\n&include d\n[m]\npath = /a\nname = n\ntimeout = x\n[M]\npath = /b\n"),
        ("d/a.conf", "comment = A\n[a]\nreadonly = yes\n"),
    ]);
    assert_eq!(traced(&files).0, whole(&files));
    assert_eq!(traced(&tree(&[("conf", "")])).0, parse(""));
}

#[test]
fn what_stands_behind_a_broken_header_belongs_to_nothing() {
    let (config, trace) = traced(&tree(&[("conf", "[a]\npath = /a\n[b\npath = /b\nread only = maybe\n[c]\n")]));
    assert_eq!(
        trace.settings.iter().map(|set| set.part).collect::<Vec<_>>(),
        [Part::Module(0), Part::Lost, Part::Lost]
    );
    assert_eq!(config.warnings.len(), 1);
    assert!(config.modules.iter().all(|module| module.read_only));
    assert_eq!(config.modules[0].path.0, b"/a");
}

#[test]
fn the_line_that_gave_a_value_is_found() {
    let text =
        "uid = one\ncomment = early\n[a]\nuid = two\n[b]\n[global]\nuid = three\ncomment = late\nmotd file = /m\n";
    let (_, trace) = traced(&tree(&[("conf", text)]));
    let line = |module, name, late| Places::of(&trace).source(module, name, late).map(|set| set.value_at.line);
    assert_eq!(line(0, "uid", true), Some(4));
    assert_eq!(line(1, "uid", true), Some(1));
    assert_eq!(line(1, "comment", true), Some(2));
    assert_eq!(line(1, "path", true), None);
    let (_, trace) = traced(&tree(&[("conf", "[a]\n[global]\nuid = late\n")]));
    assert!(
        Places::of(&trace).source(0, "uid", true).is_some() && Places::of(&trace).source(0, "uid", false).is_none()
    );
}

#[test]
fn an_include_that_ended_gives_no_values() {
    let files = tree(&[("conf", "[m]\n&include part\nuid = behind\n[n]\n"), ("part", "gid = inside\n[p]\n")]);
    let (_, trace) = traced(&files);
    assert!(Places::of(&trace).source(1, "gid", true).is_some(), "for the module inside");
    assert!(Places::of(&trace).source(2, "gid", true).is_none());
    let behind: Vec<_> = trace.settings.iter().map(|set| (set.name, set.behind_include)).collect();
    assert_eq!(behind, [("gid", None), ("uid", Some(0))]);
    assert_eq!(trace.files.len(), 2);
}

#[test]
fn a_file_that_includes_itself_is_told_once() {
    let (_, trace) = traced(&tree(&[("conf", "&include conf\n&include conf\n")]));
    assert_eq!(trace.errors.len(), 1);
}
