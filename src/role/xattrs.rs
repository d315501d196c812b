//! Extended attributes of the receiving side: which count, how they differ from those that are here, how they are set.

use md5::{Digest as _, Md5};
use rustix::io::Errno;

use super::context::Context;
use super::say::words;
use crate::filter::Filters;
use crate::flist::xattr::{Datum, Digest, Set};
use crate::fs::{Meta, Tree};
use crate::limits::XATTR_KEPT;

/// Which names are sent, received and removed.
#[derive(Clone, Debug)]
pub struct XattrNames {
    /// The rules, if there are any for names of attributes.
    rules: Option<Filters>,
    /// All name spaces count, not only the users'.
    all: bool,
    /// Names that rsync itself keeps do not count: they are not sent without `-XX`.
    no_internal: bool,
    /// Names of other spaces than the users' are stored in that (`--fake-super`).
    fake: bool,
    /// A receiver keeps nothing in those spaces then; a sender may find something there.
    other_spaces: bool,
}

/// What begins a name that only the system may read and write.
const SYSTEM: &[u8] = b"system.";
/// What begins a name that rsync keeps for itself.
const INTERNAL: &[u8] = b"user.rsync.%";
/// What begins a name that every user may give.
const USER: &[u8] = b"user.";
/// What stands before a name of another space that is kept in the users'.
const KEPT: &[u8] = b"user.rsync.";

impl XattrNames {
    /// For one session. A sender leaves out only what is the system's; so does a receiver that is root.
    pub fn new(ctx: &Context, filters: &Filters) -> Self {
        Self {
            rules: filters.has_xattr_rules().then(|| filters.clone()),
            all: ctx.options.sender || ctx.root,
            no_internal: ctx.fake || (ctx.options.sender && ctx.options.xattrs < 2),
            fake: ctx.fake,
            other_spaces: ctx.options.sender || !ctx.fake,
        }
    }

    /// Whether an attribute counts.
    pub fn take(&self, name: &[u8]) -> bool {
        let space = match &self.rules {
            Some(rules) => !rules.excludes_xattr(name),
            None if self.all => !name.starts_with(SYSTEM),
            None => name.starts_with(USER),
        };
        space && !(self.no_internal && name.starts_with(INTERNAL))
    }
}

impl XattrNames {
    /// The name that an attribute on disk has for the peer; `None` if it does not count.
    pub fn on_the_wire(&self, name: &[u8]) -> Option<Vec<u8>> {
        let name = match name.strip_prefix(KEPT).filter(|_| self.fake) {
            Some(rest) if rest.first() == Some(&b'%') => return None,
            Some(rest) => rest,
            None if !self.other_spaces && !name.starts_with(USER) => return None,
            None => name,
        };
        self.take(name).then(|| name.to_vec())
    }

    /// The name on disk of an attribute that counts.
    pub fn on_disk(&self, name: &[u8]) -> Vec<u8> {
        if self.fake && !name.starts_with(USER) { [KEPT, name].concat() } else { name.to_vec() }
    }
}

/// A long value's digest.
pub fn digest(value: &[u8]) -> Digest {
    Md5::digest(value).into()
}

/// Names of what is here that count, as the peer knows them.
fn names_here(names: &XattrNames, tree: &mut Tree, name: &[u8]) -> Result<Vec<Vec<u8>>, Errno> {
    let listed = match tree.xattr_names(name) {
        Err(Errno::OPNOTSUPP) => Vec::new(),
        listed => listed?,
    };
    Ok(listed.iter().filter_map(|name| names.on_the_wire(name)).collect())
}

/// Whether the attributes of what is here differ from a set. Long values that are the same here are noted in the set: they
/// need not be sent.
pub fn differ(ctx: &Context, tree: &mut Tree, name: &[u8], set: &Set) -> bool {
    let Some(rule) = ctx.xattr_names.get() else { return false };
    let Ok(here) = names_here(rule, tree, name) else { return true };
    let mut differ = here.len() != set.items.len();
    for item in &set.items {
        if !here.contains(&item.name) {
            differ = true;
            continue;
        }
        let value = tree.xattr(name, &rule.on_disk(&item.name)).ok();
        match &item.datum {
            Datum::Short(wanted) => differ |= value.as_ref() != Some(wanted),
            Datum::Long(long) => match value.filter(|value| value.len() == long.len && digest(value) == long.digest) {
                Some(value) => long.supply(value),
                None => differ = true,
            },
        }
    }
    differ
}

/// Gives something the attributes of a set, and takes away those that are not in it. `true`: something changed.
pub fn set(
    ctx: &Context,
    tree: &mut Tree,
    name: &[u8],
    shown: &[u8],
    here: &Meta,
    set: &Set,
    fail: &mut dyn FnMut(&[u8], Errno),
) -> bool {
    let call: &[u8] = if here.kind() == crate::fs::Kind::Symlink { b"lsetxattr(" } else { b"fsetxattr(" };
    let told = |attribute: &[u8]| words(&[b"rsync_xal_set: ", call, shown, b",\"", attribute, b"\") failed"]);
    let Some(rule) = ctx.xattr_names.get() else { return false };
    let names = match names_here(rule, tree, name) {
        Ok(names) => names,
        Err(errno) => {
            fail(&words(&[b"rsync_xal_clear: llistxattr(", shown, b") failed"]), errno);
            return false;
        }
    };
    let mut changed = false;
    for item in &set.items {
        let Some(value) = item.value() else {
            let too_large = matches!(&item.datum, Datum::Long(long) if long.len > XATTR_KEPT);
            let (what, errno) = if too_large {
                (told(&item.name), Errno::TOOBIG)
            } else {
                (words(&[b"Missing abbreviated xattr value, ", &item.name, b", for ", shown]), Errno::NODATA)
            };
            fail(&what, errno);
            continue;
        };
        let on_disk = rule.on_disk(&item.name);
        if names.contains(&item.name) && tree.xattr(name, &on_disk).is_ok_and(|old| old == value) {
            continue;
        }
        match writable(tree, name, here, |tree| tree.set_xattr(name, &on_disk, value)) {
            Ok(()) => changed = true,
            Err(errno) => fail(&told(&item.name), errno),
        }
    }
    for gone in names.iter().filter(|name| !set.items.iter().any(|item| item.name == **name)) {
        match writable(tree, name, here, |tree| tree.remove_xattr(name, &rule.on_disk(gone))) {
            Ok(()) => changed = true,
            Err(errno) => {
                fail(&words(&[b"rsync_xal_set: lremovexattr(", shown, b",\"", gone, b"\") failed"]), errno);
            }
        }
    }
    changed
}

/// Users' attributes ask for the right to write, even of the owner: it is there for a moment.
fn writable(
    tree: &mut Tree,
    name: &[u8],
    here: &Meta,
    act: impl Fn(&mut Tree) -> Result<(), Errno>,
) -> Result<(), Errno> {
    let done = act(tree);
    if done != Err(Errno::ACCESS) || !(here.is_file() || here.is_dir()) {
        return done;
    }
    let mode = tree.lstat(name)?.mode & 0o7777;
    if mode & 0o200 != 0 {
        return done;
    }
    tree.chmod(name, mode | 0o200)?;
    let done = act(tree);
    tree.chmod(name, mode)?;
    done
}
