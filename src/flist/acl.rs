//! Access control lists: as they travel, and as Linux stores them in the attributes `system.posix_acl_access` and
//! `system.posix_acl_default`.
//!
//! On the wire an access list leaves out what the mode tells already. All numbers are checked where they are read.

use crate::limits::ACL_NAMES;
use crate::wire::{Decoded, Fault, Put, Reader, int};

/// Bits in front of a list on the wire.
mod part {
    pub const USER_OBJ: u8 = 0x01;
    pub const GROUP_OBJ: u8 = 0x02;
    pub const MASK_OBJ: u8 = 0x04;
    pub const OTHER_OBJ: u8 = 0x08;
    pub const NAME_LIST: u8 = 0x10;
}

/// A named user or group, and what it may do (`rwx` as three bits).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Named {
    /// It is a group. Users stand before groups.
    pub is_group: bool,
    /// Its number.
    pub id: u32,
    /// Its rights.
    pub access: u8,
}

/// One list. What is absent was not sent, or does not exist.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Acl {
    /// The owner.
    pub user_obj: Option<u8>,
    /// The owning group.
    pub group_obj: Option<u8>,
    /// The most that anybody but owner and others may do.
    pub mask: Option<u8>,
    /// Everybody else.
    pub other: Option<u8>,
    /// Named users, then named groups, each by number.
    pub names: Vec<Named>,
}

/// How a list begins on the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Head {
    /// It is the one with this number, from 0.
    Known(usize),
    /// It follows; so many names are still to be read.
    Literal(Acl, usize),
}

fn rights(value: i32) -> Decoded<u8> {
    u8::try_from(value).ok().filter(|bits| *bits <= 7).ok_or(Fault::Malformed("rights in an ACL out of range"))
}

impl Head {
    /// Reads the begin of a list; `known` lists of its kind were sent before.
    pub fn read(r: &mut Reader, known: usize) -> Decoded<Self> {
        let number = int::read_varint(r)?;
        if number != 0 {
            let number = usize::try_from(number).ok().filter(|number| *number <= known);
            return number
                .map(|number| Self::Known(number.saturating_sub(1)))
                .ok_or(Fault::Malformed("number of an ACL out of range"));
        }
        let flags = r.byte()?;
        let mut acl = Acl::default();
        for (bit, field) in [
            (part::USER_OBJ, &mut acl.user_obj),
            (part::GROUP_OBJ, &mut acl.group_obj),
            (part::MASK_OBJ, &mut acl.mask),
            (part::OTHER_OBJ, &mut acl.other),
        ] {
            if flags & bit != 0 {
                *field = Some(rights(int::read_varint(r)?)?);
            }
        }
        let names = if flags & part::NAME_LIST != 0 { int::read_varint(r)? } else { 0 };
        let names = usize::try_from(names).ok().filter(|names| *names <= ACL_NAMES);
        Ok(Self::Literal(acl, names.ok_or(Fault::Malformed("an ACL has more names than this server allows"))?))
    }
}

impl Named {
    /// Reads one, with its name where that travels.
    pub fn read<'a>(r: &mut Reader<'a>) -> Decoded<(Self, Option<&'a [u8]>)> {
        let id = u32::from_le_bytes(int::read_varint(r)?.to_le_bytes());
        let bits = int::read_varint(r)?;
        let access = rights(bits >> 2)?;
        let name = if bits & 1 != 0 {
            let len = usize::from(r.byte()?);
            Some(r.take(len)?)
        } else {
            None
        };
        Ok((Self { is_group: bits & 2 == 0, id, access }, name))
    }

    /// Writes one.
    pub fn put(&self, out: &mut impl Put, name: Option<&[u8]>) {
        int::put_varint(out, i32::from_le_bytes(self.id.to_le_bytes()));
        let bits = i32::from(self.access) << 2 | if self.is_group { 0 } else { 2 } | i32::from(name.is_some());
        int::put_varint(out, bits);
        if let Some(name) = name {
            super::encode::put_short_string(out, name);
        }
    }
}

/// Writes a list that was sent before, by its number from 0.
pub fn put_known(out: &mut impl Put, number: usize) {
    int::put_varint(out, i32::try_from(number.saturating_add(1)).unwrap_or(i32::MAX));
}

impl Acl {
    /// Writes the list itself. `name_of` gives the names that travel with it.
    pub fn put(&self, out: &mut impl Put, name_of: &mut dyn FnMut(&Named) -> Option<Vec<u8>>) {
        int::put_varint(out, 0);
        let objects = [
            (part::USER_OBJ, self.user_obj),
            (part::GROUP_OBJ, self.group_obj),
            (part::MASK_OBJ, self.mask),
            (part::OTHER_OBJ, self.other),
        ];
        let mut flags = if self.names.is_empty() { 0 } else { part::NAME_LIST };
        for (bit, _) in objects.iter().filter(|(_, rights)| rights.is_some()) {
            flags |= bit;
        }
        out.put(&[flags]);
        for rights in objects.iter().filter_map(|(_, rights)| *rights) {
            int::put_varint(out, i32::from(rights));
        }
        if !self.names.is_empty() {
            int::put_varint(out, i32::try_from(self.names.len()).unwrap_or(0));
        }
        for named in &self.names {
            let name = name_of(named);
            named.put(out, name.as_deref());
        }
    }

    /// Takes out of an access list what `mode` tells.
    pub fn strip(&mut self, mode: u32) {
        self.user_obj = None;
        self.other = None;
        let group = bits(mode, 3);
        match self.mask {
            None => self.group_obj = None,
            Some(mask) => {
                if self.group_obj == Some(group) {
                    self.group_obj = None;
                }
                if !self.names.is_empty() && mask == group {
                    self.mask = None;
                }
            }
        }
    }

    /// Puts into an access list what `mode` tells: it is complete afterwards.
    pub fn complete(&mut self, mode: u32) {
        let group = bits(mode, 3);
        self.user_obj = Some(bits(mode, 6));
        self.other = Some(bits(mode, 0));
        if self.mask.is_some() || !self.names.is_empty() {
            self.mask = Some(group);
            self.group_obj.get_or_insert(group);
        } else {
            self.group_obj = Some(group);
        }
    }

    /// Puts into a default list, if there is one, what a list may not lack.
    pub fn complete_default(&mut self, mode: u32) {
        if self.is_empty() {
            return;
        }
        self.user_obj.get_or_insert(bits(mode, 6));
        let group = *self.group_obj.get_or_insert(bits(mode, 3));
        self.other.get_or_insert(bits(mode, 0));
        if !self.names.is_empty() {
            let all = self.names.iter().fold(group, |all, named| all | named.access);
            self.mask.get_or_insert(all);
        }
    }

    /// Whether it says nothing: an access list that is the mode, a default list that does not exist.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The permission bits that new entries of a directory with this default list get at most.
    pub fn permissions(&self) -> u32 {
        let group = self.mask.or(self.group_obj);
        let [user, group, other] = [self.user_obj, group, self.other].map(|bits| u32::from(bits.unwrap_or(0)));
        user << 6 | group << 3 | other
    }
}

fn bits(mode: u32, shift: u32) -> u8 {
    u8::try_from(mode >> shift & 7).unwrap_or(0)
}

/// The form on disk: version, then entries of tag, rights, number.
mod disk {
    pub const VERSION: u32 = 2;
    pub const USER_OBJ: u16 = 0x01;
    pub const USER: u16 = 0x02;
    pub const GROUP_OBJ: u16 = 0x04;
    pub const GROUP: u16 = 0x08;
    pub const MASK: u16 = 0x10;
    pub const OTHER: u16 = 0x20;
    pub const NO_ID: u32 = u32::MAX;
}

impl Acl {
    /// Reads the attribute's value; `None` if it is not what the kernel writes.
    #[must_use]
    pub fn from_disk(value: &[u8]) -> Option<Self> {
        let mut r = Reader::new(value);
        if r.u32().ok()? != disk::VERSION {
            return None;
        }
        let mut acl = Self::default();
        while !r.rest().is_empty() {
            let (tag, access, id) = (r.u16().ok()?, r.u16().ok()?, r.u32().ok()?);
            let access = u8::try_from(access & 7).unwrap_or(0);
            match tag {
                disk::USER_OBJ => acl.user_obj = Some(access),
                disk::GROUP_OBJ => acl.group_obj = Some(access),
                disk::MASK => acl.mask = Some(access),
                disk::OTHER => acl.other = Some(access),
                disk::USER | disk::GROUP => acl.names.push(Named { is_group: tag == disk::GROUP, id, access }),
                _ => return None,
            }
        }
        acl.sort();
        Some(acl)
    }

    /// Puts names in the order of the disk: users before groups, by number. Two with one number keep their order.
    pub fn sort(&mut self) {
        self.names.sort_by_key(|named| (named.is_group, named.id));
    }

    /// The attribute's value, of a list in order.
    #[must_use]
    pub fn to_disk(&self) -> Vec<u8> {
        let mut out = disk::VERSION.to_le_bytes().to_vec();
        let mut entry = |tag: u16, access: u8, id: u32| {
            out.extend_from_slice(&tag.to_le_bytes());
            out.extend_from_slice(&u16::from(access).to_le_bytes());
            out.extend_from_slice(&id.to_le_bytes());
        };
        let (users, groups) = self.names.split_at(self.names.partition_point(|named| !named.is_group));
        if let Some(access) = self.user_obj {
            entry(disk::USER_OBJ, access, disk::NO_ID);
        }
        users.iter().for_each(|named| entry(disk::USER, named.access, named.id));
        if let Some(access) = self.group_obj {
            entry(disk::GROUP_OBJ, access, disk::NO_ID);
        }
        groups.iter().for_each(|named| entry(disk::GROUP, named.access, named.id));
        for (tag, access) in [(disk::MASK, self.mask), (disk::OTHER, self.other)] {
            if let Some(access) = access {
                entry(tag, access, disk::NO_ID);
            }
        }
        out
    }
}

/// The form in which `--fake-super` keeps a list: the four objects, then number and rights of each name.
mod kept {
    /// An object that is absent.
    pub const NONE: u32 = 0x80;
    /// The name is a user's.
    pub const USER: u32 = 1 << 31;
}

impl Acl {
    /// Reads the kept form; `None` if it is not one.
    #[must_use]
    pub fn from_kept(value: &[u8]) -> Option<Self> {
        let mut r = Reader::new(value);
        let mut object = || r.u32().ok().map(|bits| u8::try_from(bits).ok().filter(|bits| *bits <= 7));
        let (user_obj, group_obj, mask, other) = (object()?, object()?, object()?, object()?);
        let mut acl = Self { user_obj, group_obj, mask, other, names: Vec::new() };
        while !r.rest().is_empty() {
            let (id, bits) = (r.u32().ok()?, r.u32().ok()?);
            let access = u8::try_from(bits & 7).unwrap_or(0);
            acl.names.push(Named { is_group: bits & kept::USER == 0, id, access });
        }
        acl.sort();
        Some(acl)
    }

    /// The kept form.
    #[must_use]
    pub fn to_kept(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for object in [self.user_obj, self.group_obj, self.mask, self.other] {
            out.extend_from_slice(&object.map_or(kept::NONE, u32::from).to_le_bytes());
        }
        for named in &self.names {
            let bits = u32::from(named.access) | if named.is_group { 0 } else { kept::USER };
            out.extend_from_slice(&named.id.to_le_bytes());
            out.extend_from_slice(&bits.to_le_bytes());
        }
        out
    }
}

#[cfg(test)]
mod tests;
