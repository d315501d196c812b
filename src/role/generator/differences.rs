//! What differs about the entry in hand.

use super::Generator;
use crate::flist::{Entry, Segment};
use crate::fs::Meta;
use crate::role::attributes;
use crate::wire::item::iflags;

impl Generator<'_> {
    /// An entry's turn begins: what else was sent about it is at hand from here on.
    pub(super) fn take_extra(&mut self, segment: &Segment, ndx: i32) {
        if self.ctx.codec.has_extras() {
            self.extra = segment.extra(ndx);
        }
    }

    /// Which attributes of `here` differ from what was sent, as item flags.
    pub(super) fn differences(&self, entry: &Entry, here: &Meta, touched: bool) -> u16 {
        let mut flags = attributes::differences(self.ctx, entry, here, touched);
        if attributes::atime_change(self.ctx, entry, &self.extra, here).is_some() {
            flags |= iflags::REPORT_ATIME;
        }
        flags
    }
}
