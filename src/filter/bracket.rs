//! Bracket expressions of the wildcard matcher: `[a-z]`, `[!x]`, `[[:alpha:]]`.

/// Reads the bracket that opens at `open` and tests `byte` against it: (is it a member, offset behind the closing bracket).
/// `None`: malformed, that is unclosed or with an unknown class. A slash is left to the caller. With `fold` a byte is a member
/// when either case of it is.
pub(super) fn bracket(pattern: &[u8], open: usize, byte: u8, fold: bool) -> Option<(bool, usize)> {
    let member = |test: &dyn Fn(u8) -> bool| {
        test(byte) || (fold && (test(byte.to_ascii_lowercase()) || test(byte.to_ascii_uppercase())))
    };
    let mut at = open.saturating_add(1);
    let negate = matches!(pattern.get(at), Some(b'!' | b'^'));
    at = at.saturating_add(usize::from(negate));
    let first = at;
    let mut hit = false;
    // A range needs a byte before its dash that is neither a class nor the end of another range.
    let mut low = None;
    loop {
        let ahead = pattern.get(at.saturating_add(1)).copied();
        match (*pattern.get(at)?, low) {
            (b']', _) if at != first => return Some((hit != negate, at.saturating_add(1))),
            (b'-', Some(from)) if ahead.is_some_and(|b| b != b']') => {
                at = at.saturating_add(if ahead == Some(b'\\') { 2 } else { 1 });
                let to = *pattern.get(at)?;
                hit |= member(&|b| (from..=to).contains(&b));
                low = None;
            }
            (b'\\', _) => {
                at = at.saturating_add(1);
                let escaped = ahead?;
                hit |= member(&|b| b == escaped);
                low = Some(escaped);
            }
            (b'[', _) if ahead == Some(b':') => {
                let start = at.saturating_add(2);
                let inside = pattern.get(start..)?;
                let (inside, _) = inside.split_at_checked(inside.iter().position(|&b| b == b']')?)?;
                if let Some(name) = inside.strip_suffix(b":") {
                    let class = class(name)?;
                    hit |= member(&class);
                    low = None;
                    at = start.saturating_add(inside.len());
                } else {
                    hit |= byte == b'[';
                    low = Some(b'[');
                }
            }
            (plain, _) => {
                hit |= member(&|b| b == plain);
                low = Some(plain);
            }
        }
        at = at.saturating_add(1);
    }
}

fn class(name: &[u8]) -> Option<fn(u8) -> bool> {
    Some(match name {
        b"alnum" => |b| b.is_ascii_alphanumeric(),
        b"alpha" => |b| b.is_ascii_alphabetic(),
        b"blank" => |b| b == b' ' || b == b'\t',
        b"cntrl" => |b| b.is_ascii_control(),
        b"digit" => |b| b.is_ascii_digit(),
        b"graph" => |b| b.is_ascii_graphic(),
        b"lower" => |b| b.is_ascii_lowercase(),
        b"print" => |b| b.is_ascii_graphic() || b == b' ',
        b"punct" => |b| b.is_ascii_punctuation(),
        b"space" => |b| matches!(b, b' ' | 9..=13),
        b"upper" => |b| b.is_ascii_uppercase(),
        b"xdigit" => |b| b.is_ascii_hexdigit(),
        _ => return None,
    })
}
