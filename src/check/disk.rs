//! What lies under a module: mounts, and other modules.

use super::rules::{self, POOR};
use super::{Check, Spot, System};
use crate::limits::CONFIG_BYTES;

/// The mounts of this machine, and those it is to have.
pub(super) struct Disks {
    mounted: Vec<Mount>,
    wanted: Vec<Vec<u8>>,
    /// Directories of the modules so far, with the module's number.
    served: Vec<(Vec<u8>, usize)>,
}

/// One mount.
pub(super) struct Mount {
    pub point: Vec<u8>,
    pub kind: Vec<u8>,
    pub read_only: bool,
}

impl Disks {
    /// Reads both tables.
    pub(super) fn read(system: &dyn System) -> Self {
        let table = |path: &[u8]| system.read(path, CONFIG_BYTES).map(|(text, _)| text).unwrap_or_default();
        let words = |line: &[u8]| line.split(|b| matches!(b, b' ' | b'\t')).map(<[u8]>::to_vec).collect::<Vec<_>>();
        let (mountinfo, fstab) = (table(b"/proc/self/mountinfo"), table(b"/etc/fstab"));
        let mounted = mountinfo.split(|b| *b == b'\n').filter_map(|line| {
            let words = words(line);
            let dash = words.iter().position(|word| word == b"-")?;
            let (point, options) = (words.get(4)?, words.get(5)?);
            let (kind, of_disk) = (words.get(dash.saturating_add(1))?, words.get(dash.saturating_add(3))?);
            let read_only = [options, of_disk].iter().any(|list| list.split(|b| *b == b',').any(|word| word == b"ro"));
            Some(Mount { point: unescaped(point), kind: kind.clone(), read_only })
        });
        let wanted = fstab
            .split(|b| *b == b'\n')
            .filter(|line| line.trim_ascii_start().first() != Some(&b'#'))
            .filter_map(|line| {
                let point = words(line).into_iter().filter(|word| !word.is_empty()).nth(1)?;
                (point.len() > 1 && point.starts_with(b"/")).then(|| unescaped(&point))
            });
        Self { mounted: mounted.collect(), wanted: wanted.collect(), served: Vec::new() }
    }

    /// The mount that a path lies on.
    pub(super) fn under(&self, real: &[u8]) -> Option<&Mount> {
        self.mounted.iter().filter(|mount| lies_in(real, &mount.point)).max_by_key(|mount| mount.point.len())
    }

    /// Whether something is mounted right there; `true` where nothing is known.
    pub(super) fn is_point(&self, real: &[u8]) -> bool {
        self.mounted.is_empty() || self.mounted.iter().any(|mount| mount.point == real)
    }

    /// The mount point of /etc/fstab that a path lies in and nothing is mounted on.
    pub(super) fn missing(&self, path: &[u8]) -> Option<Vec<u8>> {
        let point = self.wanted.iter().filter(|point| lies_in(path, point)).max_by_key(|point| point.len())?;
        (!self.is_point(point)).then(|| point.clone())
    }
}

impl Check<'_> {
    /// A disk that cannot hold what clients send, for a module that takes it.
    pub(super) fn disk(&mut self, spot: Spot<'_>, path: &[u8], real: &[u8], fake_super: bool) {
        let Some(mount) = self.disks.under(real) else { return };
        let Some((kind, lacks, options)) = POOR.iter().find(|(kind, ..)| kind.as_bytes() == mount.kind) else { return };
        let help = !rules::NO_ATTRIBUTES.contains(kind);
        let kind = kind.as_bytes();
        if fake_super && !help {
            self.report(&rules::NO_FAKE, spot, &[path, kind]);
        } else if !fake_super {
            let or: &[u8] = if help { b"; or add fake super = yes to the module" } else { b"" };
            self.report(&rules::POOR_DISK, spot, &[path, kind, lacks.as_bytes(), options.as_bytes(), or]);
        }
    }

    /// Notes a module's directory for [`Check::overlaps`].
    pub(super) fn serve(&mut self, real: Vec<u8>, module: usize) {
        self.disks.served.push((real, module));
    }

    /// Directories of modules in each other.
    pub(super) fn overlaps(&mut self) {
        let mut served = std::mem::take(&mut self.disks.served);
        // A directory sorts right before what lies in it.
        let key = |path: &[u8]| path.iter().map(|b| if *b == b'/' { 0 } else { *b }).collect::<Vec<u8>>();
        served.sort_by_cached_key(|(path, module)| (key(path), *module));
        let mut around: Vec<&(Vec<u8>, usize)> = Vec::new();
        for one in &served {
            while around.last().is_some_and(|outer| !lies_in(&one.0, &outer.0)) {
                around.pop();
            }
            if let Some((outer, other)) = around.last() {
                let name = self.config.modules.get(*other).map_or(&b""[..], |module| &module.name);
                self.report(&rules::OVERLAP, self.spot(one.1, "path"), &[&one.0, name, outer]);
            }
            around.push(one);
        }
    }
}

/// Whether a path is a directory or lies in it.
fn lies_in(path: &[u8], dir: &[u8]) -> bool {
    dir == b"/" || path.strip_prefix(dir).is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/"))
}

/// A name of these tables: `\040` is a blank.
fn unescaped(word: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(word.len());
    let mut rest = word;
    while let Some((&byte, tail)) = rest.split_first() {
        let digits = tail.get(..3).and_then(|digits| std::str::from_utf8(digits).ok());
        match digits.filter(|_| byte == b'\\').and_then(|digits| u8::from_str_radix(digits, 8).ok()) {
            Some(byte) => {
                out.push(byte);
                rest = tail.get(3..).unwrap_or_default();
            }
            None => {
                out.push(byte);
                rest = tail;
            }
        }
    }
    out
}
