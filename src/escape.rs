//! How bytes that a peer chose are printed in a log: control bytes never reach a terminal.
//!
//! Source: the log files of rsync 3.5.0 (`\#ooo`, three octal digits).

use std::fmt;

/// Prints bytes for a log line: below 0x20 (but TAB), 0x7f and 0x80–0x9f as `\#ooo`; a literal `\#` with three digits is
/// escaped as well, so that the form is unambiguous. Valid UTF-8 passes as it is; other high bytes are escaped.
pub struct Escaped<'a>(pub &'a [u8]);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.0.utf8_chunks() {
            let mut rest = chunk.valid();
            while let Some(c) = rest.chars().next() {
                let tail = rest.get(c.len_utf8()..).unwrap_or("");
                if (c.is_control() && c != '\t') || (c == '\\' && looks_escaped(tail)) {
                    let mut bytes = [0; 4];
                    for byte in c.encode_utf8(&mut bytes).bytes() {
                        write!(f, "\\#{byte:03o}")?;
                    }
                } else {
                    fmt::Write::write_char(f, c)?;
                }
                rest = tail;
            }
            for byte in chunk.invalid() {
                write!(f, "\\#{byte:03o}")?;
            }
        }
        Ok(())
    }
}

fn looks_escaped(tail: &str) -> bool {
    let mut bytes = tail.bytes();
    bytes.next() == Some(b'#') && bytes.by_ref().take(3).filter(u8::is_ascii_digit).count() == 3
}

#[cfg(test)]
mod tests {
    use super::Escaped;

    fn shown(bytes: &[u8]) -> String {
        Escaped(bytes).to_string()
    }

    #[test]
    fn a_name_cannot_forge_a_log_line_or_drive_a_terminal() {
        assert_eq!(shown(b"we\nird"), "we\\#012ird");
        assert_eq!(shown(b"\x1b[31m"), "\\#033[31m");
        assert_eq!(shown(b"tab\there"), "tab\there");
    }

    #[test]
    fn what_looks_escaped_is_escaped_again() {
        assert_eq!(shown(b"a\\#123b"), "a\\#134#123b");
        assert_eq!(shown(b"a\\#12"), "a\\#12");
    }

    #[test]
    fn umlauts_stay_readable_and_broken_utf8_is_shown() {
        assert_eq!(shown("grüße À".as_bytes()), "grüße À");
        assert_eq!(shown(b"\xff\xc3"), "\\#377\\#303");
    }
}
