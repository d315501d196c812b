//! The list of modules, and who may come near one.

use std::os::fd::OwnedFd;

use rustix::fs::{Mode, OFlags};

use super::ending::End;
use super::settings::Peer;
use super::variables::expanded;
use crate::access::hosts::{self, Decision};
use crate::config::{Config, Module};
use crate::escape::Escaped;
use crate::net::Link;
use crate::net::fatal::exit;
use crate::os::{names, operator};
use crate::wire::Put;

/// Names are padded to this many characters in the list.
const NAME_WIDTH: usize = 15;

/// Sends the list of modules.
pub fn list(link: &mut Link, config: &Config, peer: &Peer) -> End {
    log::info!("module-list request from {} ({})", peer.host, peer.addr);
    for module in config.modules.iter().filter(|module| module.list) {
        let comment = expanded(peer, &module.name, None, &module.comment).unwrap_or_default();
        link.put(&module.name);
        link.put(&vec![b' '; NAME_WIDTH.saturating_sub(module.name.len())]);
        link.put(b"\t");
        link.put(&comment);
        link.put(b"\n");
    }
    link.put(b"@RSYNCD: EXIT\n");
    End::Done
}

/// A module that uses what this version does not serve is refused, and the log says what and where.
pub fn check_supported(module: &Module) -> Result<(), End> {
    let Some((name, file, line)) = module.unsupported.first() else { return Ok(()) };
    for (name, file, line) in &module.unsupported {
        log::error!("{file}:{line}: module {}: \"{name}\" is not supported by this version", Escaped(&module.name));
    }
    let text = format!("this server does not support \"{name}\" ({file}:{line}); the module is not served");
    Err(End::refuse(text.as_bytes()))
}

/// `hosts allow` and `hosts deny`.
pub fn check_hosts(module: &Module, peer: &Peer) -> Result<(), End> {
    let allow = expanded(peer, &module.name, None, &module.hosts_allow)?;
    let deny = expanded(peer, &module.name, None, &module.hosts_deny)?;
    let forward = module.forward_lookup;
    let mut resolve = |name: &[u8]| if forward { names::forward(name) } else { Some(Vec::new()) };
    let caller = hosts::Peer { addr: peer.addr, scope: None, name: peer.host.as_bytes() };
    let decision = hosts::decide(&allow, &deny, &caller, &mut resolve, &mut |line| log::warn!("{line}"));
    if decision == Decision::Allow {
        return Ok(());
    }
    let name = &module.name;
    log::info!("rsync denied on module {} from {} ({})", Escaped(name), peer.host, peer.addr);
    if !module.list {
        return Err(End::refuse(&[b"Unknown module '", name.as_slice(), b"'"].concat()));
    }
    let from = format!(" from {} ({})", peer.host, peer.addr);
    Err(End::refuse(&[b"access denied to ", name.as_slice(), from.as_bytes()].concat()))
}

/// One of a module's `max connections`, held by a lock until the process ends.
pub struct Slot {
    _file: OwnedFd,
}

/// Takes a slot, if slots are counted: byte ranges of four in the lock file, as stock does it.
pub fn take_slot(module: &Module) -> Result<Option<Slot>, End> {
    let limit = module.max_connections;
    if limit == 0 {
        return Ok(None);
    }
    let full = || {
        log::info!("max connections ({limit}) reached");
        End::refuse(format!("max connections ({limit}) reached -- try again later").as_bytes())
    };
    let slots = u32::try_from(limit).map_err(|_| full())?;
    let flags = OFlags::RDWR | OFlags::CREATE;
    let file = operator::open(&module.lock_file, flags, Mode::from_raw_mode(0o600)).map_err(|errno| {
        log::error!("failed to open lock file {}: {}", Escaped(&module.lock_file), crate::fs::strerror(errno));
        End::Refused { line: b"@ERROR: failed to open lock file".to_vec(), exit: exit::START_CLIENT }
    })?;
    for slot in 0..slots {
        if crate::os::lock::try_lock(&file, u64::from(slot) * 4, 4) {
            return Ok(Some(Slot { _file: file }));
        }
    }
    Err(full())
}
