//! `serve DIR` and its options.

use super::Usage;
use crate::session::settings::Serve;

/// The environment variable that carries user and password to a worker: a command line could be read by others.
pub const LOGIN_VARIABLE: &str = "TINYRSYNCD_LOGIN";

/// What the command line says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServeOptions {
    /// The directory.
    pub dir: Vec<u8>,
    /// `--write`.
    pub write: bool,
    /// `--port`.
    pub port: Option<u16>,
    /// `--address`.
    pub address: Option<String>,
    /// `--name`.
    pub name: Option<Vec<u8>>,
    /// `--user`.
    pub user: Option<String>,
    /// `--password-file`.
    pub password_file: Option<Vec<u8>>,
}

impl ServeOptions {
    /// The module's name: the directory's, made safe, unless told otherwise.
    pub fn module_name(&self) -> Vec<u8> {
        if let Some(name) = &self.name {
            return name.clone();
        }
        let last = self.dir.rsplit(|b| *b == b'/').find(|part| !part.is_empty()).unwrap_or(b"files");
        let safe = |b: &u8| if is_plain(b) { *b } else { b'-' };
        let name: Vec<u8> = last.iter().map(safe).collect();
        if matches!(name.as_slice(), b"" | b"." | b"..") { b"files".to_vec() } else { name }
    }

    /// The module a worker serves.
    pub fn module(&self, login: Option<(Vec<u8>, Vec<u8>)>) -> Serve {
        Serve { dir: self.dir.clone(), module: self.module_name(), write: self.write, login }
    }
}

/// What can be copied from the screen into a command without quotes.
fn is_plain(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')
}

pub(super) fn parse(words: &[Vec<u8>]) -> Result<ServeOptions, Usage> {
    let mut options = ServeOptions::default();
    let mut words = words.iter();
    let mut dir = None;
    while let Some(word) = words.next() {
        let (name, attached) = match word.iter().position(|b| *b == b'=').filter(|_| word.starts_with(b"--")) {
            Some(at) => (word.get(..at).unwrap_or_default(), word.get(at + 1..)),
            None => (word.as_slice(), None),
        };
        let mut value = || -> Result<Vec<u8>, Usage> {
            let found = attached.map(<[u8]>::to_vec).or_else(|| words.next().cloned());
            found.ok_or_else(|| Usage(format!("tinyrsyncd serve: {} needs a value", String::from_utf8_lossy(name))))
        };
        let text =
            |bytes: Vec<u8>| String::from_utf8(bytes).map_err(|_| Usage("tinyrsyncd serve: not text".to_owned()));
        match name {
            b"--write" => options.write = true,
            b"--port" => {
                let value = text(value()?)?;
                let port = value.parse().map_err(|_| Usage(format!("tinyrsyncd serve: {value}: not a port number")))?;
                options.port = Some(port);
            }
            b"--address" => options.address = Some(text(value()?)?),
            b"--name" => {
                let name = value()?;
                if !name.iter().all(is_plain) || name.is_empty() {
                    return Err(Usage("tinyrsyncd serve: a module name is letters, digits, dots, dashes".to_owned()));
                }
                options.name = Some(name);
            }
            b"--user" => options.user = Some(text(value()?)?),
            b"--password-file" => options.password_file = Some(value()?),
            flag if flag.first() == Some(&b'-') && flag.len() > 1 => {
                let flag = String::from_utf8_lossy(flag);
                return Err(Usage(format!("tinyrsyncd serve: {flag}: unknown option (try: tinyrsyncd --help)")));
            }
            _ if dir.is_none() => dir = Some(word.clone()),
            _ => return Err(Usage("tinyrsyncd serve: one directory at a time".to_owned())),
        }
    }
    options.dir = dir.ok_or_else(|| Usage("tinyrsyncd serve: which directory? (tinyrsyncd serve DIR)".to_owned()))?;
    if options.password_file.is_some() && options.user.is_none() {
        return Err(Usage("tinyrsyncd serve: --password-file goes with --user NAME".to_owned()));
    }
    if options.user.as_ref().is_some_and(|user| user.is_empty() || !user.bytes().all(|b| is_plain(&b))) {
        return Err(Usage("tinyrsyncd serve: a user name is letters, digits, dots, dashes".to_owned()));
    }
    Ok(options)
}
