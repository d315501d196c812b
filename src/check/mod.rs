//! `check`: reads a configuration with the daemon's own parser and tells everything that is wrong with it, or hardly meant.
//!
//! `rules` holds the texts, the files beside it look for breaches, `report` prints them, `explain` tells what each parameter
//! does. Facts about the machine come through [`System`], so that every rule is tested with a made-up one. Imports the pure
//! rooms, `fs` and `os`.

mod daemon;
mod disk;
pub mod explain;
mod finding;
mod hosts;
mod login;
mod module;
mod report;
mod rules;
mod structure;
mod system;
#[cfg(test)]
mod tests;
mod values;

use std::cell::Cell;

pub use finding::Finding;
pub use rules::Grade;
pub use system::{Real, System, Who};

use rustix::io::Errno;

use crate::config::trace::{Places, Set, Trace};
use crate::config::{self, Config, Place};
use disk::Disks;
use rules::Rule;

/// What the command line says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The configuration file.
    pub config: Vec<u8>,
    /// For machines.
    pub json: bool,
}

/// Checks a configuration and prints what is found. Returns the exit code: 0 nothing, 1 warnings, 2 errors.
pub fn run(options: &Options) -> i32 {
    let system = Real::new();
    let (config, trace) = config::trace(&crate::os::operator::Files, &options.config, &|name| system.variable(name));
    let findings = examine(&config, &trace, &system);
    let worst = findings.iter().map(|finding| finding.rule.grade).max();
    let text = report::Report { options, config: &config, trace: &trace, findings: &findings, uid: system.uid() };
    let _ = crate::fs::write_all(rustix::stdio::stdout(), text.print().as_bytes());
    match worst {
        None => 0,
        Some(Grade::Warning) => 1,
        Some(Grade::Error) => 2,
    }
}

/// Everything that is found, in the order of the files.
pub fn examine(config: &Config, trace: &Trace, system: &dyn System) -> Vec<Finding> {
    let mut check = Check {
        config,
        trace,
        places: Places::of(trace),
        system,
        disks: Disks::read(system),
        lines: report::lines(trace),
        own: system.uid(),
        base: Vec::new(),
        findings: Vec::new(),
        secrets: Vec::new(),
        hosts: Vec::new(),
    };
    check.structure();
    check.daemon();
    check.values();
    for (number, module) in config.modules.iter().enumerate() {
        check.module(number, module);
    }
    check.overlaps();
    check.secrets_files();
    let mut findings = check.findings;
    let order = |file: &str| trace.files.iter().position(|(name, _)| name == file).unwrap_or(usize::MAX);
    findings.sort_by(|a, b| {
        let key = |f: &Finding| (order(&f.file), f.at.line, f.at.column, std::cmp::Reverse(f.rule.grade));
        key(a).cmp(&key(b)).then_with(|| a.message.cmp(&b.message))
    });
    findings.dedup();
    findings
}

/// A check under way.
struct Check<'a> {
    config: &'a Config,
    trace: &'a Trace,
    places: Places<'a>,
    system: &'a dyn System,
    disks: Disks,
    /// The lines of each file.
    lines: Vec<Vec<&'a [u8]>>,
    /// The user that serves, before a module's own.
    own: u32,
    /// The directory that `daemon chroot` confines the daemon to; empty: none.
    base: Vec<u8>,
    findings: Vec<Finding>,
    /// Secrets files that were read.
    secrets: Vec<(Vec<u8>, Result<login::Secrets, Errno>)>,
    /// Host names that were looked up.
    hosts: Vec<(Vec<u8>, bool)>,
}

/// Where a finding stands.
#[derive(Clone, Copy)]
struct Spot<'a> {
    file: &'a str,
    at: Place,
}

impl<'a> Check<'a> {
    // Called from everywhere and seldom: none of these is worth its room more than once.
    #[cold]
    #[inline(never)]
    fn report(&mut self, rule: &'static Rule, spot: Spot<'_>, words: &[&[u8]]) {
        self.findings.push(Finding::new(rule, spot.file, spot.at, words));
    }

    fn file(&self, number: usize) -> &'a str {
        self.trace.files.get(number).map_or("", |(name, _)| name)
    }

    /// The place of a setting's value.
    #[inline(never)]
    fn value_of(&self, set: &Set) -> Spot<'a> {
        Spot { file: self.file(set.file), at: set.value_at }
    }

    /// The place of a setting's line.
    #[inline(never)]
    fn line_of(&self, set: &Set) -> Spot<'a> {
        Spot { file: self.file(set.file), at: set.at }
    }

    /// Where a module's parameter was set; its header where it was not.
    #[inline(never)]
    fn spot(&self, module: usize, name: &str) -> Spot<'a> {
        match self.places.source(module, name, true) {
            Some(set) => self.value_of(set),
            None => self.header(module),
        }
    }

    /// A word of a module's list: where it stands in the line, if it stands there as it is.
    #[cold]
    #[inline(never)]
    fn within(&self, module: usize, name: &str, word: &[u8]) -> Spot<'a> {
        let mut spot = self.spot(module, name);
        let Some(set) = self.places.source(module, name, true) else { return spot };
        let number = usize::try_from(set.value_at.line).unwrap_or(1).saturating_sub(1);
        let line = self.lines.get(set.file).and_then(|lines| lines.get(number)).copied().unwrap_or_default();
        let start = usize::try_from(set.value_at.column).unwrap_or(1).saturating_sub(1);
        let rest = line.get(start..).unwrap_or_default();
        let found = rest.windows(word.len().max(1)).position(|part| part.eq_ignore_ascii_case(word));
        let more = found.and_then(|at| u32::try_from(at).ok()).unwrap_or(0);
        spot.at.column = spot.at.column.saturating_add(more);
        spot
    }

    /// Where a module begins.
    fn header(&self, module: usize) -> Spot<'a> {
        match self.places.header(module) {
            Some(header) => Spot { file: self.file(header.file), at: header.at },
            None => Spot { file: self.file(0), at: Place { line: 1, column: 1 } },
        }
    }

    /// A value with its variables filled in; `None` when it depends on the connection.
    #[inline(never)]
    fn expanded(&self, module: &[u8], value: &[u8]) -> Option<Vec<u8>> {
        let depends = Cell::new(false);
        let vars = |name: &[u8]| match name {
            b"RSYNC_MODULE_NAME" => Some(module.to_vec()),
            b"RSYNC_HOST_ADDR" | b"RSYNC_HOST_NAME" | b"RSYNC_USER_NAME" | b"RSYNC_PID" | b"RSYNC_MODULE_PATH" => {
                depends.set(true);
                Some(Vec::new())
            }
            _ => self.system.variable(name),
        };
        config::expand(value, &vars).ok().filter(|_| !depends.get())
    }
}
