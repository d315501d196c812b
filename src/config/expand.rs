//! `%VAR%` in values.

use std::fmt;

use crate::escape::Escaped;

/// Where variables come from: name → value, `None` when there is no such variable.
pub type Vars<'a> = &'a dyn Fn(&[u8]) -> Option<Vec<u8>>;

/// Bytes a value may grow by (stock's limit).
pub(super) const GROWTH: usize = 2048;

/// Replaces every `%NAME%` whose name begins with an upper-case ASCII letter and is known. Everything else stays as it is,
/// `%%` too; what was put in is not looked at again.
///
/// # Errors
/// When the result is more than 2048 bytes longer than `text`.
pub fn expand(text: &[u8], vars: Vars<'_>) -> Result<Vec<u8>, ExpandError> {
    let limit = text.len().saturating_add(GROWTH);
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&byte, tail)) = rest.split_first() {
        let found = if byte == b'%' { reference(tail, vars) } else { None };
        if let Some((_, value, behind)) = found {
            out.extend_from_slice(&value);
            rest = behind;
        } else {
            out.push(byte);
            rest = tail;
        }
        if out.len() > limit {
            return Err(ExpandError { raw: text.to_vec() });
        }
    }
    Ok(out)
}

/// Name and value of the reference whose `%` was just read, and what follows its closing `%`.
pub(super) fn reference<'a>(text: &'a [u8], vars: Vars<'_>) -> Option<(&'a [u8], Vec<u8>, &'a [u8])> {
    text.first().filter(|byte| byte.is_ascii_uppercase())?;
    let end = text.iter().position(|&byte| byte == b'%')?;
    let (name, behind) = text.split_at_checked(end)?;
    Some((name, vars(name)?, behind.get(1..)?))
}

/// A value grew too much by expansion. Stock ends the connection with exit code 22.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpandError {
    /// The value as written.
    pub raw: Vec<u8>,
}

impl fmt::Display for ExpandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Overflowed buf in expand_vars() trying to expand: {}", Escaped(&self.raw))
    }
}

impl std::error::Error for ExpandError {}

#[cfg(test)]
mod tests {
    use super::expand;

    fn vars(name: &[u8]) -> Option<Vec<u8>> {
        match name {
            b"HOME" => Some(b"/root".to_vec()),
            b"EMPTY" => Some(Vec::new()),
            b"AGAIN" => Some(b"%HOME%".to_vec()),
            b"BIG" => Some(vec![b'x'; 2100]),
            b"lower" => Some(b"never".to_vec()),
            _ => None,
        }
    }

    fn shown(text: &str) -> String {
        String::from_utf8(expand(text.as_bytes(), &vars).unwrap()).unwrap()
    }

    #[test]
    fn a_known_variable_is_put_in_once() {
        assert_eq!(shown("a%HOME%b"), "a/rootb");
        assert_eq!(shown("<%EMPTY%>"), "<>");
        assert_eq!(shown("%AGAIN%"), "%HOME%");
    }

    #[test]
    fn what_is_no_reference_stays() {
        for text in ["50%%", "%", "%NOPE%", "%HOME", "%lower%", "100% %a%", ""] {
            assert_eq!(shown(text), text);
        }
    }

    // The line and its answer were taken from a stock 3.5.0 daemon.
    #[test]
    fn the_end_of_a_failed_reference_may_begin_the_next() {
        assert_eq!(shown("C %A%HOME% %NOPE%HOME% 50%% %A b%HOME%"), "C %A/root %NOPE/root 50%% %A b/root");
    }

    #[test]
    fn growth_is_bounded() {
        let error = expand(b"%BIG%", &vars).unwrap_err();
        assert_eq!(error.to_string(), "Overflowed buf in expand_vars() trying to expand: %BIG%");
    }
}
