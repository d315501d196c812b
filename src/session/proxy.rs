//! `proxy protocol`: who may name another peer in his own place, and whom he names.

use std::net::IpAddr;

use super::ending::End;
use super::variables::environment;
use crate::access::hosts::{self, Decision};
use crate::config::{self, Global};
use crate::net::fatal::exit;
use crate::net::{Link, Receive};
use crate::wire::proxy;

/// The real peer of a connection that comes from `direct`. A stranger's header is not even read.
pub fn real_peer(link: &mut Link, global: &Global, direct: IpAddr) -> Result<IpAddr, End> {
    if !global.proxy_protocol {
        return Ok(direct);
    }
    let trusted = config::expand(&global.proxy_protocol_hosts, &environment).unwrap_or_default();
    let caller = hosts::Peer { addr: direct, scope: None, name: b"UNDETERMINED" };
    let nothing = &mut |_: &[u8]| Some(Vec::new());
    let decision = hosts::decide(&trusted, b"", &caller, nothing, &mut |line| log::warn!("{line}"));
    if trusted.is_empty() || decision != Decision::Allow {
        log::error!("proxy protocol rejected from untrusted peer UNDETERMINED ({direct})");
        return Err(End::Silent(exit::SOCKET_IO));
    }
    match link.decode(proxy::read) {
        Ok(named) => Ok(named.unwrap_or(direct).to_canonical()),
        Err(_) => {
            log::error!("no header of the proxy protocol from {direct}");
            Err(End::Silent(exit::SOCKET_IO))
        }
    }
}
