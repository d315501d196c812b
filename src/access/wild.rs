//! STUB of the wildcard matcher. To swap it: delete this file and `mod wild;`, and in `hosts.rs` and `users.rs` write
//! `use crate::filter::wildmatch::{match_ignore_case, match_simple};` in place of `super::wild`.

/// Whether `pattern` matches all of `text`: `*` (not over a slash), `?`, `[…]` with ranges and `!`.
pub fn match_simple(pattern: &[u8], text: &[u8]) -> bool {
    let Some((&first, rest)) = pattern.split_first() else { return text.is_empty() };
    if first == b'*' {
        let mut tail = text;
        loop {
            if match_simple(rest, tail) {
                return true;
            }
            match tail.split_first() {
                Some((&byte, shorter)) if byte != b'/' => tail = shorter,
                _ => return false,
            }
        }
    }
    let Some((&byte, tail)) = text.split_first() else { return false };
    match first {
        b'?' => byte != b'/' && match_simple(rest, tail),
        b'[' => {
            let Some(end) = rest.iter().skip(1).position(|&b| b == b']').map(|at| at.saturating_add(1)) else {
                return false;
            };
            let Some((set, behind)) = rest.split_at_checked(end) else { return false };
            let (negated, set) = match set.split_first() {
                Some((b'!' | b'^', set)) => (true, set),
                _ => (false, set),
            };
            let ranged = set.windows(3).any(|w| matches!(w, [low, b'-', high] if (*low..=*high).contains(&byte)));
            (ranged || set.contains(&byte)) != negated && match_simple(behind.get(1..).unwrap_or_default(), tail)
        }
        literal => literal == byte && match_simple(rest, tail),
    }
}

/// Like [`match_simple`], letters of either case being equal.
pub fn match_ignore_case(pattern: &[u8], text: &[u8]) -> bool {
    match_simple(&pattern.to_ascii_lowercase(), &text.to_ascii_lowercase())
}
