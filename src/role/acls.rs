//! Access control lists of the receiving side: how they differ from those that are here, how they are set.

use std::sync::Arc;

use rustix::io::Errno;

use super::say::words;
use crate::flist::acl::Named;
use crate::flist::{Acl, Extra};
use crate::fs::{Meta, Tree};

/// Which list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// Who may do what.
    Access,
    /// What new entries of a directory get.
    Default,
}

impl Which {
    /// The attribute that holds it; with `--fake-super` (`fake`) one of rsync's own.
    pub fn attribute(self, fake: bool) -> &'static [u8] {
        match (self, fake) {
            (Which::Access, false) => b"system.posix_acl_access",
            (Which::Default, false) => b"system.posix_acl_default",
            (Which::Access, true) => b"user.rsync.%aacl",
            (Which::Default, true) => b"user.rsync.%dacl",
        }
    }

    /// As messages call it.
    pub fn called(self) -> &'static [u8] {
        match self {
            Which::Access => b"ACL_TYPE_ACCESS",
            Which::Default => b"ACL_TYPE_DEFAULT",
        }
    }
}

/// The list in an attribute; `None` where there is none, or the file system knows of none.
pub fn stored(value: Result<Vec<u8>, Errno>, fake: bool) -> Result<Option<Acl>, Errno> {
    match value {
        Ok(value) if fake => Ok(Acl::from_kept(&value)),
        Ok(value) => Ok(Acl::from_disk(&value)),
        Err(Errno::NODATA | Errno::OPNOTSUPP | Errno::NOSYS) => Ok(None),
        Err(errno) => Err(errno),
    }
}

fn read(tree: &mut Tree, name: &[u8], which: Which) -> Result<Option<Acl>, Errno> {
    let fake = tree.is_fake();
    stored(tree.xattr(name, which.attribute(fake)), fake)
}

/// Whether the access list of what is here differs from the one that was sent, leaving aside what the modes tell.
pub fn access_differs(tree: &mut Tree, name: &[u8], mode: u32, extra: &Extra, here: &Meta) -> bool {
    extra.access.as_ref().is_some_and(|sent| {
        let mut sent = Acl::clone(sent);
        sent.complete(mode);
        let mut present = read(tree, name, Which::Access).ok().flatten().unwrap_or_default();
        present.complete(here.mode);
        beside_the_mode(&sent) != beside_the_mode(&present)
    })
}

/// Whether the default list of what is here differs from the one that was sent.
pub fn default_differs(tree: &mut Tree, name: &[u8], mode: u32, extra: &Extra, here: &Meta) -> bool {
    extra.default.as_ref().filter(|_| here.is_dir()).is_some_and(|sent| {
        let present = read(tree, name, Which::Default).ok().flatten().unwrap_or_default();
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
        let wanted = if whole.names.is_empty() && whole.mask.is_none() { None } else { Some(whole) };
        match put(tree, name, shown, Which::Access, wanted.as_ref(), fail) {
            Some(done) => changed |= done,
            None => return false,
        }
    }
    if let Some(sent) = extra.default.as_ref().filter(|_| is_dir) {
        let whole = whole_default(sent, mode);
        let wanted = Some(&whole).filter(|whole| !whole.is_empty());
        changed |= put(tree, name, shown, Which::Default, wanted, fail).unwrap_or(false);
    }
    changed
}

/// Sets one list, or removes it. `None`: it failed, and was told.
fn put(
    tree: &mut Tree,
    name: &[u8],
    shown: &[u8],
    which: Which,
    wanted: Option<&Acl>,
    fail: &mut dyn FnMut(&[u8], Errno),
) -> Option<bool> {
    let fake = tree.is_fake();
    let attribute = which.attribute(fake);
    // Kept beside the mode, the list leaves out what that tells.
    let kept = wanted.filter(|_| fake && which == Which::Access).map(|whole| {
        let [user_obj, other] = [None, None];
        let group_obj = whole.group_obj.filter(|group| Some(*group) != whole.mask);
        Acl { user_obj, group_obj, other, ..whole.clone() }
    });
    let wanted = kept.as_ref().or(wanted);
    let told = || words(&[b"set_acl: xacl_set(", bare(shown), b", ", which.called(), b")"]);
    let present = match read(tree, name, which) {
        Ok(present) => present,
        Err(errno) => {
            fail(&told(), errno);
            return None;
        }
    };
    let done = match wanted {
        None if present.is_none() => return Some(false),
        Some(wanted) if present.as_ref() == Some(wanted) => return Some(false),
        None => tree.remove_xattr(name, attribute),
        Some(wanted) => tree.set_xattr(name, attribute, &if fake { wanted.to_kept() } else { wanted.to_disk() }),
    };
    match done {
        Ok(()) => Some(true),
        Err(errno) => {
            fail(&told(), errno);
            None
        }
    }
}

/// The name alone, out of its quotes: as stock shows it here.
fn bare(shown: &[u8]) -> &[u8] {
    shown.split(|byte| *byte == b'"').nth(1).map_or(shown, |name| name.strip_prefix(b"/").unwrap_or(name))
}

/// The permission bits that the directory of `name` leaves to new entries by its default list; `None` without one.
pub fn default_permissions(tree: &mut Tree, name: &[u8]) -> Option<u32> {
    stored(tree.parents_xattr(name, Which::Default.attribute(false)), false).ok().flatten().map(|acl| acl.permissions())
}
