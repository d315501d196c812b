//! The wildcard matcher that the refusal list uses: the one place to swap it.

pub(super) use self::tiny::match_simple;

mod tiny {
    /// Whether `pattern` (`*`, `?`, `[a-z]`, `[!…]`) covers all of `text`.
    pub(in crate::options) fn match_simple(pattern: &[u8], text: &[u8]) -> bool {
        let Some((head, rest)) = pattern.split_first() else { return text.is_empty() };
        match head {
            b'*' => (0..=text.len()).any(|n| text.get(n..).is_some_and(|tail| match_simple(rest, tail))),
            b'?' => text.split_first().is_some_and(|(_, tail)| match_simple(rest, tail)),
            b'[' => {
                let Some((c, tail)) = text.split_first() else { return false };
                set(rest, *c).is_some_and(|(hit, rest)| hit && match_simple(rest, tail))
            }
            _ => text.split_first().is_some_and(|(c, tail)| c == head && match_simple(rest, tail)),
        }
    }

    /// Whether `c` is in the set that `pattern` (behind its `[`) begins with, and what follows the set.
    fn set(pattern: &[u8], c: u8) -> Option<(bool, &[u8])> {
        let (negated, body) = match pattern.split_first() {
            Some((b'!' | b'^', rest)) => (true, rest),
            _ => (false, pattern),
        };
        let end = body.iter().skip(1).position(|b| *b == b']')?.checked_add(1)?;
        let (members, rest) = body.split_at_checked(end)?;
        let mut hit = false;
        let mut left = members;
        while let Some((low, tail)) = left.split_first() {
            left = match tail {
                [b'-', high, after @ ..] => {
                    hit |= (*low..=*high).contains(&c);
                    after
                }
                _ => {
                    hit |= *low == c;
                    tail
                }
            };
        }
        Some((hit != negated, rest.get(1..)?))
    }
}

#[cfg(test)]
mod tests {
    use super::match_simple;

    #[test]
    fn wildcards_cover_whole_names() {
        for (pattern, text, hit) in [
            ("*", "v", true),
            ("delete-*", "delete-before", true),
            ("delete-*", "delete", false),
            ("?", "v", true),
            ("?", "vv", false),
            ("[a-c]", "b", true),
            ("[!a-c]", "b", false),
            ("[]x]", "]", true),
            ("[ab", "a", false),
            ("log-file*", "log-file", true),
        ] {
            assert_eq!(match_simple(pattern.as_bytes(), text.as_bytes()), hit, "{pattern} {text}");
        }
    }
}
