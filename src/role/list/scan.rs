//! Reading directories.

use std::os::fd::AsFd;

use rustix::fs::AtFlags;
use rustix::io::Errno;

use super::Lister;
use crate::filter::path::symlink_is_unsafe;
use crate::flist::{Segment, segment::flag, xmit};
use crate::fs::{Kind, Meta, Tree, dir};
use crate::limits::{MAXPATH, MERGE_FILE};
use crate::net::{Fatal, Link};
use crate::options::Remark;
use crate::role::context::MUNGE_PREFIX;
use crate::role::say::{failed, file_error, info, io_error, words};
use crate::role::trace;

/// Type bits of a regular file.
const FILE_TYPE: u32 = 0o100_000;

impl Lister<'_> {
    /// Lists a directory and everything below it: all names of one directory first, then its sub-directories in turn.
    pub(super) fn scan_all(
        &mut self,
        link: &mut Link,
        segment: &mut Segment,
        base: u16,
        path: &[u8],
        depth: usize,
        device: u64,
    ) -> Result<(), Fatal> {
        let from = segment.entries.len();
        let until = self.scan(link, segment, base, path, depth, device)?;
        for at in from..until {
            let Some(entry) = segment.entries.get(at).copied() else { break };
            if entry.is_dir() && !entry.has(flag::NO_CONTENT) {
                let mut name = Vec::new();
                segment.name_into(&entry, &mut name);
                self.scan_all(link, segment, base, &name, depth + 1, device)?;
            }
        }
        Ok(())
    }

    /// Lists the names of one directory. Returns the number of entries in the segment afterwards.
    pub(super) fn scan(
        &mut self,
        link: &mut Link,
        segment: &mut Segment,
        base: u16,
        path: &[u8],
        depth: usize,
        device: u64,
    ) -> Result<usize, Fatal> {
        let opened = self.bases.get_mut(usize::from(base)).ok_or(Errno::NOENT).and_then(|tree| tree.open_dir(path));
        let handle = match opened {
            Ok(handle) => handle,
            Err(errno) => {
                let shown = self.shown(base, path);
                if errno == Errno::NOENT {
                    self.vanished(link, b"directory", &shown);
                } else {
                    self.trouble(link, &[b"opendir ", &shown], errno);
                }
                return Ok(segment.entries.len());
            }
        };
        self.enter_filters(base, path, depth)?;
        // Names first: entries are sent while the directory is no longer being read.
        let (mut text, mut ends) = (Vec::new(), Vec::new());
        let read = dir::each_name(&handle, |name| {
            text.extend_from_slice(name);
            ends.push(text.len());
        });
        if let Err(errno) = read {
            let shown = self.shown(base, path);
            self.trouble(link, &[b"readdir(", &shown, b")"], errno);
        }
        let mut name = Vec::new();
        let mut start = 0;
        for end in ends {
            let leaf = text.get(start..end).unwrap_or_default();
            start = end;
            name.clear();
            if path != b"." {
                name.extend_from_slice(path);
                name.push(b'/');
            }
            name.extend_from_slice(leaf);
            if name.len() >= MAXPATH {
                self.troubles.io_error |= io_error::GENERAL;
                let shown = self.shown(base, &name);
                file_error(link, &mut self.troubles, &words(&[b"cannot send long-named file ", &shown]));
                continue;
            }
            self.found(link, segment, &handle, &Found { base, name: &name, leaf, device })?;
        }
        Ok(segment.entries.len())
    }

    fn enter_filters(&mut self, base: u16, path: &[u8], depth: usize) -> Result<(), Fatal> {
        if !self.filters.has_per_dir() {
            return Ok(());
        }
        if let Some(tree) = self.bases.get(usize::from(base)) {
            self.filters.set_transfer_root(tree.base());
        }
        let root = self.root.clone();
        self.filters
            .enter_dir(path, depth, &mut |file| merge_file(&root, file))
            .map_err(|error| Fatal::new(error.exit, error.text))
    }

    /// One name that a directory holds.
    fn found(&mut self, link: &mut Link, segment: &mut Segment, handle: impl AsFd, found: &Found) -> Result<(), Fatal> {
        let Found { base, name, leaf, device } = *found;
        let real = rustix::fs::statat(handle.as_fd(), leaf, AtFlags::SYMLINK_NOFOLLOW).map(Meta::from);
        let kept = self.bases.get_mut(usize::from(base)).filter(|tree| tree.is_fake());
        let mut meta = match kept.map_or(real, |tree| tree.lstat(name)) {
            Ok(meta) => meta,
            Err(Errno::UCLEAN) => return Err(self.broken_attribute(base, name)),
            Err(errno) => {
                if !self.filters.hides(name, false) {
                    let shown = self.shown(base, name);
                    if errno == Errno::NOENT {
                        self.vanished(link, b"file", &shown);
                    } else {
                        self.trouble(link, &[b"readlink_stat(", &shown, b")"], errno);
                    }
                }
                return Ok(());
            }
        };
        if self.root.is_fake() {
            self.tell_unreadable(link, base, name, meta.mode);
        }
        if meta.kind() == Kind::Symlink {
            match self.follow(link, base, name, meta) {
                Ok(followed) => meta = followed,
                Err(errno) => {
                    if !self.filters.hides(name, false) {
                        let shown = self.shown(base, name);
                        self.troubles.io_error |= io_error::GENERAL;
                        let tree = self.bases.get_mut(usize::from(base));
                        // What lies outside does not exist here, as behind a munged link: a user of a chroot hears the same.
                        let absent = errno == Errno::NOENT
                            || tree.is_some_and(|tree| {
                                tree.leads_out(name)
                                    || tree.readlink(name).is_ok_and(|target| target.starts_with(MUNGE_PREFIX))
                            });
                        let line = if absent {
                            words(&[b"symlink has no referent: ", &shown])
                        } else {
                            failed("sender", &words(&[b"readlink_stat(", &shown, b")"]), errno)
                        };
                        file_error(link, &mut self.troubles, &line);
                    }
                    return Ok(());
                }
            }
        }
        self.device_as_file(base, name, &mut meta);
        let is_dir = meta.is_dir();
        let options = &self.ctx.options;
        if is_dir && !options.recurse && !options.dirs {
            return Ok(());
        }
        if self.ctx.tells(Remark::Filter)
            && !self.filters.daemon_hides(name, is_dir)
            && let Some(reason) = self.filters.reason(name, is_dir, false)
        {
            info(link, &trace::rule("sender", ["hiding", "showing"], &reason, name, is_dir));
        }
        if self.filters.hides(name, is_dir) {
            return Ok(());
        }
        if self.ctx.ignore_nonreadable && meta.kind() != Kind::Symlink && !readable(handle.as_fd(), leaf) {
            return Ok(());
        }
        let mut flags = 0;
        if is_dir && !options.recurse {
            flags = xmit::NO_CONTENT_DIR;
        }
        if is_dir && options.one_file_system > 0 && meta.dev != device {
            if options.one_file_system > 1 {
                return Ok(());
            }
            flags = xmit::NO_CONTENT_DIR;
        }
        self.put_entry(link, segment, base, name, &meta, flags)
    }

    /// `--copy-devices`: a device is sent as the file it holds.
    pub(super) fn device_as_file(&mut self, base: u16, name: &[u8], meta: &mut Meta) {
        if self.ctx.options.place.copy_devices
            && meta.kind() == Kind::Device
            && let Some(tree) = self.bases.get_mut(usize::from(base))
            && let Ok((_, opened)) = tree.open_file_or_device(name)
        {
            meta.mode = FILE_TYPE | (meta.mode & 0o7777);
            meta.size = opened.size;
            // What a device holds has no time of its own.
            (meta.mtime, meta.nsec) = (crate::os::time::now(), 0);
        }
    }

    /// What a symlink stands for under the options that follow links.
    fn follow(&mut self, link: &mut Link, base: u16, name: &[u8], meta: Meta) -> Result<Meta, Errno> {
        let options = &self.ctx.options;
        let tree = self.bases.get_mut(usize::from(base)).ok_or(Errno::NOENT)?;
        if options.copy_links {
            return tree.stat(name);
        }
        if options.copy_unsafe_links {
            let target = tree.readlink(name)?;
            if symlink_is_unsafe(&target, name) {
                if self.ctx.tells(Remark::Unsafe) {
                    info(link, &words(&[b"copying unsafe symlink \"", name, b"\" -> \"", &target, b"\""]));
                }
                return tree.stat(name);
            }
        }
        if options.copy_dirlinks
            && let Ok(target) = tree.stat(name)
            && target.is_dir()
        {
            return Ok(target);
        }
        Ok(meta)
    }
}

/// A name in a directory.
struct Found<'a> {
    base: u16,
    name: &'a [u8],
    leaf: &'a [u8],
    /// The device that `-x` stays on.
    device: u64,
}

fn readable(handle: impl AsFd, leaf: &[u8]) -> bool {
    rustix::fs::accessat(handle, leaf, rustix::fs::Access::READ_OK, AtFlags::EACCESS).is_ok()
}

/// A per-directory merge file: a regular file inside the module, or nothing.
pub fn merge_file(root: &std::sync::Arc<crate::fs::Root>, path: &[u8]) -> Option<Vec<u8>> {
    let mut tree = Tree::new(root.clone(), b"");
    let (fd, meta) = tree.open_file_following(path).ok()?;
    let size = usize::try_from(meta.size).ok().filter(|size| *size <= MERGE_FILE)?;
    let mut contents = vec![0; size];
    let mut filled = 0;
    while let Some(room) = contents.get_mut(filled..).filter(|room| !room.is_empty()) {
        match rustix::io::read(&fd, room) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(Errno::INTR) => {}
            Err(_) => return None,
        }
    }
    contents.truncate(filled);
    Some(contents)
}
