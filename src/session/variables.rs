//! `%VAR%` in values of the configuration: variables of the connection, then those of the process.

use super::ending::End;
use super::settings::Peer;
use crate::config;
use crate::net::fatal::{Fatal, exit};

/// What is known of a connection so far. Variables of what is not known yet do not exist.
#[derive(Clone, Copy)]
pub struct Known<'a> {
    /// The peer.
    pub peer: &'a Peer,
    /// The module's name.
    pub module: &'a [u8],
    /// Who logged in; empty = nobody had to.
    pub user: Option<&'a [u8]>,
    /// The module's path, as hooks see it.
    pub path: Option<&'a [u8]>,
    /// The process that hooks are told.
    pub pid: Option<u32>,
}

impl<'a> Known<'a> {
    /// Before the login.
    pub fn of(peer: &'a Peer, module: &'a [u8]) -> Self {
        Self { peer, module, user: None, path: None, pid: None }
    }

    /// A value of the configuration as it stands for this connection.
    pub fn expanded(&self, value: &[u8]) -> Result<Vec<u8>, End> {
        config::expand(value, &|name| self.variable(name))
            .map_err(|error| End::Closed(Fatal::broken(exit::MALLOC, error.to_string())))
    }

    /// A variable of the connection, or else of the process.
    pub fn variable(&self, name: &[u8]) -> Option<Vec<u8>> {
        match name {
            b"RSYNC_MODULE_NAME" => Some(self.module.to_vec()),
            b"RSYNC_HOST_ADDR" => Some(self.peer.addr.to_string().into_bytes()),
            b"RSYNC_HOST_NAME" => Some(self.peer.host.clone().into_bytes()),
            b"RSYNC_USER_NAME" => self.user.map(<[u8]>::to_vec),
            b"RSYNC_MODULE_PATH" => self.path.map(<[u8]>::to_vec),
            b"RSYNC_PID" => self.pid.map(|pid| pid.to_string().into_bytes()),
            _ => environment(name),
        }
    }
}

/// A variable of the process.
pub fn environment(name: &[u8]) -> Option<Vec<u8>> {
    let name = std::str::from_utf8(name).ok()?;
    std::env::var_os(name).map(std::ffi::OsString::into_encoded_bytes)
}
