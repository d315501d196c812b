//! `auth users` and the secrets file.

use super::{Check, Spot, rules};
use crate::access::secrets::LINE;
use crate::access::users::conf_list;
use crate::config::{Module, Place};
use crate::filter::wildmatch::match_simple;
use crate::fs::{Meta, strerror};
use crate::limits::SECRETS_BYTES;

/// Bits of a mode by which others may read or write.
const OTHERS: u32 = 0o006;

/// A secrets file that modules use.
pub(super) struct Secrets {
    meta: Meta,
    /// Its lines, without their passwords.
    lines: Vec<Line>,
    /// Who logs in by it; `None` where that depends on the connection.
    rules: Option<Vec<Vec<u8>>>,
}

/// What a line is.
enum Line {
    /// Blank, or a comment.
    Nothing,
    /// A name and whether its password is empty.
    Secret(Vec<u8>, bool),
    /// Neither.
    Odd,
    /// Longer than is read.
    Long,
}

impl Check<'_> {
    pub(super) fn login(&mut self, number: usize, module: &Module) {
        let auth = self.expanded(&module.name, &module.auth_users);
        let Some(path) = self.expanded(&module.name, &module.secrets_file) else { return };
        let list = auth.clone().unwrap_or_default();
        if auth.is_some() && list.is_empty() {
            return;
        }
        let mut names: Vec<&[u8]> = Vec::new();
        let mut all = false;
        for rule in conf_list(&list) {
            let mut parts = rule.splitn(2, |b| *b == b':');
            let (name, option) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
            let option_low = option.to_ascii_lowercase();
            let known = [&b"d"[..], b"ro", b"rw"].iter().any(|start| option_low.starts_with(start));
            if !option.is_empty() && !known {
                self.report(&rules::BAD_AUTH_OPTION, self.within(number, "auth users", rule), &[option, name]);
            }
            if all {
                self.report(&rules::LATE_RULE, self.within(number, "auth users", rule), &[rule]);
            }
            all |= name == b"*";
            if let Some(group) = name.strip_prefix(b"@").filter(|group| !is_wild(group))
                && self.system.group(group).is_none()
            {
                self.report(&rules::NO_GROUP, self.within(number, "auth users", rule), &[group]);
            }
            if !option_low.starts_with(b"d") {
                names.push(name);
            }
        }
        let first = names.iter().find(|name| !is_wild(name)).copied().unwrap_or(b"backup");
        if path.is_empty() {
            return self.report(&rules::NO_SECRETS_FILE, self.spot(number, "auth users"), &[first]);
        }
        let path = self.at(&path);
        let spot = self.spot(number, "secrets file");
        let read = |path: &[u8]| self.system.read(path, SECRETS_BYTES).map(|(text, meta)| Secrets::of(&text, meta));
        if !self.secrets.iter().any(|(known, _)| *known == path) {
            self.secrets.push((path.clone(), read(&path)));
        }
        let secrets = match self.secrets.iter_mut().find(|(known, _)| *known == path) {
            Some((_, Ok(secrets))) => secrets,
            Some((_, Err(errno))) => {
                let why = strerror(*errno);
                return self.report(&rules::NO_SECRETS, spot, &[&path, why.as_bytes(), first]);
            }
            None => return,
        };
        match &mut secrets.rules {
            Some(rules) if auth.is_some() => rules.extend(names.iter().map(|name| name.to_vec())),
            rules => *rules = None,
        }
        let (mode, owner) = (secrets.meta.mode & 0o7777, secrets.meta.uid);
        let there =
            |name: &[u8]| secrets.lines.iter().any(|line| matches!(line, Line::Secret(known, _) if known == name));
        let lacking: Vec<&[u8]> =
            names.into_iter().filter(|name| !is_wild(name) && name.first() != Some(&b'@') && !there(name)).collect();
        if mode & OTHERS != 0 {
            let rule = if module.strict_modes { &rules::OPEN_SECRETS } else { &rules::SHOWN_SECRETS };
            self.report(rule, spot, &[&path, format!("{mode:o}").as_bytes()]);
        } else if module.strict_modes && self.own == 0 && owner != 0 {
            self.report(&rules::FOREIGN_SECRETS, spot, &[&path, &self.called(owner)]);
        }
        for name in lacking {
            self.report(&rules::NO_SECRET, self.within(number, "auth users", name), &[name, &path]);
        }
    }

    /// What is wrong in the secrets files themselves. Their lines are never printed.
    pub(super) fn secrets_files(&mut self) {
        for (path, secrets) in std::mem::take(&mut self.secrets) {
            let Ok(secrets) = secrets else { continue };
            let file = crate::escape::Escaped(&path).to_string();
            let mut seen: Vec<(&[u8], u32)> =
                (1u32..).zip(&secrets.lines).filter_map(|(n, line)| line.name().map(|name| (name, n))).collect();
            seen.sort_unstable();
            for (number, line) in (1u32..).zip(&secrets.lines) {
                let spot = Spot { file: &file, at: Place { line: number, column: 1 } };
                match line {
                    Line::Nothing => {}
                    Line::Odd => self.report(&rules::SECRET_SYNTAX, spot, &[]),
                    Line::Long => self.report(&rules::SECRET_LONG, spot, &[]),
                    Line::Secret(name, empty) => {
                        let at = seen.partition_point(|(known, _)| *known < name.as_slice());
                        let first = seen.get(at).map_or(number, |(_, first)| *first);
                        if first != number {
                            self.report(&rules::SECRET_AGAIN, spot, &[name, first.to_string().as_bytes()]);
                            continue;
                        }
                        if *empty {
                            self.report(&rules::SECRET_EMPTY, spot, &[name, &path]);
                        }
                        if secrets.rules.as_ref().is_some_and(|rules| !admits(rules, name)) {
                            self.report(&rules::SECRET_STALE, spot, &[name, &path]);
                        }
                    }
                }
            }
        }
    }
}

impl Line {
    fn name(&self) -> Option<&[u8]> {
        match self {
            Self::Secret(name, _) => Some(name),
            _ => None,
        }
    }
}

impl Secrets {
    fn of(text: &[u8], meta: Meta) -> Self {
        let text = text.strip_suffix(b"\n").unwrap_or(text);
        let line = |line: &[u8]| {
            let line = line.trim_ascii_end();
            if line.len() > LINE {
                return Line::Long;
            }
            match line.iter().position(|b| *b == b':') {
                _ if line.is_empty() || line.starts_with(b"#") => Line::Nothing,
                None | Some(0) => Line::Odd,
                Some(_) if line.first().is_some_and(u8::is_ascii_whitespace) => Line::Odd,
                Some(at) => {
                    Line::Secret(line.get(..at).unwrap_or_default().to_vec(), at.saturating_add(1) == line.len())
                }
            }
        };
        Self { meta, lines: text.split(|b| *b == b'\n').map(line).collect(), rules: Some(Vec::new()) }
    }
}

/// Whether a rule may let the name in. Whoever is in a group is not known here.
fn admits(rules: &[Vec<u8>], name: &[u8]) -> bool {
    let is_group = name.first() == Some(&b'@');
    rules.iter().any(|rule| match rule.strip_prefix(b"@") {
        Some(group) => !is_group || match_simple(group, name.get(1..).unwrap_or_default()),
        None => !is_group && match_simple(rule, name),
    })
}

fn is_wild(name: &[u8]) -> bool {
    name.iter().any(|b| b"*?[".contains(b))
}
