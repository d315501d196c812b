//! `hosts allow` and `hosts deny`.

use std::net::IpAddr;

use crate::escape::Escaped;

use super::network::{BadNetwork, Network};
use crate::filter::wildmatch::match_ignore_case;

/// May this peer use the module?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It may.
    Allow,
    /// It may not.
    Deny,
}

/// Who is asking.
#[derive(Clone, Debug)]
pub struct Peer<'a> {
    /// Its address; an IPv4-mapped one counts as IPv4.
    pub addr: IpAddr,
    /// Interface of a link-local address (`eth0`).
    pub scope: Option<Vec<u8>>,
    /// Its checked name, `UNKNOWN`, or `UNDETERMINED` when nobody looked; empty is read as `UNDETERMINED`.
    pub name: &'a [u8],
}

/// Decides by both lists, expanded and as written: a match in `allow` admits; a match in `deny`, or an `allow` list alone without
/// a match, refuses; everyone else is admitted.
///
/// `resolve` gives the addresses of a host name, `None` when there is none to be had; with `forward lookup = no` it answers
/// `Some` of nothing. `log` takes lines for the log. A token that cannot be evaluated never admits, and in `deny` it refuses.
pub fn decide(
    allow: &[u8],
    deny: &[u8],
    peer: &Peer<'_>,
    resolve: &mut dyn FnMut(&[u8]) -> Option<Vec<IpAddr>>,
    log: &mut dyn FnMut(String),
) -> Decision {
    if !allow.is_empty() {
        if any(allow, Fallback::NoMatch, peer, resolve, log) {
            return Decision::Allow;
        }
        if deny.is_empty() {
            return Decision::Deny;
        }
    }
    if !deny.is_empty() && any(deny, Fallback::Match, peer, resolve, log) {
        return Decision::Deny;
    }
    Decision::Allow
}

/// What a token that cannot be evaluated counts as.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fallback {
    Match,
    NoMatch,
}

fn any(
    list: &[u8],
    fallback: Fallback,
    peer: &Peer<'_>,
    resolve: &mut dyn FnMut(&[u8]) -> Option<Vec<IpAddr>>,
    log: &mut dyn FnMut(String),
) -> bool {
    let list = list.to_ascii_lowercase();
    list.split(|byte| matches!(byte, b' ' | b',' | b'\t')).filter(|token| !token.is_empty()).any(|token| match matches(
        token, peer, resolve,
    ) {
        Ok(matched) => matched,
        Err(why) => {
            let counts = if fallback == Fallback::Match { "counts as a match" } else { "never matches" };
            log(format!("{why} (in this list it {counts})"));
            fallback == Fallback::Match
        }
    })
}

/// Whether one token names the peer; the error is a line for the log.
fn matches(
    token: &[u8],
    peer: &Peer<'_>,
    resolve: &mut dyn FnMut(&[u8]) -> Option<Vec<IpAddr>>,
) -> Result<bool, String> {
    let shown = Escaped(token);
    if token.starts_with(b"@") {
        return Err(format!("netgroups are not supported: {shown}"));
    }
    let name = if peer.name.is_empty() { b"undetermined".as_slice() } else { peer.name };
    if match_ignore_case(token, name) {
        return Ok(true);
    }
    if Network::looks_numeric(token) {
        return match Network::parse(token) {
            Ok(network) => Ok(network.contains(peer.addr, peer.scope.as_deref())),
            Err(BadNetwork::Address) => Err(format!("error matching address {shown}: not a numeric address")),
            Err(BadNetwork::Mask) => Err(format!("malformed mask in {shown}")),
        };
    }
    if token.iter().any(|byte| b"/*?[".contains(byte)) || is_placeholder(token) {
        return Ok(false);
    }
    let addresses = resolve(token).ok_or_else(|| format!("name lookup failed for {shown}"))?;
    Ok(addresses.iter().any(|address| address.to_canonical() == peer.addr.to_canonical()))
}

/// Words that stand for a peer without a name: they are nobody's name, so to look them up would deny everyone.
fn is_placeholder(token: &[u8]) -> bool {
    matches!(token, b"unknown" | b"undetermined")
}

#[cfg(test)]
mod tests;
