//! `--debug` and many `-v`: what this side is at, in the words of stock's traces.

use super::context::Context;
use super::generator::Generator;
use super::say::{Say, info, words};
use super::sender::Sender;
use crate::delta::Tally;
use crate::filter::Reason;
use crate::options::Remark;

impl Context {
    /// Tells the peer a line of a trace, if it wants to hear it; only then is the line made.
    pub fn trace(&self, to: &mut impl Say, remark: Remark, line: &dyn Fn() -> Vec<u8>) {
        if self.tells(remark) {
            info(to, &line());
        }
    }

    /// The same for a line that is always the same.
    pub fn trace_text(&self, to: &mut impl Say, remark: Remark, line: &str) {
        self.trace(to, remark, &|| line.as_bytes().to_vec());
    }
}

/// Which rule decided about a name, as `role` says it: `words` for one that leaves it out and for one that keeps it.
pub(super) fn rule(role: &str, words_of: [&str; 2], reason: &Reason, name: &[u8], is_dir: bool) -> Vec<u8> {
    let [excludes, includes] = words_of;
    let verb = if reason.excludes { excludes } else { includes };
    let kind = if is_dir { "directory" } else { "file" };
    let head = format!("[{role}] {verb} {kind} ");
    words(&[head.as_bytes(), name, b" because of pattern ", &reason.pattern])
}

impl Sender<'_, '_> {
    /// A line of the sender's.
    pub(super) fn trace(&mut self, line: &str) {
        self.lister.ctx.trace_text(self.link, Remark::Sending, line);
    }

    /// Which entry the peer asked about.
    pub(super) fn trace_request(&mut self, ndx: i32, segment: i32) {
        if self.lister.ctx.tells(Remark::Sending)
            && let Some((base, name, _)) = self.live.at(segment).map(|live| self.place_of(live, ndx))
        {
            let mut path = self.lister.path(base, &name);
            if name == b"." {
                path.extend_from_slice(if path.is_empty() { b"." } else { b"/." });
            }
            info(self.link, &words(&[format!("send_files({ndx}, ").as_bytes(), &path, b")"]));
        }
    }

    /// A file is open, and is about to be searched.
    pub(super) fn trace_opened(&mut self, base: u16, name: &[u8], size: u64) {
        let (ctx, lister) = (self.lister.ctx, &self.lister);
        let size = format!(" of size {size}");
        ctx.trace(self.link, Remark::Search, &|| {
            words(&[b"send_files mapped ", &lister.path(base, name), size.as_bytes()])
        });
        ctx.trace(self.link, Remark::Search, &|| words(&[b"calling match_sums ", &lister.path(base, name)]));
    }

    /// All of a file is on its way.
    pub(super) fn trace_sent(&mut self, base: u16, name: &[u8]) {
        let (ctx, lister) = (self.lister.ctx, &self.lister);
        ctx.trace(self.link, Remark::Sending, &|| words(&[b"sender finished ", &lister.path(base, name)]));
    }

    /// What all searches came to. How often the table was looked into hangs on its form.
    pub(super) fn trace_totals(&mut self) {
        self.trace("send files finished");
        let Tally { matches, hits, false_alarms } = self.transfer.tally;
        let data = self.transfer.literal;
        self.lister.ctx.trace(self.link, Remark::Totals, &|| {
            format!("total: matches={matches}  hash_hits={hits}  false_alarms={false_alarms} data={data}").into_bytes()
        });
    }
}

impl Generator<'_> {
    /// Which rule keeps, or gives up, a name that the sender does not have.
    pub(super) fn trace_rule(&mut self, name: &[u8], is_dir: bool, inside_doomed: bool) {
        if self.ctx.tells(Remark::Filter)
            && !self.filters.daemon_hides(name, is_dir)
            && let Some(reason) = self.filters.reason(name, is_dir, inside_doomed)
        {
            info(&mut self.out, &rule("generator", ["protecting", "risking"], &reason, name, is_dir));
        }
    }
}
