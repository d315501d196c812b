//! How single values are read: booleans, numbers, names without regard to case and blanks.

use super::types::{Switch, Sync};

/// White space of the grammar: a line feed is not among it.
pub fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | 0x0b | 0x0c)
}

/// The bytes that count when names are compared: lower case, no white space.
pub fn folded(text: &[u8]) -> impl Iterator<Item = u8> + '_ {
    text.iter().filter(|&&byte| !is_blank(byte)).map(u8::to_ascii_lowercase)
}

/// Whether two names are one and the same but for case and white space.
pub fn same_name(a: &[u8], b: &[u8]) -> bool {
    folded(a).eq(folded(b))
}

/// `yes`, `true`, `1`, `no`, `false`, `0`. `on` and `off` are no booleans.
pub fn boolean(text: &[u8]) -> Option<bool> {
    match folded(text).collect::<Vec<u8>>().as_slice() {
        b"yes" | b"true" | b"1" => Some(true),
        b"no" | b"false" | b"0" => Some(false),
        _ => None,
    }
}

/// A boolean, `unset` or `-1`.
pub fn switch(text: &[u8]) -> Option<Switch> {
    if same_name(text, b"unset") || same_name(text, b"-1") {
        return Some(Switch::Unset);
    }
    boolean(text).map(|yes| if yes { Switch::Yes } else { Switch::No })
}

/// A decimal prefix: blanks, sign, digits; no digits is 0, too large is the nearest. Also whether this was all of the text.
pub fn integer(text: &[u8]) -> (i32, bool) {
    let text = text.trim_ascii_start();
    let (negative, digits) = match text.split_first() {
        Some((b'-', rest)) => (true, rest),
        Some((b'+', rest)) => (false, rest),
        _ => (false, text),
    };
    let count = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let magnitude = digits
        .iter()
        .take(count)
        .fold(0i64, |sum, &digit| sum.saturating_mul(10).saturating_add(i64::from(digit.wrapping_sub(b'0'))));
    let value = if negative { magnitude.saturating_neg() } else { magnitude };
    let (fits, whole) = (i32::try_from(value), count > 0 && count == digits.len());
    (fits.unwrap_or(if negative { i32::MIN } else { i32::MAX }), whole && fits.is_ok())
}

/// Syslog facilities by code, the code being the number of syslog(3) divided by eight.
const FACILITIES: [(&str, i32); 20] = [
    ("kern", 0),
    ("user", 1),
    ("mail", 2),
    ("daemon", 3),
    ("auth", 4),
    ("syslog", 5),
    ("lpr", 6),
    ("news", 7),
    ("uucp", 8),
    ("cron", 9),
    ("authpriv", 10),
    ("ftp", 11),
    ("local0", 16),
    ("local1", 17),
    ("local2", 18),
    ("local3", 19),
    ("local4", 20),
    ("local5", 21),
    ("local6", 22),
    ("local7", 23),
];

/// A word of `sync`.
pub fn sync(text: &[u8]) -> Option<Sync> {
    let words = [(&b"never"[..], Sync::Never), (b"close", Sync::Close), (b"end", Sync::End)];
    words.into_iter().find(|(word, _)| text.eq_ignore_ascii_case(word)).map(|(_, when)| when)
}

/// A facility by name, or by the positive number that syslog(3) gives it. `security` is `auth`.
pub fn facility(text: &[u8]) -> Option<&'static str> {
    if text.eq_ignore_ascii_case(b"security") {
        return Some("auth");
    }
    let (number, _) = integer(text);
    FACILITIES
        .iter()
        .find(|(name, code)| {
            text.eq_ignore_ascii_case(name.as_bytes()) || (number > 0 && code.saturating_mul(8) == number)
        })
        .map(|&(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::{boolean, facility, integer, switch};
    use crate::config::Switch;

    #[test]
    fn on_and_off_are_no_booleans() {
        for yes in ["yes", "True", "1", "y E s"] {
            assert_eq!(boolean(yes.as_bytes()), Some(true));
        }
        for no in ["no", "FALSE", "0"] {
            assert_eq!(boolean(no.as_bytes()), Some(false));
        }
        for bad in ["on", "off", "", "unset", "-1", "2"] {
            assert_eq!(boolean(bad.as_bytes()), None);
        }
        assert_eq!(switch(b"UnSet"), Some(Switch::Unset));
        assert_eq!(switch(b"-1"), Some(Switch::Unset));
        assert_eq!(switch(b"yes"), Some(Switch::Yes));
        assert_eq!(switch(b"off"), None);
    }

    #[test]
    fn a_number_is_its_decimal_prefix() {
        for (text, value, whole) in [
            ("12", 12, true),
            ("12abc", 12, false),
            ("abc", 0, false),
            ("", 0, false),
            (" -5", -5, true),
            ("+7", 7, true),
            ("-", 0, false),
            ("0x10", 0, false),
            ("99999999999999999999", i32::MAX, false),
            ("-99999999999999999999", i32::MIN, false),
        ] {
            assert_eq!(integer(text.as_bytes()), (value, whole), "{text}");
        }
    }

    #[test]
    fn a_facility_has_one_name() {
        assert_eq!(facility(b"Local3"), Some("local3"));
        assert_eq!(facility(b"security"), Some("auth"));
        assert_eq!(facility(b"24"), Some("daemon"));
        assert_eq!(facility(b"0"), None);
        assert_eq!(facility(b"25"), None);
        assert_eq!(facility(b"mine"), None);
    }
}
