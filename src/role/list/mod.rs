//! Building the file list: what the client named, looked at, filtered, encoded as it is found.

mod args;
mod dirs;
mod entry;
mod extras;
mod ids;
mod implied;
mod kept;
mod names;
mod scan;

use std::collections::HashMap;
use std::sync::Arc;

use rustix::io::Errno;

use super::context::Context;
use super::files_from::Wanted;
use super::say::{Say, Troubles, failed, file_error, io_error, warning, words};
use crate::filter::Filters;
use crate::flist::{Record, Segment, State};
use crate::fs::{Root, Tree};
use crate::hash::Hasher;
use crate::net::{Fatal, Link};

pub use dirs::DirRecord;
pub use scan::merge_file;

/// The sender's half of the file list.
pub struct Lister<'c> {
    pub(super) ctx: &'c Context,
    pub(super) filters: Filters,
    pub(super) root: Arc<Root>,
    /// Working directories that arguments were split into.
    pub(super) bases: Vec<Tree>,
    pub(super) troubles: Troubles,
    /// Sizes of everything listed, bytes.
    pub(super) total_size: u64,
    state: State,
    record: Record,
    /// First index of each file with several names.
    linked: HashMap<(u64, u64), i32>,
    ids: ids::Seen,
    implied: implied::Implied,
    hasher: Hasher,
    extras: extras::Extras,
    /// Directories by number (incremental recursion).
    dirs: Vec<DirRecord>,
    /// Numbers of directories whose segments are still to be sent, the next one last.
    todo: Vec<u32>,
    next_start: i32,
    /// The last segment of directories was sent.
    pub(super) complete: bool,
    /// io_error as the last end marker told it.
    told_io_error: i32,
}

impl<'c> Lister<'c> {
    /// A list of nothing yet.
    pub fn new(ctx: &'c Context, filters: Filters, root: Arc<Root>) -> Self {
        let extras = extras::Extras::new(super::xattrs::XattrNames::new(ctx, &filters));
        Self {
            ctx,
            filters,
            root,
            bases: Vec::new(),
            troubles: Troubles::default(),
            total_size: 0,
            state: State::default(),
            record: Record::default(),
            linked: HashMap::new(),
            ids: ids::Seen::default(),
            implied: implied::Implied::default(),
            hasher: Hasher::for_file(ctx.list_sum),
            extras,
            dirs: Vec::new(),
            todo: Vec::new(),
            next_start: i32::from(ctx.codec.inc),
            complete: !ctx.codec.inc,
            told_io_error: 0,
        }
    }

    /// Lists the paths the client named and ends the first (or only) list.
    pub fn first(&mut self, link: &mut Link, wanted: Wanted) -> Result<Segment, Fatal> {
        let mut segment = Segment::new(self.next_start, None, self.ctx.codec.sum_len);
        segment.keeps_extras = self.ctx.codec.has_extras();
        match wanted.files_from {
            Some(source) => self.names(link, &mut segment, &wanted.paths, source)?,
            None => {
                for arg in &wanted.paths {
                    self.argument(link, &mut segment, b"", arg)?;
                }
            }
        }
        self.finish_segment(link, &mut segment)?;
        if !self.ctx.codec.inc {
            self.put_id_lists(link);
            self.ctx.names.check()?;
        }
        Ok(segment)
    }

    /// Ends a list on the wire, orders it and numbers its directories.
    fn finish_segment(&mut self, link: &mut Link, segment: &mut Segment) -> Result<(), Fatal> {
        let codec = &self.ctx.codec;
        let io_error = if self.ctx.options.ignore_errors { 0 } else { self.troubles.io_error };
        let news = if segment.parent.is_none() || io_error != self.told_io_error { io_error } else { 0 };
        self.told_io_error = io_error;
        if news != 0 && codec.protocol >= 30 && !codec.marker_carries_error() {
            link.output.message(crate::wire::frame::Code::IoError, &news.to_le_bytes());
        }
        self.ctx.names.check()?;
        codec.put_end(link, news);
        segment.sort(codec);
        segment.publish();
        self.next_start = segment.end().saturating_add(1);
        link.flush_if_full()
    }

    /// Something named or found could not be looked at: an error for the client, and no deletion on its side.
    fn trouble(&mut self, to: &mut impl Say, what: &[&[u8]], errno: Errno) {
        self.troubles.io_error |= io_error::GENERAL;
        let line = failed("sender", &words(what), errno);
        file_error(to, &mut self.troubles, &line);
    }

    /// Something was there a moment ago.
    fn vanished(&mut self, to: &mut impl Say, what: &[u8], shown: &[u8]) {
        self.troubles.io_error |= io_error::VANISHED;
        warning(to, &words(&[what, b" has vanished: ", shown]));
    }

    /// A name relative to working directory `base`, from the module's root.
    pub(super) fn path(&self, base: u16, name: &[u8]) -> Vec<u8> {
        self.bases.get(usize::from(base)).map_or_else(|| name.to_vec(), |tree| tree.full(name))
    }

    /// A name relative to working directory `base`, as messages show it.
    pub(super) fn shown(&self, base: u16, name: &[u8]) -> Vec<u8> {
        let cwd = self.bases.get(usize::from(base)).map(Tree::base).unwrap_or_default();
        self.ctx.shown(cwd, name)
    }
}
