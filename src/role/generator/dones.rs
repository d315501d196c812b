//! Waiting for the sender's ends of phases.

use super::Generator;
use crate::net::Fatal;
use crate::wire::ndx::DONE;

impl Generator<'_> {
    /// Writes an end of phase.
    pub(super) fn put_done(&mut self) {
        self.ndx.put(&mut self.out, DONE);
    }

    /// Waits until the sender has ended `count` phases, serving what comes meanwhile.
    pub(super) fn wait_phases(&mut self, count: u32) -> Result<(), Fatal> {
        self.take_notes()?;
        while self.phases < count {
            self.wait_for_note()?;
        }
        Ok(())
    }
}
