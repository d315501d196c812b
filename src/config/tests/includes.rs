//! `&include` and `&merge`.

use super::{Tree, failure, globals, module, names, show, tree, try_with, whole};
use crate::config::Scope;
use crate::limits::CONFIG_DEPTH;

fn error(files: &Tree) -> String {
    try_with(files, &[], Scope::Whole).unwrap_err().to_string()
}

#[test]
fn an_include_keeps_its_globals_to_itself_and_ends_the_module() {
    let config = whole(&tree(&[
        ("conf", "timeout = 1\nmotd file = m\n[a]\n&include = inc\ncomment = later\ntimeout = 7\n[c]\n"),
        ("inc", "timeout = 5\nmotd file = other\n[b]\ncomment = own\n"),
    ]));
    assert_eq!(names(&config), ["a", "b", "c"]);
    assert_eq!((module(&config, "a").timeout_s, module(&config, "b").timeout_s), (1, 5));
    assert_eq!((module(&config, "c").timeout_s, show(&config.global.motd_file)), (7, "m".into()));
    // `comment` was global there: it fills the unset string of module a by the late-global rule.
    assert_eq!(show(&config.global.defaults.comment), "later");
    assert_eq!(show(&module(&config, "b").comment), "own");
}

#[test]
fn a_merge_is_as_if_pasted() {
    let config = whole(&tree(&[
        ("conf", "[a]\n&MERGE inc\nread only = no\n[c]\n"),
        ("inc", "comment = from merge\n[b]\ncomment = b\n[global]\ntimeout = 4\n[a]\n"),
    ]));
    assert_eq!(names(&config), ["a", "b", "c"]);
    assert_eq!(show(&module(&config, "a").comment), "from merge");
    assert!(!module(&config, "a").read_only);
    assert_eq!(module(&config, "c").timeout_s, 4);
}

#[test]
fn a_directory_is_read_in_order_and_each_file_starts_afresh() {
    let config = whole(&tree(&[
        ("conf", "pid file = /run/rsyncd.pid\n&merge /etc/rsyncd.d\n&include /etc/rsyncd.d/\n[last]\n"),
        ("/etc/rsyncd.d/10-defaults.inc", "read only = no"),
        ("/etc/rsyncd.d/b.conf", "[bmod]\npath = /srv/b"),
        ("/etc/rsyncd.d/a.conf", "comment = A\n[amod]\npath = /srv/a"),
        ("/etc/rsyncd.d/.hidden.conf", "[hidden]"),
        ("/etc/rsyncd.d/c.CONF", "[not this]"),
        ("/etc/rsyncd.d/d.conf.bak", "[nor this]"),
        ("/etc/rsyncd.d/sub.conf/x.conf", "[nor a directory]"),
    ]));
    assert_eq!(names(&config), ["hidden", "amod", "bmod", "last"]);
    assert!(config.modules.iter().all(|module| !module.read_only));
    assert_eq!(
        (show(&module(&config, "amod").comment), show(&module(&config, "bmod").comment)),
        ("A".into(), "".into())
    );
    assert_eq!(module(&config, "amod").place, ("/etc/rsyncd.d/a.conf".to_owned(), 2));
}

#[test]
fn the_listener_stops_at_a_header_in_an_included_file_and_keeps_its_globals() {
    let files = tree(&[("conf", "&include inc\nport = 3\n"), ("inc", "port = 2\n[a]\nport = 9\n")]);
    assert_eq!(globals(&files).global.port, 2);
    let files = tree(&[("conf", "port = 1\n&include inc\npid file = p\n"), ("inc", "port = 2\n")]);
    let config = globals(&files);
    assert_eq!((config.global.port, show(&config.global.pid_file)), (2, "p".into()));
    assert_eq!(whole(&files).global.port, 1);
}

#[test]
fn what_cannot_be_read_ends_the_load_with_the_place_that_names_it() {
    assert_eq!(error(&tree(&[])), "conf: unable to open config file \"conf\": No such file or directory (2)");
    assert_eq!(
        failure("\n  &include  gone \n"),
        "conf:2:3: unable to stat config file \"gone\": No such file or directory (2)"
    );
    assert_eq!(failure("&merge =\n"), "conf:1:1: unable to stat config file \"\": No such file or directory (2)");
    assert_eq!(failure("&include /dev/null"), "conf:1:1: config path \"/dev/null\" is neither a file nor a directory");
    assert_eq!(
        error(&tree(&[("conf", "&include d"), ("d/!", "")])),
        "conf:1:1: unable to open config dir \"d\": Permission denied (13)"
    );
    assert_eq!(failure("&exec = x"), "conf:1:1: Unknown directive: &exec.");
    assert_eq!(failure("& include x"), "conf:1:1: Unknown directive: &.");
    assert_eq!(error(&tree(&[("conf", "&merge i"), ("i", "x = y\n[")])), "i:2:1: Unexpected EOF in the config file: ");
}

#[test]
fn an_empty_directory_is_fine() {
    assert!(whole(&tree(&[("conf", "&include d\n&merge d"), ("d/readme", "")])).modules.is_empty());
}

#[test]
fn files_that_include_each_other_end() {
    let message = error(&tree(&[("conf", "&include conf\n")]));
    assert!(message.starts_with("conf:1:1: config files nested deeper than 16"), "{message}");
    let chain = |length: usize| {
        let name = |n: usize| if n == 0 { "conf".to_owned() } else { format!("f{n}") };
        let texts: Vec<(String, String)> = (0..=length)
            .map(|n| (name(n), if n == length { "[m]".to_owned() } else { format!("&merge {}", name(n + 1)) }))
            .collect();
        tree(&texts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect::<Vec<_>>())
    };
    assert_eq!(names(&whole(&chain(CONFIG_DEPTH))), ["m"]);
    assert!(error(&chain(CONFIG_DEPTH + 1)).contains("nested deeper"));
}

#[test]
fn files_that_multiply_are_bounded() {
    let padding = format!("#{}\n", "x".repeat(100_000));
    let many: String = (0..50).map(|_| "&merge big\n").collect();
    let message = error(&tree(&[("conf", &many), ("big", &padding)]));
    assert!(message.starts_with("conf:42:1: configuration is larger than 4194304 bytes"), "{message}");
}
