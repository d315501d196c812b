//! Entry → bytes.

use super::codec::{Codec, xmit};
use super::state::{HardLink, Record, State, rdev_to_27};
use crate::wire::{Put, int};

impl Codec {
    /// Writes an entry. `segment_start` is the index of the segment's first entry: a hard link to an earlier entry of
    /// the same segment is abbreviated.
    pub fn put(&self, out: &mut impl Put, state: &mut State, record: &Record, segment_start: i32) {
        let protocol = self.protocol;
        let is_dir = record.is_dir();
        let mut flags = match (is_dir, protocol >= 30) {
            (true, true) => record.flags & (xmit::TOP_DIR | xmit::NO_CONTENT_DIR),
            (true, false) => record.flags & xmit::TOP_DIR,
            (false, _) => 0,
        };
        let first_entry = state.name.is_empty();
        if record.mode == state.mode {
            flags |= xmit::SAME_MODE;
        }
        flags |= self.rdev_flags(state, record);
        if !self.owner || (record.uid == state.uid && !first_entry) {
            flags |= xmit::SAME_UID;
        } else if protocol >= 30 && !record.user.is_empty() {
            flags |= xmit::USER_NAME_FOLLOWS;
        }
        if !self.group || (record.gid == state.gid && !first_entry) {
            flags |= xmit::SAME_GID;
        } else if protocol >= 30 && !record.group.is_empty() {
            flags |= xmit::GROUP_NAME_FOLLOWS;
        }
        if record.mtime == state.mtime {
            flags |= xmit::SAME_TIME;
        }
        if self.atimes && !is_dir && record.extra.atime == state.atime {
            flags |= xmit::SAME_ATIME;
        }
        if protocol >= 31 && record.nsec != 0 {
            flags |= xmit::MOD_NSEC;
        }
        let mut repeats = false;
        match record.hard_link {
            HardLink::No => {}
            HardLink::First => flags |= xmit::HLINKED | xmit::HLINK_FIRST,
            HardLink::Member(group) => {
                flags |= xmit::HLINKED;
                repeats = group >= segment_start;
            }
            HardLink::DevIno(dev, _) if protocol >= 28 => {
                flags |= xmit::HLINKED;
                if dev == state.dev {
                    flags |= xmit::SAME_DEV;
                }
            }
            HardLink::DevIno(..) => {}
        }
        let shared = record.name.iter().zip(&state.name).take(255).take_while(|(a, b)| a == b).count();
        let rest = record.name.get(shared..).unwrap_or_default();
        if shared > 0 {
            flags |= xmit::SAME_NAME;
        }
        if rest.len() > 255 || self.filler_is_long_name(flags, is_dir) {
            flags |= xmit::LONG_NAME;
        }
        self.put_flags(out, flags, is_dir);
        if shared > 0 {
            out.put(&[u8::try_from(shared).unwrap_or(255)]);
        }
        if flags & xmit::LONG_NAME != 0 {
            int::put_varint30(out, protocol, i32::try_from(rest.len()).unwrap_or(0));
        } else {
            out.put(&[u8::try_from(rest.len()).unwrap_or(255)]);
        }
        out.put(rest);
        if let HardLink::Member(group) = record.hard_link {
            int::put_varint(out, group);
        }
        if !repeats {
            self.put_attributes(out, state, record, flags);
        }
        state.name.clear();
        state.name.extend_from_slice(&record.name);
        state.mode = record.mode;
        state.mtime = record.mtime;
        if self.atimes && !is_dir {
            state.atime = record.extra.atime;
        }
        state.uid = record.uid;
        state.gid = record.gid;
    }

    fn rdev_flags(&self, state: &State, record: &Record) -> u32 {
        let protocol = self.protocol;
        if self.devices && record.is_device() {
            if protocol < 28 {
                return if rdev_to_27(record.rdev) == state.rdev.1 { xmit::SAME_RDEV_27 } else { 0 };
            }
            let same = if record.rdev.0 == state.rdev.0 { xmit::SAME_RDEV_MAJOR } else { 0 };
            let short = if protocol < 30 && record.rdev.1 <= 255 { xmit::RDEV_MINOR_8 } else { 0 };
            same | short
        } else if self.specials && record.is_special() && protocol < 31 {
            match protocol {
                ..28 => xmit::SAME_RDEV_27,
                28 | 29 => xmit::SAME_RDEV_MAJOR | xmit::RDEV_MINOR_8,
                _ => xmit::SAME_RDEV_MAJOR,
            }
        } else {
            0
        }
    }

    fn put_attributes(&self, out: &mut impl Put, state: &mut State, record: &Record, flags: u32) {
        let protocol = self.protocol;
        let size = if record.is_device() || record.is_special() { 0 } else { record.size };
        int::put_varlong30(out, protocol, i64::try_from(size).unwrap_or(i64::MAX), 3);
        if flags & xmit::SAME_TIME == 0 {
            if protocol >= 30 {
                int::put_varlong(out, record.mtime, 4);
            } else {
                // Before 30 there are 32 bits: the rest is lost, as with stock.
                let [a, b, c, d, ..] = record.mtime.to_le_bytes();
                out.put(&[a, b, c, d]);
            }
        }
        if flags & xmit::MOD_NSEC != 0 {
            int::put_varint(out, i32::try_from(record.nsec).unwrap_or(0));
        }
        if flags & xmit::SAME_MODE == 0 {
            out.put(&record.mode.to_le_bytes());
        }
        if self.atimes && !record.is_dir() && flags & xmit::SAME_ATIME == 0 {
            int::put_varlong(out, record.extra.atime, 4);
        }
        if flags & xmit::SAME_UID == 0 {
            self.put_id(out, record.uid);
            if protocol >= 30 && flags & xmit::USER_NAME_FOLLOWS != 0 {
                put_short_string(out, &record.user);
            }
        }
        if flags & xmit::SAME_GID == 0 {
            self.put_id(out, record.gid);
            if protocol >= 30 && flags & xmit::GROUP_NAME_FOLLOWS != 0 {
                put_short_string(out, &record.group);
            }
        }
        self.put_rdev(out, state, record, flags);
        if self.links && record.is_symlink() {
            int::put_varint30(out, protocol, i32::try_from(record.target.len()).unwrap_or(0));
            out.put(&record.target);
        }
        if let HardLink::DevIno(dev, ino) = record.hard_link {
            if protocol < 28 || flags & xmit::SAME_DEV == 0 {
                int::put_longint(out, dev);
            }
            state.dev = dev;
            int::put_longint(out, ino);
        }
        if self.sum_len > 0 && (record.is_file() || protocol < 28) {
            out.put(record.sum.get(..self.sum_len).unwrap_or_default());
        }
    }

    fn put_rdev(&self, out: &mut impl Put, state: &mut State, record: &Record, flags: u32) {
        let protocol = self.protocol;
        if self.devices && record.is_device() {
            if protocol < 28 {
                let number = rdev_to_27(record.rdev);
                if flags & xmit::SAME_RDEV_27 == 0 {
                    out.put(&number.to_le_bytes());
                }
                state.rdev = (0, number);
                return;
            }
            if flags & xmit::SAME_RDEV_MAJOR == 0 {
                self.put_id(out, record.rdev.0);
            }
            state.rdev.0 = record.rdev.0;
            if flags & xmit::RDEV_MINOR_8 != 0 && protocol < 30 {
                out.put(&[u8::try_from(record.rdev.1).unwrap_or(0)]);
            } else {
                self.put_id(out, record.rdev.1);
            }
        } else if self.specials && record.is_special() && protocol < 31 {
            if protocol >= 28 {
                out.put(&[0]);
            }
        } else if protocol < 28 {
            state.rdev = (0, 0);
        }
    }

    fn put_id(&self, out: &mut impl Put, id: u32) {
        int::put_varint30(out, self.protocol, i32::from_le_bytes(id.to_le_bytes()));
    }
}

/// A name of at most 255 bytes behind its length octet.
pub(super) fn put_short_string(out: &mut impl Put, text: &[u8]) {
    let text = text.get(..255).unwrap_or(text);
    out.put(&[u8::try_from(text.len()).unwrap_or(255)]);
    out.put(text);
}
