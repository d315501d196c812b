//! `--restrict`: what a client behind a forced command may ask for. Judges the command line that its shell was given, word by
//! word; nothing that is not known here gets through. The rules are those of the helper script `rrsync`.

use crate::escape::Escaped;

/// What the operator's line in `authorized_keys` says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Restriction {
    /// The directory that a client sees as its root.
    pub dir: Vec<u8>,
    /// Only downloads.
    pub read_only: bool,
    /// Only uploads.
    pub write_only: bool,
    /// Nothing is deleted.
    pub no_delete: bool,
    /// What is there is not overwritten.
    pub no_overwrite: bool,
    /// Symlinks are stored munged.
    pub munge: bool,
    /// Paths may be written as they are outside: with the directory in front.
    pub absolute: bool,
    /// One client at a time.
    pub lock: Lock,
}

/// How clients are kept apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Lock {
    /// A lock on the directory itself, unless clients only read.
    #[default]
    Dir,
    /// None.
    No,
    /// A lock on this file.
    File(Vec<u8>),
}

/// What becomes of an option's value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Value {
    /// The option has none.
    None,
    /// Anything goes.
    Any,
    /// A path: it stays inside.
    Path,
    /// The option is not allowed at all.
    Off,
}

/// Letters that may stand in the bundle.
const LETTERS: &[u8] = b"ACDEHIJKLNORSUWXbcdgklmnopqrstuvxyz";

#[rustfmt::skip]
const LONG: &[(&str, Value)] = {
    use Value::{Any, None, Off, Path};
    &[
        ("append", None), ("backup-dir", Path), ("block-size", Any), ("bwlimit", Any),
        ("checksum-choice", Any), ("checksum-seed", Any), ("compare-dest", Path), ("compress-choice", Any), ("compress-level", Any),
        ("compress-threads", Any), ("copy-dest", Path), ("copy-devices", Off), ("copy-unsafe-links", None), ("daemon", Off),
        ("debug", Off), ("delay-updates", None), ("delete", None), ("delete-after", None), ("delete-before", None),
        ("delete-delay", None), ("delete-during", None), ("delete-excluded", None), ("delete-missing-args", None), ("dirs", None),
        ("existing", None), ("fake-super", None), ("files-from", Path), ("force", None), ("from0", None), ("fsync", None),
        ("fuzzy", None), ("group", None), ("groupmap", Any), ("hard-links", None), ("iconv", Any), ("ignore-errors", None),
        ("ignore-existing", None), ("ignore-missing-args", None), ("ignore-times", None), ("info", Any), ("inplace", None),
        ("link-dest", Path), ("links", None), ("list-only", None), ("log-file", Path), ("log-format", Any), ("max-alloc", Any),
        ("max-delete", Any), ("max-size", Any), ("min-size", Any), ("mkpath", None), ("modify-window", Any), ("msgs2stderr", None),
        ("munge-links", None), ("new-compress", None), ("no-W", None), ("no-implied-dirs", None), ("no-msgs2stderr", None),
        ("no-munge-links", Off), ("no-r", None), ("no-relative", None), ("no-specials", None), ("numeric-ids", None),
        ("old-compress", None), ("one-file-system", None), ("only-write-batch", Any), ("open-noatime", None), ("owner", None),
        ("partial", None), ("partial-dir", Path), ("perms", None), ("preallocate", None), ("recursive", None),
        ("remove-sent-files", None), ("remove-source-files", None), ("safe-links", None), ("sender", None), ("server", None),
        ("size-only", None), ("skip-compress", Any), ("specials", None), ("stats", None), ("stderr", Any), ("suffix", Any),
        ("super", None), ("temp-dir", Path), ("timeout", Any), ("times", None), ("use-qsort", None), ("usermap", Any),
        ("write-devices", Off),
    ]
};

impl Restriction {
    /// The server's vector for a client's command, or why it is refused (one line).
    ///
    /// # Errors
    /// A sentence that names what is not allowed.
    pub fn admit(&self, words: &[Vec<u8>]) -> Result<Vec<Vec<u8>>, String> {
        let (program, rest) = words.split_first().ok_or("SSH_ORIGINAL_COMMAND does not run rsync")?;
        if program.rsplit(|byte| *byte == b'/').next() != Some(b"rsync") {
            return Err("SSH_ORIGINAL_COMMAND does not run rsync".into());
        }
        let (first, rest) = rest.split_first().ok_or("--server option is not the first arg")?;
        if first != b"--server" {
            return Err("--server option is not the first arg".into());
        }
        let sender = rest.first().is_some_and(|word| word == b"--sender");
        if sender && self.write_only {
            return Err("reading from write-only server is not allowed".into());
        }
        if !sender && self.read_only {
            return Err("sending to read-only server is not allowed".into());
        }
        let mut vector = vec![b"--server".to_vec()];
        if sender {
            vector.push(b"--sender".to_vec());
        }
        for (wanted, option) in [
            (self.munge, "--munge-links"),
            (self.no_overwrite, "--ignore-existing"),
            (self.dir != b"/" && !sender, "--drop-D"),
        ] {
            if wanted {
                vector.push(option.as_bytes().to_vec());
            }
        }
        let mut rest = rest.iter().skip(usize::from(sender));
        loop {
            let word = rest.next().ok_or("invalid rsync-command syntax or options")?;
            match word.as_slice() {
                b"." => break,
                [b'-', b'-', long @ ..] => self.long_option(long, word, &mut rest, sender, &mut vector)?,
                [b'-', short @ ..] if !short.is_empty() => {
                    self.bundle(short, word)?;
                    vector.push(word.clone());
                }
                _ => return Err("invalid rsync-command syntax or options".into()),
            }
        }
        // What follows is no option, whatever it begins with.
        vector.extend([b"--".to_vec(), b".".to_vec()]);
        let paths: Vec<&Vec<u8>> = rest.collect();
        for path in &paths {
            vector.push(self.path("arg", path)?);
        }
        if paths.is_empty() {
            vector.push(b".".to_vec());
        }
        Ok(vector)
    }

    fn long_option<'a>(
        &self,
        long: &[u8],
        word: &[u8],
        rest: &mut impl Iterator<Item = &'a Vec<u8>>,
        sender: bool,
        vector: &mut Vec<Vec<u8>>,
    ) -> Result<(), String> {
        let at = long.iter().position(|byte| *byte == b'=');
        let (name, attached) = match at.and_then(|at| long.split_at_checked(at)) {
            Some((name, value)) => (name, value.get(1..)),
            None => (long, None),
        };
        let known = LONG.iter().find(|(known, _)| known.as_bytes() == name);
        let Some((name, kind)) = known else { return Err("invalid rsync-command syntax or options".into()) };
        if *kind == Value::Off || self.turns_off(name) || (*name == "sender" && !sender) {
            return Err(disabled(&[b"--", name.as_bytes()].concat()));
        }
        if *kind == Value::None {
            if attached.is_some() {
                return Err("invalid rsync-command syntax or options".into());
            }
            vector.push(word.to_vec());
            return Ok(());
        }
        let value = match attached {
            Some(value) => value,
            None => rest.next().ok_or("invalid rsync-command syntax or options")?,
        };
        let judged = match kind {
            Value::Path if *name == "files-from" && value == b"-" => value.to_vec(),
            Value::Path if *name == "files-from" && self.write_only => {
                return Err("a write-only server cannot read a remote --files-from path".into());
            }
            Value::Path => self.path(&format!("--{name}"), value)?,
            _ => value.to_vec(),
        };
        vector.push([b"--", name.as_bytes(), b"=", &judged].concat());
        Ok(())
    }

    /// Whether this restriction switches an option off that others allow.
    fn turns_off(&self, name: &str) -> bool {
        match name {
            "copy-unsafe-links" => self.dir != b"/",
            "log-file" => self.read_only || self.no_overwrite,
            "backup-dir" | "delay-updates" | "partial-dir" => self.no_overwrite,
            _ => self.no_delete && (name.starts_with("delete") || name.starts_with("remove")),
        }
    }

    fn bundle(&self, short: &[u8], word: &[u8]) -> Result<(), String> {
        let syntax = || String::from("invalid rsync-command syntax or options");
        if let [b'@' | b'B', number @ ..] = short {
            let digits = number.strip_prefix(b"-").unwrap_or(number);
            let fits = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
            return if fits { Ok(()) } else { Err(syntax()) };
        }
        let end = short.iter().position(|byte| *byte == b'e').unwrap_or(short.len());
        let (letters, caps) = short.split_at_checked(end).ok_or_else(syntax)?;
        if let Some(text) = caps.strip_prefix(b"e") {
            let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
            let fits = text.get(digits..).and_then(|text| text.strip_prefix(b"."));
            if !fits.is_some_and(|letters| letters.iter().all(u8::is_ascii_alphabetic)) {
                return Err(syntax());
            }
        }
        for letter in letters {
            let off = match letter {
                b's' => true,
                b'K' | b'L' | b'k' => self.dir != b"/",
                b'b' => self.no_overwrite,
                letter if LETTERS.contains(letter) => false,
                _ => return Err(format!("{} in {}", syntax(), Escaped(word))),
            };
            if off {
                return Err(disabled(&[b'-', *letter]));
            }
        }
        Ok(())
    }

    /// A path as the confined session takes it: from the directory, and not above it.
    fn path(&self, option: &str, path: &[u8]) -> Result<Vec<u8>, String> {
        let open = self.dir == b"/";
        if !open && path.split(|byte| *byte == b'/').any(|part| part == b"..") {
            return Err(format!("do not use .. in {option} (anchor the path at the root of your restricted dir)"));
        }
        let inside = path.strip_prefix(self.dir.as_slice()).filter(|rest| rest.is_empty() || rest.starts_with(b"/"));
        let path = if self.absolute && !open { inside.unwrap_or(path) } else { path };
        let rest = path.strip_prefix(b"./").unwrap_or(path);
        let start = rest.iter().take_while(|byte| **byte == b'/').count();
        let rest = rest.get(start..).unwrap_or_default();
        // A destination of an alternate directory is the directory of the client's own path: from the root it is written with
        // a slash.
        let rooted = option.starts_with("--") && path.starts_with(b"/");
        Ok(match (rest, rooted) {
            (b"", false) => b".".to_vec(),
            (rest, false) => rest.to_vec(),
            (rest, true) => [b"/", rest].concat(),
        })
    }
}

fn disabled(option: &[u8]) -> String {
    format!("option {} has been disabled on this server.", Escaped(option))
}

#[cfg(test)]
mod tests;
