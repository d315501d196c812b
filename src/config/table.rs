//! Every parameter that rsync 3.5.0 knows, and our own two, with the place its value goes to.

use super::scan::same_name;
use super::types::{Global, ModuleValues, Switch, Text};

/// One parameter.
pub struct Parameter {
    /// Its only name; case and white space do not matter in a file.
    pub name: &'static str,
    /// Its type and target.
    pub kind: Kind,
}

/// How a value is read and where it goes. The number targets answer `false` for a number that does not fit.
pub enum Kind {
    GlobalText(fn(&mut Global) -> &mut Text),
    GlobalInt(fn(&mut Global, i32) -> bool),
    GlobalBool(fn(&mut Global) -> &mut bool),
    Text(fn(&mut ModuleValues) -> &mut Text),
    Path(fn(&mut ModuleValues) -> &mut Text),
    Bool(fn(&mut ModuleValues) -> &mut bool),
    Switch(fn(&mut ModuleValues) -> &mut Switch),
    Int(fn(&mut ModuleValues, i32) -> bool),
    Facility,
    Sync,
    /// Renames the module.
    Name,
}

impl Kind {
    /// Whether the parameter may stand in the global part only.
    pub fn is_global(&self) -> bool {
        matches!(self, Self::GlobalText(_) | Self::GlobalInt(_) | Self::GlobalBool(_))
    }
}

/// Whether a parameter of this name exists; case and white space do not matter.
#[must_use]
pub fn is_known(name: &[u8]) -> bool {
    lookup(name).is_some()
}

/// The parameter of this name. A name that begins with a hyphen is none.
pub fn lookup(name: &[u8]) -> Option<&'static Parameter> {
    PARAMETERS.iter().find(|parameter| same_name(parameter.name.as_bytes(), name))
}

/// The names of all parameters, those of the global part first.
pub fn parameters() -> impl Iterator<Item = &'static str> {
    PARAMETERS.iter().map(|parameter| parameter.name)
}

/// Whether a parameter may stand in the global part only.
#[must_use]
pub fn is_global(name: &str) -> bool {
    PARAMETERS.iter().any(|parameter| parameter.name == name && parameter.kind.is_global())
}

/// Whether a default of this parameter counts for modules above it too, where they did not set it.
#[must_use]
pub fn is_late(name: &str) -> bool {
    let late = |kind: &Kind| matches!(kind, Kind::Text(_) | Kind::Path(_));
    PARAMETERS.iter().any(|parameter| parameter.name == name && late(&parameter.kind))
}

const fn on(name: &'static str, kind: Kind) -> Parameter {
    Parameter { name, kind }
}

fn set<T: TryFrom<i32>>(target: &mut T, number: i32) -> bool {
    T::try_from(number).map(|value| *target = value).is_ok()
}

/// Global parameters first, then those of modules, each part by name.
pub static PARAMETERS: [Parameter; 64] = [
    on("address", Kind::GlobalText(|g| &mut g.address)),
    on("max connections per address", Kind::GlobalInt(|g, n| set(&mut g.connections_per_address, n))),
    on("daemon chroot", Kind::GlobalText(|g| &mut g.daemon_chroot)),
    on("daemon gid", Kind::GlobalText(|g| &mut g.daemon_gid)),
    on("daemon uid", Kind::GlobalText(|g| &mut g.daemon_uid)),
    on("global connections", Kind::GlobalInt(|g, n| set(&mut g.global_connections, n))),
    on("handshake timeout", Kind::GlobalInt(|g, n| set(&mut g.handshake_timeout_s, n))),
    on("listen backlog", Kind::GlobalInt(|g, n| set(&mut g.listen_backlog, n))),
    on("motd file", Kind::GlobalText(|g| &mut g.motd_file)),
    on("pid file", Kind::GlobalText(|g| &mut g.pid_file)),
    on("port", Kind::GlobalInt(|g, n| set(&mut g.port, n))),
    on("proxy protocol", Kind::GlobalBool(|g| &mut g.proxy_protocol)),
    on("proxy protocol hosts", Kind::GlobalText(|g| &mut g.proxy_protocol_hosts)),
    on("socket options", Kind::GlobalText(|g| &mut g.socket_options)),
    on("auth digest", Kind::Text(|m| &mut m.auth_digest)),
    on("auth users", Kind::Text(|m| &mut m.auth_users)),
    on("charset", Kind::Text(|m| &mut m.charset)),
    on("comment", Kind::Text(|m| &mut m.comment)),
    on("dont compress", Kind::Text(|m| &mut m.dont_compress)),
    on("early exec", Kind::Text(|m| &mut m.early_exec)),
    on("exclude", Kind::Text(|m| &mut m.exclude)),
    on("exclude from", Kind::Text(|m| &mut m.exclude_from)),
    on("fake super", Kind::Bool(|m| &mut m.fake_super)),
    on("filter", Kind::Text(|m| &mut m.filter)),
    on("forward lookup", Kind::Bool(|m| &mut m.forward_lookup)),
    on("gid", Kind::Text(|m| &mut m.gid)),
    on("hosts allow", Kind::Text(|m| &mut m.hosts_allow)),
    on("hosts deny", Kind::Text(|m| &mut m.hosts_deny)),
    on("ignore errors", Kind::Bool(|m| &mut m.ignore_errors)),
    on("ignore nonreadable", Kind::Bool(|m| &mut m.ignore_nonreadable)),
    on("include", Kind::Text(|m| &mut m.include)),
    on("include from", Kind::Text(|m| &mut m.include_from)),
    on("incoming chmod", Kind::Text(|m| &mut m.incoming_chmod)),
    on("insecure links", Kind::Bool(|m| &mut m.insecure_links)),
    on("list", Kind::Bool(|m| &mut m.list)),
    on("lock file", Kind::Text(|m| &mut m.lock_file)),
    on("log file", Kind::Text(|m| &mut m.log_file)),
    on("log format", Kind::Text(|m| &mut m.log_format)),
    on("max connections", Kind::Int(|m, n| set(&mut m.max_connections, n))),
    on("max verbosity", Kind::Int(|m, n| set(&mut m.max_verbosity, n))),
    on("munge symlinks", Kind::Switch(|m| &mut m.munge_symlinks)),
    on("name", Kind::Name),
    on("name converter", Kind::Text(|m| &mut m.name_converter)),
    on("numeric ids", Kind::Switch(|m| &mut m.numeric_ids)),
    on("open noatime", Kind::Switch(|m| &mut m.open_noatime)),
    on("outgoing chmod", Kind::Text(|m| &mut m.outgoing_chmod)),
    on("path", Kind::Path(|m| &mut m.path)),
    on("post-xfer exec", Kind::Text(|m| &mut m.post_xfer_exec)),
    on("pre-xfer exec", Kind::Text(|m| &mut m.pre_xfer_exec)),
    on("read only", Kind::Bool(|m| &mut m.read_only)),
    on("refuse options", Kind::Text(|m| &mut m.refuse_options)),
    on("require mount", Kind::Bool(|m| &mut m.require_mount)),
    on("reverse lookup", Kind::Bool(|m| &mut m.reverse_lookup)),
    on("secrets file", Kind::Text(|m| &mut m.secrets_file)),
    on("strict modes", Kind::Bool(|m| &mut m.strict_modes)),
    on("sync", Kind::Sync),
    on("syslog facility", Kind::Facility),
    on("syslog tag", Kind::Text(|m| &mut m.syslog_tag)),
    on("temp dir", Kind::Path(|m| &mut m.temp_dir)),
    on("timeout", Kind::Int(|m, n| set(&mut m.timeout_s, n))),
    on("transfer logging", Kind::Bool(|m| &mut m.transfer_logging)),
    on("uid", Kind::Text(|m| &mut m.uid)),
    on("use chroot", Kind::Switch(|m| &mut m.use_chroot)),
    on("write only", Kind::Bool(|m| &mut m.write_only)),
];
