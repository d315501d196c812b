//! Symlinks, devices, fifos and sockets: made here, without data.

use std::sync::Arc;

use rustix::io::Errno;

use super::Generator;
use super::alternate::Level;
use super::differences::Spot;
use super::item::index;
use crate::filter::path::{sanitise, symlink_is_unsafe};
use crate::flist::kind::TYPE_BITS;
use crate::flist::{Entry, Segment};
use crate::fs::{Kind, Meta, temp};
use crate::net::Fatal;
use crate::options::Alternate;
use crate::options::Remark;
use crate::role::attributes::{self, Times};
use crate::role::backup::Reason;
use crate::role::context::MUNGE_PREFIX;
use crate::role::say::{info, words};
use crate::wire::item::iflags;

impl Generator<'_> {
    /// A symlink, device, fifo or socket.
    pub(super) fn other(
        &mut self,
        segment: &Arc<Segment>,
        at: usize,
        entry: &Entry,
        name: &[u8],
        here: Result<Meta, Errno>,
    ) -> Result<(), Fatal> {
        let options = &self.ctx.options;
        let wanted = (entry.is_symlink() && options.links)
            || (entry.is_device() && options.devices && self.ctx.root && !options.drop_devices)
            || (entry.is_special() && options.specials && !options.drop_devices);
        if !wanted {
            if self.ctx.tells(Remark::NonRegular) {
                info(&mut self.out, &words(&[b"skipping non-regular file \"", name, b"\""]));
            }
            return self.drop_out(segment, at);
        }
        let target = if entry.is_symlink() { self.link_target(segment, entry, name) } else { Vec::new() };
        if entry.is_symlink() && options.safe_links && symlink_is_unsafe(&target, name) {
            if self.ctx.tells(Remark::Unsafe) {
                info(&mut self.out, &words(&[b"ignoring unsafe symlink \"", name, b"\" -> \"", &target, b"\""]));
            }
            return self.drop_out(segment, at);
        }
        let ndx = index(segment, at);
        if let Ok(meta) = &here
            && self.is_alike(segment, entry, name, meta, &target)
        {
            let flags = self.differences(entry, Spot::Here(name), meta, false);
            self.report(ndx, flags, None);
            self.tell_unchanged(name, flags);
            if !options.dry_run {
                let mode = attributes::wanted_mode(self.ctx, entry, Some(meta));
                self.give_attributes(entry, name, mode, meta, Times::Near);
            }
            return self.in_place(segment, at, name);
        }
        let mut known = false;
        let mut flags = match &here {
            Ok(meta) if Some(meta.kind()) == Kind::of_mode(u32::from(entry.mode)) => {
                let flags = self.differences(entry, Spot::Here(name), meta, true) & !iflags::REPORT_XATTR;
                flags | self.flags_of_set() | iflags::REPORT_CHANGE | iflags::LOCAL_CHANGE
            }
            _ => self.new_flags() | iflags::LOCAL_CHANGE | iflags::REPORT_CHANGE,
        };
        if here.is_err() {
            let found = self.alternate_other(entry, name, &mut |this, full, meta| {
                this.is_alike_full(segment, entry, full, meta, &target)
            });
            if let Some(found) = found {
                known = true;
                match (found.level, self.places.alternate) {
                    (Level::All, Some(Alternate::Compare)) => {
                        self.report(ndx, 0, None);
                        self.tell_unchanged(name, 0);
                        return self.drop_out(segment, at);
                    }
                    (Level::All, Some(Alternate::Link))
                        if self.link_alternate(segment, at, entry, &found, name, None) =>
                    {
                        return self.became_leader(segment, at, name);
                    }
                    (Level::All, _) => {
                        flags = iflags::LOCAL_CHANGE;
                        self.tell_unchanged(name, 0);
                    }
                    _ => {
                        let touched = found.level == Level::Exists;
                        flags = self.differences(entry, Spot::Alternate(found.index, name), &found.meta, touched);
                        flags |= iflags::REPORT_CHANGE | iflags::LOCAL_CHANGE;
                    }
                }
            }
        }
        if options.dry_run && here.as_ref().is_ok_and(|meta| !meta.is_dir()) {
            self.back_up(name, Reason::Replaced)?;
        }
        if !options.dry_run && !self.replace(segment, entry, name, here.ok(), &target)? {
            return self.drop_out(segment, at);
        }
        self.report(ndx, flags, None);
        let arrow = if entry.is_symlink() { words(&[b" -> ", &target]) } else { Vec::new() };
        if !known {
            self.tell_made(name, &arrow, false);
        }
        self.in_place(segment, at, name)
    }

    /// The target as it is stored: munged, or cut so that it stays inside, or as it came.
    fn link_target(&self, segment: &Segment, entry: &Entry, name: &[u8]) -> Vec<u8> {
        let sent = segment.target(entry);
        if self.ctx.munge {
            words(&[MUNGE_PREFIX, sent])
        } else if self.ctx.sanitise {
            let depth = name.iter().filter(|b| **b == b'/').count();
            sanitise(sent, b"", depth, false)
        } else {
            sent.to_vec()
        }
    }

    fn is_alike(&mut self, segment: &Segment, entry: &Entry, name: &[u8], meta: &Meta, target: &[u8]) -> bool {
        let full = self.places.full(name);
        self.is_alike_full(segment, entry, &full, meta, target)
    }

    /// The same for a name from the module's root.
    fn is_alike_full(&mut self, segment: &Segment, entry: &Entry, full: &[u8], meta: &Meta, target: &[u8]) -> bool {
        let same_type = meta.mode & TYPE_BITS == u32::from(entry.mode) & TYPE_BITS;
        match meta.kind() {
            Kind::Symlink => entry.is_symlink() && self.whole.readlink(full).is_ok_and(|here| here == target),
            Kind::Device => same_type && meta.rdev == segment.rdev(entry),
            Kind::Special => same_type && entry.is_special(),
            _ => false,
        }
    }

    /// Makes the item, over what stands in its place. `false`: it failed, and the client knows.
    fn replace(
        &mut self,
        segment: &Segment,
        entry: &Entry,
        name: &[u8],
        here: Option<Meta>,
        target: &[u8],
    ) -> Result<bool, Fatal> {
        let word = if entry.is_symlink() {
            "symlink"
        } else if entry.is_device() {
            "device file"
        } else {
            "special file"
        };
        let mut over = here.is_some();
        if let Some(meta) = &here
            && meta.is_dir()
        {
            if !self.make_room(name, meta, word)? {
                return Ok(false);
            }
            over = false;
        }
        let mut place = name.to_vec();
        if over {
            self.back_up(name, Reason::Replaced)?;
            // Made beside it and renamed over it, so that the name is never without something.
            place = temp::beside(name);
        }
        let mode = attributes::wanted_mode_at(self.ctx, &mut self.tree, name, entry, None);
        let kind_bits = u32::from(entry.mode) & TYPE_BITS;
        let made = if entry.is_symlink() {
            self.tree.symlink(target, &place)
        } else {
            self.tree.mknod(&place, kind_bits | (mode & 0o700 | 0o600) & 0o777, segment.rdev(entry))
        };
        if let Err(errno) = made {
            let shown = self.shown(name);
            let call: &[u8] = if entry.is_symlink() { b"symlink " } else { b"mknod " };
            if entry.is_symlink() {
                self.problem(&[call, &shown, b" -> \"", target, b"\" failed"], errno);
            } else {
                self.problem(&[call, &shown, b" failed"], errno);
            }
            return Ok(false);
        }
        if let Ok(meta) = self.tree.lstat(&place) {
            let shown_as = place.clone();
            self.give_attributes(entry, &shown_as, mode, &meta, Times::Exact);
        }
        if over && let Err(errno) = self.tree.rename(&place, name) {
            let _ = self.tree.unlink(&place);
            let shown = self.shown(name);
            self.problem(&[b"rename ", &shown, b" failed"], errno);
            return Ok(false);
        }
        Ok(true)
    }
}
