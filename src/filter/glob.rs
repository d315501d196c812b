//! Expansion of wildcards in a client's arguments, as a daemon does it (a remote shell does its own).

use super::path::has_wildcard;
use super::wildmatch::match_simple;

/// What expansion sees of a module. Paths are relative to the module root; `""` is the root.
pub trait GlobFs {
    /// Names in a directory, in its own order; none if it cannot be read.
    fn list(&mut self, dir: &[u8]) -> Vec<Vec<u8>>;
    /// Whether this is a directory, symlinks followed.
    fn is_dir(&mut self, path: &[u8]) -> bool;
    /// Whether this exists, symlinks followed.
    fn exists(&mut self, path: &[u8]) -> bool;
    /// Whether the module's rules hide it.
    fn hidden(&mut self, path: &[u8], is_dir: bool) -> bool;
}

/// Names looked at for each result that is allowed: bounds the work of patterns that find much and keep nothing.
const LOOKS_PER_RESULT: usize = 16;

/// Expands one argument, which has been sanitised or cleaned. At most `limit` results, in the order of the directories; none
/// found: the argument itself. Dot files are matched like others; a leading `/` or `./` is kept.
pub fn expand(arg: &[u8], fs: &mut dyn GlobFs, limit: usize) -> Vec<Vec<u8>> {
    let mut start = 0usize;
    while let Some(rest) = arg.get(start..) {
        let length = if rest.starts_with(b"./") { 2 } else { usize::from(rest.starts_with(b"/")) };
        if length == 0 {
            break;
        }
        start = start.saturating_add(length);
    }
    let (prefix, rest) = arg.split_at_checked(start).unwrap_or((b"", arg));
    let mut walk = Walk { fs, prefix, limit, looks: limit.saturating_mul(LOOKS_PER_RESULT), found: Vec::new() };
    if has_wildcard(rest) {
        walk.descend(&mut Vec::new(), rest);
    }
    if walk.found.is_empty() { vec![arg.to_vec()] } else { walk.found }
}

struct Walk<'a> {
    fs: &'a mut dyn GlobFs,
    prefix: &'a [u8],
    limit: usize,
    looks: usize,
    found: Vec<Vec<u8>>,
}

impl Walk<'_> {
    /// `path` holds what is settled, with a slash at its end unless empty; left as it was found.
    fn descend(&mut self, path: &mut Vec<u8>, rest: &[u8]) {
        let settled = path.len();
        let mut rest = rest;
        loop {
            let length = rest.iter().position(|&b| b == b'/');
            let (component, behind) = rest.split_at_checked(length.unwrap_or(rest.len())).unwrap_or((rest, b""));
            let behind = behind.strip_prefix(b"/").unwrap_or_default();
            if has_wildcard(component) {
                self.entries(path, component, length.map(|_| behind));
                break;
            }
            path.extend_from_slice(component);
            if length.is_none() {
                self.keep(path);
                break;
            }
            if component != b"." && !self.open_directory(path) {
                break;
            }
            path.push(b'/');
            rest = behind;
            if rest.is_empty() {
                self.keep(path);
                break;
            }
        }
        path.truncate(settled);
    }

    /// Goes on with each entry of `path` that matches; `behind` is what follows the component's slash, if it has one.
    fn entries(&mut self, path: &mut Vec<u8>, component: &[u8], behind: Option<&[u8]>) {
        let settled = path.len();
        for name in self.fs.list(path.strip_suffix(b"/").unwrap_or(path)) {
            if self.found.len() >= self.limit || self.looks == 0 {
                return;
            }
            self.looks = self.looks.saturating_sub(1);
            if matches!(name.as_slice(), b"." | b"..") || !match_simple(component, &name) {
                continue;
            }
            path.extend_from_slice(&name);
            match behind {
                Some(behind) => {
                    if self.open_directory(path) {
                        path.push(b'/');
                        if behind.is_empty() { self.keep(path) } else { self.descend(path, behind) }
                    }
                }
                None => {
                    let is_dir = self.fs.is_dir(path);
                    if (is_dir || self.fs.exists(path)) && !self.fs.hidden(path, is_dir) {
                        self.keep(path);
                    }
                }
            }
            path.truncate(settled);
        }
    }

    fn open_directory(&mut self, path: &[u8]) -> bool {
        self.fs.is_dir(path) && !self.fs.hidden(path, true)
    }

    fn keep(&mut self, path: &[u8]) {
        if self.found.len() < self.limit {
            self.found.push([self.prefix, path].concat());
        }
    }
}

#[cfg(test)]
mod tests;
