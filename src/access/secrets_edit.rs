//! The text of a secrets file with a user more, or less. Comments and the order of the lines stay.

/// The names that have a secret (`@name` for a group), in order; comments and lines of no form are none.
pub fn names(file: &[u8]) -> impl Iterator<Item = &[u8]> {
    file.split(|b| *b == b'\n').filter_map(name_of)
}

/// The file with this secret for the name: in the place of its first line, or at the end.
#[must_use]
pub fn with(file: &[u8], name: &[u8], secret: &[u8]) -> Vec<u8> {
    let line = [name, b":", secret, b"\n"].concat();
    let mut out = Vec::with_capacity(file.len().saturating_add(line.len()));
    let mut placed = false;
    for old in file.split_inclusive(|b| *b == b'\n') {
        if name_of(old) != Some(name) {
            out.extend_from_slice(old);
        } else if !placed {
            out.extend_from_slice(&line);
            placed = true;
        }
    }
    if !placed {
        if out.last().is_some_and(|last| *last != b'\n') {
            out.push(b'\n');
        }
        out.extend_from_slice(&line);
    }
    out
}

/// The file without the name; `None` when it has no line.
#[must_use]
pub fn without(file: &[u8], name: &[u8]) -> Option<Vec<u8>> {
    names(file).any(|known| known == name).then(|| {
        let kept = file.split_inclusive(|b| *b == b'\n').filter(|line| name_of(line) != Some(name));
        kept.collect::<Vec<_>>().concat()
    })
}

/// Why a name or a secret cannot stand in the file, if it cannot.
#[must_use]
pub fn problem(name: &[u8], secret: &[u8]) -> Option<&'static str> {
    let plain = name.strip_prefix(b"@").unwrap_or(name);
    if plain.is_empty() || matches!(plain.first(), Some(b'#' | b'@' | b' ' | b'\t')) {
        Some("a user name is not empty, and begins with neither # nor a blank")
    } else if name.iter().any(|b| *b == b':' || b.is_ascii_control()) {
        Some("a user name has no colon and no control characters")
    } else if secret.is_empty() {
        Some("an empty password is no password")
    } else if secret.iter().any(u8::is_ascii_control) {
        Some("a password has no control characters")
    } else if name.len().saturating_add(secret.len()) >= super::secrets::LINE {
        Some("name and password are too long: the line must not exceed 1023 bytes")
    } else {
        None
    }
}

fn name_of(line: &[u8]) -> Option<&[u8]> {
    let name = line.get(..line.iter().position(|b| *b == b':')?)?;
    (!name.is_empty() && name.first() != Some(&b'#')).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::{names, problem, with, without};
    use crate::access::secrets::candidates;

    const FILE: &[u8] = b"# pi:old\npi:one\n\nbo:two:x\npi:three\n@ops:four";

    #[test]
    fn only_the_lines_of_the_name_change() {
        assert_eq!(with(FILE, b"pi", b"new"), b"# pi:old\npi:new\n\nbo:two:x\n@ops:four");
        assert_eq!(with(FILE, b"p", b"new"), [FILE, b"\np:new\n"].concat());
        assert_eq!(with(b"", b"@ops", b"a: b "), b"@ops:a: b \n");
        assert_eq!(without(FILE, b"pi").unwrap(), b"# pi:old\n\nbo:two:x\n@ops:four");
        assert_eq!(without(FILE, b"@ops").unwrap(), b"# pi:old\npi:one\n\nbo:two:x\npi:three\n");
        assert_eq!(without(FILE, b"ops"), None);
        assert_eq!(names(FILE).collect::<Vec<_>>(), [&b"pi"[..], b"bo", b"pi", b"@ops"]);
    }

    #[test]
    fn what_is_written_is_what_a_login_finds() {
        for secret in [&b"x"[..], b" a:b ", "pässwörd".as_bytes()] {
            let file = with(FILE, b"pi", secret);
            assert_eq!(candidates(&file, b"pi", None).user, Some(secret));
        }
        let longest = [b'x'; 1020];
        assert_eq!(problem(b"pi", &longest), None);
        assert_eq!(candidates(&with(FILE, b"pi", &longest), b"pi", None).user, Some(&longest[..]));
        assert!(problem(b"pi", &[b'x'; 1021]).is_some());
    }

    #[test]
    fn a_name_or_a_password_cannot_smuggle_a_line_in() {
        for (name, secret) in [
            ("", "x"),
            ("@", "x"),
            ("#a", "x"),
            ("@#a", "x"),
            (" a", "x"),
            ("a:b", "x"),
            ("a\nb", "x"),
            ("a", ""),
            ("a", "x\ny"),
            ("a", "x\r"),
        ] {
            assert!(problem(name.as_bytes(), secret.as_bytes()).is_some(), "{name:?} {secret:?}");
        }
        assert_eq!(problem("@media team".as_bytes(), b"x"), None);
    }
}
