//! The values of rsyncd.conf, after parsing: what every reader of the configuration sees.

use std::ops::Deref;

use super::ConfigError;

/// A three-state switch: `yes`, `no`, or left to the context.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Switch {
    /// `unset` or absent.
    #[default]
    Unset,
    /// `yes`.
    Yes,
    /// `no`.
    No,
}

/// When files that a client sends are flushed to the disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sync {
    /// When the system likes.
    #[default]
    Never,
    /// Each before it takes its name.
    Close,
    /// Many together, before they take their names; once more at the end.
    End,
}

/// Bytes of a value as written in the file (no encoding assumed). `%VAR%` is not yet expanded: see [`super::expand`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text(pub Vec<u8>);

impl Deref for Text {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        &self.0
    }
}

/// Parameters that hold for the whole daemon.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Global {
    /// Addresses to listen on, as written; empty = all, of every family.
    pub address: Text,
    /// TCP port; 0 = 873.
    pub port: u16,
    /// Pid file path; empty = none.
    pub pid_file: Text,
    /// Message of the day file path; empty = none.
    pub motd_file: Text,
    /// Options for listening sockets, as written.
    pub socket_options: Text,
    /// listen(2) backlog; 0 = the default.
    pub listen_backlog: i32,
    /// Connections at a time in all modules together (ours; `max connections` of the global part is a module default): 0 = [`crate::limits::CONNECTIONS`].
    pub global_connections: u32,
    /// Time for greeting, login and arguments, seconds (ours): 0 = [`crate::limits::HANDSHAKE_S`].
    pub handshake_timeout_s: u32,
    /// Connections at a time from one address (ours): 0 = [`crate::limits::CONNECTIONS_PER_ADDRESS`].
    pub connections_per_address: u32,
    /// `daemon chroot`: every connection's process changes its root to here; empty = it does not.
    pub daemon_chroot: Text,
    /// `daemon uid`: and takes on this user; empty = it does not.
    pub daemon_uid: Text,
    /// `daemon gid`: and this group; empty = it does not.
    pub daemon_gid: Text,
    /// `proxy protocol`: every connection begins with a header that names the real peer.
    pub proxy_protocol: bool,
    /// `proxy protocol hosts`: who may send such a header (a hosts list); empty = nobody.
    pub proxy_protocol_hosts: Text,
    /// Values that module parameters have at the end of the global part: log file, syslog, timeout, reverse lookup are read from here before a module is known.
    pub defaults: ModuleValues,
}

/// Parameters of one module (or the defaults for modules).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModuleValues {
    /// `path`, trailing slashes removed.
    pub path: Text,
    /// `comment`.
    pub comment: Text,
    /// `read only` (default yes).
    pub read_only: bool,
    /// `write only`.
    pub write_only: bool,
    /// `list` (default yes).
    pub list: bool,
    /// `use chroot`.
    pub use_chroot: Switch,
    /// `munge symlinks`.
    pub munge_symlinks: Switch,
    /// `numeric ids`.
    pub numeric_ids: Switch,
    /// `uid`; empty = unset.
    pub uid: Text,
    /// `gid` (a conf list); empty = unset.
    pub gid: Text,
    /// `max connections`: 0 unlimited, negative none.
    pub max_connections: i32,
    /// `lock file`.
    pub lock_file: Text,
    /// `timeout`, seconds; 0 none.
    pub timeout_s: u32,
    /// `auth users` (a conf list); empty = anonymous.
    pub auth_users: Text,
    /// `secrets file`.
    pub secrets_file: Text,
    /// `strict modes` (default yes).
    pub strict_modes: bool,
    /// `hosts allow`.
    pub hosts_allow: Text,
    /// `hosts deny`.
    pub hosts_deny: Text,
    /// `reverse lookup` (default yes).
    pub reverse_lookup: bool,
    /// `forward lookup` (default yes).
    pub forward_lookup: bool,
    /// `filter`.
    pub filter: Text,
    /// `include`.
    pub include: Text,
    /// `include from`.
    pub include_from: Text,
    /// `exclude`.
    pub exclude: Text,
    /// `exclude from`.
    pub exclude_from: Text,
    /// `refuse options`.
    pub refuse_options: Text,
    /// `ignore errors`.
    pub ignore_errors: bool,
    /// `ignore nonreadable`.
    pub ignore_nonreadable: bool,
    /// `transfer logging`.
    pub transfer_logging: bool,
    /// `log format`; default `%o %h [%a] %m (%u) %f %l`.
    pub log_format: Text,
    /// `log file`; empty = syslog (or stderr when not detached).
    pub log_file: Text,
    /// `syslog facility`, a lower-case name; default `daemon`.
    pub syslog_facility: Text,
    /// `syslog tag`; default `rsyncd`.
    pub syslog_tag: Text,
    /// `max verbosity`; default 1.
    pub max_verbosity: i32,
    /// `temp dir`; empty = beside the target.
    pub temp_dir: Text,
    /// `dont compress`, as written; default: suffixes of what is compressed already.
    pub dont_compress: Text,
    /// `charset`: what names are kept in, for clients that convert; empty = none do.
    pub charset: Text,
    /// `fake super`.
    pub fake_super: bool,
    /// `require mount` (ours): the path has to be a mount point.
    pub require_mount: bool,
    /// `sync` (ours).
    pub sync: Sync,
    /// `incoming chmod`, as written.
    pub incoming_chmod: Text,
    /// `outgoing chmod`, as written.
    pub outgoing_chmod: Text,
    /// `open noatime`; unset = as the client asks.
    pub open_noatime: Switch,
    /// `auth digest`: the weakest digest that a login may use; empty = any.
    pub auth_digest: Text,
    /// `insecure links`: symlinks are followed wherever they lead.
    pub insecure_links: bool,
    /// `early exec`: a command for the shell, as are the other three.
    pub early_exec: Text,
    /// `pre-xfer exec`.
    pub pre_xfer_exec: Text,
    /// `post-xfer exec`.
    pub post_xfer_exec: Text,
    /// `name converter`.
    pub name_converter: Text,
}

/// One module: its name and its values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Module {
    /// Name as first spelled, white space collapsed: clients name it byte for byte.
    pub name: Vec<u8>,
    /// File and line of its header.
    pub place: (String, u32),
    /// Its parameters.
    pub values: ModuleValues,
}

impl Deref for Module {
    type Target = ModuleValues;
    fn deref(&self) -> &ModuleValues {
        &self.values
    }
}

/// A whole configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// The global parameters.
    pub global: Global,
    /// Modules in the order of the file.
    pub modules: Vec<Module>,
    /// What does not end the load, for the log: unknown parameters, bad values.
    pub warnings: Vec<ConfigError>,
}

/// Stock's default of `dont compress`.
const DONT_COMPRESS: &[u8] = b"*.3g2 *.3gp *.7z *.aac *.ace *.apk *.avi *.bz2 *.deb *.dmg *.ear *.f4v *.flac *.flv *.gpg \
*.gz *.iso *.jar *.jpeg *.jpg *.lrz *.lz *.lz4 *.lzma *.lzo *.m1a *.m1v *.m2a *.m2ts *.m2v *.m4a *.m4b *.m4p *.m4r *.m4v \
*.mka *.mkv *.mov *.mp1 *.mp2 *.mp3 *.mp4 *.mpa *.mpeg *.mpg *.mpv *.mts *.odb *.odf *.odg *.odi *.odm *.odp *.ods *.odt \
*.oga *.ogg *.ogm *.ogv *.ogx *.opus *.otg *.oth *.otp *.ots *.ott *.oxt *.png *.qt *.rar *.rpm *.rz *.rzip *.spx \
*.squashfs *.sxc *.sxd *.sxg *.sxm *.sxw *.sz *.tbz *.tbz2 *.tgz *.tlz *.ts *.txz *.tzo *.vob *.war *.webm *.webp *.xz \
*.z *.zip *.zst";

impl Default for ModuleValues {
    fn default() -> Self {
        Self {
            path: Text::default(),
            comment: Text::default(),
            read_only: true,
            write_only: false,
            list: true,
            use_chroot: Switch::Unset,
            munge_symlinks: Switch::Unset,
            numeric_ids: Switch::Unset,
            uid: Text::default(),
            gid: Text::default(),
            max_connections: 0,
            lock_file: Text(b"/var/run/rsyncd.lock".to_vec()),
            timeout_s: 0,
            auth_users: Text::default(),
            secrets_file: Text::default(),
            strict_modes: true,
            hosts_allow: Text::default(),
            hosts_deny: Text::default(),
            reverse_lookup: true,
            forward_lookup: true,
            filter: Text::default(),
            include: Text::default(),
            include_from: Text::default(),
            exclude: Text::default(),
            exclude_from: Text::default(),
            refuse_options: Text::default(),
            ignore_errors: false,
            ignore_nonreadable: false,
            transfer_logging: false,
            log_format: Text(b"%o %h [%a] %m (%u) %f %l".to_vec()),
            log_file: Text::default(),
            syslog_facility: Text(b"daemon".to_vec()),
            syslog_tag: Text(b"rsyncd".to_vec()),
            max_verbosity: 1,
            temp_dir: Text::default(),
            dont_compress: Text(DONT_COMPRESS.to_vec()),
            charset: Text::default(),
            fake_super: false,
            require_mount: false,
            sync: Sync::Never,
            incoming_chmod: Text::default(),
            outgoing_chmod: Text::default(),
            open_noatime: Switch::Unset,
            auth_digest: Text::default(),
            insecure_links: false,
            early_exec: Text::default(),
            pre_xfer_exec: Text::default(),
            post_xfer_exec: Text::default(),
            name_converter: Text::default(),
        }
    }
}
