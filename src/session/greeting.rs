//! The first stage: configuration, greetings, the module's name, hosts, login.

use std::net::{IpAddr, Ipv4Addr};

use super::demote::demote;
use super::ending::End;
use super::hooks::Hooks;
use super::login;
use super::module;
use super::proxy;
use super::settings::{ConfigFrom, Peer, Serve, Transport, WorkerSettings};
use super::variables::environment;
use crate::access::challenge::DIGEST_LIST;
use crate::config::{self, Config, Module, ModuleValues, Scope, Switch, Text};
use crate::escape::Escaped;
use crate::limits::{GREETING_LINE, HANDSHAKE_S, HOOK_OUTPUT, MOTD_BYTES, PROTOCOL_MAX, PROTOCOL_MIN};
use crate::net::{Link, link::read_line};
use crate::os::{names, operator};
use crate::wire::Put;

/// A connection whose client named a module and may enter it.
pub struct Greeted {
    /// What the worker was told.
    pub settings: WorkerSettings,
    /// The module.
    pub module: Module,
    /// Its place in the configuration.
    pub number: usize,
    /// Negotiated protocol.
    pub protocol: u32,
    /// The peer.
    pub peer: Peer,
    /// Who logged in; empty = nobody had to.
    pub user: Vec<u8>,
    /// `handshake timeout`, seconds; 0 = ours.
    pub handshake_s: u32,
    /// `read only`, after what the login rule says about it.
    pub read_only: bool,
    /// Holds the module's slot among `max connections`.
    pub slot: Option<module::Slot>,
    /// The process that runs hooks, where the configuration has some.
    pub hooks: Option<Hooks>,
    /// What the client sent for `early exec`.
    pub early_input: Vec<u8>,
}

/// Runs the stage.
pub fn greet(
    settings: &WorkerSettings,
    config: &Config,
    hooks: Option<Hooks>,
    link: &mut Link,
) -> Result<Greeted, End> {
    let defaults = &config.global.defaults;
    let deadline = handshake_limit(config.global.handshake_timeout_s, defaults.timeout_s);
    if settings.transport != Transport::RemoteShell {
        link.clock().set_deadline(deadline);
    }
    let direct = peer_address(settings, link)?;
    let addr = proxy::real_peer(link, &config.global, direct)?;
    let looked_up = config.modules.iter().any(|module| module.reverse_lookup) || defaults.reverse_lookup;
    let name = looked_up.then(|| reverse(addr));
    demote(&config.global)?;
    let host = name.clone().filter(|_| defaults.reverse_lookup).unwrap_or_else(|| "UNDETERMINED".to_owned());
    log::info!("connect from {host} ({addr})");
    if settings.transport != Transport::RemoteShell {
        let _ = rustix::net::sockopt::set_socket_keepalive(link.input.fd(), true);
        let _ = rustix::net::sockopt::set_tcp_nodelay(link.input.fd(), true);
    }
    let offered =
        if settings.protocol == 0 { PROTOCOL_MAX } else { settings.protocol.clamp(PROTOCOL_MIN, PROTOCOL_MAX) };
    link.put(format!("@RSYNCD: {offered}.0 {DIGEST_LIST}\n").as_bytes());
    put_motd(link, config);
    link.flush()?;
    let (protocol, digests) = read_greeting(link, offered)?;
    let mut early_input = Vec::new();
    let request = read_request(link, &mut early_input)?;
    let mut peer = Peer { addr, host };
    if request.is_empty() || request == b"#list" {
        return Err(module::list(link, config, &peer));
    }
    if request.first() == Some(&b'#') {
        return Err(End::refuse(&[b"Unknown command '", request.as_slice(), b"'"].concat()));
    }
    let number = config.modules.iter().position(|module| module.name == request);
    let Some((number, module)) = number.and_then(|number| Some((number, config.modules.get(number)?.clone()))) else {
        log::info!("unknown module '{}' tried from {} ({addr})", Escaped(&request), peer.host);
        return Err(End::refuse(&[b"Unknown module '", request.as_slice(), b"'"].concat()));
    };
    if module.reverse_lookup
        && let Some(name) = name
    {
        peer.host = name;
    }
    module::check_hosts(&module, &mut peer)?;
    if settings.transport != Transport::RemoteShell {
        log::info!("rsync allowed access on module {} from {} ({addr})", Escaped(&module.name), peer.host);
    }
    let slot = module::take_slot(&module, number, hooks.as_ref())?;
    link.clock().set_deadline(handshake_limit(config.global.handshake_timeout_s, module.timeout_s));
    let login = login::log_in(link, settings, &module, &peer, protocol, digests.as_deref())?;
    link.clock().set_deadline(0);
    let read_only = login.read_only.unwrap_or(module.read_only);
    Ok(Greeted {
        settings: settings.clone(),
        module,
        number,
        protocol,
        peer,
        user: login.user,
        handshake_s: config.global.handshake_timeout_s,
        read_only,
        slot,
        hooks,
        early_input,
    })
}

/// The handshake's absolute limit: the module's `timeout` if it is shorter. Seconds.
pub fn handshake_limit(configured_s: u32, timeout_s: u32) -> u64 {
    let most = if configured_s == 0 { HANDSHAKE_S } else { u64::from(configured_s) };
    if timeout_s == 0 { most } else { most.min(u64::from(timeout_s)) }
}

/// The configuration, read anew for each connection.
pub fn load(settings: &WorkerSettings) -> Result<Config, End> {
    match &settings.config {
        ConfigFrom::Vector => Ok(Config::default()),
        ConfigFrom::Serve(serve) => Ok(serve_config(serve)),
        ConfigFrom::File { path, dparams } => {
            let loaded = config::load(&operator::Files, path, dparams, Scope::Whole, &environment);
            let config = loaded.map_err(|error| {
                log::error!("{error}");
                End::refuse(b"the server's configuration has an error; its log names file and line")
            })?;
            for warning in &config.warnings {
                log::warn!("{warning}");
            }
            Ok(config)
        }
    }
}

/// The configuration that `serve` stands for.
fn serve_config(serve: &Serve) -> Config {
    let values = ModuleValues {
        path: Text(serve.dir.clone()),
        comment: Text(b"served by tinyrsyncd".to_vec()),
        read_only: !serve.write,
        use_chroot: Switch::No,
        munge_symlinks: Switch::No,
        reverse_lookup: false,
        auth_users: Text(serve.login.as_ref().map(|(user, _)| user.clone()).unwrap_or_default()),
        transfer_logging: true,
        ..ModuleValues::default()
    };
    let mut config = Config::default();
    config.global.defaults.reverse_lookup = false;
    config.modules.push(Module { name: serve.module.clone(), place: ("serve".to_owned(), 0), values });
    config
}

/// The address that a remote shell names, if it does.
fn from_shell() -> Option<IpAddr> {
    let variables = ["REMOTE_HOST", "SSH_CONNECTION", "SSH_CLIENT", "SSH2_CLIENT"];
    let value = variables.iter().find_map(|name| std::env::var(name).ok())?;
    value.split_whitespace().next()?.parse::<IpAddr>().ok()
}

/// The same; unspecified where there is none.
pub(super) fn shell_address() -> IpAddr {
    from_shell().unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED))
}

fn peer_address(settings: &WorkerSettings, link: &Link) -> Result<IpAddr, End> {
    let from_socket = || {
        let peer = rustix::net::getpeername(link.input.fd()).ok()??;
        let addr = std::net::SocketAddr::try_from(peer).ok()?;
        Some(addr.ip().to_canonical())
    };
    let none = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
    match settings.transport {
        Transport::RemoteShell => Ok(from_shell().or_else(from_socket).unwrap_or(none)),
        // A peer that is gone already, or a socket that has no address (a pair, in tests): unknown, not trusted.
        Transport::Inetd | Transport::Listener => Ok(from_socket().unwrap_or(none)),
    }
}

fn reverse(addr: IpAddr) -> String {
    if addr.is_unspecified() {
        return "UNKNOWN".to_owned();
    }
    names::reverse(addr).unwrap_or_else(|| {
        log::info!("name lookup failed for {addr}");
        "UNKNOWN".to_owned()
    })
}

fn put_motd(link: &mut Link, config: &Config) {
    let Ok(path) = config::expand(&config.global.motd_file, &environment) else { return };
    if path.is_empty() {
        return;
    }
    if let Ok((text, _)) = operator::read(&path, MOTD_BYTES) {
        for line in text.split_inclusive(|b| *b == b'\n') {
            // A line that looks like a word of the protocol would be taken for one.
            if line.starts_with(b"@") {
                link.put(b" ");
            }
            link.put(line);
        }
    }
    link.put(b"\n");
}

/// The client's greeting: version and digest list. Returns the protocol both speak.
fn read_greeting(link: &mut Link, offered: u32) -> Result<(u32, Option<Vec<u8>>), End> {
    parse_greeting(&read_line(link, GREETING_LINE)?, offered)
}

/// Protocol and digest list in a client's greeting; `offered` is the newest protocol we spoke of.
fn parse_greeting(line: &[u8], offered: u32) -> Result<(u32, Option<Vec<u8>>), End> {
    let startup = || End::refuse(b"protocol startup error");
    let rest = line.strip_prefix(b"@RSYNCD: ").ok_or_else(startup)?;
    let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
    let (number, rest) = rest.split_at_checked(digits).ok_or_else(startup)?;
    let theirs: u32 = std::str::from_utf8(number).ok().and_then(|n| n.parse().ok()).ok_or_else(startup)?;
    let mut sub = 0u32;
    let mut rest = rest;
    if let Some(after) = rest.strip_prefix(b".") {
        let digits = after.iter().take_while(|b| b.is_ascii_digit()).count();
        let (number, tail) = after.split_at_checked(digits).ok_or_else(startup)?;
        sub = std::str::from_utf8(number).ok().and_then(|n| n.parse().ok()).unwrap_or(0);
        rest = tail;
    } else if theirs >= 30 {
        return Err(End::refuse(&[b"your client omitted the subprotocol value: ", line].concat()));
    }
    let digests = rest.strip_prefix(b" ").map(<[u8]>::to_vec).filter(|list| !list.is_empty());
    if theirs > 31 && digests.is_none() {
        return Err(End::refuse(&[b"your client omitted the digest name list: ", line].concat()));
    }
    let mut protocol = theirs.min(offered);
    if sub != 0 && theirs <= offered {
        protocol = protocol.saturating_sub(1);
    }
    if protocol < PROTOCOL_MIN {
        let text =
            format!("protocol version {theirs} is too old: this server speaks {PROTOCOL_MIN} (rsync 2.6.0) and newer");
        return Err(End::refuse(text.as_bytes()));
    }
    Ok((protocol, digests))
}

/// The module request, and what stands before it for `early exec`.
fn read_request(link: &mut Link, early_input: &mut Vec<u8>) -> Result<Vec<u8>, End> {
    use crate::net::Receive;
    let line = read_line(link, GREETING_LINE)?;
    let Some(number) = line.strip_prefix(b"#early_input=") else { return Ok(line) };
    let len = std::str::from_utf8(number).ok().and_then(|n| n.parse::<usize>().ok());
    let Some(len) = len.filter(|len| (1..=HOOK_OUTPUT).contains(len)) else {
        return Err(End::refuse(b"invalid early_input length"));
    };
    link.stream(len, |piece| {
        early_input.extend_from_slice(piece);
        Ok(())
    })?;
    Ok(read_line(link, GREETING_LINE)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn protocol(line: &str) -> Result<u32, String> {
        parse_greeting(line.as_bytes(), 32).map(|(protocol, _)| protocol).map_err(|end| match end {
            End::Refused { line, .. } => String::from_utf8(line).unwrap(),
            other => format!("{other:?}"),
        })
    }

    #[test]
    fn old_and_new_clients_are_understood() {
        for (line, expected) in [
            ("@RSYNCD: 27", 27),
            ("@RSYNCD: 29", 29),
            ("@RSYNCD: 30.0", 30),
            ("@RSYNCD: 31.0 md5 md4", 31),
            ("@RSYNCD: 32.0 sha512 sha256", 32),
            ("@RSYNCD: 40.0 md5", 32),
            ("@RSYNCD: 31.14", 30),
        ] {
            assert_eq!(protocol(line), Ok(expected), "{line}");
        }
    }

    #[test]
    fn what_is_missing_is_named() {
        for (line, part) in [
            ("hello", "protocol startup error"),
            ("@RSYNCD: ", "protocol startup error"),
            ("@RSYNCD: 30", "omitted the subprotocol value"),
            ("@RSYNCD: 32.0", "omitted the digest name list"),
            ("@RSYNCD: 26", "too old"),
        ] {
            assert!(protocol(line).unwrap_err().contains(part), "{line}");
        }
    }

    proptest! {
        #[test]
        fn any_line_is_read_without_a_panic(line: Vec<u8>, tail in "[0-9. a-z]{0,30}") {
            let _ = parse_greeting(&line, 32);
            let _ = parse_greeting(format!("@RSYNCD: {tail}").as_bytes(), 32);
        }
    }
}
