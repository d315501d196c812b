//! `check` and its options.

use super::{Mode, help};
use crate::check::{self, Options};
use crate::escape::Escaped;

/// What is wrong with the command line counts as an error, so that nobody takes it for a warning.
const WRONG: i32 = 2;

pub(super) fn parse(words: &[Vec<u8>]) -> Mode {
    let mut options = Options { config: super::daemon_options::CONFIG_FILE.to_vec(), json: false };
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let (name, attached) = match word.iter().position(|b| *b == b'=') {
            Some(at) => (word.get(..at).unwrap_or_default(), word.get(at + 1..)),
            None => (word.as_slice(), None),
        };
        match name {
            b"--json" => options.json = true,
            b"--help" | b"-h" => return Mode::Print(help::general()),
            b"--config" | b"--explain" => {
                let Some(value) = attached.map(<[u8]>::to_vec).or_else(|| words.next().cloned()) else {
                    return refused(word, "needs a value");
                };
                if name == b"--config" {
                    options.config = value;
                    continue;
                }
                let rest = words.map(Vec::as_slice);
                let name = [value.as_slice()].into_iter().chain(rest).collect::<Vec<_>>().join(&b' ');
                return match check::explain::explain(&String::from_utf8_lossy(&name)) {
                    Some(text) => Mode::Print(text),
                    None => match crate::config::nearest(&name) {
                        Some(near) => refused(&name, &format!("no such parameter (did you mean \"{near}\"?)")),
                        None => refused(&name, "no such parameter (--explain all tells of every one)"),
                    },
                };
            }
            _ => return refused(word, "unknown option (try: tinyrsyncd --help)"),
        }
    }
    Mode::Check(options)
}

fn refused(word: &[u8], why: &str) -> Mode {
    Mode::Refuse(format!("tinyrsyncd check: {}: {why}", Escaped(word)), WRONG)
}
