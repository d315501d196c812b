//! First use: one directory, no configuration; the commands for the client are printed ready to copy.

use std::io::Write;
use std::net::{IpAddr, SocketAddr, TcpListener};

use super::bind::{self, Wanted};
use super::children::Worker;
use super::{BACKLOG, PORT};
use crate::cli::ServeOptions;
use crate::fs::{Confine, Root, strerror};
use crate::limits::SECRETS_BYTES;
use crate::os::{self, operator, password};

/// The port for everyone but root.
const USER_PORT: u16 = 8873;

/// What `serve` starts with.
pub(super) struct Prepared {
    /// Listening sockets.
    pub sockets: Vec<TcpListener>,
    /// How workers are started.
    pub worker: Worker,
}

/// Looks at the directory, opens the port, settles the login, prints the commands.
///
/// # Errors
/// One line for the user.
pub(super) fn prepare(options: &ServeOptions) -> Result<Prepared, String> {
    let shown = String::from_utf8_lossy(&options.dir).into_owned();
    let dir = std::path::Path::new(&*String::from_utf8_lossy(&options.dir)).to_path_buf();
    let dir = dir.canonicalize().unwrap_or(dir).into_os_string().into_encoded_bytes();
    Root::open(&dir, Confine::Beneath).map_err(|errno| format!("{shown}: {}", strerror(errno)))?;
    let options = ServeOptions {
        name: Some(ServeOptions { dir: dir.clone(), ..options.clone() }.module_name()),
        dir,
        ..options.clone()
    };
    let (sockets, port) = listen(&options)?;
    // With --port 0 the system chose.
    let port = sockets.first().and_then(|socket| socket.local_addr().ok()).map_or(port, |address| address.port());
    let reachable = reachable(&sockets);
    let beyond = reachable.iter().any(|addr| !addr.is_loopback());
    let login = login(&options, beyond)?;
    print_commands(&options, &reachable, port, login.as_ref());
    let mut words = vec![b"--worker".to_vec(), b"serve".to_vec(), options.dir.clone()];
    words.push([b"--name=", options.module_name().as_slice()].concat());
    if options.write {
        words.push(b"--write".to_vec());
    }
    let login = login.map(|(user, password)| format!("{user}:{password}").into_bytes());
    Ok(Prepared { sockets, worker: Worker::new(words, login) })
}

fn listen(options: &ServeOptions) -> Result<(Vec<TcpListener>, u16), String> {
    let wanted = |port| Wanted {
        addresses: options.address.clone().unwrap_or_default(),
        port,
        ipv4_only: false,
        ipv6_only: false,
        backlog: BACKLOG,
        socket_options: Vec::new(),
    };
    let first = options.port.unwrap_or(if os::identity::is_root() { PORT } else { USER_PORT });
    match bind::all(&wanted(first)) {
        Ok(sockets) => Ok((sockets, first)),
        Err(problems) if options.port.is_some() || first == USER_PORT => Err(problems.join("; ")),
        Err(_) => {
            println!("Port {first} is taken: using {USER_PORT} instead.");
            bind::all(&wanted(USER_PORT)).map(|sockets| (sockets, USER_PORT)).map_err(|problems| problems.join("; "))
        }
    }
}

/// Addresses at which clients really reach the sockets.
fn reachable(sockets: &[TcpListener]) -> Vec<IpAddr> {
    let mut found = Vec::new();
    let bound: Vec<SocketAddr> = sockets.iter().filter_map(|socket| socket.local_addr().ok()).collect();
    let own: Vec<IpAddr> = nix::ifaddrs::getifaddrs()
        .map(|all| {
            all.filter(|one| one.flags.contains(nix::net::if_::InterfaceFlags::IFF_UP))
                .filter_map(|one| one.address)
                .filter_map(|address| {
                    let v4 = address.as_sockaddr_in().map(|address| IpAddr::V4(address.ip()));
                    v4.or_else(|| address.as_sockaddr_in6().map(|address| IpAddr::V6(address.ip())))
                })
                .collect()
        })
        .unwrap_or_default();
    for address in bound {
        if address.ip().is_unspecified() {
            found.extend(
                own.iter().copied().filter(|addr| addr.is_ipv4() == address.is_ipv4() && !is_link_local(*addr)),
            );
        } else {
            found.push(address.ip());
        }
    }
    found.sort_by_key(|addr| (addr.is_loopback(), addr.is_ipv6()));
    found.dedup();
    found
}

fn is_link_local(addr: IpAddr) -> bool {
    match addr {
        IpAddr::V4(addr) => addr.is_link_local(),
        IpAddr::V6(addr) => addr.is_unicast_link_local(),
    }
}

/// User and password: the one asked for, or, where strangers could write, one that is made up.
fn login(options: &ServeOptions, beyond: bool) -> Result<Option<(String, String)>, String> {
    let Some(user) = &options.user else {
        let needed = options.write && beyond;
        return if needed { made_up().map(Some) } else { Ok(None) };
    };
    let password = match &options.password_file {
        Some(file) => {
            let (bytes, _) = operator::read(file, SECRETS_BYTES)
                .map_err(|errno| format!("{}: {}", String::from_utf8_lossy(file), strerror(errno)))?;
            first_line(&String::from_utf8_lossy(&bytes))
        }
        None => password::ask(&format!("Password for {user}"))?,
    };
    if password.is_empty() {
        return Err("an empty password is no password".to_owned());
    }
    Ok(Some((user.clone(), password)))
}

fn made_up() -> Result<(String, String), String> {
    Ok(("backup".to_owned(), password::made_up()?))
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

fn print_commands(options: &ServeOptions, reachable: &[IpAddr], port: u16, login: Option<&(String, String)>) {
    let module = String::from_utf8_lossy(&options.module_name()).into_owned();
    let dir = String::from_utf8_lossy(&options.dir).into_owned();
    let user = login.map(|(user, _)| format!("{user}@")).unwrap_or_default();
    let kind = if options.write { "clients may change it" } else { "read only" };
    println!("Serving {dir} as module {module} ({kind}). Stop with Ctrl-C.");
    if let Some((user, password)) = login.filter(|_| options.user.is_none()) {
        println!("User {user}, password {password} (made for this run; choose your own with --user NAME)");
    }
    for addr in reachable {
        let host = if addr.is_ipv6() { format!("[{addr}]") } else { addr.to_string() };
        let colon = if port == PORT { String::new() } else { format!(":{port}") };
        let url = format!("rsync://{user}{host}{colon}/{module}/");
        println!();
        println!("  list:  rsync {url}");
        println!("  pull:  rsync -av {url} COPY/");
        if options.write {
            println!("  push:  rsync -av FILES/ {url}");
        }
    }
    let _ = std::io::stdout().flush();
}
