//! Where a push keeps what does not stand at its target: alternate basis directories, partial files, backups, temporaries.
//!
//! All paths here are from the module's root ("full"), so that one view of the whole module serves for them.

use std::sync::Arc;

use rustix::io::Errno;

use super::context::Context;
use super::say::{Say, warning, words};
use crate::filter::Filters;
use crate::filter::path::sanitise;
use crate::fs::{Root, tree};
use crate::net::fatal::{Fatal, exit};
use crate::options::Alternate;

/// The directories of one push.
#[derive(Debug, Default)]
pub struct Places {
    /// The destination.
    base: Vec<u8>,
    /// Kind of the alternate directories.
    pub alternate: Option<Alternate>,
    alternates: Vec<Vec<u8>>,
    partial: Option<Named>,
    backup: Option<Named>,
    suffix: Vec<u8>,
    temp: Option<Vec<u8>>,
}

/// A directory that is one, or one in each directory.
#[derive(Debug)]
enum Named {
    /// One, by its full path.
    One(Vec<u8>),
    /// In the directory of each file, by its name there.
    Each(Vec<u8>),
}

impl Places {
    /// Finds the directories for a push into `base`. What the module hides is refused; an alternate directory that is
    /// missing is warned about.
    ///
    /// # Errors
    /// The session cannot go on; the text is for the client.
    pub fn find(
        ctx: &Context,
        to: &mut impl Say,
        root: &Arc<Root>,
        filters: &Filters,
        base: &[u8],
    ) -> Result<Self, Fatal> {
        let options = &ctx.options.place;
        let hidden = |path: &[u8]| !path.is_empty() && filters.daemon_hides_path(path, true);
        let mut places = Self { base: base.to_vec(), alternate: options.alternate, ..Self::default() };
        for dir in &options.alternate_dirs {
            let full = resolve(ctx, base, dir, true);
            if hidden(&full) {
                return Err(rejected(exit::SYNTAX));
            }
            let problem = match root.stat(&full) {
                Ok(meta) if meta.is_dir() => None,
                Ok(_) => Some("is not a dir"),
                Err(_) => Some("does not exist"),
            };
            if let Some(problem) = problem {
                let option = options.alternate.map(Alternate::name).unwrap_or_default();
                let head = format!("--{option} arg {problem}: ");
                warning(to, &words(&[head.as_bytes(), &shown(ctx, base, dir, true)]));
            }
            places.alternates.push(full);
        }
        if let Some(dir) = &options.partial_dir {
            places.partial = Some(if dir.first() == Some(&b'/') {
                let full = resolve(ctx, base, dir, true);
                if hidden(&full) {
                    return Err(rejected(exit::SYNTAX));
                }
                Named::One(full)
            } else {
                Named::Each(trimmed(dir))
            });
        }
        if options.backup {
            places.suffix = options.suffix.clone().unwrap_or_default();
            if let Some(dir) = &options.backup_dir {
                let full = resolve(ctx, base, dir, false);
                if hidden(&full) {
                    return Err(rejected(exit::UNSUPPORTED));
                }
                if root.stat(&full).is_ok_and(|meta| !meta.is_dir()) {
                    let text = words(&[b"The backup-dir is not a directory: ", &shown(ctx, base, dir, false)]);
                    return Err(Fatal::new(exit::SYNTAX, text));
                }
                places.backup = Some(Named::One(full));
            } else {
                places.backup = Some(Named::Each(Vec::new()));
            }
        }
        if let Some(dir) = &options.temp_dir {
            let full = resolve(ctx, base, dir, false);
            if hidden(&full) {
                return Err(rejected(exit::UNSUPPORTED));
            }
            if !root.stat(&full).is_ok_and(|meta| meta.is_dir()) {
                let word: &[u8] = if root.stat(&full).is_ok() { b"is not a directory" } else { b"does not exist" };
                let text = words(&[b"The temp-dir ", word, b": ", &shown(ctx, base, dir, false)]);
                return Err(Fatal::new(exit::SYNTAX, text));
            }
            places.temp = Some(full);
        }
        Ok(places)
    }

    /// `name` in the destination, from the module's root.
    pub fn full(&self, name: &[u8]) -> Vec<u8> {
        below(&self.base, if name == b"." { b"" } else { name })
    }

    /// The same as the log shows it: the destination itself ends with a dot.
    pub fn logged(&self, name: &[u8]) -> Vec<u8> {
        below(&self.base, name)
    }

    /// How many alternate directories there are.
    pub fn alternates(&self) -> u8 {
        u8::try_from(self.alternates.len()).unwrap_or(u8::MAX)
    }

    /// `name` in alternate directory `at`, from the module's root.
    pub fn alternate(&self, at: u8, name: &[u8]) -> Option<Vec<u8>> {
        let name = if name == b"." { b"" } else { name };
        self.alternates.get(usize::from(at)).map(|dir| below(dir, name))
    }

    /// Where a part of `name` is kept, from the module's root; nowhere without a directory for parts.
    pub fn partial(&self, name: &[u8]) -> Option<Vec<u8>> {
        let full = self.full(name);
        let (parent, leaf) = tree::split(&full);
        Some(match self.partial.as_ref()? {
            Named::One(dir) => below(dir, leaf),
            Named::Each(dir) => below(&inside(parent, dir), leaf),
        })
    }

    /// Whether the directories of parts are ours to remove when they are empty.
    pub fn partial_is_each(&self) -> bool {
        matches!(self.partial, Some(Named::Each(_)))
    }

    /// Name of the backup of `name`, from the module's root; `None` without backups.
    pub fn backup(&self, name: &[u8]) -> Option<Vec<u8>> {
        let mut path = match self.backup.as_ref()? {
            Named::One(dir) => below(dir, name),
            Named::Each(_) => self.full(name),
        };
        path.extend_from_slice(&self.suffix);
        Some(path)
    }

    /// Whether `name` is a backup already, beside what it is a backup of: it gets none of its own when it is deleted.
    pub fn is_backup(&self, name: &[u8]) -> bool {
        matches!(self.backup, Some(Named::Each(_))) && !self.suffix.is_empty() && name.ends_with(&self.suffix)
    }

    /// The directory of all backups, if they do not lie beside their files.
    pub fn backup_dir(&self) -> Option<&[u8]> {
        match &self.backup {
            Some(Named::One(dir)) => Some(dir),
            _ => None,
        }
    }

    /// Where temporaries are made, if not beside their targets; from the module's root.
    pub fn temp_dir(&self) -> Option<&[u8]> {
        self.temp.as_deref()
    }
}

/// `dir`/`name` where either may be empty.
fn below(dir: &[u8], name: &[u8]) -> Vec<u8> {
    match (dir, name) {
        (b"", name) => name.to_vec(),
        (dir, b"") => dir.to_vec(),
        (dir, name) => [dir, b"/", name].concat(),
    }
}

fn trimmed(path: &[u8]) -> Vec<u8> {
    path.strip_suffix(b"/").unwrap_or(path).to_vec()
}

/// A path that a client named, from the module's root. A leading slash is the root; otherwise it begins in `base`, above
/// which it may climb (`climbs`) as far as the root.
fn resolve(ctx: &Context, base: &[u8], path: &[u8], climbs: bool) -> Vec<u8> {
    let depth = if climbs { depth_of(base) } else { 0 };
    let path = if ctx.sanitise { sanitise(path, b"/", depth, false) } else { path.to_vec() };
    let (start, rest) = match path.strip_prefix(b"/") {
        Some(rest) => (&b""[..], rest),
        None => (base, path.as_slice()),
    };
    inside(start, rest)
}

/// `start`/`rest` without dots; what would climb above the module's root stays there.
fn inside(start: &[u8], rest: &[u8]) -> Vec<u8> {
    let mut parts: Vec<&[u8]> = Vec::new();
    for part in start.split(|b| *b == b'/').chain(rest.split(|b| *b == b'/')) {
        match part {
            b"" | b"." => {}
            b".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join(&b'/')
}

/// The path as a warning shows it: stock's, whose working directory is the destination.
fn shown(ctx: &Context, base: &[u8], path: &[u8], climbs: bool) -> Vec<u8> {
    if !ctx.sanitise {
        // Stock opens an alternate directory, which may lie above, by its whole path.
        let relative = climbs && !ctx.base.is_empty() && path.first() != Some(&b'/');
        return if relative { [b"/", base, b"/", path].concat() } else { path.to_vec() };
    }
    let root = [ctx.module_path.strip_suffix(b"/").unwrap_or(&ctx.module_path), b"/"].concat();
    let depth = if climbs { depth_of(base) } else { 0 };
    trimmed(&sanitise(path, &root, depth, false))
}

fn depth_of(base: &[u8]) -> usize {
    base.split(|b| *b == b'/').filter(|part| !part.is_empty()).count()
}

fn rejected(exit: u8) -> Fatal {
    Fatal::new(exit, "Your options have been rejected by the server.")
}

/// Whether a lookup's failure means no more than that nothing is there.
pub fn is_absent(errno: Errno) -> bool {
    matches!(errno, Errno::NOENT | Errno::NOTDIR)
}
