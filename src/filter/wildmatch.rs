//! The wildcard matcher: `?`, `*`, `**`, `[…]`, `\c`.
//!
//! All positions of the pattern that can be reached are carried along at once, one bit each, so the work is at most pattern
//! length × text length whatever a peer writes. Bytes, no locale, no special dot, no braces.

use super::bracket::bracket;

/// Which part of the text a pattern has to cover.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The whole text.
    Whole,
    /// The last n elements between slashes; a text with fewer elements does not match.
    Last(usize),
    /// From the start or from behind any slash, to the end.
    Anywhere,
}

/// Whether `pattern` matches `text`, which is given as pieces that are read as one string. A pattern with a malformed bracket
/// (unclosed, unknown class) or a lone backslash at its end matches nothing.
#[must_use]
pub fn wildmatch(pattern: &[u8], text: &[&[u8]], mode: Mode) -> bool {
    run(pattern, text, mode, false)
}

/// Whether `pattern` matches all of `text`.
#[must_use]
pub fn match_simple(pattern: &[u8], text: &[u8]) -> bool {
    run(pattern, &[text], Mode::Whole, false)
}

/// Like [`match_simple`], ASCII letters of either case being equal, also inside brackets.
#[must_use]
pub fn match_ignore_case(pattern: &[u8], text: &[u8]) -> bool {
    run(pattern, &[text], Mode::Whole, true)
}

/// Words of 64 positions that fit the stack: patterns below 512 bytes cost no allocation.
const STACK_WORDS: usize = 8;

fn run(pattern: &[u8], text: &[&[u8]], mode: Mode, fold: bool) -> bool {
    let skip = match mode {
        Mode::Last(n) => match start_of_last(text, n) {
            Some(start) => start,
            None => return false,
        },
        Mode::Whole | Mode::Anywhere => 0,
    };
    if !fold && ends_differ(pattern, text) {
        return false;
    }
    let words = (pattern.len() >> 6).saturating_add(1);
    let mut small = [[0; STACK_WORDS]; 2];
    let mut large;
    let [now, next] = if words <= STACK_WORDS {
        small.each_mut().map(|s| s.get_mut(..words).unwrap_or_default())
    } else {
        large = [vec![0; words], vec![0; words]];
        large.each_mut().map(Vec::as_mut_slice)
    };
    let (mut now, mut next) = (Positions(now), Positions(next));

    now.insert(0);
    for byte in text.iter().flat_map(|piece| piece.iter().copied()).skip(skip) {
        if step(pattern, &mut now, &mut next, byte, fold).is_none() {
            return false;
        }
        if mode == Mode::Anywhere && byte == b'/' {
            next.insert(0);
        } else if mode != Mode::Anywhere && next.is_empty() {
            return false;
        }
        std::mem::swap(&mut now, &mut next);
        next.clear();
    }
    let mut from = 0;
    while let Some(at) = now.first_from(from) {
        if pattern.get(at..).is_some_and(|rest| rest.iter().all(|&b| b == b'*')) {
            return true;
        }
        from = at.saturating_add(1);
    }
    false
}

/// Reads one byte of text from every position in `now`, leaves the positions behind it in `next`. `None`: the pattern is
/// malformed and can never match.
fn step(pattern: &[u8], now: &mut Positions, next: &mut Positions, byte: u8, fold: bool) -> Option<()> {
    let same = |c: u8| if fold { c.eq_ignore_ascii_case(&byte) } else { c == byte };
    let mut from = 0;
    while let Some(at) = now.first_from(from) {
        let behind = at.saturating_add(1);
        from = behind;
        match pattern.get(at) {
            None => {}
            Some(b'*') => {
                let stars = pattern.get(at..)?.iter().take_while(|&&b| b == b'*').count();
                now.insert(at.saturating_add(stars));
                if stars > 1 || byte != b'/' {
                    next.insert(at);
                }
            }
            Some(b'?') if byte != b'/' => next.insert(behind),
            Some(b'?') => {}
            Some(b'[') => {
                let (hit, end) = bracket(pattern, at, byte, fold)?;
                if hit && byte != b'/' {
                    next.insert(end);
                }
            }
            Some(b'\\') if pattern.get(behind).copied().is_some_and(same) => next.insert(behind.saturating_add(1)),
            Some(b'\\') => {}
            Some(&c) if same(c) => next.insert(behind),
            Some(_) => {}
        }
    }
    Some(())
}

/// Cheap way out for the usual `*.o`: a plain byte at the end of the pattern must be the text's last byte.
fn ends_differ(pattern: &[u8], text: &[&[u8]]) -> bool {
    match pattern.last() {
        None | Some(b'*' | b'?' | b']') => false,
        plain => text.iter().rev().find_map(|piece| piece.last()) != plain,
    }
}

/// Offset of the last `n` elements of the text; `None` when there are fewer.
fn start_of_last(text: &[&[u8]], n: usize) -> Option<usize> {
    let mut missing = n;
    let mut offset: usize = text.iter().map(|piece| piece.len()).sum();
    for piece in text.iter().rev() {
        for &byte in piece.iter().rev() {
            if byte == b'/' {
                missing = missing.saturating_sub(1);
                if missing == 0 {
                    return Some(offset);
                }
            }
            offset = offset.saturating_sub(1);
        }
    }
    (missing <= 1).then_some(0)
}

/// A set of offsets into a pattern.
struct Positions<'a>(&'a mut [u64]);

impl Positions<'_> {
    fn insert(&mut self, at: usize) {
        if let Some(word) = self.0.get_mut(at >> 6) {
            *word |= 1 << (at & 63);
        }
    }

    /// The smallest member not below `from`.
    fn first_from(&self, from: usize) -> Option<usize> {
        let mut mask = u64::MAX << (from & 63);
        for (index, word) in self.0.iter().enumerate().skip(from >> 6) {
            let bits = word & mask;
            if bits != 0 {
                return Some((index << 6) | bits.trailing_zeros() as usize);
            }
            mask = u64::MAX;
        }
        None
    }

    fn is_empty(&self) -> bool {
        self.0.iter().all(|&word| word == 0)
    }

    fn clear(&mut self) {
        self.0.fill(0);
    }
}

#[cfg(test)]
mod tests;
