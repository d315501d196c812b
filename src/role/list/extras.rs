//! ACLs and extended attributes of what is listed: read from disk, each sent once and then named by its number.

use std::collections::HashMap;
use std::os::fd::OwnedFd;
use std::sync::Arc;

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;

use super::Lister;
use crate::flist::xattr::{self, Datum, Item, Long, SHORT, Set};
use crate::flist::{Acl, acl};
use crate::fs::{Kind, Meta, Tree, xattr as disk};
use crate::limits::{ACL_BYTES, XATTR_BYTES};
use crate::net::Link;
use crate::net::fatal::{Fatal, exit};
use crate::role::acls::{Which, stored};
use crate::role::context::Numeric;
use crate::role::say::words;
use crate::role::xattrs::{XattrNames, digest};

/// Names and values of one entry, by name.
type Pairs = Vec<(Vec<u8>, Vec<u8>)>;

/// Tables of one session, and what was read about the entry in hand.
pub(super) struct Extras {
    names: Arc<XattrNames>,
    access_sent: HashMap<Acl, usize>,
    default_sent: HashMap<Acl, usize>,
    /// Sets by the bytes they travelled as.
    sets_sent: HashMap<Vec<u8>, usize>,
    sets: Vec<Arc<Set>>,
    acl_bytes: usize,
    xattr_bytes: usize,
    access: Acl,
    default: Acl,
    pairs: Pairs,
}

/// Where attributes are read from: an entry itself, or what it leads to.
enum Place<'t> {
    Itself(&'t mut Tree),
    Target(OwnedFd),
}

impl Place<'_> {
    fn names(&mut self, name: &[u8]) -> Result<Vec<Vec<u8>>, Errno> {
        match self {
            Place::Itself(tree) => tree.xattr_names(name),
            Place::Target(fd) => disk::names_of(fd),
        }
    }

    fn value(&mut self, name: &[u8], attribute: &[u8]) -> Result<Vec<u8>, Errno> {
        match self {
            Place::Itself(tree) => tree.xattr(name, attribute),
            Place::Target(fd) => disk::value_of(fd, attribute),
        }
    }
}

impl Extras {
    pub(super) fn new(names: XattrNames) -> Self {
        Self {
            names: Arc::new(names),
            access_sent: HashMap::new(),
            default_sent: HashMap::new(),
            sets_sent: HashMap::new(),
            sets: Vec::new(),
            acl_bytes: 0,
            xattr_bytes: 0,
            access: Acl::default(),
            default: Acl::default(),
            pairs: Vec::new(),
        }
    }
}

impl Lister<'_> {
    /// Reads ACLs and attributes of an entry. `false`: it cannot be sent, and the client knows.
    pub(super) fn read_extras(&mut self, link: &mut Link, base: u16, name: &[u8], meta: &Meta) -> bool {
        self.extras.access = Acl::default();
        self.extras.default = Acl::default();
        self.extras.pairs.clear();
        let codec = &self.ctx.codec;
        let has = match meta.kind() {
            Kind::File | Kind::Dir => true,
            Kind::Symlink => codec.links,
            Kind::Device => codec.devices,
            Kind::Special => codec.specials,
        };
        if !has || !(codec.acls || codec.xattrs) {
            return true;
        }
        let names = self.extras.names.clone();
        let fake = self.root.is_fake();
        let shown = self.shown(base, name);
        let (acls, xattrs) = (codec.acls && meta.kind() != Kind::Symlink, codec.xattrs);
        let read = self
            .place(base, name, meta.kind() == Kind::Symlink)
            .map_err(|errno| (words(&[b"open ", &shown]), errno))
            .and_then(|mut place| {
                let access = if acls { Some(read_acl(&mut place, name, Which::Access, &shown, fake)?) } else { None };
                let default = if acls && meta.is_dir() {
                    Some(read_acl(&mut place, name, Which::Default, &shown, fake)?)
                } else {
                    None
                };
                Ok((access, default, place))
            });
        let done = read.and_then(|(access, default, mut place)| {
            let pairs = if xattrs { read_pairs(&mut place, name, &names, &shown)? } else { Vec::new() };
            Ok((access, default, pairs))
        });
        match done {
            Ok((access, default, pairs)) => {
                if let Some(mut access) = access.flatten() {
                    access.strip(meta.mode);
                    self.extras.access = access;
                }
                self.extras.default = default.flatten().unwrap_or_default();
                self.extras.pairs = pairs;
                true
            }
            Err((what, errno)) => {
                self.troubles.io_error |= crate::role::say::io_error::GENERAL;
                let reason = crate::fs::strerror(errno);
                let text = words(&[b"rsync: [sender] ", &what, b" failed: ", reason.as_bytes()]);
                crate::role::say::file_error(link, &mut self.troubles, &text);
                false
            }
        }
    }

    /// The entry itself, unless it is sent as what it leads to.
    fn place(&mut self, base: u16, name: &[u8], as_link: bool) -> Result<Place<'_>, Errno> {
        let options = &self.ctx.options;
        let follows = options.copy_links || options.copy_unsafe_links || options.copy_dirlinks;
        let tree = self.bases.get_mut(usize::from(base)).ok_or(Errno::NOENT)?;
        if name == b"." || (follows && !as_link && tree.lstat(name)?.kind() == Kind::Symlink) {
            let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY;
            let path = tree.full(name);
            return tree.root().open_below(&path, flags, Mode::empty()).map(Place::Target);
        }
        Ok(Place::Itself(tree))
    }

    /// Writes what was read behind the entry, and keeps what requests may ask for.
    pub(super) fn put_extras(&mut self, link: &mut Link, is_symlink: bool, is_dir: bool) -> Result<(), Fatal> {
        let codec = self.ctx.codec;
        if codec.acls && !is_symlink {
            self.put_acl(link, false)?;
            if is_dir {
                self.put_acl(link, true)?;
            }
        }
        self.record.extra.xattrs = if codec.xattrs { Some(self.put_set(link)?) } else { None };
        Ok(())
    }

    fn put_acl(&mut self, link: &mut Link, default: bool) -> Result<(), Fatal> {
        let extras = &mut self.extras;
        let (acl, sent) = if default {
            (std::mem::take(&mut extras.default), &mut extras.default_sent)
        } else {
            (std::mem::take(&mut extras.access), &mut extras.access_sent)
        };
        if let Some(number) = sent.get(&acl) {
            acl::put_known(link, *number);
            return Ok(());
        }
        extras.acl_bytes += size_of::<Acl>() + acl.names.len() * size_of::<acl::Named>();
        if extras.acl_bytes > ACL_BYTES {
            return Err(Fatal::new(exit::MALLOC, "the ACLs of the file list need more memory than this server allows"));
        }
        let (ctx, ids) = (self.ctx, &mut self.ids);
        acl.put(link, &mut |named| {
            if ctx.numeric != Numeric::No {
                return None;
            }
            let new = if named.is_group { ids.note_group(named.id) } else { ids.note_user(named.id) };
            match new && ctx.codec.inc {
                true if named.is_group => ctx.names.group(named.id),
                true => ctx.names.user(named.id),
                false => None,
            }
        });
        let number = sent.len();
        sent.insert(acl, number);
        Ok(())
    }

    fn put_set(&mut self, link: &mut Link) -> Result<Arc<Set>, Fatal> {
        let pairs = std::mem::take(&mut self.extras.pairs);
        let mut bytes = Vec::new();
        xattr::put_set(&mut bytes, &pairs, &mut digest);
        let extras = &mut self.extras;
        if let Some(number) = extras.sets_sent.get(&bytes) {
            xattr::put_known(link, *number);
            return Ok(extras.sets.get(*number).cloned().unwrap_or_default());
        }
        crate::wire::Put::put(link, &bytes);
        // Only long values are asked for.
        let mut set = Set::default();
        for (number, (name, value)) in (1u32..).zip(pairs) {
            if value.len() > SHORT {
                set.items.push(Item { number, name, datum: Datum::Long(Long::new([0; 16], value.len())) });
            }
        }
        extras.xattr_bytes += bytes.len() + set.memory() + size_of::<Set>();
        if extras.xattr_bytes > XATTR_BYTES {
            let text = "the extended attributes of the file list need more memory than this server allows";
            return Err(Fatal::new(exit::MALLOC, text));
        }
        let set = Arc::new(set);
        extras.sets_sent.insert(bytes, extras.sets.len());
        extras.sets.push(set.clone());
        Ok(set)
    }

    /// A value that is asked for; empty when it is gone.
    pub(in crate::role) fn xattr_value(&mut self, base: u16, name: &[u8], as_link: bool, attribute: &[u8]) -> Vec<u8> {
        let attribute = self.extras.names.on_disk(attribute);
        self.place(base, name, as_link).and_then(|mut place| place.value(name, &attribute)).unwrap_or_default()
    }
}

fn read_acl(
    place: &mut Place,
    name: &[u8],
    which: Which,
    shown: &[u8],
    fake: bool,
) -> Result<Option<Acl>, (Vec<u8>, Errno)> {
    let kind = which.called();
    stored(place.value(name, which.attribute(fake)), fake)
        .map_err(|errno| (words(&[b"get_acl: sys_acl_get_file(", shown, b", ", kind, b")"]), errno))
}

fn read_pairs(place: &mut Place, name: &[u8], rule: &XattrNames, shown: &[u8]) -> Result<Pairs, (Vec<u8>, Errno)> {
    let names = match place.names(name) {
        Ok(names) => names,
        Err(Errno::OPNOTSUPP) => return Ok(Vec::new()),
        Err(errno) => return Err((words(&[b"get_xattr_names: llistxattr(", shown, b",1024)"]), errno)),
    };
    let mut pairs = Vec::new();
    let mut names: Vec<Vec<u8>> = names.iter().filter_map(|name| rule.on_the_wire(name)).collect();
    names.sort_unstable();
    for attribute in names {
        match place.value(name, &rule.on_disk(&attribute)) {
            Ok(value) => pairs.push((attribute, value)),
            // Gone meanwhile.
            Err(Errno::NODATA) => {}
            Err(errno) => {
                return Err((words(&[b"get_xattr_data: lgetxattr(", shown, b",\"", &attribute, b"\",0)"]), errno));
            }
        }
    }
    Ok(pairs)
}
