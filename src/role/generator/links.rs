//! Hard links: one member of a group is transferred or found in place, the others are linked to it.
//!
//! Of a wholly new group the last member is asked for, so that any earlier one that is in place already can serve.

use std::collections::HashMap;
use std::sync::Arc;

use rustix::io::Errno;

use super::Generator;
use super::alternate::Level;
use super::differences::Spot;
use super::item::index;
use crate::flist::{Entry, Segment};
use crate::fs::Meta;
use crate::net::Fatal;
use crate::options::Alternate;
use crate::role::backup::Reason;
use crate::role::say::words;
use crate::wire::item::iflags;

/// One group.
#[derive(Debug, Default)]
struct Group {
    /// The member that is in place.
    leader: Option<Vec<u8>>,
    /// A member is asked for.
    in_transfer: bool,
    /// Members that wait for one of the two, by index.
    waiting: Vec<i32>,
    /// Members that an alternate directory has: linked if another one comes, content if none does.
    content: Vec<i32>,
    /// The leader is linked to another file in this run (a dry run leaves it where it was).
    moved: bool,
    /// Known members that have not had their turn.
    ahead: usize,
}

/// All groups of a session.
#[derive(Debug, Default)]
pub struct Groups {
    groups: HashMap<u64, Group>,
}

impl Groups {
    /// A list arrived: its members are to come.
    pub fn expect(&mut self, segment: &Segment) {
        for (at, group) in segment.linked() {
            let at = usize::try_from(*at).unwrap_or(usize::MAX);
            if segment.entries.get(at).is_some_and(|entry| !entry.has(crate::flist::segment::flag::DEAD)) {
                self.groups.entry(*group).or_default().ahead += 1;
            }
        }
    }

    /// A member will not have its turn.
    pub fn forget(&mut self, group: u64) {
        if let Some(group) = self.groups.get_mut(&group) {
            group.ahead = group.ahead.saturating_sub(1);
        }
    }

    /// Whether a member waits for another.
    pub fn waiting(&self) -> bool {
        self.groups.values().any(|group| !group.waiting.is_empty())
    }
}

/// What a member's turn brings.
pub(super) enum Turn {
    /// It is dealt with, or waits.
    Over,
    /// It is treated like any other entry.
    Proceed {
        /// No member of its group is known to come after it.
        last: bool,
    },
}

impl Generator<'_> {
    /// A member's turn; entries of no group just go on.
    pub(super) fn turn(&mut self, segment: &Arc<Segment>, at: usize, name: &[u8]) -> Result<Turn, Fatal> {
        let Some(key) = segment.group(at) else { return Ok(Turn::Proceed { last: true }) };
        let Some(group) = self.groups.groups.get_mut(&key) else { return Ok(Turn::Proceed { last: true }) };
        group.ahead = group.ahead.saturating_sub(1);
        if let Some(leader) = group.leader.clone() {
            self.link(segment, at, name, &leader)?;
            return Ok(Turn::Over);
        }
        if group.in_transfer {
            group.waiting.push(index(segment, at));
            self.hold(segment);
            return Ok(Turn::Over);
        }
        Ok(Turn::Proceed { last: group.ahead == 0 })
    }

    fn hold(&mut self, segment: &Segment) {
        if let Some(live) = self.live_of(segment.start) {
            live.pending += 1;
        }
    }

    fn release(&mut self, segment: &Segment) {
        if let Some(live) = self.live_of(segment.start) {
            live.pending = live.pending.saturating_sub(1);
        }
    }

    /// A member that is missing here waits if another may still be in place. `true`: it waits.
    pub(super) fn defer(&mut self, segment: &Arc<Segment>, at: usize, last: bool) -> bool {
        let Some(key) = segment.group(at).filter(|_| !last) else { return false };
        let Some(group) = self.groups.groups.get_mut(&key) else { return false };
        group.waiting.push(index(segment, at));
        self.hold(segment);
        true
    }

    /// A member is asked for.
    pub(super) fn transfer_begins(&mut self, segment: &Segment, at: usize) {
        if let Some(group) = segment.group(at).and_then(|key| self.groups.groups.get_mut(&key)) {
            group.in_transfer = true;
        }
    }

    /// A member is in place: whoever waited is linked to it, the latest first.
    pub(super) fn became_leader(&mut self, segment: &Arc<Segment>, at: usize, name: &[u8]) -> Result<(), Fatal> {
        let Some(group) = segment.group(at).and_then(|key| self.groups.groups.get_mut(&key)) else { return Ok(()) };
        group.leader = Some(name.to_vec());
        group.in_transfer = false;
        let waiting = std::mem::take(&mut group.waiting);
        let content = std::mem::take(&mut group.content);
        for ndx in waiting.into_iter().rev() {
            if let Some((segment, at)) = self.find(ndx) {
                self.release(&segment);
                let follower = self.name_of(&segment, at);
                self.link(&segment, at, &follower, name)?;
            }
        }
        for ndx in content {
            if let Some((segment, at)) = self.find(ndx) {
                let follower = self.name_of(&segment, at);
                self.link(&segment, at, &follower, name)?;
            }
        }
        Ok(())
    }

    /// A member that an alternate directory has is not stored, unless another member of its group is.
    pub(super) fn is_content(&mut self, segment: &Segment, at: usize) {
        if let Some(group) = segment.group(at).and_then(|key| self.groups.groups.get_mut(&key)) {
            group.content.push(index(segment, at));
        }
    }

    /// A member would be linked to another file, but for the dry run.
    pub(super) fn would_move(&mut self, segment: &Segment, at: usize) {
        if let Some(group) = segment.group(at).and_then(|key| self.groups.groups.get_mut(&key)) {
            group.moved = true;
        }
    }

    /// A requested member was settled.
    pub(super) fn leader_settled(&mut self, segment: &Arc<Segment>, at: usize, done: bool) -> Result<(), Fatal> {
        if segment.group(at).is_none() {
            return Ok(());
        }
        if done {
            let name = self.name_of(segment, at);
            return self.became_leader(segment, at, &name);
        }
        self.next_in_line(segment, at)
    }

    /// A member dropped out before anything was asked for.
    pub(super) fn left_group(&mut self, segment: &Arc<Segment>, at: usize) -> Result<(), Fatal> {
        let Some(group) = segment.group(at).and_then(|key| self.groups.groups.get_mut(&key)) else { return Ok(()) };
        if group.ahead == 0 && !group.in_transfer && group.leader.is_none() {
            return self.next_in_line(segment, at);
        }
        Ok(())
    }

    /// The latest member that waits takes the place of one that failed.
    fn next_in_line(&mut self, segment: &Arc<Segment>, at: usize) -> Result<(), Fatal> {
        let Some(group) = segment.group(at).and_then(|key| self.groups.groups.get_mut(&key)) else { return Ok(()) };
        group.in_transfer = false;
        if self.closed {
            // Nothing can be asked for any more: the failure was told, the others stay as they are.
            group.waiting.clear();
            return Ok(());
        }
        let Some(ndx) = group.waiting.pop() else { return Ok(()) };
        let Some((segment, at)) = self.find(ndx) else { return Ok(()) };
        self.release(&segment);
        let Some(entry) = segment.entries.get(at).copied() else { return Ok(()) };
        let name = self.name_of(&segment, at);
        self.item(&segment, at, &entry, &name, true)
    }

    fn name_of(&self, segment: &Segment, at: usize) -> Vec<u8> {
        if let Some(local) = &self.local_name {
            return local.clone();
        }
        let mut name = Vec::new();
        if let Some(entry) = segment.entries.get(at) {
            segment.name_into(entry, &mut name);
        }
        name
    }

    /// Gives `leader`'s file the name of a follower.
    fn link(&mut self, segment: &Arc<Segment>, at: usize, name: &[u8], leader: &[u8]) -> Result<(), Fatal> {
        let options = &self.ctx.options;
        let ndx = index(segment, at);
        self.take_extra(segment, ndx);
        let here = self.tree.lstat(name);
        let target = self.tree.lstat(leader);
        if let (Ok(here), Ok(target)) = (&here, &target)
            && (here.dev, here.ino) == (target.dev, target.ino)
            && !segment.group(at).and_then(|key| self.groups.groups.get(&key)).is_some_and(|group| group.moved)
        {
            // One inode: after a real run it has what its leader got.
            let differs =
                segment.entries.get(at).map_or(0, |entry| self.differences(entry, Spot::Here(name), here, false));
            self.report(ndx, differs | iflags::LOCAL_CHANGE, Some(b""));
            return self.linked(ndx);
        }
        if options.existing && here.is_err() || options.ignore_existing && here.is_ok() {
            return Ok(());
        }
        let Some(entry) = segment.entries.get(at).copied() else { return Ok(()) };
        let flags = match &here {
            Ok(meta) if Some(meta.kind()) == entry.kind() => self.differences(&entry, Spot::Here(name), meta, true),
            Ok(_) => self.new_flags(),
            Err(_) if self.has_counterpart(segment, at, &entry, name, leader) => 0,
            Err(_) => self.new_flags(),
        };
        if !options.dry_run {
            if let Ok(meta) = &here
                && meta.is_dir()
                && !self.make_room(name, meta, "regular file")?
            {
                return Ok(());
            }
            let over = here.is_ok_and(|meta| !meta.is_dir());
            if over {
                self.back_up(name, Reason::Replaced)?;
            }
            if let Err(errno) = self.make_link(leader, name, over) {
                let (to, from) = (self.shown(name), self.shown(leader));
                self.problem(&[b"link ", &to, b" => ", &from, b" failed"], errno);
                return Ok(());
            }
        }
        self.report(ndx, iflags::LOCAL_CHANGE | flags, Some(leader));
        self.tell_made(name, &words(&[b" => ", leader]), false);
        self.linked(ndx)
    }

    /// Whether an alternate directory has a follower that is missing here: then it counts as known, not as new.
    fn has_counterpart(
        &mut self,
        segment: &Arc<Segment>,
        at: usize,
        entry: &Entry,
        name: &[u8],
        leader: &[u8],
    ) -> bool {
        let found =
            self.best(entry, name, Meta::is_file, &mut |this, full, meta| this.is_same(segment, at, entry, full, meta));
        let Some(found) = found.filter(|found| found.level >= Level::Content) else { return false };
        match self.places.alternate {
            Some(Alternate::Copy) => true,
            // In a dry run the leader is where it was.
            Some(Alternate::Link) if self.ctx.options.dry_run => true,
            Some(Alternate::Link) => {
                self.tree.lstat(leader).is_ok_and(|leader| (leader.dev, leader.ino) == (found.meta.dev, found.meta.ino))
            }
            _ => false,
        }
    }

    fn make_link(&mut self, leader: &[u8], name: &[u8], over: bool) -> Result<(), Errno> {
        let leader = self.places.full(leader);
        self.link_over(&leader, name, over)
    }

    fn linked(&mut self, ndx: i32) -> Result<(), Fatal> {
        let options = &self.ctx.options;
        if options.remove_source_files && !options.remove_sent_files && !options.dry_run {
            self.out.message(crate::wire::frame::Code::Success, &ndx.to_le_bytes());
        }
        Ok(())
    }
}
