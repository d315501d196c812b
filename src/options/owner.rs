//! `--usermap`, `--groupmap` and `--chown`: each kind of id gets its rules from one of them, once.

use super::draft::Draft;
use super::fault::Fault;
use super::value::{Read, ValueFault};

/// Which kind of ids.
#[derive(Clone, Copy)]
enum Ids {
    Users,
    Groups,
}

/// `--usermap`.
pub(super) fn usermap(draft: &mut Draft, text: &[u8]) -> Read {
    set(draft, Ids::Users, text.to_vec(), false)
}

/// `--groupmap`.
pub(super) fn groupmap(draft: &mut Draft, text: &[u8]) -> Read {
    set(draft, Ids::Groups, text.to_vec(), false)
}

/// `--chown=USER:GROUP`: either may be missing.
pub(super) fn chown(draft: &mut Draft, text: &[u8]) -> Read {
    let mut parts = text.splitn(2, |byte| *byte == b':');
    for (ids, name) in [(Ids::Users, parts.next()), (Ids::Groups, parts.next())] {
        if let Some(name) = name.filter(|name| !name.is_empty()) {
            set(draft, ids, [b"*:", name].concat(), true)?;
        }
    }
    Ok(())
}

fn set(draft: &mut Draft, ids: Ids, rules: Vec<u8>, by_chown: bool) -> Read {
    let (map, chowned, name) = match ids {
        Ids::Users => (&mut draft.options.usermap, &mut draft.user_chowned, "usermap"),
        Ids::Groups => (&mut draft.options.groupmap, &mut draft.group_chowned, "groupmap"),
    };
    if map.is_some() {
        let fault = match (by_chown, *chowned, ids) {
            (true, true, Ids::Users) => Fault::MapTwice("a user-affecting --chown"),
            (true, true, Ids::Groups) => Fault::MapTwice("a group-affecting --chown"),
            (false, false, Ids::Users) => Fault::MapTwice("--usermap"),
            (false, false, Ids::Groups) => Fault::MapTwice("--groupmap"),
            (true, false, _) => Fault::MapConflict("chown", name),
            (false, true, _) => Fault::MapConflict(name, "chown"),
        };
        return Err(ValueFault::Other(fault));
    }
    *map = Some(rules);
    *chowned = by_chown;
    Ok(())
}
