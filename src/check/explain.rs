//! What each parameter does: `check --explain`, and the page `docs/rsyncd.conf.md`.

use crate::config;

/// One parameter's explanation.
struct Entry {
    name: &'static str,
    /// What is written, and what holds when nothing is.
    value: &'static str,
    text: &'static str,
}

/// The explanation of one parameter, or (`all`) of every one; `None` for a name that nobody knows.
#[must_use]
pub fn explain(name: &str) -> Option<String> {
    if name == "all" {
        return Some(page());
    }
    let folded = |name: &str| name.to_ascii_lowercase().split_ascii_whitespace().collect::<String>();
    let known = config::parameters().find(|known| folded(known) == folded(name))?;
    Some(section(known))
}

/// The sections of the page.
fn page() -> String {
    let mut out = String::new();
    for (title, global) in
        [("## In the global part only\n\n", true), ("## In modules, or as their default in the global part\n\n", false)]
    {
        out += title;
        for name in config::parameters().filter(|name| config::is_global(name) == global) {
            out += &section(name);
            out.push('\n');
        }
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

fn section(name: &str) -> String {
    match ENTRIES.iter().find(|entry| entry.name == name) {
        Some(entry) => ["### ", name, "\n\n`", name, " = ", entry.value, "`\n\n", entry.text, "\n"].concat(),
        None => ["### ", name, "\n"].concat(),
    }
}

const fn on(name: &'static str, value: &'static str, text: &'static str) -> Entry {
    Entry { name, value, text }
}

/// `A | B` are alternatives; what stands in parentheses holds when nothing is written.
static ENTRIES: &[Entry] = &[
    on("address", "ADDRESS[,ADDRESS...] (all)", "Addresses to listen on. Read once, when the daemon starts."),
    on(
        "max connections per address",
        "NUMBER (as global connections)",
        "Connections at a time from one client address. Not known to rsync.",
    ),
    on(
        "daemon chroot",
        "DIR (none)",
        "Each connection is confined to DIR before its first byte is read. All later paths of this file lie inside.",
    ),
    on(
        "daemon gid",
        "GROUP (as started)",
        "Group of each connection before its first byte is read. Modules can then take no other.",
    ),
    on(
        "daemon uid",
        "USER (as started)",
        "User of each connection before its first byte is read. Modules can then use neither uid nor chroot.",
    ),
    on("global connections", "NUMBER (64)", "Connections at a time in all modules together. Not known to rsync."),
    on("handshake timeout", "SECONDS (60)", "Time for greeting, login and arguments. Not known to rsync."),
    on("listen backlog", "NUMBER (128)", "Connections that may wait to be accepted."),
    on("motd file", "FILE (none)", "Text that clients print when they connect."),
    on(
        "pid file",
        "FILE (none)",
        "Where the listener writes its process number. A second one with the same FILE does not start.",
    ),
    on("port", "NUMBER (873)", "TCP port. --port wins. Ports below 1024 need root."),
    on(
        "proxy protocol",
        "yes | no (no)",
        "Connections come through a proxy that sends the PROXY header, version 1 or 2. Needs proxy protocol hosts.",
    ),
    on(
        "proxy protocol hosts",
        "LIST (none)",
        "Addresses and networks of the proxies that are believed. None: every connection is refused.",
    ),
    on(
        "socket options",
        "OPTION[=N][,...] (none)",
        "Options for the listening sockets, such as TCP_NODELAY or SO_SNDBUF=65536.",
    ),
    on(
        "auth digest",
        "sha512 | sha256 | sha1 | md5 | md4 (any)",
        "Weakest digest that a login may use. Clients before rsync 3.2 know md5 and md4 only.",
    ),
    on(
        "auth users",
        "[USER|@GROUP][:ro|:rw|:deny],... (everyone)",
        "Who may log in; wildcards are allowed, the first rule that matches counts. :ro and :rw win over read only. Needs secrets file.",
    ),
    on(
        "charset",
        "NAME (none)",
        "Character set of the names on disk, for clients that convert with --iconv. Without it --iconv is refused.",
    ),
    on("comment", "TEXT (none)", "What the list of modules says about this one."),
    on(
        "dont compress",
        "PATTERN... (what is compressed already)",
        "Files that are sent without compressing them. * for all.",
    ),
    on(
        "early exec",
        "COMMAND (none)",
        "Runs after the login, before anything else is known of the request. If it fails, the client is refused.",
    ),
    on(
        "exclude",
        "PATTERN... (none)",
        "Names that do not exist for clients: they are neither sent, taken nor deleted.",
    ),
    on("exclude from", "FILE (none)", "As exclude, one pattern a line."),
    on(
        "fake super",
        "yes | no (no)",
        "Owners, modes and devices are kept in extended attributes, so that a backup is complete without root.",
    ),
    on("filter", "RULE... (none)", "Rules as in --filter, such as: - /private/ + *.jpg"),
    on("forward lookup", "yes | no (yes)", "Names in hosts allow and hosts deny are looked up."),
    on(
        "gid",
        "GROUP... | * (nogroup as root, else as started)",
        "Groups of the transfer, the first being that of new files; * for all groups of the user.",
    ),
    on(
        "hosts allow",
        "LIST (everyone)",
        "Clients that may come: addresses, networks such as 192.168.0.0/16 or fd00::/8, names, name patterns. Alone it keeps all others out.",
    ),
    on(
        "hosts deny",
        "LIST (nobody)",
        "Clients that may not come, unless hosts allow names them. What cannot be looked up is denied.",
    ),
    on("ignore errors", "yes | no (no)", "Deletions go on although reading the source had errors."),
    on("ignore nonreadable", "yes | no (no)", "What the module's user cannot read is left out silently."),
    on("include", "PATTERN... (none)", "Names that a later exclude does not hide."),
    on("include from", "FILE (none)", "As include, one pattern a line."),
    on("incoming chmod", "CHANGES (none)", "Changes to the modes of what is received, such as D755,F644."),
    on(
        "insecure links",
        "yes | no (no)",
        "Symlinks may lead out of the module. Dangerous in a module that clients write to.",
    ),
    on(
        "list",
        "yes | no (yes)",
        "The module is in the list. With no, who may not come is told that it does not exist.",
    ),
    on(
        "lock file",
        "FILE (/var/run/rsyncd.lock)",
        "Counts max connections. Modules with the same file share the number; a stock daemon may share it too.",
    ),
    on("log file", "FILE (syslog)", "Where the log goes. In the global part: that of the listener too."),
    on(
        "log format",
        "FORMAT (%o %h [%a] %m (%u) %f %l)",
        "A line of transfer logging: %a address, %b bytes moved, %f name, %h host, %i changes, %l length, %m module, %o operation, %p process, %P path, %t time, %u user; also %B %c %C %G %L %M %n %U. %-10l: width; %'l: 1,234.",
    ),
    on("max connections", "NUMBER (0, no limit)", "Clients at a time. Negative: the module is closed."),
    on("max verbosity", "NUMBER (1)", "Most that a client's -v may ask of the server."),
    on(
        "munge symlinks",
        "yes | no | unset (unset)",
        "Symlinks are made harmless on disk, and whole again when sent. Unset: yes unless a chroot confines them.",
    ),
    on("name", "NAME (that of the header)", "Another name for the module. Better written in the header."),
    on(
        "name converter",
        "COMMAND (none)",
        "A program that turns users and groups into numbers and back, for a module in a chroot.",
    ),
    on("numeric ids", "yes | no | unset (unset)", "Owners travel as numbers. Unset: yes in a chroot."),
    on(
        "open noatime",
        "yes | no | unset (unset)",
        "Files are read without changing their access time. Unset: as the client asks.",
    ),
    on("outgoing chmod", "CHANGES (none)", "Changes to the modes of what is sent, such as go-w."),
    on(
        "path",
        "DIR (none; needed)",
        "The directory that is served. DIR/./SUB: chroot to DIR, serve SUB. %RSYNC_USER_NAME% stands for who logged in.",
    ),
    on(
        "post-xfer exec",
        "COMMAND (none)",
        "Runs after the transfer, with RSYNC_EXIT_STATUS and more in its environment.",
    ),
    on(
        "pre-xfer exec",
        "COMMAND (none)",
        "Runs before the transfer. If it fails, the client sees what it printed and is refused.",
    ),
    on("read only", "yes | no (yes)", "Clients cannot change anything."),
    on(
        "refuse options",
        "OPTION... (none)",
        "Options that clients may not use: long names without dashes, letters, wildcards; !OPTION takes one back.",
    ),
    on(
        "require mount",
        "yes | no (no)",
        "The module is refused unless its path is a mount point: nothing is written below an unplugged disk. Not known to rsync.",
    ),
    on(
        "reverse lookup",
        "yes | no (yes)",
        "The name of each client is looked up. Without it, names in hosts allow match nobody.",
    ),
    on("secrets file", "FILE (none)", "Lines user:password for auth users. See: tinyrsyncd secrets"),
    on(
        "strict modes",
        "yes | no (yes)",
        "A secrets file that others can read, or (as root) that root does not own, is not used.",
    ),
    on(
        "sync",
        "never | close | end (never)",
        "When files are flushed to the disk: each before its rename, or in batches. Not known to rsync.",
    ),
    on("syslog facility", "NAME (daemon)", "Facility for syslog: daemon, auth, user, local0 to local7 and others."),
    on("syslog tag", "TEXT (rsyncd)", "How the lines in syslog begin."),
    on(
        "temp dir",
        "DIR (beside the target)",
        "Where files are put together. It lies in the module, also if written from /; on another disk each file is copied once more.",
    ),
    on("timeout", "SECONDS (0, none)", "A transfer in which nothing moves for so long is ended."),
    on("transfer logging", "yes | no (no)", "Each file is a line in the log, see log format."),
    on("uid", "USER (nobody as root, else as started)", "User of the transfer. With root, owners can be kept."),
    on(
        "use chroot",
        "yes | no | unset (unset)",
        "The module's directory becomes the root of the process. Unset: where it is allowed.",
    ),
    on("write only", "yes | no (no)", "Clients can send and not fetch. Needs read only = no."),
];

#[cfg(test)]
mod tests {
    use super::{ENTRIES, explain, page};
    use crate::config;

    #[test]
    fn every_parameter_is_explained() {
        let missing: Vec<&str> =
            config::parameters().filter(|name| !ENTRIES.iter().any(|entry| entry.name == *name)).collect();
        assert!(missing.is_empty(), "no text in src/check/explain.rs: {missing:?}");
        for (at, entry) in ENTRIES.iter().enumerate() {
            assert!(ENTRIES.iter().skip(at + 1).all(|other| other.name != entry.name), "{} twice", entry.name);
        }
    }

    #[test]
    fn a_name_is_found_however_it_is_spelled() {
        assert!(explain("ReadOnly").unwrap().contains("`read only = yes | no (yes)`"));
        assert_eq!(explain("read onyl"), None);
        assert!(explain("all").unwrap().contains("### write only"));
    }

    #[test]
    fn the_page_says_what_the_program_says() {
        let documented = include_str!("../../docs/rsyncd.conf.md");
        assert!(
            documented.ends_with(&page()),
            "docs/rsyncd.conf.md is out of date: below its introduction stands what `tinyrsyncd check --explain all` prints"
        );
    }
}
