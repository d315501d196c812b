//! What a receiver asks a sender for: its request, and the entry that the request's index stands for.

use std::collections::VecDeque;

use crate::flist::{Entry, Segment};
use crate::wire::item::Item;
use crate::wire::ndx::Ndx;
use crate::wire::{Decoded, Put, Reader};

/// A request behind its index, with a name of its own.
pub(super) struct Request {
    pub ndx: i32,
    pub iflags: u16,
    pub basis_type: Option<u8>,
    pub xname: Option<Vec<u8>>,
}

impl Request {
    pub(super) fn read(r: &mut Reader, protocol: u32, ndx: i32) -> Decoded<Self> {
        let item = Item::read(r, protocol)?;
        Ok(Self { ndx, iflags: item.iflags, basis_type: item.basis_type, xname: item.xname.map(<[u8]>::to_vec) })
    }

    /// The same record back.
    pub(super) fn echo(&self, out: &mut impl Put, protocol: u32, state: &mut Ndx) {
        let item = Item { iflags: self.iflags, basis_type: self.basis_type, xname: self.xname.as_deref() };
        item.put(out, protocol, state, self.ndx);
    }
}

/// The lists that the receiver may still refer to, in the order of their indexes.
#[derive(Default)]
pub(super) struct Live(pub VecDeque<Segment>);

impl Live {
    /// The list that starts at or last before `ndx`.
    pub fn at(&self, ndx: i32) -> Option<&Segment> {
        self.around(ndx).0
    }

    /// The list that starts at or last before `ndx`, and the one behind it.
    fn around(&self, ndx: i32) -> (Option<&Segment>, Option<&Segment>) {
        let after = self.0.partition_point(|segment| segment.start <= ndx);
        (after.checked_sub(1).and_then(|at| self.0.get(at)), self.0.get(after))
    }

    /// The list (by its start) that an index belongs to, and its position and entry if it names one. With incremental
    /// recursion the index before a list names the directory it lists.
    pub fn find(&self, ndx: i32, inc: bool) -> Option<(i32, Option<(usize, Entry)>)> {
        let (own, next) = self.around(ndx);
        if let Some(segment) = own
            && let Some(at) = segment.position(ndx)
        {
            return Some((segment.start, segment.entries.get(at).map(|entry| (at, *entry))));
        }
        let segment = next.filter(|segment| segment.start.checked_sub(1) == Some(ndx))?;
        let has_parent = segment.parent.is_some()
            || segment.entries.first().is_some_and(|entry| entry.is_dir() && segment.base(entry) == b".");
        (inc && has_parent).then_some((segment.start, None))
    }
}
