//! Paths as text: sanitising what a peer names, cleaning received names, judging symlink targets. Symlinks on the way are not
//! seen here: opening beneath the module root is what keeps a peer inside.

use std::borrow::Cow;

/// Makes a path that cannot name anything above its start by its text.
///
/// A leading slash becomes `root` (`""`, `"/"`, or a directory with a slash at its end); otherwise up to `depth` leading `..`
/// are kept. Slashes collapse; `.` components go unless `keep_dot`; a trailing slash stays. Nothing left: `.`.
#[must_use]
pub fn sanitise(path: &[u8], root: &[u8], depth: usize, keep_dot: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(path.len().saturating_add(root.len()).saturating_add(1));
    let (mut depth, path) = match path.strip_prefix(b"/") {
        Some(rest) => {
            out.extend_from_slice(root);
            (0, rest)
        }
        None => (depth, path),
    };
    let mut fixed = out.len();
    for component in path.split_inclusive(|&b| b == b'/') {
        match component.strip_suffix(b"/").unwrap_or(component) {
            b"" => {}
            b"." if !keep_dot => {}
            b".." if out.len() > fixed => drop_last(&mut out, fixed),
            b".." if depth > 0 => {
                depth = depth.saturating_sub(1);
                out.extend_from_slice(component);
                fixed = out.len();
            }
            b".." => {}
            _ => out.extend_from_slice(component),
        }
    }
    if out.is_empty() {
        out.push(b'.');
    }
    out
}

/// Cleans an argument where the kernel keeps it inside (plain chroot): collapses slashes, and `..` against the ordinary component
/// before it or the leading slash. `.` components, other `..` and a trailing slash stay. Nothing left: `.`.
#[must_use]
pub fn clean(path: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(path.len());
    if path.starts_with(b"/") {
        out.push(b'/');
    }
    let root = out.len();
    for component in path.split_inclusive(|&b| b == b'/') {
        let name = component.strip_suffix(b"/").unwrap_or(component);
        let last = out.strip_suffix(b"/").unwrap_or(&out).rsplit(|&b| b == b'/').next().unwrap_or_default();
        match name {
            b"" => {}
            b".." if out.len() == root && root > 0 => {}
            b".." if out.len() > root && !matches!(last, b"." | b"..") => drop_last(&mut out, root),
            _ => out.extend_from_slice(component),
        }
    }
    if out.is_empty() {
        out.push(b'.');
    }
    out
}

/// Removes the last component, not going below `fixed` bytes.
fn drop_last(out: &mut Vec<u8>, fixed: usize) {
    out.pop();
    while out.len() > fixed && out.last() != Some(&b'/') {
        out.pop();
    }
}

/// Why a received name is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnsafeName {
    /// A `..` component.
    DotDot,
    /// A leading slash.
    Absolute,
    /// A NUL inside.
    Nul,
    /// No bytes at all.
    Empty,
}

/// Cleans a name of a received list: slashes collapse, `.` components and the trailing slash go; what is left empty is `.`.
/// With `leading_slash` (`--relative`) a leading slash is removed instead of refused. Allocates only if something changes.
///
/// # Errors
/// See [`UnsafeName`].
pub fn clean_name(name: &[u8], leading_slash: bool) -> Result<Cow<'_, [u8]>, UnsafeName> {
    let mut changes = false;
    if name.is_empty() {
        return Err(UnsafeName::Empty);
    }
    if name.contains(&0) {
        return Err(UnsafeName::Nul);
    }
    if name.starts_with(b"/") && !leading_slash {
        return Err(UnsafeName::Absolute);
    }
    for component in name.split(|&b| b == b'/') {
        match component {
            b".." => return Err(UnsafeName::DotDot),
            b"" | b"." => changes = true,
            _ => {}
        }
    }
    if !changes || name == b"." {
        return Ok(Cow::Borrowed(name));
    }
    Ok(Cow::Owned(or_dot(join(b"", name))))
}

fn or_dot(path: Vec<u8>) -> Vec<u8> {
    if path.is_empty() { b".".to_vec() } else { path }
}

/// Whether a symlink's target leaves the transfer: empty, absolute, `..` anywhere but in front, or climbing above the root of the
/// transfer, from which `link_path` is counted.
#[must_use]
pub fn symlink_is_unsafe(target: &[u8], link_path: &[u8]) -> bool {
    if target.is_empty() || target.starts_with(b"/") {
        return true;
    }
    let mut inner = target;
    while let Some(rest) = inner.strip_prefix(b"../") {
        inner = rest;
    }
    if inner.windows(4).any(|w| w == b"/../") || (target.len() > 3 && target.ends_with(b"/..")) {
        return true;
    }
    let mut depth = 0usize;
    for directory in link_path.split_inclusive(|&b| b == b'/').filter_map(|c| c.strip_suffix(b"/")) {
        match directory {
            b".." => depth = 0,
            b"" | b"." => {}
            _ => depth = depth.saturating_add(1),
        }
    }
    for component in target.split_inclusive(|&b| b == b'/') {
        match component.strip_suffix(b"/") {
            Some(b"" | b".") => {}
            Some(b"..") => match depth.checked_sub(1) {
                Some(less) => depth = less,
                None => return true,
            },
            Some(_) => depth = depth.saturating_add(1),
            None if component == b".." && depth == 0 => return true,
            None => {}
        }
    }
    false
}

/// Whether a text has any of `*`, `?`, `[`.
#[must_use]
pub fn has_wildcard(text: &[u8]) -> bool {
    text.iter().any(|b| matches!(b, b'*' | b'?' | b'['))
}

/// Puts a backslash before all that the matcher would not take literally.
pub(super) fn escape_wildcards(text: &[u8]) -> Vec<u8> {
    text.iter()
        .flat_map(|&b| [if matches!(b, b'*' | b'?' | b'[' | b'\\') { Some(b'\\') } else { None }, Some(b)])
        .flatten()
        .collect()
}

/// `directory/path` without empty and `.` components and without slashes at its ends; `..` is not looked at.
pub(super) fn join(directory: &[u8], path: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(directory.len().saturating_add(path.len()).saturating_add(1));
    for component in [directory, path].into_iter().flat_map(|part| part.split(|&b| b == b'/')) {
        if !matches!(component, b"" | b".") {
            if !out.is_empty() {
                out.push(b'/');
            }
            out.extend_from_slice(component);
        }
    }
    out
}

#[cfg(test)]
mod tests;
