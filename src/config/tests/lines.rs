//! The grammar of lines.

use proptest::prelude::*;

use super::super::lex::Lexer;
use super::{comment, failure, module, names, parse, show};
use crate::config::{Scope, load};

#[test]
fn a_value_is_verbatim_but_for_its_ends() {
    for (line, value) in [
        ("comment = x", "x"),
        ("comment=x", "x"),
        ("  \t comment   = \t x y  z \t \n", "x y  z"),
        ("comment = /a # b ; c", "/a # b ; c"),
        ("comment = a=b [c] \"d\"", "a=b [c] \"d\""),
        ("comment = x\r\n", "x"),
        ("comment = a\rb\r\r\n", "ab"),
        ("comment =\n", ""),
        ("comment =", ""),
        ("comment = x \x0b\x0c\n", "x"),
        ("comment = grüße\n", "grüße"),
        ("\\ comment = x\n", "x"),
        ("\\\\ \\comment = x\n", "x"),
        ("C O M ment = x", "x"),
        ("comment = x\0y\nlist = no", "x"),
    ] {
        assert_eq!(comment(line), value, "{line:?}");
    }
}

#[test]
fn a_backslash_joins_lines_and_keeps_their_blanks() {
    for (line, value) in [
        ("comment = x \\\n   y", "x    y"),
        ("comment = x\\  \t\n y", "x y"),
        ("comment = x\\\r\ny\r\n", "xy"),
        ("comment = x\\\\\ny", "x\\y"),
        ("comment = x\\\n# y\nlist = no", "x# y"),
        ("comment = \\\n y", " y"),
        ("comment = x\\", "x\\"),
        ("comment = x\\ y", "x\\ y"),
        // Stock: the backslash that stays of a doubled one joins the next line when that is empty.
        ("comment = a\\\\\n\n[  p \\\n   q]\n", "a[  p    q]"),
        ("com\\\nment = x", "x"),
        ("com\\  \n  ment = x", "x"),
    ] {
        assert_eq!(comment(line), value, "{line:?}");
    }
}

#[test]
fn comments_and_blank_lines_do_nothing() {
    let config = parse("# a \\\n; b = c\n\n  \t\n\r\n   # [x]\n[m]\n\tpath = /x\n");
    assert_eq!(names(&config), ["m"]);
    assert_eq!(show(&module(&config, "m").path), "/x");
    assert!(config.warnings.is_empty(), "{:?}", config.warnings);
}

#[test]
fn a_nul_between_lines_or_in_a_comment_ends_the_file() {
    assert_eq!(names(&parse("[a]\n\0[b]\n")), ["a"]);
    assert_eq!(names(&parse("[a]\n  \0[b]\n")), ["a"]);
    assert_eq!(names(&parse("[a]\n# x\0\n[b]\n")), ["a"]);
    // Stock: behind a header it is text like any other.
    assert_eq!(names(&parse("[a] x\0\n[b]\n")), ["a", "b"]);
}

#[test]
fn a_section_name_is_collapsed_and_the_rest_of_its_line_ignored() {
    let config = parse("[ pub \t  lic ] comment = no\n[x\\\ny]\n[ab\\  \n  cd]\n[e \\\nf][g]\n");
    assert_eq!(names(&config), ["pub lic", "xy", "ab cd", "e f"]);
    assert_eq!(show(&module(&config, "pub lic").comment), "");
    assert!(config.warnings.is_empty(), "{:?}", config.warnings);
}

#[test]
fn a_broken_header_ends_the_load_with_its_place() {
    for (text, error) in [
        ("\n  []\n", "conf:2:3: Empty section name in config file."),
        ("[ \t ]\n", "conf:1:1: Empty section name in config file."),
        ("[a  b\n", "conf:1:1: Badly formed line in config file: a b"),
        ("[a\n]\n", "conf:1:1: Badly formed line in config file: a"),
        ("x = 1\n[abc", "conf:2:1: Unexpected EOF in the config file: abc"),
        ("[a/b]\n", "conf:1:1: Warning: invalid section name in configuration file: a/b"),
        ("[m]\n  = x\n", "conf:2:3: Invalid parameter name in config file."),
    ] {
        assert_eq!(failure(text), error, "{text:?}");
    }
}

#[test]
fn a_line_without_an_equals_sign_is_skipped_and_said() {
    let config = parse("x  y\\\n z\nfoo\n[a]\n  comment = c\n  last one");
    assert_eq!(
        config.warnings.iter().map(ToString::to_string).collect::<Vec<_>>(),
        [
            "conf:1:1: Ignoring badly formed line in config file: x y z",
            "conf:3:1: Ignoring badly formed line in config file: foo",
            "conf:6:3: Unexpected end-of-file at: last one",
        ]
    );
    assert_eq!(show(&module(&config, "a").comment), "c");
}

#[test]
fn a_hyphen_and_an_underscore_are_not_blanks() {
    for name in ["read_only", "pre xfer exec", "strict-modes"] {
        let config = parse(&format!("{name} = yes\n[a]\n"));
        assert_eq!(config.warnings.len(), 2, "{:?}", config.warnings);
    }
}

proptest! {
    #[test]
    fn no_file_brings_the_daemon_down(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        through(&bytes);
    }

    #[test]
    fn no_file_of_grammar_brings_the_daemon_down(
        words in prop::collection::vec(
            prop::sample::select(vec![
                "[", "]", "=", "\\", "\n", "\r\n", " ", "\t", "#", ";", "&", "&include ", "&merge = conf", "\0", "global",
                "a", "B b", "/", "path", "list", "port", "name", "timeout", "-", "%YES%", "%BIG%", "yes", "99999999999", "\u{e9}",
            ]),
            0..60,
        ),
    ) {
        through(words.concat().as_bytes());
    }
}

fn through(bytes: &[u8]) {
    let mut lexer = Lexer::new(bytes);
    let lines = std::iter::from_fn(|| lexer.next().ok().flatten()).take(bytes.len().saturating_add(1));
    assert!(lines.inspect(|(at, _)| assert!(at.line >= 1 && at.column >= 1)).count() <= bytes.len());
    let mut files = super::tree(&[]);
    files.0.insert("conf".to_owned(), bytes.to_vec());
    for scope in [Scope::Whole, Scope::GlobalsOnly] {
        if let Ok(config) = load(&files, b"conf", &[], scope, &super::vars) {
            assert!(scope == Scope::Whole || config.modules.is_empty());
        }
    }
}
