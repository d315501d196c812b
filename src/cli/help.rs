//! Texts for people.

/// `--version`.
pub fn version() -> String {
    format!(
        "tinyrsyncd  version {}  protocol version {}\nAn rsync daemon for ARM boards. Licence: MIT OR Apache-2.0.\n",
        env!("CARGO_PKG_VERSION"),
        crate::limits::PROTOCOL_MAX
    )
}

/// `--help`.
pub fn general() -> String {
    format!(
        "{}
Usage:
  tinyrsyncd serve DIR [--write] [--user NAME] [--port N]   serve one directory, no configuration
  tinyrsyncd --daemon [OPTION]...                           serve the modules of /etc/rsyncd.conf
  tinyrsyncd --server --daemon .                            the same for one client, over ssh
  tinyrsyncd --restrict DIR [OPTION]...                     in authorized_keys: this key sees DIR only (also: rrsync)
  tinyrsyncd check [--config FILE] [--json]                 tell what is wrong with a configuration
  tinyrsyncd check --explain PARAMETER                      tell what a parameter does (all: every one)
  tinyrsyncd secrets add|remove|list USER [--file FILE]     passwords of auth users

serve options:
  --write               let clients change files (beyond this machine that needs a user; one is made if you name none)
  --user NAME           ask for this user's password; you are asked for it now
  --password-file FILE  take the password from the first line of FILE
  --port N              port (873 as root, else 8873)
  --address A           listen on this address only
  --name MODULE         name clients use (the directory's own unless given)

secrets options:
  --generate            make a password up instead of asking for one (a pipe is read: one line)
  --file FILE           the secrets file (that of the configuration)
  --config FILE         the configuration (/etc/rsyncd.conf)

check ends with 0 (clean), 1 (warnings) or 2 (errors).

More: tinyrsyncd --daemon --help
",
        version()
    )
}

/// `--daemon --help`.
pub fn daemon() -> String {
    format!(
        "{}
Usage: tinyrsyncd --daemon [OPTION]...
  --config=FILE           configuration (default /etc/rsyncd.conf)
  --dparam=NAME=VALUE, -M  set a parameter, as if written at the top of the file
  --no-detach             stay in the foreground (under systemd)
  --address=ADDRESS       listen on this address; several, separated by commas
  --port=N                listen on this port (default 873)
  --ipv4, -4; --ipv6, -6  one address family only
  --bwlimit=KIB           most KiB a second for each connection
  --log-file=FILE         log to this file, whatever the configuration says
  --log-file-format=FMT   log each transferred file in this format
  --sockopts=OPTIONS      options for the listening sockets
  --protocol=N            speak no newer protocol than this
  --verbose, -v           log the coming and going of workers too
  --help, -h              this text
",
        version()
    )
}
