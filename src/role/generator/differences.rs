//! What differs about the entry in hand, and which values of attributes it takes to make it the same.

use super::Generator;
use crate::flist::xattr::{Datum, Numbers};
use crate::flist::{Entry, Extra, Segment};
use crate::fs::Meta;
use crate::role::attributes::Times;
use crate::role::{acls, attributes, xattrs};
use crate::wire::item::iflags;

/// Something that an entry is compared with.
#[derive(Clone, Copy, Debug)]
pub(super) enum Spot<'a> {
    /// By its name in the destination.
    Here(&'a [u8]),
    /// By its name from the module's root.
    Full(&'a [u8]),
    /// By the number of an alternate directory, and its name there.
    Alternate(u8, &'a [u8]),
}

impl Generator<'_> {
    /// An entry's turn begins: what else was sent about it is at hand from here on.
    pub(super) fn take_extra(&mut self, segment: &Segment, ndx: i32) {
        if self.ctx.codec.has_extras() {
            self.extra = segment.extra(ndx);
        }
    }

    /// Which attributes of `here` differ from what was sent, as item flags.
    pub(super) fn differences(&mut self, entry: &Entry, spot: Spot, here: &Meta, touched: bool) -> u16 {
        let mut flags = attributes::differences(self.ctx, entry, here, touched);
        if !self.ctx.codec.has_extras() {
            return flags;
        }
        let extra = std::mem::take(&mut self.extra);
        if attributes::atime_change(self.ctx, entry, &extra, here, Times::Near).is_some() {
            flags |= iflags::REPORT_ATIME;
        }
        let name = match spot {
            Spot::Here(name) => self.places.full(name),
            Spot::Full(name) => name.to_vec(),
            Spot::Alternate(at, name) => self.places.alternate(at, name).unwrap_or_default(),
        };
        let mode = u32::from(entry.mode);
        if acls::access_differs(&mut self.whole, &name, mode, &extra, here) {
            flags |= iflags::REPORT_ACL;
            // For a file without data to come, the list is set before the record is made, and brings the permissions along.
            let set_here = entry.is_file()
                && !touched
                && matches!(spot, Spot::Here(_) | Spot::Full(_))
                && !self.ctx.options.dry_run
                && !self.ctx.fake;
            if set_here && (mode ^ here.mode) & 0o7000 == 0 {
                flags &= !iflags::REPORT_PERMS;
            }
        }
        if acls::default_differs(&mut self.whole, &name, mode, &extra, here) {
            flags |= iflags::REPORT_ACL;
        }
        if let Some(set) = &extra.xattrs
            && xattrs::differ(self.ctx, &mut self.whole, &name, set)
        {
            flags |= iflags::REPORT_XATTR;
        }
        self.extra = extra;
        self.awaits_values = flags & iflags::REPORT_XATTR != 0;
        flags
    }

    /// What else was sent, as far as it is to be set now: extended attributes that are reported to differ are set by the
    /// receiver, when the sender's answer brings their values.
    pub(super) fn extra_in_hand(&self) -> Extra {
        let mut extra = self.extra.clone();
        extra.xattrs = extra.xattrs.filter(|set| !self.awaits_values && set.is_known());
        extra
    }

    /// The item flags of something that was not there.
    pub(super) fn new_flags(&mut self) -> u16 {
        iflags::IS_NEW | self.flags_of_set()
    }

    /// The item flag of extended attributes where nothing is there yet that could have them.
    pub(super) fn flags_of_set(&mut self) -> u16 {
        self.awaits_values = self.extra.xattrs.as_ref().is_some_and(|set| !set.items.is_empty());
        if self.awaits_values { iflags::REPORT_XATTR } else { 0 }
    }

    /// Behind a record that says that extended attributes differ: the long values that are not known here.
    pub(super) fn ask_values(&mut self, flags: u16) {
        if !self.ctx.has_values(flags) {
            return;
        }
        let mut numbers = Numbers::default();
        if let Some(set) = &self.extra.xattrs {
            for item in &set.items {
                if let Datum::Long(long) = &item.datum
                    && long.value().is_none()
                    && long.ask()
                {
                    numbers.put(&mut self.out, item.number);
                }
            }
        }
        Numbers::put_end(&mut self.out);
    }
}
