use super::*;
use crate::filter::{Filters, Side};
use proptest::prelude::*;

/// What a sender answers to one record, as stock did: `Ok(hides a.o)` or the fatal text.
fn record(protocol: u32, text: &[u8]) -> Result<bool, FilterError> {
    let mut filters = Filters::new(Side::Sender, protocol);
    filters.add_wire_rule(text)?;
    Ok(filters.hides(b"a.o", false))
}

fn fatal(text: &str) -> FilterError {
    FilterError { text: text.as_bytes().to_vec(), exit: 1 }
}

#[test]
fn a_bad_record_ends_the_session_with_stocks_words() {
    for (text, expected) in [
        ("foo bar", "Unknown filter rule: foo bar"),
        ("-q foo", "invalid modifier 'q' at position 1 in filter rule: -q foo"),
        ("-w foo", "invalid modifier 'w' at position 1 in filter rule: -w foo"),
        ("-\tfoo", "invalid modifier '\t' at position 1 in filter rule: -\tfoo"),
        ("-", "unexpected end of filter rule: -"),
        ("- ", "unexpected end of filter rule: - "),
        ("! x", "'!' rule has trailing characters: ! x"),
        ("!x", "'!' rule has trailing characters: !x"),
        ("! ", "'!' rule has trailing characters: ! "),
        ("clear ", "'!' rule has trailing characters: clear "),
        ("Hs foo", "invalid modifier 's' at position 1 in filter rule: Hs foo"),
        (":! foo", "invalid modifier '!' at position 1 in filter rule: :! foo"),
        (":-+ f", "invalid modifier '+' at position 2 in filter rule: :-+ f"),
        (":-C f", "invalid modifier 'C' at position 2 in filter rule: :-C f"),
        ("PC f", "invalid modifier 'C' at position 1 in filter rule: PC f"),
        (":n", "unexpected end of filter rule: :n"),
        ("exclude! *.o", "Unknown filter rule: exclude! *.o"),
        ("exclude,q *.o", "invalid modifier 'q' at position 8 in filter rule: exclude,q *.o"),
        ("excluded x", "Unknown filter rule: excluded x"),
        (". nofile", "Unknown filter rule: . nofile"),
        (".C", "Unknown filter rule: .C"),
        ("merge x", "Unknown filter rule: merge x"),
    ] {
        assert_eq!(record(31, text.as_bytes()), Err(fatal(expected)), "{text:?}");
    }
}

#[test]
fn a_good_record_hides_what_it_hides_with_stock() {
    for (text, hidden) in [
        (&b"!"[..], false),
        (b"clear,", false),
        (b"!,", false),
        (b"exclude_*.o", true),
        (b"-, *.o", true),
        (b"exclude,! x", true),
        (b"-! *.o", false),
        (b"-C ", true),
        (b"-C", true),
        (b"-C x", true),
        (b"- /", false),
        (b"- a.o\0zz", true),
        (b"hide *.o", true),
        (b"H *.o", true),
        (b"-s *.o", true),
        (b"-sr *.o", true),
        (b"protect *.o", false),
        (b"-r *.o", false),
        (b"-  a.o", false),
        (b"- a.o ", false),
        (b"-_a.o", true),
        (b"-x a.o", false),
        (b"-p a.o", true),
        (b"\0- a.o", false),
    ] {
        assert_eq!(record(31, text), Ok(hidden), "{:?}", text.escape_ascii().to_string());
    }
}

#[test]
fn an_old_peers_records_have_no_prefixes_but_signs() {
    for (text, hidden) in
        [("*.o", true), ("- *.o", true), ("+ *.o", false), ("H a.o", false), ("!a.o", false), ("-s *.o", false)]
    {
        assert_eq!(record(28, text.as_bytes()), Ok(hidden), "{text}");
    }
    for (rules, hidden) in [([&b"+ a.o"[..], b"*.o"], false), ([b"*", b"!"], false), ([b"!", b"*"], true)] {
        let mut filters = Filters::new(Side::Sender, 28);
        rules.iter().for_each(|rule| assert_eq!(filters.add_wire_rule(rule), Ok(None)));
        assert_eq!(filters.hides(b"a.o", false), hidden, "{rules:?}");
    }
    let mut filters = Filters::new(Side::Sender, 28);
    filters.add_wire_rule(b"H a.o").unwrap();
    filters.add_wire_rule(b"!foo").unwrap();
    assert!(filters.hides(b"H a.o", false) && filters.hides(b"!foo", false));
    assert_eq!(record(28, b"- "), Err(fatal("unexpected end of filter rule: - ")));
}

#[test]
fn an_over_long_pattern_is_skipped_and_an_over_long_record_is_fatal() {
    let rule = |length: usize| [&b"- "[..], &b"x".repeat(length)].concat();
    let mut filters = Filters::new(Side::Sender, 29);
    assert_eq!(filters.add_wire_rule(&rule(4095)), Ok(None));
    let shown = [&b"discarding over-long filter: - "[..], &b"x".repeat(98)].concat();
    assert_eq!(filters.add_wire_rule(&rule(4096)), Ok(Some(shown.clone())));
    assert_eq!(filters.add_wire_rule(&rule(5117)), Ok(Some(shown)));
    let error = filters.add_wire_rule(&rule(5118)).unwrap_err();
    assert_eq!((&error.text[..], error.exit), (&b"buffer overflow: recv_rules"[..], 22));
    assert!(filters.take_notes().is_empty());
}

#[test]
fn a_peer_cannot_fill_memory_with_rules() {
    let mut filters = Filters::new(Side::Sender, 31);
    let failed = (0..=crate::limits::FILTER_RULES).find_map(|_| filters.add_wire_rule(b"- x").err());
    assert_eq!(failed.map(|error| error.exit), Some(22));
    let mut filters = Filters::new(Side::Sender, 31);
    let failed = (0..=256).find_map(|n| filters.add_wire_rule(format!(": .f{n}").as_bytes()).err());
    assert_eq!(failed.map(|error| error.exit), Some(22), "each costs an open in every directory");
}

#[test]
fn words_end_at_any_white_space_and_files_split_before_parsing() {
    let template = Template::plain(Syntax::New, true);
    let (parsed, rest) = parse(b"-_a\tb", &template).unwrap();
    assert_eq!((parsed.pattern, rest), (&b"a"[..], &b"\tb"[..]));
    assert_eq!(parse(b"-\tfoo", &template), Err(Fault::End));
    assert_eq!(parse(b"-  foo", &template), Err(Fault::End));
    assert_eq!(parse(b"! x", &template).map(|(parsed, rest)| (parsed.command, rest)), Ok((Command::Clear, &b" x"[..])));
    assert_eq!(parse(b"- b c", &template).map(|(parsed, rest)| (parsed.pattern, rest)), Ok((&b"b"[..], &b" c"[..])));
}

proptest! {
    #[test]
    fn no_record_brings_the_parser_down(protocol in 27u32..33, texts in prop::collection::vec("[-+.:HSPR!CsrpxenwW/ _,a*\\[]{0,10}", 1..6)) {
        let mut filters = Filters::new(Side::Receiver, protocol);
        for text in &texts {
            let _ = filters.add_wire_rule(text.as_bytes());
        }
        let mut contents = texts.join("\n").into_bytes();
        contents.truncate(60);
        let _ = filters.enter_dir(b"a/b", 0, &mut |_| Some(contents.clone()));
        let _ = filters.hides(b"a/b/c", true);
        let _ = filters.protects(b"a", false, true);
    }
}
