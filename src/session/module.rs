//! The list of modules, and who may come near one.

use std::os::fd::OwnedFd;

use rustix::fs::{Mode, OFlags};

use super::ending::End;
use super::hooks::Hooks;
use super::settings::Peer;
use super::variables::Known;
use crate::access::hosts::{self, Decision};
use crate::config::{Config, Module};
use crate::escape::Escaped;
use crate::net::Link;
use crate::os::{names, operator};
use crate::wire::Put;

/// Names are padded to this many characters in the list.
const NAME_WIDTH: usize = 15;

/// Sends the list of modules.
pub fn list(link: &mut Link, config: &Config, peer: &Peer) -> End {
    log::info!("module-list request from {} ({})", peer.host, peer.addr);
    for module in config.modules.iter().filter(|module| module.list) {
        let comment = Known::of(peer, &module.name).expanded(&module.comment).unwrap_or_default();
        link.put(&module.name);
        link.put(&vec![b' '; NAME_WIDTH.saturating_sub(module.name.len())]);
        link.put(b"\t");
        link.put(&comment);
        link.put(b"\n");
    }
    link.put(b"@RSYNCD: EXIT\n");
    End::Done
}

/// `hosts allow` and `hosts deny`.
pub fn check_hosts(module: &Module, peer: &mut Peer) -> Result<(), End> {
    let known = Known::of(peer, &module.name);
    let (allow, deny) = (known.expanded(&module.hosts_allow)?, known.expanded(&module.hosts_deny)?);
    let forward = module.forward_lookup;
    let addr = peer.addr;
    let mut named = None;
    let mut resolve = |name: &[u8]| {
        let found = if forward { names::forward(name) } else { Some(Vec::new()) };
        if found.as_ref().is_some_and(|found| found.iter().any(|one| one.to_canonical() == addr)) {
            named = Some(String::from_utf8_lossy(name).into_owned());
        }
        found
    };
    let caller = hosts::Peer { addr: peer.addr, scope: None, name: peer.host.as_bytes() };
    let decision = hosts::decide(&allow, &deny, &caller, &mut resolve, &mut |line| log::warn!("{line}"));
    // A name in the list that leads to a peer whose own nobody looked up is as good as his own.
    if let (Some(name), "UNDETERMINED") = (named, peer.host.as_str()) {
        peer.host = name;
    }
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

/// Why there is no slot.
pub enum Full {
    /// All are taken.
    All,
    /// The lock file cannot be opened; the reason, in the system's words.
    NoFile(Vec<u8>),
}

/// Takes a slot, if slots are counted. Where there are hooks their process holds it: it outlives the worker.
pub fn take_slot(module: &Module, number: usize, hooks: Option<&Hooks>) -> Result<Option<Slot>, End> {
    match hooks {
        Some(hooks) if module.max_connections != 0 && !module.post_xfer_exec.is_empty() => {
            hooks.take_slot(number, module).map(|()| None)
        }
        _ => lock_slot(module).map_err(|why| slot_end(why, module)),
    }
}

/// Locks a slot: byte ranges of four in the lock file, as stock does it. `None`: slots are not counted.
pub fn lock_slot(module: &Module) -> Result<Option<Slot>, Full> {
    let limit = module.max_connections;
    if limit == 0 {
        return Ok(None);
    }
    let flags = OFlags::RDWR | OFlags::CREATE;
    let file = operator::open(&module.lock_file, flags, Mode::from_raw_mode(0o600))
        .map_err(|errno| Full::NoFile(crate::fs::strerror(errno).into_bytes()))?;
    let mut slots = 0..u64::try_from(limit).unwrap_or(0);
    let free = slots.any(|slot| crate::os::lock::try_lock(&file, slot * 4, 4));
    if free { Ok(Some(Slot { _file: file })) } else { Err(Full::All) }
}

/// What the client and the log are told without a slot.
pub fn slot_end(why: Full, module: &Module) -> End {
    let limit = module.max_connections;
    match why {
        Full::All => {
            log::info!("max connections ({limit}) reached");
            End::refuse(format!("max connections ({limit}) reached -- try again later").as_bytes())
        }
        Full::NoFile(why) => {
            log::error!("rsync: [Receiver] failed to open lock file {}: {}", Escaped(&module.lock_file), Escaped(&why));
            End::refuse(b"failed to open lock file")
        }
    }
}
