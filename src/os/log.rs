//! Where the log goes: standard error, a file, or syslog, in stock's line format.

use std::os::fd::OwnedFd;
use std::os::unix::net::UnixDatagram;
use std::sync::{Mutex, PoisonError};

use log::{Level, LevelFilter, Log, Metadata, Record};
use rustix::fs::{Mode, OFlags};

use super::{operator, time};
use crate::escape::Escaped;
use crate::fs::strerror;

/// A place for lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// Standard error; plain lines where systemd's journal reads it.
    Stderr,
    /// A file, appended to.
    File(Vec<u8>),
    /// Nobody reads it.
    Nowhere,
    /// The system's log.
    Syslog {
        /// Facility, a lower-case name.
        facility: Vec<u8>,
        /// Ident.
        tag: Vec<u8>,
    },
}

struct Logger {
    state: Mutex<State>,
}

struct State {
    sink: Sink,
    target: Target,
    /// What a module without a log file of its own falls back to.
    fallback: Target,
    /// A log file that was moved away is opened anew under its name.
    follows: bool,
}

enum Sink {
    Stderr { plain: bool },
    File(OwnedFd),
    Syslog { socket: UnixDatagram, facility: u8, tag: Vec<u8> },
    Nothing,
}

static LOGGER: Logger = Logger {
    state: Mutex::new(State { sink: Sink::Nothing, target: Target::Stderr, fallback: Target::Stderr, follows: false }),
};

/// Starts logging. `fallback` is where lines go when a module names no file.
pub fn init(target: Target, fallback: Target) {
    {
        let mut state = LOGGER.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.fallback = fallback;
        state.go(target);
    }
    if log::set_logger(&LOGGER).is_ok() {
        log::set_max_level(LevelFilter::Info);
    }
}

/// From here on a module's own log: its file, or without one the fall-back, with the module's facility and tag.
pub fn switch(file: &[u8], facility: &[u8], tag: &[u8]) {
    let mut state = LOGGER.state.lock().unwrap_or_else(PoisonError::into_inner);
    let target = match &state.fallback {
        _ if !file.is_empty() => Target::File(file.to_vec()),
        Target::Syslog { .. } => Target::Syslog { facility: facility.to_vec(), tag: tag.to_vec() },
        other => other.clone(),
    };
    if state.target != target {
        state.go(target);
    }
}

/// From here on lines go to a file that is open already.
pub fn to_file(file: OwnedFd) {
    LOGGER.state.lock().unwrap_or_else(PoisonError::into_inner).sink = Sink::File(file);
}

/// Whether lines go where nobody at a terminal sees them.
pub fn goes_to_file() -> bool {
    !matches!(LOGGER.state.lock().unwrap_or_else(PoisonError::into_inner).sink, Sink::Stderr { .. })
}

/// From here on a log file is looked up by its name for each line: whoever rotates it need not tell the listener.
pub fn follow_name() {
    LOGGER.state.lock().unwrap_or_else(PoisonError::into_inner).follows = true;
}

/// Opens a log file anew: it was rotated.
pub fn reopen() {
    let mut state = LOGGER.state.lock().unwrap_or_else(PoisonError::into_inner);
    if let Target::File(_) = state.target {
        let target = state.target.clone();
        state.go(target);
    }
}

impl State {
    fn was_moved(&self) -> bool {
        let (Target::File(path), Sink::File(file)) = (&self.target, &self.sink) else { return false };
        let named = operator::open(path, OFlags::PATH, Mode::empty()).and_then(rustix::fs::fstat);
        let held = rustix::fs::fstat(file);
        match (named, held) {
            (Ok(named), Ok(held)) => (named.st_dev, named.st_ino) != (held.st_dev, held.st_ino),
            (Err(errno), _) => errno == rustix::io::Errno::NOENT,
            _ => false,
        }
    }

    fn go(&mut self, target: Target) {
        let (sink, problem) = open(&target, &self.fallback);
        self.sink = sink;
        self.target = target;
        if let Some(problem) = problem {
            self.sink.line(Level::Error, &problem);
            self.sink.line(Level::Error, "Ignoring \"log file\" setting.");
        }
    }
}

fn open(target: &Target, fallback: &Target) -> (Sink, Option<String>) {
    match target {
        Target::Nowhere => (Sink::Nothing, None),
        Target::Stderr => (Sink::Stderr { plain: std::env::var_os("JOURNAL_STREAM").is_some() }, None),
        Target::Syslog { facility, tag } => {
            let socket = UnixDatagram::unbound().and_then(|socket| socket.connect("/dev/log").map(|()| socket));
            match socket {
                Ok(socket) => (Sink::Syslog { socket, facility: facility_code(facility), tag: tag.clone() }, None),
                Err(_) => (Sink::Nothing, None),
            }
        }
        Target::File(path) => {
            let flags = OFlags::WRONLY | OFlags::APPEND | OFlags::CREATE | OFlags::NOCTTY;
            match operator::open(path, flags, Mode::from_raw_mode(0o644)) {
                Ok(file) => (Sink::File(file), None),
                Err(errno) => {
                    let other = if matches!(fallback, Target::File(_)) { &Target::Stderr } else { fallback };
                    let problem = format!("failed to open log-file {}: {}", Escaped(path), strerror(errno));
                    (open(other, &Target::Stderr).0, Some(problem))
                }
            }
        }
    }
}

impl Sink {
    fn line(&self, level: Level, text: &str) {
        let pid = std::process::id();
        let dated = || format!("{} [{pid}] {text}\n", time::now_text());
        match self {
            Self::Stderr { plain: true } => write_all(rustix::stdio::stderr(), format!("{text}\n").as_bytes()),
            Self::Stderr { plain: false } => write_all(rustix::stdio::stderr(), dated().as_bytes()),
            Self::File(file) => write_all(file, dated().as_bytes()),
            Self::Syslog { socket, facility, tag } => {
                let severity = if level <= Level::Warn { 4 } else { 6 };
                let line = format!("<{}>{}[{pid}]: {text}", facility * 8 + severity, Escaped(tag));
                let _ = socket.send(line.as_bytes());
            }
            Self::Nothing => {}
        }
    }
}

/// One line, one write, so that lines of several processes do not mix.
fn write_all(fd: impl std::os::fd::AsFd, bytes: &[u8]) {
    let _ = rustix::io::write(fd, bytes);
}

impl Log for Logger {
    fn enabled(&self, _: &Metadata) -> bool {
        true
    }

    fn log(&self, record: &Record) {
        let text = record.args().to_string();
        let text = text.get(..text.floor_char_boundary(2047)).unwrap_or(&text);
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.follows && state.was_moved() {
            let target = state.target.clone();
            state.go(target);
        }
        state.sink.line(record.level(), text);
    }

    fn flush(&self) {}
}

fn facility_code(name: &[u8]) -> u8 {
    const NAMES: [&[u8]; 24] = [
        b"kern",
        b"user",
        b"mail",
        b"daemon",
        b"auth",
        b"syslog",
        b"lpr",
        b"news",
        b"uucp",
        b"cron",
        b"authpriv",
        b"ftp",
        b"",
        b"",
        b"",
        b"",
        b"local0",
        b"local1",
        b"local2",
        b"local3",
        b"local4",
        b"local5",
        b"local6",
        b"local7",
    ];
    let found = NAMES.iter().position(|known| !known.is_empty() && *known == name);
    found.and_then(|code| u8::try_from(code).ok()).unwrap_or(3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facilities_have_their_numbers() {
        assert_eq!([facility_code(b"daemon"), facility_code(b"local3"), facility_code(b"nonsense")], [3, 19, 3]);
    }

    #[test]
    fn a_log_file_gets_dated_lines_with_the_process_number() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        let target = Target::File(path.as_os_str().as_encoded_bytes().to_vec());
        let (sink, problem) = open(&target, &Target::Stderr);
        assert_eq!(problem, None);
        sink.line(Level::Info, "connect from x (1.2.3.4)");
        let text = String::from_utf8(operator::read(path.as_os_str().as_encoded_bytes(), 1000).unwrap().0).unwrap();
        let (date, rest) = text.split_at(19);
        assert_eq!(date.len(), "2026/11/22 05:18:39".len());
        assert_eq!(rest, format!(" [{}] connect from x (1.2.3.4)\n", std::process::id()));
    }
}
