//! The end of a push: second tries, late deletions, directory times, goodbye.

use super::Generator;
use crate::net::Fatal;
use crate::net::fatal::exit;
use crate::options::{DeleteWhen, Remark};
use crate::role::flush::{self, Sync};
use crate::role::say::{file_error, io_error, warning};
use crate::wire::ndx::DEL_STATS;

impl Generator<'_> {
    /// Everything behind the walk over the lists.
    pub(super) fn tail(&mut self) -> Result<(), Fatal> {
        let protocol = self.ctx.protocol;
        let late = matches!(self.ctx.options.delete, DeleteWhen::After | DeleteWhen::Delay);
        let inc = self.ctx.codec.inc;
        if inc {
            // The end of the last list is the end of the first phase.
            while !self.live.is_empty() {
                self.finish_lists()?;
                if !self.live.is_empty() {
                    self.wait_for_note()?;
                }
            }
        } else {
            self.put_done();
        }
        self.trace_phase(1);
        self.wait_phases(1)?;
        self.serve_redos()?;
        self.put_done();
        self.closed = true;
        self.trace_phase(2);
        // Link records of followers that wait for a second try must come before the next marker.
        let early = !self.groups.waiting();
        if protocol >= 29 && early {
            self.put_done();
        }
        if protocol >= 31 && early && !late {
            self.put_delete_stats();
            self.put_done();
        }
        self.wait_phases(2)?;
        if protocol >= 29 && !early {
            self.put_done();
        }
        if protocol >= 31 && !early && !late {
            self.put_delete_stats();
            self.put_done();
        }
        if protocol >= 29 {
            self.trace_phase(3);
            self.wait_phases(3)?;
        }
        if late {
            self.delete_late()?;
            if protocol >= 31 {
                self.put_delete_stats();
                self.put_done();
            }
        }
        if let Some(skipped) = self.deleter.limit_skipped() {
            self.troubles.io_error |= io_error::DELETE_LIMIT;
            let line = format!("Deletions stopped due to --max-delete limit ({skipped} skipped)");
            warning(&mut self.out, line.as_bytes());
        }
        if protocol >= 31 {
            self.wait_phases(4)?;
        }
        self.touch_up_rest()?;
        if self.ctx.sync == Sync::End
            && let Err(errno) = flush::flush(self.whole.root())
        {
            file_error(&mut self.out, &mut self.troubles, &flush::last_failure(errno));
        }
        self.trace(Remark::Generating, "generate_files finished");
        self.put_done();
        self.out.flush()
    }

    fn trace_phase(&mut self, phase: u8) {
        self.trace(Remark::Generating, &format!("generate_files phase={phase}"));
    }

    fn put_delete_stats(&mut self) {
        let options = &self.ctx.options;
        if options.delete != DeleteWhen::No || options.force {
            self.ndx.put(&mut self.out, DEL_STATS);
            self.deleter.stats.put(&mut self.out);
        }
    }

    /// Directories whose times were left for the end.
    fn touch_up_rest(&mut self) -> Result<(), Fatal> {
        if self.local_name.is_some() {
            return Ok(());
        }
        for segment in self.deleter.take_touch_later() {
            self.touch_up(&segment)?;
        }
        if !self.ctx.codec.inc
            && let Some(segment) = self.live.front().map(|live| live.segment.clone())
        {
            self.touch_up(&segment)?;
        }
        Ok(())
    }

    /// An entry without its parent in the list: a list no honest sender makes.
    pub(super) fn orphan(&self, name: &[u8]) -> Fatal {
        let text = [b"ABORTING due to invalid path from sender: ", name].concat();
        Fatal::new(exit::PROTOCOL, text)
    }
}
