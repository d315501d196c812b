//! From what the client named to entries: working directory and name of each argument.

use rustix::io::Errno;

use super::super::say::{failed, file_error, info, words};
use super::Lister;
use crate::flist::{Segment, xmit};
use crate::fs::{Kind, Meta, Tree};
use crate::net::Link;
use crate::net::fatal::{Fatal, exit};

/// An argument, taken apart.
struct Named {
    /// Working directory, from the module's root.
    dir: Vec<u8>,
    /// Name inside it; `.` for the directory itself.
    name: Vec<u8>,
    /// The contents of a directory are meant, not the directory.
    contents: bool,
    /// It ended with a slash (`-R`): a symlink to a directory is followed.
    slash: bool,
    /// It began with `./` (`-R`): the directory it is in travels too.
    dot: bool,
}

impl Lister<'_> {
    /// Lists one argument: a path below `within` (itself from the module's root), cleaned, `./` kept with `-R`.
    pub(super) fn argument(
        &mut self,
        link: &mut Link,
        segment: &mut Segment,
        within: &[u8],
        arg: &[u8],
    ) -> Result<(), Fatal> {
        let mut named = if self.ctx.options.relative { relative(arg)? } else { plain(arg) };
        if !within.is_empty() {
            named.dir = words(&[within, b"/", &named.dir]);
        }
        let dir = strip_root(&named.dir);
        let hidden = !dir.is_empty() && self.filters.daemon_hides_path(dir, true);
        let opened = if hidden { Err(Errno::NOENT) } else { self.root.open_dir(dir).map(drop) };
        if let Err(errno) = opened {
            let shown = self.ctx.shown(b"", dir);
            self.trouble(link, &[b"change_dir ", &shown], errno);
            return Ok(());
        }
        let base = self.base(dir);
        self.filters.set_transfer_root(dir);
        let meta = match self.look(base, &named) {
            Ok(meta) => meta,
            Err(errno) => {
                if errno == Errno::NOENT && self.ctx.options.delete_missing_args {
                    return self.missing_entry(link, segment, base, &named);
                }
                self.missing(link, base, &named, errno);
                return Ok(());
            }
        };
        let mut meta = meta;
        self.device_as_file(base, &named.name, &mut meta);
        if !named.contents && self.filters.user_excludes(&named.name, meta.is_dir()) {
            return Ok(());
        }
        let options = &self.ctx.options;
        if meta.is_dir() && !options.recurse && !options.dirs {
            info(link, &words(&[b"skipping directory ", &named.name]));
            return Ok(());
        }
        if options.relative {
            let name = named.name.as_slice();
            self.implied(link, segment, base, name, named.dot)?;
        }
        self.named_entry(link, segment, base, &named, meta)
    }

    fn named_entry(
        &mut self,
        link: &mut Link,
        segment: &mut Segment,
        base: u16,
        named: &Named,
        meta: Meta,
    ) -> Result<(), Fatal> {
        let options = &self.ctx.options;
        let content = meta.is_dir() && (options.recurse || named.contents || named.slash);
        let mut flags = if meta.is_dir() { xmit::TOP_DIR } else { 0 };
        if meta.is_dir() && !content {
            flags = xmit::NO_CONTENT_DIR;
        }
        let before = segment.entries.len();
        self.put_entry(link, segment, base, &named.name, &meta, flags)?;
        if !content || segment.entries.len() == before {
            return Ok(());
        }
        let depth = depth_of(&named.name);
        if !options.recurse {
            return self.scan(link, segment, base, &named.name, depth, meta.dev).map(drop);
        }
        if !self.ctx.codec.inc {
            return self.scan_all(link, segment, base, &named.name, depth, meta.dev);
        }
        // The top directory's contents belong to the first list; any other directory gets a list of its own.
        if named.name == b"." { self.scan(link, segment, base, b".", 0, meta.dev).map(drop) } else { Ok(()) }
    }

    /// The working directory's number; a new one is added.
    fn base(&mut self, dir: &[u8]) -> u16 {
        let known = self.bases.iter().position(|tree| tree.base() == dir);
        let at = known.unwrap_or_else(|| {
            self.bases.push(Tree::new(self.root.clone(), dir));
            self.bases.len() - 1
        });
        u16::try_from(at).unwrap_or(u16::MAX)
    }

    fn look(&mut self, base: u16, named: &Named) -> Result<Meta, Errno> {
        let options = &self.ctx.options;
        let tree = self.bases.get_mut(usize::from(base)).ok_or(Errno::NOENT)?;
        let follow_dir = named.contents || named.slash || options.copy_dirlinks;
        let mut meta = if options.copy_links { tree.stat(&named.name)? } else { tree.lstat(&named.name)? };
        if follow_dir
            && meta.kind() == Kind::Symlink
            && let Ok(target) = tree.stat(&named.name)
            && target.is_dir()
        {
            meta = target;
        }
        if !named.contents {
            let full = tree.full(&named.name);
            if self.filters.daemon_hides_path(&full, meta.is_dir()) {
                return Err(Errno::NOENT);
            }
        }
        Ok(meta)
    }

    /// `--delete-missing-args`: the name alone travels, with mode 0.
    fn missing_entry(&mut self, link: &mut Link, segment: &mut Segment, base: u16, named: &Named) -> Result<(), Fatal> {
        if self.ctx.options.relative {
            self.implied(link, segment, base, &named.name, named.dot)?;
        }
        self.put_entry(link, segment, base, &named.name, &Meta::missing(), 0)
    }

    fn missing(&mut self, link: &mut Link, base: u16, named: &Named, errno: Errno) {
        if errno == Errno::NOENT && self.ctx.options.ignore_missing_args {
            return;
        }
        let shown = self.shown(base, &named.name);
        let what = words(&[b"link_stat ", &shown]);
        if errno == Errno::NOENT {
            // A missing argument does not stop deletion; the client ends with 23 all the same.
            file_error(link, &mut self.troubles, &failed("sender", &what, errno));
        } else {
            self.trouble(link, &[&what], errno);
        }
    }
}

/// Without `-R`: the last component travels, the rest is where it is looked for.
fn plain(arg: &[u8]) -> Named {
    let last = arg.rsplit(|&b| b == b'/').next().unwrap_or(arg);
    let cut = arg.len().saturating_sub(last.len());
    let dir = arg.get(..cut).unwrap_or_default().to_vec();
    match last {
        b"" | b"." => Named { dir, name: b".".to_vec(), contents: true, slash: false, dot: false },
        b".." => Named { dir: arg.to_vec(), name: b".".to_vec(), contents: true, slash: false, dot: false },
        _ => Named { dir, name: last.to_vec(), contents: false, slash: false, dot: false },
    }
}

/// With `-R`: the whole path travels, or what stands behind `/./`.
fn relative(arg: &[u8]) -> Result<Named, Fatal> {
    let split = arg.windows(3).position(|part| part == b"/./");
    let (dir, name) = match split {
        Some(at) => (arg.get(..at).unwrap_or_default(), arg.get(at + 3..).unwrap_or_default()),
        None => (&b""[..], arg),
    };
    let slash = name.last() == Some(&b'/') || name.is_empty();
    let dot = split.is_none() && name.starts_with(b"./");
    let parts: Vec<&[u8]> = name.split(|&b| b == b'/').filter(|part| !part.is_empty() && *part != b".").collect();
    if parts.contains(&&b".."[..]) {
        return Err(Fatal::new(exit::SYNTAX, words(&[b"found \"..\" dir in relative path: ", name])));
    }
    let clean = parts.join(&b'/');
    let contents = clean.is_empty();
    let name = if contents { b".".to_vec() } else { clean };
    Ok(Named { dir: dir.to_vec(), name, contents, slash: slash && !contents, dot: dot && !contents })
}

/// A path from the module's root without slashes at its ends.
pub(super) fn strip_root(dir: &[u8]) -> &[u8] {
    let mut dir = dir;
    while let Some(rest) = dir.strip_prefix(b"/").or_else(|| dir.strip_suffix(b"/")) {
        dir = rest;
    }
    if dir == b"." { b"" } else { dir }
}

/// How many directories a name lies below the transfer root, itself included.
fn depth_of(name: &[u8]) -> usize {
    if name == b"." { 0 } else { name.iter().filter(|b| **b == b'/').count() + 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trailing_slash_means_the_contents() {
        for (arg, dir, name, contents) in
            [("a/b", "a/", "b", false), ("a/b/", "a/b/", ".", true), (".", "", ".", true), ("f", "", "f", false)]
        {
            let named = plain(arg.as_bytes());
            assert_eq!((named.dir, named.name, named.contents), (dir.into(), name.into(), contents), "{arg}");
        }
    }

    #[test]
    fn with_relative_the_path_behind_the_dot_travels() {
        let named = relative(b"x/./a/b").unwrap();
        assert_eq!((named.dir, named.name), (b"x".to_vec(), b"a/b".to_vec()));
        assert!(relative(b"a/../b").is_err());
    }
}
