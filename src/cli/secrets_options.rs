//! `secrets add | remove | list` and its options.

use super::{Mode, Usage, help};
use crate::escape::Escaped;
use crate::secrets::{Action, Options};

pub(super) fn parse(words: &[Vec<u8>]) -> Result<Mode, Usage> {
    let mut words = words.iter();
    let action = match words.next().map(Vec::as_slice) {
        Some(b"add") => Action::Add,
        Some(b"remove") => Action::Remove,
        Some(b"list") => Action::List,
        Some(b"--help" | b"-h") => return Ok(Mode::Print(help::general())),
        _ => return Err(Usage("tinyrsyncd secrets: add USER, remove USER, or list".to_owned())),
    };
    let config = super::daemon_options::CONFIG_FILE.to_vec();
    let mut options = Options { action, user: Vec::new(), file: None, config, generate: false };
    while let Some(word) = words.next() {
        let (name, attached) = match word.iter().position(|b| *b == b'=').filter(|_| word.starts_with(b"--")) {
            Some(at) => (word.get(..at).unwrap_or_default(), word.get(at + 1..)),
            None => (word.as_slice(), None),
        };
        match name {
            b"--help" | b"-h" => return Ok(Mode::Print(help::general())),
            b"--generate" => options.generate = true,
            b"--file" | b"--config" => {
                let value = attached.map(<[u8]>::to_vec).or_else(|| words.next().cloned());
                let value = value.ok_or_else(|| wrong(word, "needs a value"))?;
                if name == b"--file" {
                    options.file = Some(value);
                } else {
                    options.config = value;
                }
            }
            flag if flag.first() == Some(&b'-') => return Err(wrong(word, "unknown option (try: tinyrsyncd --help)")),
            _ if options.user.is_empty() => options.user = word.clone(),
            _ => return Err(wrong(word, "one user at a time")),
        }
    }
    if options.user.is_empty() && action != Action::List {
        return Err(Usage("tinyrsyncd secrets: which user?".to_owned()));
    }
    Ok(Mode::Secrets(options))
}

fn wrong(word: &[u8], why: &str) -> Usage {
    Usage(format!("tinyrsyncd secrets: {}: {why}", Escaped(word)))
}
