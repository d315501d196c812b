//! Bytes → entry.

use super::codec::{Codec, End, xmit};
use super::state::{HardLink, Record, State, rdev_from_27};
use crate::limits::MAXPATH;
use crate::wire::{Decoded, Fault, Reader, int};

/// What stands next in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// An entry was read into the record.
    Entry,
    /// A hard link that repeats everything but its name of the entry with this wire position in this segment; the record
    /// has name and group only, and [`Codec::repeated`] must be told what it stands for.
    Repeated(u32),
    /// The list is over.
    End(End),
}

/// Where in the session's numbering a segment stands while it is read.
#[derive(Clone, Copy, Debug)]
pub struct Position {
    /// Index of the segment's first entry.
    pub start: i32,
    /// Entries read so far.
    pub count: u32,
}

impl Codec {
    /// Reads the next entry. Nothing is changed unless the whole of it is there.
    pub fn read(&self, r: &mut Reader, state: &mut State, at: Position, record: &mut Record) -> Decoded<Next> {
        let flags = match self.read_flags(r)? {
            Ok(flags) => flags,
            Err(end) => return Ok(Next::End(end)),
        };
        self.read_name(r, state, flags, record)?;
        let mut next = State { name: Vec::new(), ..*state };
        record.hard_link = HardLink::No;
        if self.protocol >= 30 && flags & xmit::HLINKED != 0 && flags & xmit::HLINK_FIRST == 0 {
            let group = int::read_varint(r)?;
            let end = i64::from(at.start).saturating_add(i64::from(at.count));
            if group < 0 || i64::from(group) >= end {
                return Err(Fault::Protocol("hard-link reference out of range"));
            }
            record.hard_link = HardLink::Member(group);
            if let Ok(position) = u32::try_from(i64::from(group).saturating_sub(i64::from(at.start))) {
                commit(state, next, record);
                return Ok(Next::Repeated(position));
            }
        }
        self.read_attributes(r, &mut next, flags, record)?;
        commit(state, next, record);
        Ok(Next::Entry)
    }

    /// After [`Next::Repeated`]: the attributes that the record stands for become the running ones.
    pub fn repeated(&self, state: &mut State, record: &Record) {
        state.mode = record.mode;
        state.mtime = record.mtime;
        if self.atimes && !record.is_dir() {
            state.atime = record.extra.atime;
        }
        state.uid = record.uid;
        state.gid = record.gid;
        state.rdev = record.rdev;
    }

    fn read_name(&self, r: &mut Reader, state: &State, flags: u32, record: &mut Record) -> Decoded<()> {
        let shared = if flags & xmit::SAME_NAME != 0 { usize::from(r.byte()?) } else { 0 };
        let rest = if flags & xmit::LONG_NAME != 0 {
            usize::try_from(int::read_varint30(r, self.protocol)?)
                .map_err(|_| Fault::Protocol("negative name length"))?
        } else {
            usize::from(r.byte()?)
        };
        if rest.saturating_add(shared) >= MAXPATH {
            return Err(Fault::Protocol("name too long in the file list"));
        }
        let prefix = state.name.get(..shared).ok_or(Fault::Protocol("name begins like a longer one"))?;
        let suffix = r.take(rest)?;
        record.name.clear();
        record.name.extend_from_slice(prefix);
        record.name.extend_from_slice(suffix);
        Ok(())
    }

    fn read_attributes(&self, r: &mut Reader, next: &mut State, flags: u32, record: &mut Record) -> Decoded<()> {
        let protocol = self.protocol;
        let size = int::read_varlong30(r, protocol, 3)?;
        record.size = u64::try_from(size).map_err(|_| Fault::Protocol("negative file size"))?;
        if flags & xmit::SAME_TIME == 0 {
            next.mtime = if protocol >= 30 { int::read_varlong(r, 4)? } else { i64::from(r.u32()?) };
        }
        record.nsec = 0;
        if flags & xmit::MOD_NSEC != 0 && protocol >= 31 {
            let nsec = u32::try_from(int::read_varint(r)?).ok().filter(|n| *n <= 999_999_999);
            record.nsec = nsec.ok_or(Fault::Protocol("nanoseconds out of range"))?;
        }
        if flags & xmit::SAME_MODE == 0 {
            next.mode = r.u32()? & 0xffff;
        }
        record.mode = next.mode;
        // Mode 0 stands for a name that is missing over there; whether that may be is the caller's to judge.
        if record.mode != 0 && !matches!(record.mode >> 12, 0o14 | 0o12 | 0o10 | 0o06 | 0o04 | 0o02 | 0o01) {
            return Err(Fault::Protocol("invalid file mode"));
        }
        if self.atimes && !record.is_dir() && flags & xmit::SAME_ATIME == 0 {
            next.atime = int::read_varlong(r, 4)?;
        }
        record.extra.atime = if record.is_dir() { 0 } else { next.atime };
        self.read_owner(r, next, flags, record)?;
        self.read_rdev(r, next, flags, record)?;
        record.target.clear();
        if self.links && record.is_symlink() {
            let len = usize::try_from(int::read_varint30(r, protocol)?).unwrap_or(MAXPATH);
            if len == 0 || len >= MAXPATH {
                return Err(Fault::Protocol("symlink length out of range"));
            }
            record.target.extend_from_slice(r.take(len)?);
        }
        self.read_hard_link(r, next, flags, record)?;
        if self.sum_len > 0 && (record.is_file() || protocol < 28) {
            let sum = r.take(self.sum_len)?;
            record.sum = [0; 20];
            for (to, from) in record.sum.iter_mut().zip(sum) {
                *to = *from;
            }
        }
        record.mtime = next.mtime;
        record.flags = flags;
        if !record.is_dir() {
            record.flags &= !(xmit::TOP_DIR | xmit::NO_CONTENT_DIR);
        } else if protocol < 30 {
            record.flags &= !xmit::NO_CONTENT_DIR;
        }
        Ok(())
    }

    fn read_owner(&self, r: &mut Reader, next: &mut State, flags: u32, record: &mut Record) -> Decoded<()> {
        record.user.clear();
        record.group.clear();
        if self.owner && flags & xmit::SAME_UID == 0 {
            next.uid = self.read_id(r)?;
            if self.protocol >= 30 && flags & xmit::USER_NAME_FOLLOWS != 0 {
                let len = usize::from(r.byte()?);
                record.user.extend_from_slice(r.take(len)?);
            }
        }
        if self.group && flags & xmit::SAME_GID == 0 {
            next.gid = self.read_id(r)?;
            if self.protocol >= 30 && flags & xmit::GROUP_NAME_FOLLOWS != 0 {
                let len = usize::from(r.byte()?);
                record.group.extend_from_slice(r.take(len)?);
            }
        }
        record.uid = next.uid;
        record.gid = next.gid;
        Ok(())
    }

    fn read_id(&self, r: &mut Reader) -> Decoded<u32> {
        Ok(u32::from_le_bytes(int::read_varint30(r, self.protocol)?.to_le_bytes()))
    }

    fn read_rdev(&self, r: &mut Reader, next: &mut State, flags: u32, record: &mut Record) -> Decoded<()> {
        let protocol = self.protocol;
        let travels = (self.devices && record.is_device()) || (self.specials && record.is_special() && protocol < 31);
        record.rdev = (0, 0);
        if record.is_device() || record.is_special() {
            record.size = 0;
        }
        if !travels {
            if protocol < 28 {
                next.rdev = (0, 0);
            }
            return Ok(());
        }
        if protocol < 28 {
            if flags & xmit::SAME_RDEV_27 == 0 {
                next.rdev = (0, r.u32()?);
            }
            if record.is_device() {
                record.rdev = rdev_from_27(next.rdev.1);
            }
            return Ok(());
        }
        if flags & xmit::SAME_RDEV_MAJOR == 0 {
            next.rdev.0 = self.read_id(r)?;
        }
        let minor = if protocol >= 30 {
            self.read_id(r)?
        } else if flags & xmit::RDEV_MINOR_8 != 0 {
            u32::from(r.byte()?)
        } else {
            r.u32()?
        };
        if record.is_device() {
            record.rdev = (next.rdev.0, minor);
        }
        Ok(())
    }

    fn read_hard_link(&self, r: &mut Reader, next: &mut State, flags: u32, record: &mut Record) -> Decoded<()> {
        if !self.hard_links {
            // Without -H the flag says nothing that this session uses, but it must not be there.
            let linked = self.protocol >= 28 && flags & xmit::HLINKED != 0 && !record.is_dir();
            return if linked { Err(Fault::Protocol("hard-link flag without --hard-links")) } else { Ok(()) };
        }
        let linked = if self.protocol < 28 { record.is_file() } else { flags & xmit::HLINKED != 0 };
        if !linked {
            return Ok(());
        }
        if self.protocol >= 30 {
            if flags & xmit::HLINK_FIRST != 0 {
                record.hard_link = HardLink::First;
            }
        } else {
            if self.protocol < 28 || flags & xmit::SAME_DEV == 0 {
                next.dev = int::read_longint(r)?;
            }
            record.hard_link = HardLink::DevIno(next.dev, int::read_longint(r)?);
        }
        if record.is_dir() {
            record.hard_link = HardLink::No;
        }
        Ok(())
    }
}

/// Takes over the running values once the entry is complete.
fn commit(state: &mut State, next: State, record: &Record) {
    let mut name = std::mem::take(&mut state.name);
    name.clear();
    name.extend_from_slice(&record.name);
    *state = State { name, ..next };
}
