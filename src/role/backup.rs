//! `-b`: what a push replaces or removes is kept under another name.

use rustix::io::Errno;

use super::acls::Which;
use super::content;
use super::context::Context;
use super::places::{Places, is_absent};
use crate::fs::{Meta, Tree, dir, tree};

/// Why a name is about to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Something is put in its place: until then it stays, so that the name is never without a file.
    Replaced,
    /// It is deleted.
    Removed,
}

/// A backup that could not be made.
#[derive(Debug)]
pub struct Failure {
    /// The system call.
    pub call: &'static str,
    /// The backup's name, from the module's root.
    pub to: Vec<u8>,
    /// Why.
    pub errno: Errno,
}

/// A backup.
#[derive(Debug)]
pub struct Made {
    /// Its name, from the module's root.
    pub to: Vec<u8>,
    /// What a directory of that name held: names in the destination.
    pub removed: Vec<(Vec<u8>, Meta)>,
}

/// Backs up `name`. `whole` is the module. `None` when there is nothing to back up.
///
/// # Errors
/// The step that failed; `name` is as it was.
pub fn make(
    ctx: &Context,
    places: &Places,
    whole: &mut Tree,
    name: &[u8],
    reason: Reason,
) -> Result<Option<Made>, Failure> {
    let Some(to) = places.backup(name) else { return Ok(None) };
    let from = places.full(name);
    let failure = |call, errno| Failure { call, to: to.clone(), errno };
    let meta = match whole.lstat(&from) {
        Ok(meta) => meta,
        Err(errno) if is_absent(errno) => return Ok(None),
        Err(errno) => return Err(failure("stat", errno)),
    };
    make_parents(ctx, places, whole, tree::split(&to).0).map_err(|errno| failure("mkdir", errno))?;
    let mut removed = Vec::new();
    clear(whole, &to, &mut removed).map_err(|errno| failure("unlink", errno))?;
    let removed = removed.into_iter().map(|(full, meta)| (shown(places, &full), meta)).collect();
    let made = Made { to: to.clone(), removed };
    if reason == Reason::Replaced && !meta.is_dir() && whole.link(&from, &to).is_ok() {
        return Ok(Some(made));
    }
    match whole.rename(&from, &to) {
        Ok(()) => Ok(Some(made)),
        Err(Errno::XDEV) if meta.is_file() => {
            copy(ctx, whole, &from, &to, &meta).map_err(|errno| failure("copy", errno))?;
            if reason == Reason::Removed {
                whole.unlink(&from).map_err(|errno| failure("unlink", errno))?;
            }
            Ok(Some(made))
        }
        Err(errno) => Err(failure("rename", errno)),
    }
}

/// The backup's name as a message shows it: from the destination, where it lies there.
pub fn shown(places: &Places, to: &[u8]) -> Vec<u8> {
    let base = places.full(b"");
    let inside = to.strip_prefix(base.as_slice()).filter(|_| !base.is_empty());
    inside.and_then(|rest| rest.strip_prefix(b"/")).unwrap_or(to).to_vec()
}

/// What stands under the backup's name goes: an older backup, or something in the way with all that is in it. `removed`
/// gets what lay inside, by its name from the module's root.
pub(super) fn clear(whole: &mut Tree, to: &[u8], removed: &mut Vec<(Vec<u8>, Meta)>) -> Result<(), Errno> {
    match whole.lstat(to) {
        Ok(meta) if meta.is_dir() => {
            let mut leaves: Vec<Vec<u8>> = Vec::new();
            dir::each_name(whole.open_dir_itself(to)?, |leaf| leaves.push(leaf.to_vec()))?;
            for leaf in leaves {
                let inner = [to, b"/", &leaf].concat();
                let meta = whole.lstat(&inner)?;
                clear(whole, &inner, removed)?;
                removed.push((inner, meta));
            }
            whole.rmdir(to)
        }
        Ok(_) => whole.unlink(to),
        Err(errno) if is_absent(errno) => Ok(()),
        Err(errno) => Err(errno),
    }
}

/// Directories of the backup's name that are missing get mode and owner of those they stand for.
pub(super) fn make_parents(ctx: &Context, places: &Places, whole: &mut Tree, parent: &[u8]) -> Result<(), Errno> {
    let Some(top) = places.backup_dir() else { return Ok(()) };
    if parent.is_empty() || whole.lstat(parent).is_ok_and(|meta| meta.is_dir()) {
        return Ok(());
    }
    let cuts = parent.iter().enumerate().filter(|(_, byte)| **byte == b'/').map(|(at, _)| at);
    for cut in cuts.chain([parent.len()]) {
        let dir = parent.get(..cut).unwrap_or(parent);
        match whole.stat(dir) {
            Ok(meta) if meta.is_dir() => continue,
            Ok(_) => whole.unlink(dir)?,
            Err(_) => {}
        }
        let original = dir.strip_prefix(top).and_then(|rest| rest.strip_prefix(b"/"));
        let original = original.and_then(|name| whole.lstat(&places.full(name)).ok());
        whole.mkdir(dir, original.map_or(0o777 & !ctx.umask, |meta| meta.mode & 0o7777 | 0o700))?;
        if let Some(meta) = original {
            if ctx.root {
                let _ = whole.chown(dir, Some(meta.uid), Some(meta.gid));
            }
            let _ = whole.chmod(dir, meta.mode);
        }
    }
    Ok(())
}

/// A backup on another file system.
fn copy(ctx: &Context, whole: &mut Tree, from: &[u8], to: &[u8], meta: &Meta) -> Result<(), Errno> {
    let (source, _) = whole.open_file(from)?;
    let target = whole.create(to, 0o600)?;
    let done = content::copy(&source, &target).and_then(|()| dress(ctx, whole, from, to, meta));
    if done.is_err() {
        let _ = whole.unlink(to);
    }
    done
}

/// A copy gets the attributes of what it is a copy of.
pub(super) fn dress(ctx: &Context, whole: &mut Tree, from: &[u8], to: &[u8], meta: &Meta) -> Result<(), Errno> {
    if ctx.root {
        whole.chown(to, Some(meta.uid), Some(meta.gid))?;
    }
    if ctx.codec.xattrs
        && let Some(rule) = ctx.xattr_names.get()
    {
        for name in whole.xattr_names(from).unwrap_or_default() {
            if rule.on_the_wire(&name).is_some() {
                copy_attribute(whole, from, to, &name)?;
            }
        }
    }
    let atime = ctx.options.atimes.then_some(meta.atime);
    whole.set_times(to, atime, Some((meta.mtime, meta.nsec)))?;
    whole.chmod(to, meta.mode)?;
    if ctx.codec.acls { copy_attribute(whole, from, to, Which::Access.attribute(ctx.fake)) } else { Ok(()) }
}

/// An attribute that is there is there on the copy, too.
fn copy_attribute(whole: &mut Tree, from: &[u8], to: &[u8], name: &[u8]) -> Result<(), Errno> {
    match whole.xattr(from, name) {
        Ok(value) => whole.set_xattr(to, name, &value),
        Err(Errno::NODATA | Errno::OPNOTSUPP | Errno::NOSYS) => Ok(()),
        Err(errno) => Err(errno),
    }
}
