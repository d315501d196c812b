//! `%VAR%` in values of the configuration: variables of the connection, then those of the process.

use super::ending::End;
use super::settings::Peer;
use crate::config;
use crate::net::fatal::{Fatal, exit};

/// The configuration of a value as it stands for this connection.
pub fn expanded(peer: &Peer, module: &[u8], user: Option<&[u8]>, value: &[u8]) -> Result<Vec<u8>, End> {
    config::expand(value, &|name| variable(peer, module, user, name))
        .map_err(|error| End::Closed(Fatal::broken(exit::MALLOC, error.to_string())))
}

fn variable(peer: &Peer, module: &[u8], user: Option<&[u8]>, name: &[u8]) -> Option<Vec<u8>> {
    match name {
        b"RSYNC_MODULE_NAME" => Some(module.to_vec()),
        b"RSYNC_HOST_ADDR" => Some(peer.addr.to_string().into_bytes()),
        b"RSYNC_HOST_NAME" => Some(peer.host.clone().into_bytes()),
        b"RSYNC_USER_NAME" => user.map(<[u8]>::to_vec),
        b"RSYNC_PID" => Some(std::process::id().to_string().into_bytes()),
        _ => environment(name),
    }
}

/// A variable of the process.
pub fn environment(name: &[u8]) -> Option<Vec<u8>> {
    let name = std::str::from_utf8(name).ok()?;
    std::env::var_os(name).map(std::ffi::OsString::into_encoded_bytes)
}
