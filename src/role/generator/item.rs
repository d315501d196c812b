//! Records for the sender, and what an old client is told in words instead.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::Generator;
use crate::escape::Escaped;
use crate::flist::Segment;
use crate::options::Remark;
use crate::role::basis::Basis;
use crate::role::notes::about;
use crate::role::say::{info, words};
use crate::role::xferlog;
use crate::wire::frame::Code;
use crate::wire::item::{Item, iflags};

impl Generator<'_> {
    /// A record without data, if it says something the client wants to know.
    pub(super) fn report(&mut self, ndx: i32, flags: u16, xname: Option<&[u8]>) {
        let protocol = self.ctx.protocol;
        if protocol < 29 {
            return;
        }
        let named = xname.is_some_and(|name| !name.is_empty());
        let unchanged = self.ctx.name_unchanged || self.ctx.options.itemize_unchanged;
        if flags & iflags::SIGNIFICANT == 0 && !named && !unchanged {
            return;
        }
        let flags = if xname.is_some() { flags | iflags::XNAME_FOLLOWS } else { flags };
        let item = Item { iflags: flags, basis_type: None, xname };
        item.put(&mut self.out, protocol, &mut self.ndx, ndx);
        self.ask_values(flags);
    }

    /// `-vv` without items: what needs no data is named in words.
    fn tell(&mut self, line: &[u8]) {
        if self.ctx.name_unchanged && !self.ctx.options.itemize {
            self.out.text(Code::Info, line);
        }
    }

    /// A file that needs no data, and perhaps other attributes.
    pub(super) fn tell_unchanged(&mut self, name: &[u8], flags: u16) {
        if flags & iflags::SIGNIFICANT != 0 {
            self.tell(name);
        } else {
            self.tell(&[name, b" is uptodate"].concat());
        }
    }

    /// A record that asks for data; the sums follow. The entry is in flight from here on.
    pub(super) fn ask(&mut self, segment: &Arc<Segment>, at: usize, flags: u16, basis: Basis) {
        let ndx = index(segment, at);
        if let Some(note) = segment.notes.get(at) {
            note.fetch_or(about::REQUESTED, Ordering::AcqRel);
        }
        if let Some(live) = self.live_of(segment.start) {
            live.pending += 1;
        }
        let (announced, basis_type, xname) = basis.announced();
        let item = Item { iflags: flags | iflags::TRANSFER | announced, basis_type, xname };
        item.put(&mut self.out, self.ctx.protocol, &mut self.ndx, ndx);
        self.ask_values(flags | announced);
        self.notes.asked.note(ndx, basis);
    }

    /// What was made or changed here without data: a line in a verbose client's log, unless its format has lines of its
    /// own for that. Below protocol 29, where no record tells the client, it reads the line too.
    pub(super) fn tell_made(&mut self, name: &[u8], arrow: &[u8], is_dir: bool) {
        if !self.ctx.tells(Remark::Name) {
            return;
        }
        let slash: &[u8] = if is_dir { b"/" } else { b"" };
        let line = words(&[name, slash, arrow]);
        if self.ctx.protocol < 29 && self.ctx.options.dry_run {
            self.out.text(Code::Info, &line);
        } else if self.ctx.protocol < 29 {
            info(&mut self.out, &line);
        } else if !self.ctx.log_format.as_deref().is_some_and(xferlog::wants_items) {
            log::info!("{}", Escaped(&line));
        }
    }
}

/// The index of a position.
pub(super) fn index(segment: &Segment, at: usize) -> i32 {
    segment.index(at)
}
