//! Access control lists of the receiving side: how they differ from those that are here, how they are set.

use std::sync::Arc;

use rustix::io::Errno;

use super::say::words;
use crate::flist::acl::Named;
use crate::flist::{Acl, Extra};
use crate::fs::{Meta, Tree};

/// Where Linux keeps them.
pub const ACCESS: &[u8] = b"system.posix_acl_access";
/// Likewise, of a directory's new entries.
pub const DEFAULT: &[u8] = b"system.posix_acl_default";

/// The list in an attribute; `None` where there is none, or the file system knows of none.
pub fn stored(value: Result<Vec<u8>, Errno>) -> Result<Option<Acl>, Errno> {
    match value {
        Ok(value) => Ok(Acl::from_disk(&value)),
        Err(Errno::NODATA | Errno::OPNOTSUPP | Errno::NOSYS) => Ok(None),
        Err(errno) => Err(errno),
    }
}

/// Whether the access list of what is here differs from the one that was sent, leaving aside what the modes tell.
pub fn access_differs(tree: &mut Tree, name: &[u8], mode: u32, extra: &Extra, here: &Meta) -> bool {
    extra.access.as_ref().is_some_and(|sent| {
        let mut sent = Acl::clone(sent);
        sent.complete(mode);
        let mut present = stored(tree.xattr(name, ACCESS)).ok().flatten().unwrap_or_default();
        present.complete(here.mode);
        beside_the_mode(&sent) != beside_the_mode(&present)
    })
}

/// Whether the default list of what is here differs from the one that was sent.
pub fn default_differs(tree: &mut Tree, name: &[u8], mode: u32, extra: &Extra, here: &Meta) -> bool {
    extra.default.as_ref().filter(|_| here.is_dir()).is_some_and(|sent| {
        let present = stored(tree.xattr(name, DEFAULT)).ok().flatten().unwrap_or_default();
        whole_default(sent, mode) != present
    })
}

/// What a whole access list says beyond the mode: the owning group, where a mask stands for it there, and names.
fn beside_the_mode(acl: &Acl) -> (Option<u8>, &[Named]) {
    (acl.group_obj.filter(|_| acl.mask.is_some()), &acl.names)
}

fn whole_default(sent: &Arc<Acl>, mode: u32) -> Acl {
    let mut whole = Acl::clone(sent);
    whole.complete_default(mode);
    whole
}

/// Gives something that will have `mode` the lists that were sent. `true`: something changed.
pub fn set(
    tree: &mut Tree,
    name: &[u8],
    shown: &[u8],
    mode: u32,
    extra: &Extra,
    is_dir: bool,
    fail: &mut dyn FnMut(&[u8], Errno),
) -> bool {
    let mut changed = false;
    if let Some(sent) = &extra.access {
        let mut whole = Acl::clone(sent);
        whole.complete(mode);
        let told = || words(&[b"set_acl: xacl_set(", shown, b", ACL_TYPE_ACCESS)"]);
        let wanted = if whole.names.is_empty() && whole.mask.is_none() { None } else { Some(whole) };
        changed |= put(tree, name, ACCESS, wanted.as_ref(), &told, fail);
    }
    if let Some(sent) = extra.default.as_ref().filter(|_| is_dir) {
        let whole = whole_default(sent, mode);
        let told = || words(&[b"set_acl: xacl_set(", shown, b", ACL_TYPE_DEFAULT)"]);
        changed |= put(tree, name, DEFAULT, Some(&whole).filter(|whole| !whole.is_empty()), &told, fail);
    }
    changed
}

fn put(
    tree: &mut Tree,
    name: &[u8],
    attribute: &[u8],
    wanted: Option<&Acl>,
    told: &dyn Fn() -> Vec<u8>,
    fail: &mut dyn FnMut(&[u8], Errno),
) -> bool {
    let present = match stored(tree.xattr(name, attribute)) {
        Ok(present) => present,
        Err(errno) => {
            fail(&told(), errno);
            return false;
        }
    };
    let done = match wanted {
        None if present.is_none() => return false,
        Some(wanted) if present.as_ref() == Some(wanted) => return false,
        None => tree.remove_xattr(name, attribute),
        Some(wanted) => tree.set_xattr(name, attribute, &wanted.to_disk()),
    };
    match done {
        Ok(()) => true,
        Err(errno) => {
            fail(&told(), errno);
            false
        }
    }
}

/// The permission bits that a directory's default list leaves to new entries; `None` without one.
pub fn default_permissions(tree: &mut Tree, dir: &[u8]) -> Option<u32> {
    stored(tree.xattr(dir, DEFAULT)).ok().flatten().map(|acl| acl.permissions())
}
