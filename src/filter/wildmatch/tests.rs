use super::*;
use proptest::prelude::*;

/// Number in the table, mode, pattern, pieces of text, answer.
type Piecewise = (u32, Mode, &'static [u8], &'static [&'static [u8]], bool);

#[rustfmt::skip]
const WHOLE: &[(u32, &[u8], &[u8], bool)] = &[
    (1, b"foo", b"foo", true),
    (2, b"foo", b"bar", false),
    (3, b"", b"", true),
    (4, b"", b"a", false),
    (5, b"a", b"", false),
    (6, b"???", b"foo", true),
    (7, b"??", b"foo", false),
    (8, b"?", b"/", false),
    (9, b"*", b"", true),
    (10, b"*", b"foo", true),
    (11, b"*", b"a/b", false),
    (12, b"**", b"a/b", true),
    (13, b"***", b"a/b/", true),
    (14, b"f*", b"foo", true),
    (15, b"*f", b"foo", false),
    (16, b"*o*", b"foo", true),
    (17, b"a*b*c", b"aXbYbZc", true),
    (18, b"a*c", b"ab/c", false),
    (19, b"a**c", b"ab/c", true),
    (20, b"a**c", b"ac", true),
    (21, b"a/**/c", b"a/c", false),
    (22, b"a/**/c", b"a/b/c", true),
    (23, b"a/**/c", b"a/b/d/c", true),
    (24, b"a/**", b"a/", true),
    (25, b"a/**", b"a", false),
    (26, b"a/*", b"a/", true),
    (27, b"a/*", b"a/b/c", false),
    (28, b"**/foo", b"foo", false),
    (29, b"**/foo", b"/foo", true),
    (30, b"**/foo", b"x/y/foo", true),
    (31, b"*/foo", b"x/y/foo", false),
    (32, b"**/bar*", b"foo/bar/baz", false),
    (33, b"**/bar/*", b"deep/foo/bar/baz", true),
    (34, b"**/bar/*", b"deep/foo/bar/baz/", false),
    (35, b"**/bar/**", b"deep/foo/bar/baz/", true),
    (36, b"*/bar/**", b"deep/foo/bar/baz/x", false),
    (37, b"**/bar/*/*", b"deep/foo/bar/baz/x", true),
    (38, b"*.[ch]", b"a.c", true),
    (39, b"*.[ch]", b"a.o", false),
    (40, b"[a-c]x", b"bx", true),
    (41, b"[c-a]x", b"bx", false),
    (42, b"[!a-c]x", b"bx", false),
    (43, b"[^a-c]x", b"dx", true),
    (44, b"[!a-c]x", b"dx", true),
    (45, b"a[/]b", b"a/b", false),
    (46, b"a[!x]b", b"a/b", false),
    (47, b"[]]", b"]", true),
    (48, b"[]a]", b"a", true),
    (49, b"[!]]", b"]", false),
    (50, b"[!]]", b"x", true),
    (51, b"[]-a]", b"^", true),
    (52, b"[]-a]", b"[", false),
    (53, b"[a-]", b"-", true),
    (54, b"[-a]", b"-", true),
    (55, b"[a-c-e]", b"d", false),
    (56, b"[a-c-e]", b"-", true),
    (57, b"[--A]", b"5", true),
    (58, b"[\\]]", b"]", true),
    (59, b"[\\\\]", b"\\", true),
    (60, b"[\\a-c]", b"b", true),
    (61, b"[a-\\c]", b"b", true),
    (62, b"[a\\-c]", b"b", false),
    (63, b"[a\\-c]", b"-", true),
    (64, b"[", b"[", false),
    (65, b"a[", b"a[", false),
    (66, b"a[b", b"ab", false),
    (67, b"[abc", b"a", false),
    (68, b"[!", b"a", false),
    (69, b"[]", b"]", false),
    (70, b"[[:alpha:]]", b"a", true),
    (71, b"[[:alpha:]]", b"5", false),
    (72, b"[[:digit:][:upper:]]", b"Q", true),
    (73, b"[![:digit:]]", b"x", true),
    (74, b"[[:xdigit:]]", b"G", false),
    (75, b"[[:bogus:]]", b"b", false),
    (76, b"[[:alpha]", b"a", true),
    (77, b"[[:digit]ab]", b"[ab]", true),
    (78, b"[[:]ab]", b":ab]", true),
    (79, b"[[:space:]]", b" ", true),
    (80, b"[[:alpha:]-z]", b"-", true),
    (81, b"[a-c[:digit:]]", b"5", true),
    (82, b"\\*", b"*", true),
    (83, b"\\*", b"x", false),
    (84, b"\\a\\b", b"ab", true),
    (85, b"\\", b"\\", false),
    (86, b"\\\\", b"\\", true),
    (87, b"a\\", b"a\\", false),
    (88, b"a\\/b", b"a/b", true),
    (89, b"foo\\*", b"foo*", true),
    (90, b"foo\\**", b"foo*bar", true),
    (91, b"*\\?", b"x?", true),
    (92, b"\\[ab]", b"[ab]", true),
    (93, b"[[]ab]", b"[ab]", true),
    (94, b"a?b", b"a/b", false),
    (95, b"a?b", b"a\xc3b", true),
    (96, b"caf?", b"caf\xc3\xa9", false),
    (97, b"caf??", b"caf\xc3\xa9", true),
    (98, b"[\xc3\xa9]", b"\xa9", true),
    (99, b".*", b".x", true),
    (100, b"*", b".hidden", true),
    (101, b"?x", b".x", true),
    (102, b"*a*a*a*a*b", b"aaaaaaaaaaaaaaaaaaaa", false),
    (103, b"-*-*-*-12-*-m-*", b"-a-b-c-12-x-m-y", true),
    (104, b"-*-*-*-12-*-m-*", b"-a-b-c-12-x-/-m", false),
    (105, b"**/*a*b*g*n*t", b"abcd/abcdefg/abcdefghijk/abcdefghijklmnop.txt", true),
    (106, b"**/*a*b*g*n*t", b"abcd/abcdefg/abcdefghijk/abcdefghijklmnop.txtz", false),
    (107, b"{a,b}", b"a", false),
    (108, b"{a,b}", b"{a,b}", true),
    (109, b"A", b"a", false),
    (110, b"a//b", b"a/b", false),
];

#[rustfmt::skip]
const MODES: &[Piecewise] = &[
    (111, Mode::Whole, b"foo/bar", &[b"x/", b"foo/bar"], false),
    (112, Mode::Last(2), b"foo/b*r", &[b"x/foo/bar"], true),
    (113, Mode::Last(2), b"foo/b*r", &[b"foo/bar"], true),
    (114, Mode::Last(2), b"foo/b*r", &[b"foo"], false),
    (115, Mode::Last(1), b"*.o", &[b"a/b.o"], true),
    (116, Mode::Last(3), b"a/*/c", &[b"q/a/b/c"], true),
    (117, Mode::Anywhere, b"a**z", &[b"q/a/b/z"], true),
    (118, Mode::Anywhere, b"a**z", &[b"qa/z"], false),
    (119, Mode::Anywhere, b"f**/x", &[b"d/f/g/x"], true),
    (120, Mode::Whole, b"**/a", &[b"/", b"a"], true),
    (121, Mode::Whole, b"dir/***", &[b"dir", b"/"], true),
    (122, Mode::Whole, b"dir/***", &[b"dir"], false),
    (123, Mode::Whole, b"dir/***", &[b"dir/x"], true),
    (124, Mode::Last(2), b"foo/*", &[b"sub", b"/", b"foo/bar"], true),
];

#[test]
fn a_pattern_selects_the_names_it_selects_with_stock() {
    for &(number, pattern, text, expected) in WHOLE {
        assert_eq!(match_simple(pattern, text), expected, "case {number}");
    }
}

#[test]
fn a_pattern_covers_the_part_of_the_path_it_covers_with_stock() {
    for &(number, mode, pattern, text, expected) in MODES {
        assert_eq!(wildmatch(pattern, text, mode), expected, "case {number}");
    }
}

#[test]
fn a_host_pattern_does_not_care_for_case() {
    assert!(match_ignore_case(b"*.Example.ORG", b"www.eXample.org"));
    assert!(match_ignore_case(b"[A-C]x[[:upper:]]", b"bXq"));
    assert!(match_ignore_case(b"[a-c]", b"B"));
    assert!(!match_ignore_case(b"[!a-c]", b"B"));
    assert!(!match_simple(b"*.Example.ORG", b"www.example.org"));
}

#[test]
fn a_hostile_pattern_costs_no_more_than_its_length_times_the_text() {
    let pattern = b"*a".repeat(2000);
    let mut text = b"a".repeat(1999);
    text.push(b'b');
    assert!(!wildmatch(&[&pattern[..], b"*[b]x"].concat(), &[&text], Mode::Anywhere));
    assert!(wildmatch(&[&b"**a*/".repeat(600)[..], b"*"].concat(), &[&b"xa/".repeat(700)], Mode::Whole));
}

#[test]
fn a_pattern_too_long_for_the_stack_matches_alike() {
    let long = b"x".repeat(700);
    assert!(match_simple(&[&long[..], b"*"].concat(), &[&long[..], b"y"].concat()));
    assert!(!match_simple(&[&long[..], b"?"].concat(), &long));
}

/// The element table, word by word.
fn declared(pattern: &[u8], text: &[u8]) -> bool {
    let any = |rest: &[u8], crosses: bool| {
        (0..=text.len()).take_while(|&n| crosses || !text[..n].contains(&b'/')).any(|n| declared(rest, &text[n..]))
    };
    match pattern {
        [] => text.is_empty(),
        [b'*', b'*', ..] => {
            let rest = &pattern[pattern.iter().take_while(|&&b| b == b'*').count()..];
            any(rest, true)
        }
        [b'*', rest @ ..] => any(rest, false),
        [b'?', rest @ ..] => text.first().is_some_and(|&b| b != b'/') && declared(rest, &text[1..]),
        [c, rest @ ..] => text.first() == Some(c) && declared(rest, &text[1..]),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]
    #[test]
    fn every_match_is_what_the_elements_declare(pattern in "[ab/*?]{0,9}", text in "[ab/]{0,10}", cut in 0usize..10) {
        let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
        let (a, b) = text.split_at(cut.min(text.len()));
        prop_assert_eq!(wildmatch(pattern, &[a, b], Mode::Whole), declared(pattern, text));
        let starts = (0..=text.len()).filter(|&n| n == 0 || text[n - 1] == b'/');
        prop_assert_eq!(wildmatch(pattern, &[a, b], Mode::Anywhere), starts.clone().any(|n| declared(pattern, &text[n..])));
        for n in 1..4 {
            let elements: Vec<usize> = starts.clone().collect();
            let expected = elements.len().checked_sub(n).is_some_and(|at| declared(pattern, &text[elements[at]..]));
            prop_assert_eq!(wildmatch(pattern, &[a, b], Mode::Last(n)), expected);
        }
    }

    #[test]
    fn no_pattern_or_text_brings_the_matcher_down(pattern: Vec<u8>, text: Vec<u8>) {
        let _ = wildmatch(&pattern, &[&text], Mode::Anywhere);
        let _ = match_ignore_case(&pattern, &text);
    }

    #[test]
    fn a_bracket_never_matches_a_slash(inside in "[a-z!/\\\\\\[:-]{0,8}") {
        let pattern = [b"[", inside.as_bytes(), b"]"].concat();
        prop_assert!(!match_simple(&pattern, b"/"));
    }
}
