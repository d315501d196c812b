//! Long values of extended attributes: asked for with the request for an entry, read with its answer.

use super::context::Context;
use super::receiver::{Receiver, listed_name};
use super::xattrs;
use crate::escape::Escaped;
use crate::flist::xattr::{Datum, Numbers, Set, read_len};
use crate::flist::{Extra, Segment};
use crate::fs::strerror;
use crate::limits::{XATTR_BYTES, XATTR_KEPT};
use crate::net::Receive;
use crate::net::fatal::{Fatal, exit};
use crate::role::notes::Note;
use crate::role::say::words;
use crate::wire::frame::Code;
use crate::wire::item::iflags;

impl Context {
    /// Whether a record with these flags has requests for, or values of, extended attributes behind it.
    pub fn has_values(&self, flags: u16) -> bool {
        let linked = iflags::XNAME_FOLLOWS | iflags::LOCAL_CHANGE;
        self.codec.xattrs
            && flags & iflags::REPORT_XATTR != 0
            && !self.options.dry_run
            && !(self.xattr_optim && flags & linked == linked)
    }
}

impl Receiver<'_> {
    /// Reads the values behind a record.
    pub(super) fn values(&mut self, set: &Set) -> Result<(), Fatal> {
        let mut numbers = Numbers::default();
        while let Some(number) = self.input.decode(|r| numbers.read(r))? {
            numbers.advance(number);
            let item = set.item(number).map(|item| &item.datum);
            let Some(Datum::Long(long)) = item else {
                return Err(Fatal::protocol("value of an attribute that has none to send"));
            };
            // Meanwhile it may have been found here, in another file with the same attributes.
            if !long.is_asked() {
                return Err(Fatal::protocol("value of an attribute that was not asked for"));
            }
            let len = self.input.decode(read_len)?;
            // More than that no file system here takes: it is read, and not kept.
            let kept = len <= XATTR_KEPT;
            self.value_bytes = self.value_bytes.saturating_add(if kept { len } else { 0 });
            if self.value_bytes > XATTR_BYTES {
                return Err(Fatal::new(exit::MALLOC, "extended attributes need more memory than this server allows"));
            }
            let mut value = Vec::new();
            self.input.stream(len, |piece| {
                if kept {
                    value.extend_from_slice(piece);
                }
                Ok(())
            })?;
            if kept {
                long.supply(value);
            }
        }
        Ok(())
    }

    /// A record without data that says that attributes differ: they are set now that all values are here.
    pub(super) fn set_reported(&mut self, segment: &Segment, at: Option<usize>, extra: &Extra) {
        let Some(set) = &extra.xattrs else { return };
        let local = self.local_name.clone().unwrap_or_else(|| listed_name(segment, at));
        let full = self.places.full(&local);
        let shown = self.ctx.shown(&self.places.full(b""), &local);
        let Ok(here) = self.whole.lstat(&full) else { return };
        let notes = self.notes;
        xattrs::set(self.ctx, &mut self.whole, &full, &shown, &here, set, &mut |what, errno| {
            let line = words(&[b"rsync: [receiver] ", what, b": ", strerror(errno).as_bytes()]);
            log::error!("{}", Escaped(&line));
            notes.push(Note::Text(Code::ErrorXfer, line));
        });
    }
}
