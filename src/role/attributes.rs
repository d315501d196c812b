//! Owner, times and permissions of what was received.

use rustix::io::Errno;

use super::context::Context;
use super::say::words;
use super::{acls, xattrs};
use crate::flist::{Entry, Extra};
use crate::fs::{Meta, Tree};
use crate::wire::item::iflags;

/// The permission bits an entry shall have here; `here` is what stands in its place and stays.
pub fn wanted_mode(ctx: &Context, entry: &Entry, here: Option<&Meta>) -> u32 {
    let options = &ctx.options;
    let sent = u32::from(entry.mode) & 0o7777;
    if options.perms {
        return sent;
    }
    let mode = kept_mode(ctx, entry, here);
    if ctx.incoming_chmod.is_empty() || entry.is_symlink() {
        return mode;
    }
    ctx.incoming_chmod.apply(mode, entry.is_dir(), ctx.umask)
}

/// The same for something that may be new: without `-p` the default ACL of its directory stands for the umask.
pub fn wanted_mode_at(ctx: &Context, tree: &mut Tree, name: &[u8], entry: &Entry, here: Option<&Meta>) -> u32 {
    if ctx.options.perms || here.is_some() || entry.is_symlink() {
        return wanted_mode(ctx, entry, here);
    }
    let Some(left) = acls::default_permissions(tree, name) else { return wanted_mode(ctx, entry, here) };
    ctx.incoming_chmod.apply(u32::from(entry.mode) & left & 0o777, entry.is_dir(), ctx.umask)
}

/// The permission bits without `-p`: those that are there, or ordinary ones.
fn kept_mode(ctx: &Context, entry: &Entry, here: Option<&Meta>) -> u32 {
    let options = &ctx.options;
    let sent = u32::from(entry.mode) & 0o7777;
    let Some(here) = here else { return sent & 0o777 & !ctx.umask };
    let mut mode = here.mode & 0o7777;
    if options.executability && entry.is_file() {
        if sent & 0o111 == 0 {
            mode &= !0o111;
        } else if mode & 0o111 == 0 {
            mode |= (mode & 0o444) >> 2;
        }
    }
    mode
}

/// Whether times are kept for this kind of entry.
pub fn keeps_times(ctx: &Context, entry: &Entry) -> bool {
    ctx.options.times && !leaves_times(ctx, entry)
}

/// The atime to set: as sent, where it is kept and differs; by how much, hangs on `times`.
pub fn atime_change(ctx: &Context, entry: &Entry, extra: &Extra, here: &Meta, times: Times) -> Option<i64> {
    let kept = ctx.options.atimes && !entry.is_dir() && !entry.is_symlink() && !leaves_times(ctx, entry);
    let same = match times {
        Times::Exact => extra.atime == here.atime,
        _ => ctx.same_time((extra.atime, 0), (here.atime, 0)),
    };
    (kept && !same).then_some(extra.atime)
}

/// Times of this kind of entry are left alone.
fn leaves_times(ctx: &Context, entry: &Entry) -> bool {
    let options = &ctx.options;
    (entry.is_dir() && options.omit_dir_times) || (entry.is_symlink() && options.omit_link_times)
}

/// The owner to set, if it can be set and differs.
fn owner_change(ctx: &Context, entry: &Entry, here: &Meta) -> (Option<u32>, Option<u32>) {
    let options = &ctx.options;
    let uid = (ctx.root && options.owner && here.uid != entry.uid).then_some(entry.uid);
    let may_set = ctx.root || ctx.groups.contains(&entry.gid);
    let gid = (options.group && may_set && here.gid != entry.gid).then_some(entry.gid);
    (uid, gid)
}

/// Which attributes of `here` differ from what was sent, as item flags. `touched`: data or the item itself is changed,
/// so that without `-t` the time changes too.
pub fn differences(ctx: &Context, entry: &Entry, here: &Meta, touched: bool) -> u16 {
    let mut flags = 0;
    if entry.is_file() && here.size != entry.size {
        flags |= iflags::REPORT_SIZE;
    }
    let time = if keeps_times(ctx, entry) {
        !ctx.same_time((entry.mtime, entry.nsec), (here.mtime, here.nsec))
    } else {
        touched && !entry.is_dir()
    };
    if time {
        flags |= iflags::REPORT_TIME;
    }
    // The module's own changes to modes are not the client's affair: they are not reported.
    let mode = if ctx.options.perms { u32::from(entry.mode) & 0o7777 } else { kept_mode(ctx, entry, Some(here)) };
    if !entry.is_symlink() && (here.mode & 0o7777) != mode {
        flags |= iflags::REPORT_PERMS;
    }
    let (uid, gid) = owner_change(ctx, entry, here);
    if uid.is_some() {
        flags |= iflags::REPORT_OWNER;
    }
    if gid.is_some() {
        flags |= iflags::REPORT_GROUP;
    }
    flags
}

/// What to set besides owner and permissions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Times {
    /// As sent, to the nanosecond.
    Exact,
    /// As sent, unless it is the same within the window.
    Near,
    /// Not at all: the content is not what was sent.
    Leave,
}

/// The mtime to set, if it is kept and differs.
fn mtime_change(ctx: &Context, entry: &Entry, here: &Meta, times: Times) -> Option<(i64, u32)> {
    let (sent, here) = ((entry.mtime, entry.nsec), (here.mtime, here.nsec));
    let same = match times {
        Times::Exact => sent == here,
        Times::Near => ctx.same_time(sent, here),
        Times::Leave => true,
    };
    (!same && keeps_times(ctx, entry)).then_some(sent)
}

/// Something on disk, and what it shall be.
#[derive(Clone, Copy, Debug)]
pub struct Item<'a> {
    /// Its name from the transfer root (a temporary's, perhaps).
    pub name: &'a [u8],
    /// The name that messages show.
    pub shown: &'a [u8],
    /// What was sent.
    pub entry: &'a Entry,
    /// What else was sent.
    pub extra: &'a Extra,
    /// Permission bits it shall have.
    pub mode: u32,
    /// Its present state.
    pub here: &'a Meta,
    /// What to do about its time.
    pub times: Times,
}

/// Gives an item its attributes: owner first (it clears set-id bits), permissions last. Returns whether something changed. Failures go to `fail` as text and reason.
pub fn set(ctx: &Context, tree: &mut Tree, what: &Item, fail: &mut dyn FnMut(&[u8], Errno)) -> bool {
    let Item { name, shown, entry, extra, mode, here, times } = *what;
    let mut changed = false;
    let mut present = here.mode & 0o7777;
    let (uid, gid) = owner_change(ctx, entry, here);
    if uid.is_some() || gid.is_some() {
        if let Err(errno) = tree.chown(name, uid, gid) {
            fail(&words(&[b"chown ", shown, b" failed"]), errno);
            return changed;
        }
        changed = true;
        if present & 0o6000 != 0
            && let Ok(after) = tree.lstat(name)
        {
            present = after.mode & 0o7777;
        }
    }
    let atime = atime_change(ctx, entry, extra, here, times);
    let mtime = mtime_change(ctx, entry, here, times);
    if atime.is_some() || mtime.is_some() {
        match tree.set_times(name, atime, mtime) {
            Ok(()) => changed = true,
            Err(errno) => fail(&words(&[b"failed to set times on ", shown]), errno),
        }
    }
    if let Some(set) = &extra.xattrs {
        changed |= xattrs::set(ctx, tree, name, shown, here, set, fail);
    }
    if extra.access.is_some() && acls::set(tree, name, shown, mode, extra, entry.is_dir(), fail) {
        changed = true;
        present = tree.lstat(name).map_or(present, |after| after.mode & 0o7777);
    }
    if ctx.fake && present == mode & 0o7777 {
        // What is kept is right; the file itself may have other bits yet.
        let _ = tree.chmod(name, mode);
    }
    if !entry.is_symlink() && present != mode & 0o7777 {
        match tree.chmod(name, mode) {
            Ok(()) => changed = true,
            Err(errno) => fail(&words(&[b"failed to set permissions on ", shown]), errno),
        }
    }
    changed
}
