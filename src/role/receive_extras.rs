//! What stands behind an entry in the peer's list: ACLs and extended attributes, each sent once and then named by number.

use std::sync::Arc;

use super::context::Context;
use super::id_map::IdsHere;
use crate::flist::acl::{self, Acl, Named};
use crate::flist::xattr::{self, Item, Set};
use crate::flist::{Extra, Record, Segment};
use crate::limits::{ACL_BYTES, XATTR_BYTES};
use crate::net::Receive;
use crate::net::fatal::{Fatal, exit};

/// Lists of one kind, as sent and with the ids they have here.
#[derive(Default)]
struct Lists {
    sent: Vec<Arc<Acl>>,
    here: Vec<Arc<Acl>>,
}

impl Lists {
    /// The list with the ids it has here. Ids are known once the file list is whole.
    fn here(&mut self, number: usize, ids: &IdsHere) -> Option<Arc<Acl>> {
        for sent in self.sent.get(self.here.len()..).unwrap_or_default() {
            let mut acl = Acl::clone(sent);
            for named in &mut acl.names {
                named.id = if named.is_group { ids.group(named.id) } else { ids.user(named.id) };
            }
            acl.sort();
            self.here.push(Arc::new(acl));
        }
        self.here.get(number).cloned()
    }
}

/// Tables of one session.
#[derive(Default)]
pub struct ExtraReader {
    access: Lists,
    default: Lists,
    sets: Vec<Arc<Set>>,
    acl_bytes: usize,
    xattr_bytes: usize,
    /// Of each entry of the list being read: numbers of its ACLs.
    numbers: Vec<(Option<usize>, Option<usize>)>,
}

impl ExtraReader {
    /// Reads what stands behind the record, into it.
    pub fn read(
        &mut self,
        ctx: &Context,
        from: &mut impl Receive,
        record: &mut Record,
        ids: &mut IdsHere,
    ) -> Result<(), Fatal> {
        let codec = &ctx.codec;
        if codec.acls {
            let mut numbers = (None, None);
            if !record.is_symlink() {
                numbers.0 = Some(self.acl(from, ids, false)?);
                if record.is_dir() {
                    numbers.1 = Some(self.acl(from, ids, true)?);
                }
            }
            self.numbers.push(numbers);
        }
        record.extra.xattrs = if codec.xattrs { Some(self.set(ctx, from)?) } else { None };
        Ok(())
    }

    /// One ACL's number.
    fn acl(&mut self, from: &mut impl Receive, ids: &mut IdsHere, default: bool) -> Result<usize, Fatal> {
        let lists = if default { &mut self.default } else { &mut self.access };
        let known = lists.sent.len();
        let (mut acl, names) = match from.decode(|r| acl::Head::read(r, known))? {
            acl::Head::Known(number) => return Ok(number),
            acl::Head::Literal(acl, names) => (acl, names),
        };
        for _ in 0..names {
            let (named, name) =
                from.decode(|r| Named::read(r).map(|(named, name)| (named, name.map(<[u8]>::to_vec))))?;
            match name {
                Some(name) if named.is_group => ids.note_group(named.id, &name),
                Some(name) => ids.note_user(named.id, &name),
                None => {}
            }
            acl.names.push(named);
        }
        acl.names.shrink_to_fit();
        // Twice: with the sender's ids, and with those of this system.
        let bytes = size_of::<Acl>().saturating_add(acl.names.len().saturating_mul(size_of::<Named>()));
        self.acl_bytes = self.acl_bytes.saturating_add(bytes.saturating_mul(2));
        if self.acl_bytes > ACL_BYTES {
            return Err(Fatal::new(exit::MALLOC, "the ACLs of the file list need more memory than this server allows"));
        }
        let lists = if default { &mut self.default } else { &mut self.access };
        lists.sent.push(Arc::new(acl));
        Ok(known)
    }

    /// One set.
    fn set(&mut self, ctx: &Context, from: &mut impl Receive) -> Result<Arc<Set>, Fatal> {
        let known = self.sets.len();
        let count = match from.decode(|r| xattr::Head::read(r, known))? {
            xattr::Head::Known(number) => {
                let set = self.sets.get(number).cloned();
                return set.ok_or_else(|| Fatal::protocol("number of an attribute set out of range"));
            }
            xattr::Head::Literal(count) => count,
        };
        let mut set = Set::default();
        for number in 1..=count {
            let item = from.decode(Item::read)?;
            if ctx.xattr_names.get().is_some_and(|names| names.take(&item.name)) {
                let bytes = size_of::<Item>().saturating_add(item.name.capacity()).saturating_add(xattr::SHORT);
                self.xattr_bytes = self.xattr_bytes.saturating_add(bytes);
                set.items.push(Item { number, ..item });
            }
            if self.xattr_bytes > XATTR_BYTES {
                let text = "the extended attributes of the file list need more memory than this server allows";
                return Err(Fatal::new(exit::MALLOC, text));
            }
        }
        set.items.shrink_to_fit();
        self.xattr_bytes = self.xattr_bytes.saturating_add(size_of::<Set>());
        let set = Arc::new(set);
        self.sets.push(set.clone());
        Ok(set)
    }

    /// The list is whole, in wire order still: entries get their ACLs, with the ids of this system.
    pub fn settle(&mut self, segment: &mut Segment, ids: &IdsHere) {
        for (extra, (access, default)) in segment.extras.iter_mut().zip(std::mem::take(&mut self.numbers)) {
            let Extra { access: to_access, default: to_default, .. } = extra;
            *to_access = access.and_then(|number| self.access.here(number, ids));
            *to_default = default.and_then(|number| self.default.here(number, ids));
        }
    }
}
