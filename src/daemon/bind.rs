//! Listening sockets.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, ToSocketAddrs};

use socket2::{Domain, Protocol, Socket, Type};

use crate::fs::strerror;

/// What to listen on.
pub(super) struct Wanted {
    /// Addresses, separated by commas or blanks; empty = all.
    pub addresses: String,
    /// Port.
    pub port: u16,
    /// No IPv6.
    pub ipv4_only: bool,
    /// No IPv4.
    pub ipv6_only: bool,
    /// listen(2) backlog.
    pub backlog: i32,
    /// `socket options`, as written.
    pub socket_options: Vec<u8>,
}

/// Binds everything that is wanted; a part that fails is tolerated, unless nothing is left.
///
/// # Errors
/// The lines for the log, one for each address that failed.
pub(super) fn all(wanted: &Wanted) -> Result<Vec<TcpListener>, Vec<String>> {
    let passed = passed_by_systemd();
    if !passed.is_empty() {
        return Ok(passed);
    }
    let mut problems = Vec::new();
    let mut sockets = Vec::new();
    let mut port = wanted.port;
    for mut address in addresses(wanted, &mut problems) {
        address.set_port(port);
        match one(address, wanted) {
            Ok(socket) => {
                // Port 0 lets the system choose, once for all addresses.
                port = socket.local_addr().map_or(port, |bound| bound.port());
                sockets.push(socket);
            }
            // A kernel without IPv6 is no error.
            Err((_, rustix::io::Errno::AFNOSUPPORT)) if wanted.addresses.is_empty() => {}
            Err((call, errno)) => {
                let family = if address.is_ipv4() { 2 } else { 10 };
                problems.push(format!("{call}() failed: {} (address-family {family})", strerror(errno)));
            }
        }
    }
    if sockets.is_empty() {
        problems.push(format!("unable to bind any inbound sockets on port {}", wanted.port));
        return Err(problems);
    }
    Ok(sockets)
}

fn addresses(wanted: &Wanted, problems: &mut Vec<String>) -> Vec<SocketAddr> {
    let mut found: Vec<SocketAddr> = Vec::new();
    let names: Vec<&str> = wanted.addresses.split([',', ' ', '\t']).filter(|name| !name.is_empty()).collect();
    if names.is_empty() {
        found.push(SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), wanted.port));
        found.push(SocketAddr::new(IpAddr::V6(Ipv6Addr::UNSPECIFIED), wanted.port));
    }
    for name in names {
        match (name, wanted.port).to_socket_addrs() {
            Ok(list) => found.extend(list),
            Err(error) => problems.push(format!("rsync: getaddrinfo: bind address {name}: {error}")),
        }
    }
    found.retain(|address| !(wanted.ipv4_only && address.is_ipv6() || wanted.ipv6_only && address.is_ipv4()));
    found.dedup();
    found
}

fn one(address: SocketAddr, wanted: &Wanted) -> Result<TcpListener, (&'static str, rustix::io::Errno)> {
    let errno = |error: std::io::Error| rustix::io::Errno::from_io_error(&error).unwrap_or(rustix::io::Errno::INVAL);
    let domain = Domain::for_address(address);
    let socket = Socket::new(domain, Type::STREAM, Some(Protocol::TCP)).map_err(|error| ("socket", errno(error)))?;
    let _ = socket.set_reuse_address(true);
    if address.is_ipv6() {
        let _ = socket.set_only_v6(true);
    }
    crate::os::socket::set_options(&socket, &wanted.socket_options);
    socket.bind(&address.into()).map_err(|error| ("bind", errno(error)))?;
    socket.listen(wanted.backlog).map_err(|error| ("listen", errno(error)))?;
    let _ = socket.set_nonblocking(true);
    Ok(socket.into())
}

/// Sockets that systemd opened for us (`LISTEN_FDS`).
fn passed_by_systemd() -> Vec<TcpListener> {
    let Ok(fds) = sd_notify::listen_fds() else { return Vec::new() };
    fds.map(|fd| TcpListener::from(crate::os::fds::adopt(fd))).collect()
}
