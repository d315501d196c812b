//! What module and client say about attributes, put together before the role begins.

use super::enter::Entered;
use super::variables::Known;
use crate::config::Switch;
use crate::escape::Escaped;
use crate::flist::Chmod;
use crate::limits::TEMP_DIR;
use crate::net::fatal::{Fatal, exit};
use crate::options::{Alternate, Options};
use crate::os;

impl Entered {
    /// The module's changes to modes: to what is received, or to what is sent. A text that is wrong is logged and left out.
    pub(super) fn module_chmod(&self, options: &Options) -> Chmod {
        let module = &self.greeted.module;
        let (name, text) = if options.sender {
            ("outgoing chmod", &module.outgoing_chmod)
        } else {
            ("incoming chmod", &module.incoming_chmod)
        };
        if text.is_empty() {
            return Chmod::default();
        }
        Chmod::parse(text).unwrap_or_else(|| {
            log::error!("Invalid \"{name}\" directive: {}", Escaped(text));
            Chmod::default()
        })
    }

    /// The module's directory for temporaries. It lies in the module, as a client's does.
    pub(super) fn temp_dir(&self) -> Option<Vec<u8>> {
        let greeted = &self.greeted;
        let known = Known { user: Some(&greeted.user), ..Known::of(&greeted.peer, &greeted.module.name) };
        let dir = known.expanded(&greeted.module.temp_dir).ok().filter(|dir| !dir.is_empty())?;
        if dir.len() >= TEMP_DIR {
            log::error!("the 'temp dir' value for {} is WAY too long -- ignoring.", Escaped(&greeted.module.name));
            return None;
        }
        Some(dir)
    }

    /// Whether what only root may do is tried. A client's `--fake-super` is no more than that: the module decides.
    pub(super) fn acts_as_root(&self, options: &Options) -> bool {
        let fake = options.fake_super.then_some(true);
        options.super_user.or(fake).unwrap_or_else(os::identity::is_root)
    }

    /// Whether files are opened without changing their atime.
    pub(super) fn keeps_atimes(&self, options: &Options) -> bool {
        match self.greeted.module.open_noatime {
            Switch::Yes => true,
            Switch::No => false,
            Switch::Unset => options.open_noatime,
        }
    }
}

/// What needs a newer protocol than the one agreed on.
pub(super) fn check_protocol(options: &Options, protocol: u32) -> Result<(), Fatal> {
    let in_place_compare = options.place.alternate.is_some() && options.inplace;
    let alternate = options.place.alternate.map(Alternate::name).unwrap_or_default();
    for (asked, name, since) in [
        (options.acls, "acls", 30),
        (options.xattrs > 0, "xattrs", 30),
        (options.atimes, "atimes", 28),
        (options.place.fuzzy > 0, "fuzzy", 29),
        (in_place_compare, &format!("{alternate} with --inplace"), 29),
        (options.prune_empty_dirs, "prune-empty-dirs", 29),
    ] {
        if asked && protocol < since {
            let text = format!("--{name} requires protocol {since} or higher (negotiated {protocol}).");
            return Err(Fatal::new(exit::PROTOCOL, text));
        }
    }
    Ok(())
}

/// `--copy-as=USER[:GROUP]`: the rest of the session has that user's rights.
pub(super) fn copy_as(text: &[u8]) -> Result<(), Fatal> {
    let mut parts = text.splitn(2, |byte| *byte == b':');
    let user = parts.next().unwrap_or_default();
    let invalid = |kind: &str, name: &[u8]| {
        Fatal::new(exit::SYNTAX, [format!("Invalid copy-as {kind}: ").as_bytes(), name].concat())
    };
    let uid = id_of(user, os::ids::user_id).ok_or_else(|| invalid("user", user))?;
    let gids = match parts.next() {
        Some(group) => vec![id_of(group, os::ids::group_id).ok_or_else(|| invalid("group", group))?],
        None => match os::ids::user_name(uid) {
            Some(name) => os::ids::group_ids_of(&name),
            None => return Err(invalid("user", user)),
        },
    };
    os::identity::become_user(Some(uid), &gids).map_err(|refused| {
        let errno = rustix::io::Errno::from_raw_os_error(refused.errno as i32);
        let text = format!("rsync: [Receiver] {}: {}", refused.what, crate::fs::strerror(errno));
        Fatal::new(exit::SYNTAX, text)
    })
}

fn id_of(name: &[u8], look_up: fn(&[u8]) -> Option<u32>) -> Option<u32> {
    if !name.is_empty() && name.iter().all(u8::is_ascii_digit) {
        return std::str::from_utf8(name).ok()?.parse().ok();
    }
    look_up(name)
}
