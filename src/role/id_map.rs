//! Users and groups of the sender, and who they are here.

use super::context::{Context, Numeric};
use super::names::Names;
use crate::flist::ids::{NO_ID, read_pair};
use crate::flist::{Entry, IdMap, Record};
use crate::limits::ID_NAMES;
use crate::net::Receive;
use crate::net::fatal::{Fatal, exit};
use crate::options::IdRules;

/// One kind of ids.
#[derive(Default)]
struct Kind {
    rules: IdRules,
    map: IdMap,
}

impl Kind {
    /// An id with its name over there: what it is here is settled once.
    fn note(&mut self, id: u32, name: &[u8], names_count: bool, local: &dyn Fn(&[u8]) -> Option<u32>) {
        let name = if names_count { name } else { b"" };
        if let Some(here) = self.rules.find(id, name) {
            self.map.set(id, here);
        } else if id != 0 && !name.is_empty() {
            // Stays in the map even if it is the same number: no rule for nameless ids applies to it.
            match local(name) {
                Some(here) if here != id || !self.rules.is_empty() => self.map.set(id, here),
                None if !self.rules.is_empty() => self.map.set(id, id),
                _ => {}
            }
        } else if !self.rules.is_empty() && !name.is_empty() {
            self.map.set(id, id);
        }
    }

    fn here(&self, id: u32) -> u32 {
        self.map.known(id).or_else(|| self.rules.find(id, b"")).unwrap_or(id)
    }
}

/// Both kinds.
#[derive(Default)]
pub struct IdsHere {
    users: Kind,
    groups: Kind,
    names: Names,
    /// Names count.
    named: bool,
    /// Owners of entries are mapped.
    owners: bool,
    /// Groups of entries are mapped.
    owning_groups: bool,
}

impl IdsHere {
    /// Reads the client's rules. Names that nobody has here are told to `say`.
    ///
    /// # Errors
    /// A rule that is none.
    pub fn new(ctx: &Context, say: &mut dyn FnMut(String)) -> Result<Self, Fatal> {
        let options = &ctx.options;
        let named = ctx.numeric == Numeric::No;
        let mut rules = |option, text: &Option<Vec<u8>>, number_of: &dyn Fn(&[u8]) -> Option<u32>| match text {
            None => Ok(IdRules::default()),
            Some(text) => IdRules::parse(option, text, &mut |name| number_of(name), &mut *say)
                .map_err(|line| Fatal::new(exit::SYNTAX, line)),
        };
        let users =
            Kind { rules: rules("usermap", &options.usermap, &|name| ctx.names.user_id(name))?, map: IdMap::default() };
        let groups = Kind {
            rules: rules("groupmap", &options.groupmap, &|name| ctx.names.group_id(name))?,
            map: IdMap::default(),
        };
        let owners = ctx.root && options.owner && (named || !users.rules.is_empty());
        let owning_groups = options.group && (!ctx.root || named || !groups.rules.is_empty());
        let mut ids = Self { users, groups, names: ctx.names.clone(), named, owners, owning_groups };
        if !ctx.codec.id0_names {
            // The name of id 0 does not travel: it is taken to be what it is everywhere.
            ids.note_user(0, b"root");
            ids.note_group(0, b"root");
        }
        ctx.names.check()?;
        Ok(ids)
    }

    /// A user with a name.
    pub fn note_user(&mut self, id: u32, name: &[u8]) {
        self.users.note(id, name, self.named, &|name| self.names.user_id(name));
    }

    /// A group with a name.
    pub fn note_group(&mut self, id: u32, name: &[u8]) {
        self.groups.note(id, name, self.named, &|name| self.names.group_id(name));
    }

    /// The number here of a user in an ACL.
    pub fn user(&self, id: u32) -> u32 {
        self.users.here(id)
    }

    /// The number here of a group in an ACL.
    pub fn group(&self, id: u32) -> u32 {
        self.groups.here(id)
    }

    /// Names that travel with an entry (incremental recursion).
    pub fn note_record(&mut self, record: &Record) {
        if !record.user.is_empty() {
            self.note_user(record.uid, &record.user);
        }
        if !record.group.is_empty() {
            self.note_group(record.gid, &record.group);
        }
    }

    /// Gives an entry the owner it has here.
    pub fn settle(&self, entry: &mut Entry) {
        if self.owners {
            entry.uid = self.users.here(entry.uid);
        }
        if self.owning_groups {
            entry.gid = self.groups.here(entry.gid);
        }
    }

    /// Reads the lists behind a list without incremental recursion.
    pub fn read_lists(&mut self, ctx: &Context, from: &mut impl Receive) -> Result<(), Fatal> {
        let codec = ctx.codec;
        if ctx.numeric == Numeric::Client {
            return Ok(());
        }
        let mut pairs = 0usize;
        for (travels, note) in [
            (codec.owner || codec.acls, Self::note_user as fn(&mut Self, u32, &[u8])),
            (codec.group || codec.acls, Self::note_group),
        ] {
            if !travels {
                continue;
            }
            loop {
                let (id, name) = from.decode(|r| read_pair(r, codec.protocol, codec.id0_names))?;
                if id != NO_ID || !name.is_empty() {
                    note(self, id, &name);
                }
                if id == NO_ID {
                    break;
                }
                pairs += 1;
                if pairs > ID_NAMES {
                    return Err(Fatal::new(exit::MALLOC, "more names of users and groups than this server allows"));
                }
            }
        }
        ctx.names.check()
    }
}
