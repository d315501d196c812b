//! Where a push goes: into a directory, into a new directory, or over one file.

use std::sync::Arc;

use rustix::io::Errno;

use super::context::Context;
use super::say::{failed, info, words};
use crate::filter::Filters;
use crate::fs::{Root, Tree, tree};
use crate::net::Link;
use crate::net::fatal::{Fatal, exit};

/// The answer.
pub struct Destination {
    /// Names of the list are below this.
    pub tree: Tree,
    /// The one file of the list gets this name instead of its own.
    pub local_name: Option<Vec<u8>>,
    /// The directory was made for this transfer.
    pub made: bool,
}

/// What the list holds, as far as the destination depends on it.
pub struct Shape {
    /// Entries in all.
    pub count: usize,
    /// The first (or only) one is a directory.
    pub first_is_dir: bool,
}

/// Finds, or makes, the destination that the client named: `path` from the module's root, cleaned.
pub fn choose(
    ctx: &Context,
    link: &mut Link,
    root: &Arc<Root>,
    filters: &Filters,
    path: &[u8],
    shape: &Shape,
) -> Result<Destination, Fatal> {
    let slash = path.last() == Some(&b'/');
    let inside = trim(path);
    if !inside.is_empty() && (filters.daemon_hides_path(inside, true) || filters.daemon_hides_path(inside, false)) {
        return Err(Fatal::new(
            exit::FILE_SELECT,
            words(&[b"ERROR: daemon has excluded destination \"", inside, b"\""]),
        ));
    }
    let single = shape.count == 1 && !shape.first_is_dir;
    match root.stat(inside) {
        Ok(meta) if meta.is_dir() => {
            root.enter_dir(inside).map_err(|errno| no_entry(ctx, inside, errno))?;
            Ok(Destination { tree: Tree::new(root.clone(), inside), local_name: None, made: false })
        }
        Ok(_) if slash => {
            let shown = ctx.shown(b"", &words(&[inside, b"/"]));
            let reason = crate::fs::strerror(Errno::NOTDIR);
            let line = words(&[b"rsync: [Receiver] ERROR: cannot stat destination ", &shown, b": ", reason.as_bytes()]);
            Err(Fatal::new(exit::FILE_SELECT, line))
        }
        Ok(_) if single => single_file(ctx, root, inside),
        Ok(_) if shape.count > 1 => {
            Err(Fatal::new(exit::FILE_SELECT, "ERROR: destination must be a directory when copying more than 1 file"))
        }
        Ok(_) => Err(no_entry(ctx, inside, Errno::NOTDIR)),
        Err(Errno::NOTDIR) if ctx.options.mkpath => {
            let shown = ctx.shown(b"", path.strip_prefix(b"/").unwrap_or(path));
            Err(Fatal::new(exit::FILE_IO, failed("Receiver", &words(&[b"mkdir ", &shown]), Errno::NOTDIR)))
        }
        Err(Errno::NOENT) if single && !slash => {
            if ctx.options.mkpath {
                let made = make_parents(ctx, root, inside)?;
                say_made(ctx, link, made, tree::split(inside).0);
                if ctx.options.dry_run && made > 0 {
                    return Ok(Destination { tree: Tree::new(root.clone(), inside), local_name: None, made: true });
                }
            }
            single_file(ctx, root, inside)
        }
        Err(Errno::NOENT) => {
            make(ctx, link, root, inside)?;
            let made = !ctx.options.mkpath;
            Ok(Destination { tree: Tree::new(root.clone(), inside), local_name: None, made })
        }
        Err(errno) => Err(no_entry(ctx, inside, errno)),
    }
}

fn no_entry(ctx: &Context, path: &[u8], errno: Errno) -> Fatal {
    let shown = ctx.shown(b"", path);
    Fatal::new(exit::FILE_SELECT, failed("Receiver", &words(&[b"change_dir#3 ", &shown]), errno))
}

fn single_file(ctx: &Context, root: &Arc<Root>, path: &[u8]) -> Result<Destination, Fatal> {
    let (dir, leaf) = tree::split(path);
    root.enter_dir(dir).map_err(|errno| no_entry(ctx, dir, errno))?;
    Ok(Destination { tree: Tree::new(root.clone(), dir), local_name: Some(leaf.to_vec()), made: false })
}

/// Makes the destination directory. In a dry run it stays missing, and so does everything in it.
fn make(ctx: &Context, link: &mut Link, root: &Arc<Root>, path: &[u8]) -> Result<(), Fatal> {
    let mut made = 0;
    if ctx.options.mkpath {
        made = make_parents(ctx, root, path)? + 1;
    }
    if !ctx.options.dry_run {
        let mut tree = Tree::new(root.clone(), b"");
        if let Err(errno) = tree.mkdir(path, 0o777 & !ctx.umask) {
            let shown = ctx.shown(b"", path);
            return Err(Fatal::new(exit::FILE_IO, failed("Receiver", &words(&[b"mkdir ", &shown]), errno)));
        }
    }
    say_made(ctx, link, made.max(1), path);
    Ok(())
}

fn say_made(ctx: &Context, link: &mut Link, made: usize, path: &[u8]) {
    if made == 0 || (ctx.verbose == 0 && !ctx.options.itemize) {
        return;
    }
    let path = ctx.as_named(path);
    let path = path.as_slice();
    let line = match made {
        _ if !ctx.options.mkpath => words(&[b"created directory ", path]),
        1 => words(&[b"created 1 directory for ", path]),
        n => words(&[format!("created {n} directories for ").as_bytes(), path]),
    };
    info(link, &line);
    if ctx.options.mkpath && ctx.options.dry_run {
        // What was not made is missing once more; stock says both.
        info(link, &words(&[b"created directory ", path]));
    }
}

/// `--mkpath`: the directories above. Returns how many were missing.
fn make_parents(ctx: &Context, root: &Arc<Root>, path: &[u8]) -> Result<usize, Fatal> {
    let mut tree = Tree::new(root.clone(), b"");
    let mut made = 0;
    for (at, _) in path.iter().enumerate().filter(|(at, byte)| **byte == b'/' && *at > 0) {
        let parent = path.get(..at).unwrap_or_default();
        if root.stat(parent).is_ok() {
            continue;
        }
        made += 1;
        if !ctx.options.dry_run
            && let Err(errno) = tree.mkdir(parent, 0o777 & !ctx.umask)
        {
            let shown = ctx.shown(b"", parent);
            return Err(Fatal::new(exit::FILE_IO, failed("Receiver", &words(&[b"mkdir ", &shown]), errno)));
        }
    }
    Ok(made)
}

fn trim(path: &[u8]) -> &[u8] {
    let mut path = path;
    loop {
        let shorter = path.strip_prefix(b"/").or_else(|| path.strip_suffix(b"/")).or_else(|| path.strip_suffix(b"/."));
        match shorter {
            Some(rest) => path = rest,
            None => return if path == b"." { b"" } else { path },
        }
    }
}
