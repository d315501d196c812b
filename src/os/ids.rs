//! Names and numbers of users and groups, from the system's tables.

use nix::unistd::{Gid, Group, Uid, User};

/// The name of a user.
pub fn user_name(uid: u32) -> Option<Vec<u8>> {
    User::from_uid(Uid::from_raw(uid)).ok().flatten().map(|user| user.name.into_bytes())
}

/// The name of a group.
pub fn group_name(gid: u32) -> Option<Vec<u8>> {
    Group::from_gid(Gid::from_raw(gid)).ok().flatten().map(|group| group.name.into_bytes())
}

/// The number of a user.
pub fn user_id(name: &[u8]) -> Option<u32> {
    let name = std::str::from_utf8(name).ok()?;
    User::from_name(name).ok().flatten().map(|user| user.uid.as_raw())
}

/// The number of a group.
pub fn group_id(name: &[u8]) -> Option<u32> {
    let name = std::str::from_utf8(name).ok()?;
    Group::from_name(name).ok().flatten().map(|group| group.gid.as_raw())
}
