//! A peer's pattern against a peer's name, whole and in pieces.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tinyrsyncd::filter::wildmatch::{Mode, match_ignore_case, match_simple, wildmatch};

fuzz_target!(|input: (&[u8], &[u8], u16, u8)| {
    let (pattern, text, cut, last) = input;
    let (head, tail) = text.split_at(usize::from(cut).min(text.len()));
    for mode in [Mode::Whole, Mode::Last(usize::from(last)), Mode::Anywhere] {
        assert_eq!(wildmatch(pattern, &[text], mode), wildmatch(pattern, &[head, tail], mode));
    }
    if match_simple(pattern, text) {
        assert!(wildmatch(pattern, &[text], Mode::Anywhere));
    }
    let _ = match_ignore_case(pattern, text);
});
