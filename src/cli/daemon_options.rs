//! The options behind `--daemon`, as stock takes them.

use super::Usage;
use crate::config;
use crate::session::settings::{ConfigFrom, Transport, WorkerSettings};

/// Where the configuration is, unless told otherwise.
pub const CONFIG_FILE: &[u8] = b"/etc/rsyncd.conf";

/// What the command line says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DaemonOptions {
    /// `--config`.
    pub config: Option<Vec<u8>>,
    /// `--dparam`, `-M`: name and value.
    pub dparams: Vec<(Vec<u8>, Vec<u8>)>,
    /// `--address`.
    pub address: Option<Vec<u8>>,
    /// `--port`.
    pub port: Option<u16>,
    /// `-4`.
    pub ipv4: bool,
    /// `-6`.
    pub ipv6: bool,
    /// `--no-detach`.
    pub no_detach: bool,
    /// `--log-file`.
    pub log_file: Option<Vec<u8>>,
    /// `--log-file-format`.
    pub log_format: Option<Vec<u8>>,
    /// `--bwlimit`, KiB/s.
    pub bwlimit: u32,
    /// `--protocol`.
    pub protocol: u32,
    /// `--sockopts`.
    pub socket_options: Option<Vec<u8>>,
    /// `-v`.
    pub verbose: u8,
}

impl DaemonOptions {
    /// Path of the configuration file.
    pub fn config_file(&self) -> Vec<u8> {
        self.config.clone().unwrap_or_else(|| CONFIG_FILE.to_vec())
    }

    /// What a worker is told.
    pub fn worker(&self, transport: Transport) -> WorkerSettings {
        WorkerSettings {
            config: ConfigFrom::File { path: self.config_file(), dparams: self.dparams.clone() },
            transport,
            foreground: self.no_detach,
            bwlimit: self.bwlimit,
            log_file: self.log_file.clone(),
            log_format: self.log_format.clone(),
            protocol: self.protocol,
        }
    }

    /// The same, as words for the worker's command line.
    pub fn worker_words(&self) -> Vec<Vec<u8>> {
        let mut words = vec![b"--worker".to_vec(), b"--daemon".to_vec()];
        if self.no_detach {
            words.push(b"--no-detach".to_vec());
        }
        let mut option = |name: &[u8], value: &[u8]| words.push([name, b"=", value].concat());
        option(b"--config", &self.config_file());
        for (name, value) in &self.dparams {
            option(b"--dparam", &[name.as_slice(), b"=", value].concat());
        }
        if let Some(file) = &self.log_file {
            option(b"--log-file", file);
        }
        if let Some(format) = &self.log_format {
            option(b"--log-file-format", format);
        }
        if self.bwlimit > 0 {
            option(b"--bwlimit", self.bwlimit.to_string().as_bytes());
        }
        if self.protocol > 0 {
            option(b"--protocol", self.protocol.to_string().as_bytes());
        }
        words
    }
}

/// Reads the options; words that are none are ignored, as stock ignores them.
pub(super) fn parse(words: &[Vec<u8>]) -> Result<DaemonOptions, Usage> {
    let mut options = DaemonOptions::default();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let (name, attached) = split(word);
        let mut value = || -> Result<Vec<u8>, Usage> {
            attached
                .map(<[u8]>::to_vec)
                .or_else(|| words.next().cloned())
                .ok_or_else(|| complaint(word, "missing argument"))
        };
        match name {
            b"--daemon" | b"--server" | b"--detach" | b"--no-verbose" | b"--no-v" | b"." => {}
            b"--no-detach" => options.no_detach = true,
            b"--config" => options.config = Some(value()?),
            b"--dparam" | b"-M" => {
                let setting = value()?;
                let shown = String::from_utf8_lossy(&setting).into_owned();
                let at = setting.iter().position(|b| *b == b'=');
                let at = at.ok_or_else(|| Usage(format!("--dparam value is missing an '=': {shown}")))?;
                let name = setting.get(..at).unwrap_or_default().to_vec();
                if !config::is_known(&name) {
                    return Err(Usage(format!("Unknown parameter \"{}\"", String::from_utf8_lossy(&name))));
                }
                let value = setting.get(at + 1..).unwrap_or_default().trim_ascii_start().to_vec();
                options.dparams.push((name, value));
            }
            b"--address" => options.address = Some(value()?),
            b"--port" => options.port = Some(number(word, &value()?)?),
            b"--ipv4" | b"-4" => options.ipv4 = true,
            b"--ipv6" | b"-6" => options.ipv6 = true,
            b"--log-file" => options.log_file = Some(value()?),
            b"--log-file-format" => options.log_format = Some(value()?),
            b"--bwlimit" => options.bwlimit = number(word, &value()?)?,
            b"--protocol" => options.protocol = number(word, &value()?)?,
            b"--sockopts" => options.socket_options = Some(value()?),
            b"--verbose" => options.verbose = options.verbose.saturating_add(1),
            letters
                if letters.len() > 1
                    && letters.first() == Some(&b'-')
                    && letters.iter().skip(1).all(|b| *b == b'v') =>
            {
                let more = u8::try_from(letters.len() - 1).unwrap_or(9);
                options.verbose = options.verbose.saturating_add(more);
            }
            flag if flag.first() == Some(&b'-') => return Err(complaint(word, "unknown option")),
            _ => {}
        }
    }
    Ok(options)
}

/// Name and attached value of a word: `--x=v`, `-Mv`.
fn split(word: &[u8]) -> (&[u8], Option<&[u8]>) {
    if word.starts_with(b"--") {
        return match word.iter().position(|b| *b == b'=') {
            Some(at) => (word.get(..at).unwrap_or_default(), word.get(at + 1..)),
            None => (word, None),
        };
    }
    match word.strip_prefix(b"-M") {
        Some(rest) if !rest.is_empty() => (b"-M", Some(rest)),
        _ => (word, None),
    }
}

fn number<T: std::str::FromStr>(word: &[u8], text: &[u8]) -> Result<T, Usage> {
    let parsed = std::str::from_utf8(text).ok().and_then(|text| text.parse().ok());
    parsed.ok_or_else(|| complaint(word, "invalid numeric value"))
}

fn complaint(word: &[u8], reason: &str) -> Usage {
    let word = String::from_utf8_lossy(word);
    Usage(format!(
        "rsync: {word}: {reason} (in daemon mode)\n(Type \"tinyrsyncd --daemon --help\" for assistance with daemon mode.)"
    ))
}
