//! What a worker is told by whoever started it.

use std::net::IpAddr;

use crate::access::restrict::Restriction;

/// How the peer is connected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Transport {
    /// A connection the listener accepted.
    Listener,
    /// A socket on standard input, from inetd or systemd.
    Inetd,
    /// The daemon's protocol over a remote shell (`--server --daemon`).
    RemoteShell,
}

/// Where the configuration comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConfigFrom {
    /// A file, with `--dparam` settings as name and value.
    File {
        /// Its path.
        path: Vec<u8>,
        /// Settings on top.
        dparams: Vec<(Vec<u8>, Vec<u8>)>,
    },
    /// `serve`: one directory, no file.
    Serve(Serve),
    /// Nowhere: over a remote shell the vector says all.
    Vector,
}

/// What a server over a remote shell starts from.
#[derive(Clone, Debug, Default)]
pub struct ShellSettings {
    /// Name of the program, for messages.
    pub program: String,
    /// The vector, without that name.
    pub vector: Vec<Vec<u8>>,
    /// What the client asked for, where a forced command stands in its place: `SSH_ORIGINAL_COMMAND`.
    pub original: Option<Vec<u8>>,
    /// What a client may ask for; the vector is then the client's.
    pub restriction: Option<Restriction>,
}

/// `tinyrsyncd serve`: one directory as a module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Serve {
    /// The directory, absolute.
    pub dir: Vec<u8>,
    /// Name of the module.
    pub module: Vec<u8>,
    /// Clients may change it.
    pub write: bool,
    /// Who may log in, and the password; `None` = everyone.
    pub login: Option<(Vec<u8>, Vec<u8>)>,
}

/// Everything a worker starts from.
#[derive(Clone, Debug)]
pub struct WorkerSettings {
    /// Configuration.
    pub config: ConfigFrom,
    /// Connection.
    pub transport: Transport,
    /// Standard error is read by somebody: lines without another place go there, not to syslog.
    pub foreground: bool,
    /// `--bwlimit`, KiB/s; 0 = none.
    pub bwlimit: u32,
    /// `--log-file`: wins over the configuration.
    pub log_file: Option<Vec<u8>>,
    /// `--log-file-format`: turns transfer logging on, or off when empty.
    pub log_format: Option<Vec<u8>>,
    /// `--protocol`: the newest to speak; 0 = all.
    pub protocol: u32,
}

/// Who is at the other end.
#[derive(Clone, Debug)]
pub struct Peer {
    /// Address.
    pub addr: IpAddr,
    /// Name, `UNDETERMINED` when it is not looked up, `UNKNOWN` when it has none.
    pub host: String,
}
