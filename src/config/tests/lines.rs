//! The grammar of lines.

use proptest::prelude::*;

use super::super::lex::Lexer;
use super::{comment, failure, module, names, parse, show, tree, whole};
use crate::config::{Scope, load, trace};

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
    // Who explains the file reads what the daemon reads, and fails first where it fails.
    let (config, told) = trace(&files, b"conf", &super::vars);
    match load(&files, b"conf", &[], Scope::Whole, &super::vars) {
        Ok(loaded) => assert!(told.errors.is_empty() && loaded == config),
        Err(error) => assert_eq!(told.errors.first(), Some(&error)),
    }
}

// Each line and its answer were taken from a stock 3.5.0 daemon.
#[test]
fn what_stands_before_a_backslash_stays() {
    for (line, value) in [
        ("comment = a \\\n\n", "a "),
        ("comment = a \\\n \\\n  \n", "a  "),
        ("comment = a \t\\  \n\t\n", "a \t"),
        ("comment = a\\\\\n  \nb\n", "ab"),
        ("comment = a\\\\\nb \n", "a\\b"),
        ("comment = \\\n\n", ""),
    ] {
        assert_eq!(comment(line), value, "{line:?}");
    }
}

#[test]
fn a_directive_without_a_value_is_a_line_of_no_form() {
    for (line, text) in [
        ("&me\n", "conf:1:1: Ignoring badly formed line in config file: &me"),
        ("&merge\n", "conf:1:1: Ignoring badly formed line in config file: &merge"),
        ("&a\r x\n", "conf:1:1: Ignoring badly formed line in config file: &a x"),
        ("&a\\\nb\n", "conf:1:1: Ignoring badly formed line in config file: &ab"),
        ("&other", "conf:1:1: Unexpected end-of-file at: &other"),
    ] {
        let config = parse(line);
        assert_eq!(config.warnings.iter().map(ToString::to_string).collect::<Vec<_>>(), [text]);
    }
    for line in ["&other \n", "&other=\n", "& a\n", "&a\\\n x\n", "&other x=y\n"] {
        assert!(failure(line).contains("Unknown directive: &"), "{line:?}");
    }
    let files = tree(&[("conf", "&mer\\\nge part\n&merge\\\n=part\n&merge\r=part\n"), ("part", "[m]\n")]);
    assert_eq!(names(&whole(&files)), ["m"]);
}

// Lines and answers were taken from a stock 3.5.0 daemon.
#[test]
fn a_word_behind_an_ampersand_is_a_directive_only_with_something_behind_it() {
    let config = parse("[a]\n&me\n&mer/dev/x\n&merge\n[b]\n&merge");
    let bad = "Ignoring badly formed line in config file: ";
    let (end, expected) = ("Unexpected end-of-file at: ", ["&me", "&mer/dev/x", "&merge"]);
    let mut lines: Vec<String> = expected.iter().zip(2..).map(|(text, n)| format!("conf:{n}:1: {bad}{text}")).collect();
    lines.push(format!("conf:6:1: {end}&merge"));
    assert_eq!(config.warnings.iter().map(ToString::to_string).collect::<Vec<_>>(), lines);
    assert_eq!(failure("[a]\n&me x\n"), "conf:2:1: Unknown directive: &me.");
    assert_eq!(failure("[a]\n&mer\\\ngo /tmp\n"), "conf:2:1: Unknown directive: &mergo.");
}

#[test]
fn white_space_before_a_join_stays() {
    let config = parse("[m]\ncomment = area \\\n\n[n]\ncomment = x  \\\n   \n[o]\ncomment = y \n");
    let comments: Vec<String> = ["m", "n", "o"].map(|name| show(&module(&config, name).comment)).into();
    assert_eq!(comments, ["area ", "x  ", "y"]);
}
