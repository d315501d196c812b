//! `--restrict DIR` and its options; through a link named `rrsync`, the options of the helper script of that name.

use super::{Mode, Usage};
use crate::access::restrict::{Lock, Restriction};
use crate::session::settings::ShellSettings;

const USAGE: &str =
    "usage: tinyrsyncd --restrict DIR [--read-only | --write-only | --append-only] [--allow-delete no] [--munge] \
                     [--absolute] [--lock FILE | --no-lock]
       rrsync [-ro | -wo] [-munge] [-absolute] [-no-del] [-no-lock] [-no-overwrite] DIR";

pub(super) fn parse(program: &[u8], words: &[Vec<u8>], original: Option<Vec<u8>>) -> Result<Mode, Usage> {
    let program = String::from_utf8_lossy(program).into_owned();
    let mut restriction = Restriction::default();
    let mut dir = None;
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let (name, attached) = match word.iter().position(|byte| *byte == b'=') {
            Some(at) if word.starts_with(b"--") => (word.get(..at).unwrap_or_default(), word.get(at + 1..)),
            _ => (word.as_slice(), None),
        };
        let mut value = || {
            let found = attached.map(<[u8]>::to_vec).or_else(|| words.next().cloned());
            found.ok_or_else(|| complaint(&program, &format!("{} needs a value", String::from_utf8_lossy(name))))
        };
        match name {
            b"--restrict" => dir = Some(value()?),
            b"-ro" | b"--read-only" => restriction.read_only = true,
            b"-wo" | b"--write-only" => restriction.write_only = true,
            b"-no-del" => restriction.no_delete = true,
            b"-no-overwrite" => restriction.no_overwrite = true,
            b"--append-only" => {
                restriction.no_overwrite = true;
                restriction.no_delete = true;
            }
            b"--allow-delete" => {
                restriction.no_delete = match value()?.as_slice() {
                    b"no" => true,
                    b"yes" => false,
                    _ => return Err(complaint(&program, "--allow-delete is yes or no")),
                }
            }
            b"-munge" | b"--munge" => restriction.munge = true,
            b"-absolute" | b"--absolute" => restriction.absolute = true,
            b"-no-lock" | b"--no-lock" => restriction.lock = Lock::No,
            b"--lock" => restriction.lock = Lock::File(value()?),
            b"-h" | b"--help" => return Ok(Mode::Print(format!("{USAGE}\n"))),
            flag if flag.first() == Some(&b'-') => {
                return Err(complaint(&program, &format!("{}: not an option", String::from_utf8_lossy(flag))));
            }
            _ if dir.is_none() => dir = Some(word.clone()),
            _ => return Err(complaint(&program, "one directory only")),
        }
    }
    if restriction.read_only && restriction.write_only {
        return Err(complaint(&program, "read-only and write-only exclude each other"));
    }
    restriction.no_delete |= restriction.read_only;
    restriction.dir = dir.ok_or_else(|| complaint(&program, "which directory?"))?;
    Ok(Mode::Shell(ShellSettings { program, vector: Vec::new(), original, restriction: Some(restriction) }))
}

fn complaint(program: &str, text: &str) -> Usage {
    Usage(format!("{program}: {text}\n{USAGE}"))
}
