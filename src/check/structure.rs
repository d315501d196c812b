//! The form of the file: what the parser says, what is never reached, what is said twice.

use super::rules::{self, Rule};
use super::{Check, Spot};
use crate::config::trace::{Part, Set};
use crate::config::{self, ConfigError, Place};

/// Bits of a mode by which others than the owner may write.
const OTHERS_WRITE: u32 = 0o022;

impl Check<'_> {
    pub(super) fn structure(&mut self) {
        let (config, trace) = (self.config, self.trace);
        for error in trace.errors.iter().chain(&config.warnings) {
            self.parser_says(error);
        }
        self.lost();
        self.headers();
        let last_header = trace.headers.last().map_or(0, |header| header.born);
        let mut places = Vec::new();
        for (number, set) in trace.settings.iter().enumerate() {
            if set.part == Part::Lost {
                continue;
            }
            let (spot, name) = (self.line_of(set), set.name.as_bytes());
            let in_global = set.part == Part::Global;
            let is_global = config::is_global(set.name);
            let mut counts = true;
            if is_global && rules::LISTENER.contains(&set.name) && trace.first_header.is_some_and(|at| number >= at) {
                counts = false;
                self.report(&rules::LATE_LISTENER, spot, &[name]);
            } else if let Some(module) = set.behind_include.filter(|_| in_global && !is_global) {
                let module = config.modules.get(module).map_or(&b""[..], |module| &module.name);
                self.report(&rules::BEHIND_INCLUDE, spot, &[name, module]);
            } else if in_global
                && !is_global
                && !config::is_late(set.name)
                && number >= last_header
                && !trace.headers.is_empty()
            {
                self.report(&rules::LATE_DEFAULT, spot, &[name]);
            }
            // A default may be set anew for each module below it.
            let stretch = if in_global && !is_global { trace.headers.partition_point(|h| h.born <= number) } else { 0 };
            let file = if set.until == usize::MAX { 0 } else { set.file.saturating_add(1) };
            let stretch = stretch.saturating_mul(trace.files.len().saturating_add(1)).saturating_add(file);
            if counts {
                places.push((set.part, set.name, stretch, number));
            }
            self.form_of(set);
        }
        self.set_twice(places);
        if let Some((name, _)) = trace.files.first() {
            let meta = self.system.stat(name.as_bytes());
            if meta.is_ok_and(|meta| meta.mode & OTHERS_WRITE != 0 && meta.is_file()) {
                let start = Spot { file: name, at: Place { line: 1, column: 1 } };
                self.report(&rules::OPEN_CONFIG, start, &[name.as_bytes()]);
            }
            if trace.headers.is_empty() && trace.errors.is_empty() {
                self.report(&rules::NO_MODULES, Spot { file: name, at: Place { line: 1, column: 1 } }, &[]);
            }
        }
    }

    /// Settings of one name in one place: part, name, and a number for the stretch of the file.
    fn set_twice(&mut self, mut places: Vec<(Part, &str, usize, usize)>) {
        places.sort_unstable();
        for pair in places.windows(2) {
            let [first, second] = pair else { continue };
            let (Some(old), Some(new)) = (self.trace.settings.get(first.3), self.trace.settings.get(second.3)) else {
                continue;
            };
            if (first.0, first.1, first.2) == (second.0, second.1, second.2) {
                let line = old.at.line.to_string();
                self.report(&rules::TWICE, self.line_of(new), &[new.name.as_bytes(), line.as_bytes()]);
            }
        }
    }

    /// A line of the parser, with what mends it.
    fn parser_says(&mut self, error: &ConfigError) {
        let spot = Spot { file: &error.file, at: Place { line: error.line, column: error.column } };
        let text = error.message.as_bytes();
        if let Some(rest) = error.message.strip_prefix("IGNORING unknown parameter \"") {
            let name = rest.split('"').next().unwrap_or_default();
            let foreign = rules::FOREIGN.iter().find(|(old, _)| old.eq_ignore_ascii_case(name));
            if let Some((_, advice)) = foreign {
                return self.report(&rules::DEPRECATED, spot, &[name.as_bytes(), advice.as_bytes()]);
            }
            let advice = match config::nearest(name.as_bytes()) {
                Some(near) => format!("write {near}"),
                None => "remove the line; tinyrsyncd check --explain all lists the parameters".to_owned(),
            };
            return self.report(&rules::UNKNOWN, spot, &[name.as_bytes(), advice.as_bytes()]);
        }
        let known = rules::PARSER.iter().find(|(start, _)| error.message.starts_with(start));
        let rule: Option<&'static Rule> = known.map_or(Some(&rules::OTHER), |(_, rule)| *rule);
        if let Some(rule) = rule {
            self.report(rule, spot, &[text]);
        }
    }

    /// Parameters below a header that could not be read: said once a header.
    fn lost(&mut self) {
        let settings = &self.trace.settings;
        for run in settings.chunk_by(|a, b| a.part == Part::Lost && b.part == Part::Lost) {
            let Some(first) = run.first().filter(|set| set.part == Part::Lost) else { continue };
            let file = self.file(first.file);
            let broken = self.trace.errors.iter().rev().find(|e| e.file == file && e.line < first.at.line);
            let line = broken.map_or(0, |error| error.line).to_string();
            self.report(&rules::LOST, self.line_of(first), &[run.len().to_string().as_bytes(), line.as_bytes()]);
        }
    }

    fn headers(&mut self) {
        for header in &self.trace.headers {
            let Some(first) = self.places.header(header.module).filter(|first| !std::ptr::eq(*first, header)) else {
                continue;
            };
            let spot = Spot { file: self.file(header.file), at: header.at };
            let line = first.at.line.to_string();
            self.report(&rules::REOPENED, spot, &[&header.name, line.as_bytes(), &first.name]);
        }
    }

    /// Quotes and comments that are none, and variables that nobody set.
    fn form_of(&mut self, set: &Set) {
        let (value, spot) = (&set.value, self.value_of(set));
        // A path shows by itself whether it was meant so.
        if set.name != "path" && !rules::FREE_TEXT.contains(&set.name) {
            if is_quoted(value) {
                self.report(&rules::QUOTED, spot, &[]);
            }
            if has_comment(value) {
                self.report(&rules::COMMENT, spot, &[]);
            }
        }
        if matches!(set.name, "path" | "secrets file" | "log file" | "lock file" | "temp dir" | "uid" | "gid") {
            for name in value.split(|b| *b == b'%').skip(1) {
                let is_name = name.len() > 1 && name.iter().all(|b| b.is_ascii_uppercase() || *b == b'_');
                if is_name && !name.starts_with(b"RSYNC_") && self.system.variable(name).is_none() {
                    self.report(&rules::NO_VARIABLE, spot, &[name]);
                }
            }
        }
    }
}

/// Whether a value stands in quotes, which mean nothing here.
pub(super) fn is_quoted(value: &[u8]) -> bool {
    matches!(value, [first @ (b'"' | b'\''), .., last] if first == last)
}

/// Whether a value goes on like a comment.
pub(super) fn has_comment(value: &[u8]) -> bool {
    value.windows(2).any(|pair| matches!(pair, b" #" | b"\t#" | b" ;" | b"\t;"))
}
