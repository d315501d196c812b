//! Options of a socket by their names, as `socket options` takes them.

use std::os::fd::{AsFd, AsRawFd};

use nix::libc;

use crate::fs::strerror;

const NAMES: [(&str, libc::c_int, libc::c_int); 10] = [
    ("SO_KEEPALIVE", libc::SOL_SOCKET, libc::SO_KEEPALIVE),
    ("SO_REUSEADDR", libc::SOL_SOCKET, libc::SO_REUSEADDR),
    ("SO_BROADCAST", libc::SOL_SOCKET, libc::SO_BROADCAST),
    ("TCP_NODELAY", libc::IPPROTO_TCP, libc::TCP_NODELAY),
    ("SO_SNDBUF", libc::SOL_SOCKET, libc::SO_SNDBUF),
    ("SO_RCVBUF", libc::SOL_SOCKET, libc::SO_RCVBUF),
    ("SO_SNDLOWAT", libc::SOL_SOCKET, libc::SO_SNDLOWAT),
    ("SO_RCVLOWAT", libc::SOL_SOCKET, libc::SO_RCVLOWAT),
    ("SO_SNDTIMEO", libc::SOL_SOCKET, libc::SO_SNDTIMEO),
    ("SO_RCVTIMEO", libc::SOL_SOCKET, libc::SO_RCVTIMEO),
];
/// Kinds of traffic: they take no value.
const TRAFFIC: [(&str, u8); 2] = [("IPTOS_LOWDELAY", 0x10), ("IPTOS_THROUGHPUT", 0x08)];

/// Sets options: `NAME` or `NAME=NUMBER`, divided by blanks or commas. What does not work is logged, and left out.
pub fn set_options(socket: impl AsFd, options: &[u8]) {
    let text = String::from_utf8_lossy(options);
    for item in text.split([' ', '\t', ',']).filter(|item| !item.is_empty()) {
        let (name, value) = item.split_once('=').map_or((item, None), |(name, value)| (name, Some(value)));
        let traffic = TRAFFIC.iter().find(|(known, _)| *known == name);
        let done = match (traffic, NAMES.iter().find(|(known, ..)| *known == name)) {
            (Some((_, kind)), _) => {
                if value.is_some() {
                    log::error!("syntax error -- {name} does not take a value");
                }
                set(&socket, libc::IPPROTO_IP, libc::IP_TOS, (*kind).into())
            }
            (None, Some((_, level, option))) => set(&socket, *level, *option, value.map_or(1, number)),
            (None, None) => {
                log::error!("Unknown socket option {name}");
                continue;
            }
        };
        if let Err(errno) = done {
            log::error!("rsync: [Receiver] failed to set socket option {name}: {}", strerror(errno));
        }
    }
}

/// The digits that a text begins with.
fn number(text: &str) -> i32 {
    let digits = text.len().saturating_sub(text.trim_start_matches(|c: char| c.is_ascii_digit()).len());
    text.get(..digits).and_then(|text| text.parse().ok()).unwrap_or(0)
}

fn set(
    socket: impl AsFd,
    level: libc::c_int,
    option: libc::c_int,
    value: libc::c_int,
) -> Result<(), rustix::io::Errno> {
    let Ok(len) = libc::socklen_t::try_from(size_of_val(&value)) else { return Ok(()) };
    // SAFETY: the kernel reads `len` bytes of a value that lives through the call.
    let done = unsafe { libc::setsockopt(socket.as_fd().as_raw_fd(), level, option, (&raw const value).cast(), len) };
    if done == 0 {
        return Ok(());
    }
    let error = std::io::Error::last_os_error();
    Err(rustix::io::Errno::from_io_error(&error).unwrap_or(rustix::io::Errno::INVAL))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_reaches_the_kernel() {
        let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        set_options(&socket, b"SO_KEEPALIVE=0,TCP_NODELAY SO_RCVLOWAT=7 nonsense");
        let low = nix::sys::socket::getsockopt(&socket, nix::sys::socket::sockopt::KeepAlive).unwrap();
        assert!(!low);
        set_options(&socket, b"SO_KEEPALIVE");
        assert!(nix::sys::socket::getsockopt(&socket, nix::sys::socket::sockopt::KeepAlive).unwrap());
        assert_eq!([number("64k"), number("12"), number("x"), number("")], [64, 12, 0, 0]);
    }
}
