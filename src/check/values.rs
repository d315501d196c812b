//! Values that the parser takes as they are, and that turn out wrong only when a client comes.

use super::Check;
use super::rules;
use crate::config::trace::{Part, Set};
use crate::filter::{Default_, FileError, FilterError, Filters, Side};
use crate::flist::Chmod;
use crate::fs::strerror;
use crate::limits::{CONFIG_BYTES, PROTOCOL_MAX};
use crate::options::RefuseList;
use crate::wire::charset::Charset;

impl Check<'_> {
    pub(super) fn values(&mut self) {
        for set in self.trace.settings.iter().filter(|set| set.part != Part::Lost && !set.value.is_empty()) {
            let module = match set.part {
                Part::Module(number) => self.config.modules.get(number).map_or(&b""[..], |module| &module.name),
                _ => b"",
            };
            if let Some(value) = self.expanded(module, &set.value) {
                self.value(set, &value);
            }
        }
        if self.places.global("proxy protocol").is_some_and(|set| is_yes(&set.value))
            && self.places.global("proxy protocol hosts").is_none_or(|set| set.value.is_empty())
            && let Some(set) = self.places.global("proxy protocol")
        {
            self.report(&rules::NO_PROXY, self.line_of(set), &[]);
        }
    }

    fn value(&mut self, set: &Set, value: &[u8]) {
        let spot = self.value_of(set);
        match set.name {
            "auth digest" => {
                let known = [&b"sha512"[..], b"sha256", b"sha1", b"md5", b"md4"];
                if !known.iter().any(|name| value.eq_ignore_ascii_case(name)) {
                    self.report(&rules::BAD_DIGEST, spot, &[value]);
                }
            }
            "incoming chmod" | "outgoing chmod" if Chmod::parse(value).is_none() => {
                self.report(&rules::BAD_CHMOD, spot, &[value]);
            }
            "charset" if Charset::named(value).is_none() => self.report(&rules::BAD_CHARSET, spot, &[value]),
            "refuse options" => {
                let mut lines = Vec::new();
                let _ = RefuseList::parse(value, &mut |line| lines.push(line));
                for line in lines {
                    self.report(&rules::BAD_REFUSAL, spot, &[line.as_bytes()]);
                }
            }
            "socket options" => {
                for item in value.split(|b| matches!(b, b' ' | b'\t' | b',')).filter(|item| !item.is_empty()) {
                    let name = item.split(|b| *b == b'=').next().unwrap_or_default();
                    if !rules::SOCKET_OPTIONS.iter().any(|known| known.as_bytes() == name) {
                        self.report(&rules::BAD_SOCKET_OPTION, spot, &[name]);
                    }
                }
            }
            "filter" | "include" | "exclude" | "include from" | "exclude from" => self.filter(set, value),
            "motd file" => {
                let path = self.at(value);
                if let Err(errno) = self.system.read(&path, CONFIG_BYTES) {
                    self.report(&rules::NO_MOTD, spot, &[&path, strerror(errno).as_bytes()]);
                }
            }
            "log file" | "pid file" => self.parent(set, value),
            _ => {}
        }
    }

    /// Rules are read as a connection reads them.
    fn filter(&mut self, set: &Set, value: &[u8]) {
        let mut filters = Filters::new(Side::Sender, PROTOCOL_MAX);
        let kind = if set.name.starts_with("include") { Default_::Include } else { Default_::Exclude };
        let (system, base) = (self.system, self.base.clone());
        let read = |path: &[u8]| system.read(&[&base, path].concat(), CONFIG_BYTES).map(|(bytes, _)| bytes);
        let done: Result<(), FilterError> = match set.name {
            "filter" => filters.add_daemon_filter(value, &mut |path| {
                read(path).map_err(|errno| FileError { text: strerror(errno).into_bytes() })
            }),
            "include" | "exclude" => filters.add_daemon_words(value, kind),
            _ => match read(value) {
                Ok(lines) => filters.add_daemon_lines(&lines, kind),
                Err(errno) => {
                    let why = strerror(errno);
                    return self.report(&rules::BAD_FILTER_FILE, self.value_of(set), &[value, why.as_bytes()]);
                }
            },
        };
        if let Err(error) = done {
            self.report(&rules::BAD_FILTER, self.value_of(set), &[&error.text]);
        }
    }

    /// A file that is to be created needs its directory.
    pub(super) fn parent(&mut self, set: &Set, path: &[u8]) {
        let dir = match path.iter().rposition(|b| *b == b'/') {
            Some(0) | None => return,
            Some(at) => path.get(..at).unwrap_or_default(),
        };
        if !self.system.stat(dir).is_ok_and(|meta| meta.is_dir()) {
            self.report(&rules::NO_PARENT, self.value_of(set), &[path, dir]);
        }
    }
}

/// Whether a switch is on, as far as a look at its text tells.
pub(super) fn is_yes(value: &[u8]) -> bool {
    [&b"yes"[..], b"true", b"1"].iter().any(|yes| value.eq_ignore_ascii_case(yes))
}
