//! The client's arguments: read within bounds, paths made relative to the module and expanded.

use std::borrow::Cow;
use std::collections::HashSet;

use rustix::fs::{Mode, OFlags};

use super::enter::Entered;
use crate::filter::Filters;
use crate::filter::glob::{GlobFs, expand};
use crate::filter::path::{clean, sanitise};
use crate::fs::{Root, dir};
use crate::limits::{ARG_BYTES, ARG_COUNT, ARG_LEN, GLOB_RESULTS};
use crate::net::fatal::{Fatal, exit};
use crate::net::{Link, Receive};
use crate::options::Options;
use crate::wire::charset::Charset;

/// Reads one list of arguments: each ends with NUL, or (`lines`, below protocol 30) with a newline; an empty one ends
/// the list.
pub fn read(link: &mut Link, lines: bool) -> Result<Vec<Vec<u8>>, Fatal> {
    let mut args = Vec::new();
    let mut bytes = 0usize;
    loop {
        let mut arg = Vec::new();
        loop {
            let byte = link.decode(|r| r.byte())?;
            if byte == 0 || (lines && matches!(byte, b'\n' | b'\r')) {
                break;
            }
            if arg.len() >= ARG_LEN {
                return Err(Fatal::broken(exit::PROTOCOL, "an argument of the client is too long"));
            }
            arg.push(byte);
        }
        if arg.is_empty() {
            return Ok(args);
        }
        bytes = bytes.saturating_add(arg.len());
        if args.len() >= ARG_COUNT || bytes > ARG_BYTES {
            return Err(Fatal::broken(exit::PROTOCOL, "too many daemon arguments"));
        }
        args.push(arg);
    }
}

/// Arguments of the second list (`-s`) travel in UTF-8 when names are converted; what has no counterpart stays as it is.
pub fn convert(args: &mut [Vec<u8>], charset: Charset) {
    for arg in args {
        if let Ok(converted) = charset.from_wire(arg) {
            *arg = converted;
        }
    }
}

/// The paths of a request: the module's name stripped, old clients' joined paths taken apart.
pub fn paths(sent: &[Vec<u8>], module: &[u8], split: bool) -> Vec<Vec<u8>> {
    let mut out = Vec::new();
    let separator = [b" ", module, b"/"].concat();
    for arg in sent {
        let rest = arg.strip_prefix(module).unwrap_or(arg);
        if !split {
            out.push(rest.to_vec());
            continue;
        }
        let mut rest = rest;
        while let Some(at) = rest.windows(separator.len()).position(|part| part == separator) {
            out.push(rest.get(..at).unwrap_or_default().to_vec());
            rest = rest.get(at + separator.len()..).unwrap_or_default();
        }
        out.push(rest.to_vec());
    }
    out
}

/// What the log calls the request: paths as sent, joined.
pub fn request(sent: &[Vec<u8>]) -> Vec<u8> {
    let mut out = sent.join(&b' ');
    out.truncate(1024);
    out
}

impl Entered {
    /// Paths from the module's root, cleaned, wildcards expanded. What matches nothing stays as it is.
    pub fn expand_paths(&self, paths: &[Vec<u8>], options: &Options, filters: &Filters) -> Vec<Vec<u8>> {
        let mut out = Vec::new();
        let mut seen = ModuleFiles { root: &self.root, filters, dirs: HashSet::new() };
        for path in paths {
            let path = self.below_root(path, options.relative && options.sender);
            let inside = if self.sanitise { sanitise(&path, b"", 0, options.relative) } else { clean(&path) };
            let inside = inside.strip_prefix(b"/").unwrap_or(&inside);
            let inside = if inside.is_empty() { b"." } else { inside };
            if self.plain_words && !options.secluded {
                out.push(inside.to_vec());
                continue;
            }
            let room = GLOB_RESULTS.saturating_sub(out.len());
            out.extend(expand(inside, &mut seen, room));
        }
        out
    }

    /// A path that a client named, from the root: over a remote shell one without a slash begins in the working directory.
    /// With `marked` the part that this adds is cut off again by a dot, unless the client has set one itself.
    pub(super) fn below_root<'a>(&self, path: &'a [u8], marked: bool) -> Cow<'a, [u8]> {
        if path.first() == Some(&b'/') {
            // Where a plain server is confined, whole names count from the real root.
            let confined = self.sanitise && self.greeted.module.name.is_empty();
            let inside =
                path.strip_prefix(self.path.as_slice()).filter(|rest| rest.is_empty() || rest.starts_with(b"/"));
            return Cow::Borrowed(inside.filter(|_| confined).unwrap_or(path));
        }
        if self.base.is_empty() {
            return Cow::Borrowed(path);
        }
        let marked = marked && !path.windows(3).any(|part| part == b"/./") && !path.starts_with(b"./");
        let between: &[u8] = if marked { b"/./" } else { b"/" };
        Cow::Owned([self.base.as_slice(), between, path].concat())
    }

    /// A file that a client named on this side, from the root.
    pub(super) fn file_of(&self, path: &[u8]) -> Vec<u8> {
        sanitise(&self.below_root(path, false), b"", 0, false)
    }
}

/// The module's files, for wildcards.
struct ModuleFiles<'a> {
    root: &'a Root,
    filters: &'a Filters,
    dirs: HashSet<Vec<u8>>,
}

impl GlobFs for ModuleFiles<'_> {
    fn list(&mut self, path: &[u8]) -> Vec<Vec<u8>> {
        let mut names = Vec::new();
        let flags = OFlags::DIRECTORY | OFlags::RDONLY | OFlags::NONBLOCK;
        if let Ok(handle) = self.root.open_below(path, flags, Mode::empty()) {
            let _ = dir::each_name(&handle, |name| names.push(name.to_vec()));
        }
        names
    }

    fn is_dir(&mut self, path: &[u8]) -> bool {
        if self.dirs.contains(path) {
            return true;
        }
        let is_dir = self.root.stat(path).is_ok_and(|meta| meta.is_dir());
        if is_dir {
            self.dirs.insert(path.to_vec());
        }
        is_dir
    }

    fn exists(&mut self, path: &[u8]) -> bool {
        // Where a link out of the module leads to is not looked at: it counts as there.
        self.root.stat(path).is_ok() || self.root.leads_out(path)
    }

    fn hidden(&mut self, path: &[u8], is_dir: bool) -> bool {
        self.filters.daemon_hides_path(path, is_dir)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stripped(sent: &[&str], split: bool) -> Vec<String> {
        let sent: Vec<Vec<u8>> = sent.iter().map(|arg| arg.as_bytes().to_vec()).collect();
        paths(&sent, b"mod", split).into_iter().map(|path| String::from_utf8(path).unwrap()).collect()
    }

    #[test]
    fn the_module_name_is_cut_once_and_old_joined_paths_are_split() {
        assert_eq!(stripped(&["mod/f"], true), ["/f"]);
        assert_eq!(stripped(&["mod/mod/x"], true), ["/mod/x"]);
        assert_eq!(stripped(&["mod"], true), [""]);
        assert_eq!(stripped(&["mod/a mod/b c"], true), ["/a", "b c"]);
        assert_eq!(stripped(&["mod/a mod/b"], false), ["/a mod/b"]);
    }
}
