//! Names of users and groups, each sent once.

use std::collections::HashSet;

use super::Lister;
use crate::flist::{IdLists, Record};
use crate::net::Link;
use crate::role::context::{Context, Numeric};

/// Ids that entries used.
#[derive(Default)]
pub(super) struct Seen {
    users: HashSet<u32>,
    groups: HashSet<u32>,
    last: Option<(u32, u32)>,
}

impl Seen {
    /// Notes the record's ids; with incremental recursion a new one gets its name into the record.
    pub(super) fn note(&mut self, ctx: &Context, record: &mut Record) {
        record.user.clear();
        record.group.clear();
        let ids = (record.uid, record.gid);
        if self.last == Some(ids) || ctx.numeric != Numeric::No {
            return;
        }
        self.last = Some(ids);
        if ctx.codec.owner && self.users.insert(record.uid) && ctx.codec.inc {
            record.user = ctx.names.user(record.uid).unwrap_or_default();
        }
        if ctx.codec.group && self.groups.insert(record.gid) && ctx.codec.inc {
            record.group = ctx.names.group(record.gid).unwrap_or_default();
        }
    }
}

impl Seen {
    /// Notes a user; `true` if it is the first time.
    pub(super) fn note_user(&mut self, uid: u32) -> bool {
        self.users.insert(uid)
    }

    /// Notes a group; `true` if it is the first time.
    pub(super) fn note_group(&mut self, gid: u32) -> bool {
        self.groups.insert(gid)
    }
}

fn list_of(ids: &HashSet<u32>, zero: bool, name: &dyn Fn(u32) -> Option<Vec<u8>>) -> IdLists {
    let mut ids: Vec<u32> = ids.iter().copied().filter(|id| *id != 0).collect();
    ids.sort_unstable();
    let names = ids.into_iter().filter_map(|id| Some((id, name(id)?))).collect();
    IdLists { names, zero: if zero { name(0).unwrap_or_default() } else { Vec::new() } }
}

impl Lister<'_> {
    /// Behind a list without incremental recursion: the id lists, and below protocol 30 the io_error number.
    pub(super) fn put_id_lists(&mut self, link: &mut Link) {
        let codec = &self.ctx.codec;
        if self.ctx.numeric != Numeric::Client {
            let named = self.ctx.numeric == Numeric::No;
            if codec.owner || codec.acls {
                list_of(&self.ids.users, named, &|id| self.ctx.names.user(id)).put(
                    link,
                    codec.protocol,
                    codec.id0_names,
                );
            }
            if codec.group || codec.acls {
                list_of(&self.ids.groups, named, &|id| self.ctx.names.group(id)).put(
                    link,
                    codec.protocol,
                    codec.id0_names,
                );
            }
        }
        if codec.protocol < 30 {
            let io_error = if self.ctx.options.ignore_errors { 0 } else { self.troubles.io_error };
            crate::wire::Put::put(link, &io_error.to_le_bytes());
        }
    }
}
