//! Findings as text with the line and a marker, or as JSON.

use super::{Finding, Grade, Options};
use crate::config::Config;
use crate::config::trace::Trace;
use crate::escape::Escaped;
use crate::fs::Root;

/// Characters of a line that are shown.
const SHOWN: usize = 160;

/// What is printed.
pub(super) struct Report<'a> {
    pub options: &'a Options,
    pub config: &'a Config,
    pub trace: &'a Trace,
    pub findings: &'a [Finding],
    pub uid: u32,
}

impl Report<'_> {
    pub(super) fn print(&self) -> String {
        let count = |grade| self.findings.iter().filter(|finding| finding.rule.grade == grade).count();
        let (errors, warnings) = (count(Grade::Error), count(Grade::Warning));
        if self.options.json { self.json(errors, warnings) } else { self.text(errors, warnings) }
    }

    fn text(&self, errors: usize, warnings: usize) -> String {
        let mut out = String::new();
        let lines = lines(self.trace);
        for finding in self.findings {
            let Finding { file, at, message, fix, .. } = finding;
            out += &format!("{file}:{}:{}: {}: {message}\n", at.line, at.column, grade(finding));
            let known = self.trace.files.iter().position(|(name, _)| name == file).and_then(|file| lines.get(file));
            let number = usize::try_from(at.line).unwrap_or(1).saturating_sub(1);
            if let Some(line) = known.and_then(|lines| lines.get(number)).filter(|line| !line.is_empty()) {
                marked(&mut out, line, at.column);
            }
            out += &format!("  fix: {fix}\n\n");
        }
        let fences = if openat2() { "yes, no path leads out of a module" } else { "no, paths are walked part by part" };
        let rights = if self.uid == 0 {
            "as root".to_owned()
        } else {
            format!("as uid {}: run it as the daemon's user", self.uid)
        };
        out += &format!(
            "{}: modules {}, errors {errors}, warnings {warnings} (checked {rights})\nfences of this kernel: openat2 {fences}; landlock, seccomp: not used by this version\n",
            Escaped(&self.options.config),
            self.config.modules.len()
        );
        out
    }

    fn json(&self, errors: usize, warnings: usize) -> String {
        let mut out = String::from("{\"findings\":[");
        for (number, finding) in self.findings.iter().enumerate() {
            out += if number == 0 { "\n{\"file\":" } else { ",\n{\"file\":" };
            quoted(&mut out, &finding.file);
            out += &format!(",\"line\":{},\"column\":{}", finding.at.line, finding.at.column);
            let fields = [
                ("grade", grade(finding)),
                ("rule", finding.rule.id),
                ("message", &finding.message),
                ("fix", &finding.fix),
            ];
            for (name, value) in fields {
                out += &format!(",\"{name}\":");
                quoted(&mut out, value);
            }
            out.push('}');
        }
        out += &format!(
            "\n],\"modules\":{},\"errors\":{errors},\"warnings\":{warnings},\"uid\":{},\"fences\":{{\"openat2\":{},\"landlock\":false,\"seccomp\":false}}}}\n",
            self.config.modules.len(),
            self.uid,
            openat2()
        );
        out
    }
}

fn grade(finding: &Finding) -> &'static str {
    match finding.rule.grade {
        Grade::Error => "error",
        Grade::Warning => "warning",
    }
}

/// The lines of each file.
pub(super) fn lines(trace: &Trace) -> Vec<Vec<&[u8]>> {
    let files = trace.files.iter();
    files.map(|(_, text)| text.split(|b| *b == b'\n').map(<[u8]>::trim_ascii_end).collect()).collect()
}

/// The line, and below it a mark under the column; of a long one the part around it.
fn marked(out: &mut String, line: &[u8], column: u32) {
    let column = usize::try_from(column).unwrap_or(1).saturating_sub(1).min(line.len());
    let (before, behind) = line.split_at_checked(column).unwrap_or((line, b""));
    let (before, behind) = (Escaped(before).to_string(), Escaped(behind).to_string());
    let skipped = before.chars().count().saturating_sub(SHOWN / 2);
    let before: String = before.chars().skip(skipped).collect();
    let pad: String = before.chars().map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
    let behind: String = behind.chars().take(SHOWN.saturating_sub(before.chars().count())).collect();
    *out += &format!("    {before}{behind}\n    {pad}^\n");
}

/// A JSON string. What a file holds was escaped before, so that it is text.
fn quoted(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\t' => out.push_str("\\t"),
            _ => out.push(c),
        }
    }
    out.push('"');
}

/// Whether this kernel confines paths by itself.
fn openat2() -> bool {
    let root = Root::open(b"/", crate::fs::Confine::Beneath);
    root.is_ok_and(|root| root.stat(b"").is_ok() && root.open_dir(b".").is_ok() && !root.walks())
}
