//! What a client can only say with `--remote-option`: rules of its own for this side, and when to stop.

use super::enter::Entered;
use crate::filter::{Default_, Filters};
use crate::net::fatal::{Fatal, exit};
use crate::options::{Options, RuleKind};
use crate::os;
use crate::role::list::merge_file;
use crate::role::say::words;

impl Entered {
    /// Adds the rules. Files that they name lie in the module.
    pub(super) fn own_rules(&self, options: &Options, filters: &mut Filters) -> Result<(), Fatal> {
        filters.set_from0(options.from0);
        for (kind, text) in &options.extra_rules {
            let added = match kind {
                RuleKind::Exclude => filters.add_rule(&[b"- ", text.as_slice()].concat()),
                RuleKind::Include => filters.add_rule(&[b"+ ", text.as_slice()].concat()),
                RuleKind::Filter => {
                    filters.add_rule_with(text, &mut |path| merge_file(&self.root, &self.file_of(path)))
                }
                RuleKind::ExcludeFrom => {
                    filters.add_lines(text, &self.lines(text, "exclude", filters)?, Default_::Exclude)
                }
                RuleKind::IncludeFrom => {
                    filters.add_lines(text, &self.lines(text, "include", filters)?, Default_::Include)
                }
            };
            added.map_err(|error| Fatal::new(error.exit, error.text))?;
        }
        Ok(())
    }

    fn lines(&self, name: &[u8], kind: &str, filters: &Filters) -> Result<Vec<u8>, Fatal> {
        let path = self.file_of(name);
        if filters.daemon_hides_path(&path, false) {
            return Err(Fatal::new(exit::UNSUPPORTED, "rsync: Your options have been rejected by the server."));
        }
        merge_file(&self.root, &path).ok_or_else(|| {
            let text = words(&[
                b"rsync: failed to open ",
                kind.as_bytes(),
                b" file ",
                name,
                b": No such file or directory (2)",
            ]);
            Fatal::new(exit::FILE_IO, text)
        })
    }
}

/// When the client wants the session to end, seconds from now; 0 = never.
pub(super) fn stop_s(options: &Options) -> Result<u64, Fatal> {
    let Some((stop, text)) = &options.stop_at else { return Ok(options.stop_after_s) };
    let left = os::time::until_local(|now| stop.next(now, os::time::civil)).ok_or_else(|| {
        Fatal::new(exit::UNSUPPORTED, words(&[b"rsync: --stop-at time is not in the future: ", text]))
    })?;
    Ok(if options.stop_after_s == 0 { left } else { left.min(options.stop_after_s) })
}
