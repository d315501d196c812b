//! `%VAR%` in commands for the shell: what a peer had a hand in reaches the shell as one quoted word, or not at all.

use std::fmt;

use super::expand::{ExpandError, GROWTH, Vars, reference};
use crate::escape::Escaped;

/// Bytes that mean something to a shell.
const META: &[u8] = b" '\"`$\\;&|<>()*?[]#!~{}";

/// Why a command is not run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CommandError {
    /// The value of this variable holds a byte that means something to a shell.
    Metacharacter(Vec<u8>),
    /// It grew too much.
    Overflow(ExpandError),
}

/// Replaces references as [`super::expand()`] does. The value of a variable whose name begins with `RSYNC_` is put in single
/// quotes, unless it stands in such quotes already; other variables are the operator's own and put in as they are.
///
/// # Errors
/// A value with a byte that means something to a shell; a result that is too long.
pub fn expand_command(text: &[u8], vars: Vars<'_>) -> Result<Vec<u8>, CommandError> {
    let limit = text.len().saturating_add(GROWTH);
    let mut out = Vec::with_capacity(text.len());
    let mut quotes = Quotes::default();
    let mut rest = text;
    while let Some((&byte, tail)) = rest.split_first() {
        let found = if byte == b'%' { reference(tail, vars) } else { None };
        match found {
            Some((name, value, behind)) if name.starts_with(b"RSYNC_") => {
                if value.iter().any(|byte| *byte < 0x20 || *byte == 0x7f || META.contains(byte)) {
                    return Err(CommandError::Metacharacter(name.to_vec()));
                }
                let quote: &[u8] = if quotes.single { b"" } else { b"'" };
                for part in [quote, &value, quote] {
                    out.extend_from_slice(part);
                }
                rest = behind;
            }
            Some((_, value, behind)) => {
                out.extend_from_slice(&value);
                rest = behind;
            }
            None => {
                quotes.pass(byte);
                out.push(byte);
                rest = tail;
            }
        }
        if out.len() > limit {
            return Err(CommandError::Overflow(ExpandError { raw: text.to_vec() }));
        }
    }
    Ok(out)
}

/// Where in the shell's quoting a byte stands.
#[derive(Default)]
struct Quotes {
    single: bool,
    double: bool,
    escaped: bool,
}

impl Quotes {
    fn pass(&mut self, byte: u8) {
        if std::mem::take(&mut self.escaped) {
            return;
        }
        match byte {
            b'\'' if !self.double => self.single = !self.single,
            b'"' if !self.single => self.double = !self.double,
            b'\\' if !self.single => self.escaped = true,
            _ => {}
        }
    }
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Metacharacter(name) => {
                write!(f, "refusing to run shell hook: %{}% holds a shell metacharacter", Escaped(name))
            }
            Self::Overflow(error) => write!(f, "{error}"),
        }
    }
}

impl std::error::Error for CommandError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn vars(name: &[u8]) -> Option<Vec<u8>> {
        match name {
            b"RSYNC_MODULE_NAME" => Some(b"q2".to_vec()),
            b"RSYNC_USER_NAME" => Some(Vec::new()),
            b"RSYNC_HOST_NAME" => Some(b"a;b".to_vec()),
            b"HOME" => Some(b"/ro ot".to_vec()),
            _ => None,
        }
    }

    fn shown(text: &str) -> String {
        match expand_command(text.as_bytes(), &vars) {
            Ok(command) => String::from_utf8(command).unwrap(),
            Err(error) => error.to_string(),
        }
    }

    // Lines and answers were taken from a stock 3.5.0 daemon.
    #[test]
    fn a_peers_value_is_one_word_for_the_shell() {
        for (text, command) in [
            ("say \"a %RSYNC_MODULE_NAME% b\"", "say \"a 'q2' b\""),
            ("say '%RSYNC_MODULE_NAME%' %RSYNC_MODULE_NAME%x", "say 'q2' 'q2'x"),
            ("say %RSYNC_USER_NAME% %RSYNC_REQUEST% %HOME%", "say '' %RSYNC_REQUEST% /ro ot"),
            ("say \\' %RSYNC_MODULE_NAME% it\\'s", "say \\' 'q2' it\\'s"),
        ] {
            assert_eq!(shown(text), command, "{text}");
        }
    }

    #[test]
    fn a_value_that_the_shell_would_read_is_refused() {
        let refused = "refusing to run shell hook: %RSYNC_HOST_NAME% holds a shell metacharacter";
        for text in ["say %RSYNC_HOST_NAME%", "say '%RSYNC_HOST_NAME%'", "say \"%RSYNC_HOST_NAME%\""] {
            assert_eq!(shown(text), refused);
        }
    }
}
