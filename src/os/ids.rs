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

/// Names of the groups of a user: the primary one and those that list it.
pub fn groups_of(user: &[u8]) -> Vec<Vec<u8>> {
    group_ids_of(user).into_iter().filter_map(group_name).collect()
}

/// Numbers of the groups of a user, the primary one first.
pub fn group_ids_of(user: &[u8]) -> Vec<u32> {
    let Ok(name) = std::str::from_utf8(user) else { return Vec::new() };
    let Ok(Some(entry)) = User::from_name(name) else { return Vec::new() };
    let mut list = vec![entry.gid.as_raw()];
    let Ok(c_name) = std::ffi::CString::new(name) else { return list };
    for gid in nix::unistd::getgrouplist(&c_name, entry.gid).unwrap_or_default() {
        if !list.contains(&gid.as_raw()) {
            list.push(gid.as_raw());
        }
    }
    list
}
