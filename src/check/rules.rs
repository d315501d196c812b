//! Every rule: how grave a breach is, what is said, and what mends it.

/// How grave a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    /// It works, but hardly as meant.
    Warning,
    /// A line without effect, a client that is refused, a transfer that fails.
    Error,
}

/// One rule. `$0` to `$9` in its texts stand for what was found.
#[derive(Debug)]
pub struct Rule {
    /// Its name in `--json`.
    pub id: &'static str,
    /// How grave.
    pub grade: Grade,
    /// What is wrong.
    pub what: &'static str,
    /// What mends it.
    pub fix: &'static str,
}

macro_rules! rules {
    ($($name:ident $grade:ident $id:literal $what:literal $fix:literal)*) => {
        $(pub static $name: Rule = Rule { id: $id, grade: Grade::$grade, what: $what, fix: $fix };)*
        /// All of them, for the test that each is found and none is found in vain.
        #[cfg(test)]
        pub static ALL: &[&Rule] = &[$(&$name),*];
    };
}

rules! {
    // What the parser says stands in $0.
    UNREADABLE Error "unreadable" "$0" "name a file that is there and may be read; where it is not needed, remove the line"
    HEADER Error "bad-header" "$0" "write a module's header as [name] on one line, without a slash"
    NO_NAME Error "no-name" "$0" "write name = value"
    DIRECTIVE Error "bad-directive" "$0" "write &include or &merge, and a file or directory"
    TOO_LARGE Error "too-large" "$0" "let no file include itself, directly or by another"
    OVERFLOW Error "overflow" "$0" "use shorter variables"
    NO_VALUE Error "no-value" "$0" "write name = value on one line; a comment begins with #"
    BAD_BOOLEAN Error "bad-boolean" "$0 The line is ignored" "write yes or no"
    BAD_NUMBER Error "bad-number" "$0" "write a whole number in range, without a unit"
    BAD_FACILITY Error "bad-facility" "$0 The line is ignored" "write daemon, auth, user or local0 to local7"
    MISPLACED Error "misplaced" "$0 The line is ignored" "move it above the first [module]"
    BAD_RENAME Error "bad-rename" "$0" "remove the line: the name in the header counts"
    OTHER Error "other" "$0" "mend or remove the line"
    UNKNOWN Error "unknown-parameter" "there is no parameter \"$0\": the line is ignored" "$1"
    DEPRECATED Warning "deprecated" "\"$0\" is no parameter of rsync any more, or of another program: the line is ignored" "$1"

    LOST Error "unreachable" "the header above is broken: what stands from here on belongs to no module ($0 in all)" "mend the header in line $1"
    LATE_LISTENER Warning "unreachable" "the listener stops reading at the first header: \"$0\" is not seen here" "move the line above the first [module] or [global]"
    LATE_DEFAULT Warning "unreachable" "no module begins below: this default of \"$0\" has no effect" "move it above the modules, or into one"
    BEHIND_INCLUDE Warning "unreachable" "&include ended module [$0]: this is a default for later modules, not its value" "move the line above the &include, or use &merge"
    TWICE Warning "set-twice" "\"$0\" was set in line $1 already: that line has no effect" "keep one of the two"
    REOPENED Warning "duplicate-module" "module [$0] exists since line $1: this goes on with it, and clients know it as \"$2\"" "give one of the two another name, or join them"
    QUOTED Warning "quoted" "the quotes are part of the value" "remove them"
    COMMENT Warning "comment-in-value" "# and ; begin a comment only at the start of a line: here they are part of the value" "put the comment on a line of its own"
    NO_MODULES Warning "no-modules" "there is no module: clients find nothing" "add [name] and, below it, path = /some/directory"
    NO_VARIABLE Warning "no-variable" "no variable $0 is known here: the text stays as it is" "set it where the daemon is started, or write the value out"
    OPEN_CONFIG Warning "open-configuration" "$0 can be changed by others than its owner" "chmod go-w @0"
    IN_VAIN Warning "in-vain" "\"$0\" does nothing without \"$1\"" "set \"$1\" too, or remove the line"

    BAD_DIGEST Error "bad-digest" "there is no digest \"$0\": every login is refused" "write sha512, sha256, sha1, md5 or md4"
    BAD_CHMOD Error "bad-chmod" "\"$0\" is no change of modes: it is ignored" "write for example D755,F644 or go-w"
    BAD_CHARSET Error "bad-charset" "the character set \"$0\" is not known: every client is refused" "write UTF-8, ISO-8859-1 or ASCII"
    BAD_REFUSAL Warning "bad-refusal" "$0" "write long names without dashes, between blanks: checksum delete compress"
    BAD_FILTER Error "bad-filter" "$0: every client is refused" "write rules as in: - /private/ + *.jpg"
    BAD_FILTER_FILE Error "no-filter-file" "$0 cannot be read ($1): every client is refused" "create the file, or remove the line"
    BAD_SOCKET_OPTION Warning "bad-socket-option" "there is no socket option \"$0\"" "write for example TCP_NODELAY or SO_SNDBUF=65536"

    NO_PATH Error "no-path" "module [$0] has no path: every client is refused" "add path = /some/directory"
    RELATIVE Warning "relative-path" "\"$0\" depends on the directory in which the daemon is started" "write the whole path, from /"
    MISSING Error "missing-path" "$0 does not exist" "mkdir -p @0, or mend the path"
    MISSING_ODD Error "missing-path" "$0 does not exist: quotes, and a # behind a value, are part of it" "write the path alone"
    UNSEEN Error "missing-path" "$0 cannot be looked at: $1" "mend the path, or the rights of the directories on the way"
    NO_DIRECTORY Error "no-directory" "$0 is no directory" "name the directory that holds it"
    UNMOUNTED Error "not-mounted" "$1 is in /etc/fstab and not mounted: $0 would lie on the disk below it" "mount @1"
    NO_MOUNT Warning "no-mount-point" "$0 is no mount point now: require mount refuses every client until its disk is there" "plug the disk in, and: mount @0"
    NO_READ Error "unreadable-path" "$1 may not read $0, which belongs to $2" "chmod o+rx @0; or in the module: uid = $2"
    NO_PASS Error "unreadable-path" "$1 may not pass $3 on the way to $0" "chmod o+x @3; or in the module: uid = $4"
    NO_WRITE Error "unwritable-path" "$1 may not write into $0, which belongs to $2: uploads fail" "chown -R @1 @0; or in the module: uid = $2"
    READ_ONLY_DISK Error "read-only-disk" "$0 lies on a disk that is mounted read-only: uploads fail" "mount -o remount,rw @1"
    NO_USER Error "no-user" "there is no user \"$0\" in /etc/passwd" "name one that is there; a user of LDAP or sssd by number (id -u $0), for this program reads /etc/passwd alone"
    NO_GROUP Error "no-group" "there is no group \"$0\" in /etc/group" "name one that is there; a group of LDAP or sssd by number, for this program reads /etc/group alone"
    NO_SETUID Error "no-privilege" "uid $1 cannot become \"$0\": every client is refused" "start the daemon as root, or remove the line"
    NO_CHROOT Error "no-privilege" "uid $1 may not chroot: every client is refused" "start the daemon as root, or write use chroot = no"
    OVERLAP Warning "overlap" "$0 is also served by module [$1] ($2), with other rules" "separate the directories, or give both modules the same rules"
    WRITE_ONLY Error "write-only" "write only without read only = no: nothing can be sent or fetched" "add read only = no"
    NO_TEMP_DIR Error "no-temp-dir" "there is no directory $0: uploads fail" "mkdir @0; it lies in the module, on the same disk"
    NO_PARENT Error "no-parent" "$0 cannot be created: there is no directory $1" "mkdir -p @1"
    NO_MOTD Warning "no-motd" "$0 cannot be read: $1" "create the file, or remove the line"
    POOR_DISK Warning "poor-disk" "$0 is on $1, which keeps no $2: rsync -a ends with code 23" "let clients use rsync $3$4"
    NO_FAKE Error "no-fake-super" "fake super needs extended attributes, and $1 has none: $0 keeps no owners" "remove the line, and let clients use rsync -rt --modify-window=1; or format the disk with ext4"
    NO_HOOK Error "no-hook" "$0 does not exist: the hook fails" "mend the path"
    DEAD_HOOK Error "dead-hook" "$0 is not executable: the hook fails" "chmod +x @0"

    OPEN Warning "open-module" "anyone who reaches this machine may write into [$0]" "add auth users and secrets file, or hosts allow"
    NO_SECRETS_FILE Error "no-secrets" "auth users without secrets file: nobody can log in" "add secrets file = /etc/rsyncd.secrets, then: tinyrsyncd secrets add @0 --file /etc/rsyncd.secrets"
    NO_SECRETS Error "no-secrets" "$0 cannot be read ($1): nobody can log in" "tinyrsyncd secrets add @2 --file @0"
    OPEN_SECRETS Error "secrets-mode" "others may read or write $0 (mode $1): it is ignored, nobody can log in" "chmod 600 @0"
    FOREIGN_SECRETS Error "secrets-owner" "$0 belongs to $1, not to root: it is ignored, nobody can log in" "chown root @0"
    SHOWN_SECRETS Warning "secrets-mode" "others may read or write the passwords in $0 (mode $1)" "chmod 600 @0"
    SECRET_SYNTAX Warning "secrets-syntax" "the line is nobody's password" "write user:password, without blanks before the name"
    SECRET_LONG Warning "secrets-syntax" "longer than 1023 bytes: the line is nobody's password" "use a shorter password"
    SECRET_EMPTY Warning "secrets-syntax" "the password of $0 is empty" "tinyrsyncd secrets add @0 --file @1"
    SECRET_AGAIN Warning "secrets-syntax" "$0 has a password in line $1 already: this one never counts" "remove one of the two lines"
    SECRET_STALE Warning "secrets-user" "no module lets $0 log in" "add the name to auth users, or: tinyrsyncd secrets remove @0 --file @1"
    NO_SECRET Error "no-secret" "$0 has no password in $1: that login is refused" "tinyrsyncd secrets add @0 --file @1"
    BAD_AUTH_OPTION Warning "auth-option" "\"$0\" is neither ro, rw nor deny: it is ignored" "write $1:ro, $1:rw or $1:deny"
    LATE_RULE Warning "unreachable" "\"*\" stands before \"$0\": this rule is never looked at" "move \"*\" to the end"

    BAD_NETWORK Error "bad-network" "\"$0\" is no address or network: it never lets anyone in, and in hosts deny it keeps everyone out" "write for example 192.168.1.0/24 or fd00::/8"
    NETGROUP Error "netgroup" "netgroups are not supported: \"$0\" never lets anyone in, and in hosts deny it keeps everyone out" "write addresses or networks"
    NAME_PATTERN Warning "address-pattern" "\"$0\" is held against names, never against addresses: it matches nobody" "write a network, for example 192.168.0.0/16"
    NO_LOOKUP Warning "name-unseen" "reverse lookup = no: no client has a name, so \"$0\" matches nobody" "write addresses, or remove reverse lookup = no"
    WRAPPER_WORD Warning "name-unseen" "\"$0\" is a word of another program: it matches nobody" "write * for everyone, addresses or networks for some"
    NO_HOST Warning "no-host" "\"$0\" has no address: in hosts allow it matches nobody, in hosts deny everybody" "mend the name, or write the address"
    NO_PROXY Error "no-proxy-hosts" "proxy protocol without proxy protocol hosts: every connection is refused" "add proxy protocol hosts = the proxy's address"
}

/// What the parser says, by how it begins. `None`: the next line of the parser says it better.
pub static PARSER: &[(&str, Option<&Rule>)] = &[
    ("Unknown Parameter", None),
    ("unable to", Some(&UNREADABLE)),
    ("Badly formed line", Some(&HEADER)),
    ("Unexpected EOF", Some(&HEADER)),
    ("Empty section", Some(&HEADER)),
    ("Warning: invalid section", Some(&HEADER)),
    ("Invalid parameter name", Some(&NO_NAME)),
    ("Unknown directive", Some(&DIRECTIVE)),
    ("config path", Some(&DIRECTIVE)),
    ("config files nested", Some(&TOO_LARGE)),
    ("configuration is larger", Some(&TOO_LARGE)),
    ("Overflowed", Some(&OVERFLOW)),
    ("Ignoring badly", Some(&NO_VALUE)),
    ("Unexpected end-of-file", Some(&NO_VALUE)),
    ("Badly formed boolean", Some(&BAD_BOOLEAN)),
    ("Badly formed integer", Some(&BAD_NUMBER)),
    ("Badly formed syslog", Some(&BAD_FACILITY)),
    ("Global parameter", Some(&MISPLACED)),
    ("IGNORING parameter", Some(&BAD_RENAME)),
];

/// Names that older versions or other programs have, and what to write.
pub static FOREIGN: &[(&str, &str)] = &[
    ("use slp", "remove the line"),
    ("slp refresh", "remove the line"),
    ("hosts equiv", "remove the line"),
    ("connections per address", "write max connections per address"),
    ("exclude file", "write exclude from"),
    ("include file", "write include from"),
    ("password file", "write secrets file"),
    ("allow hosts", "write hosts allow"),
    ("deny hosts", "write hosts deny"),
    ("valid users", "write auth users"),
    ("directory", "write path"),
    ("root", "write path"),
    ("writable", "write read only = no"),
    ("writeable", "write read only = no"),
    ("browseable", "write list"),
    ("browsable", "write list"),
    ("public", "remove the line: without auth users everyone may come in"),
    ("guest ok", "remove the line: without auth users everyone may come in"),
    ("user", "write uid, or auth users for who may log in"),
    ("group", "write gid"),
    ("bind", "write address"),
    ("listen", "write address and port"),
    ("bwlimit", "start the daemon with --bwlimit=KIB"),
];

/// Settings that do nothing unless another is set (and not to no).
pub static NEEDS: &[(&str, &str)] = &[
    ("log format", "transfer logging"),
    ("secrets file", "auth users"),
    ("auth digest", "auth users"),
    ("proxy protocol hosts", "proxy protocol"),
];

/// Parameters that the listener reads once, above the first header.
pub static LISTENER: &[&str] = &[
    "address",
    "connections per address",
    "global connections",
    "listen backlog",
    "max connections per address",
    "pid file",
    "port",
    "socket options",
];

/// Values in which `#` and quotes mean something.
pub static FREE_TEXT: &[&str] = &[
    "comment",
    "early exec",
    "exclude",
    "filter",
    "include",
    "log format",
    "name converter",
    "post-xfer exec",
    "pre-xfer exec",
];

/// File systems that cannot hold what `-a` sends: type, what they lack, and what clients use instead.
pub static POOR: &[(&str, &str, &str)] = &[
    ("exfat", FAT_LACKS, FAT_OPTIONS),
    ("vfat", FAT_LACKS, FAT_OPTIONS),
    ("msdos", FAT_LACKS, FAT_OPTIONS),
    ("fuse.exfat", FAT_LACKS, FAT_OPTIONS),
    ("fuseblk", NTFS_LACKS, NTFS_OPTIONS),
    ("ntfs", NTFS_LACKS, NTFS_OPTIONS),
    ("ntfs3", NTFS_LACKS, NTFS_OPTIONS),
    ("fuse.ntfs-3g", NTFS_LACKS, NTFS_OPTIONS),
    ("cifs", "owners and modes of every client", "-rltD --no-perms"),
    ("smb3", "owners and modes of every client", "-rltD --no-perms"),
    ("fuse.sshfs", "owners", "-rlptD"),
];
const FAT_LACKS: &str = "owners, modes or links, and no names with : * ? \" < > |";
const FAT_OPTIONS: &str = "-rt --modify-window=1 --exclude='*:*'";
const NTFS_LACKS: &str = "owners or modes, and no names with : for Windows";
const NTFS_OPTIONS: &str = "-rlt --modify-window=1 --exclude='*:*'";

/// Of these, those without extended attributes, so that `fake super` is no help.
pub static NO_ATTRIBUTES: &[&str] = &["exfat", "vfat", "msdos", "fuse.exfat", "fuse.sshfs"];

/// Options for listening sockets.
pub static SOCKET_OPTIONS: &[&str] = &[
    "SO_KEEPALIVE",
    "SO_REUSEADDR",
    "SO_BROADCAST",
    "TCP_NODELAY",
    "SO_SNDBUF",
    "SO_RCVBUF",
    "SO_SNDLOWAT",
    "SO_RCVLOWAT",
    "SO_SNDTIMEO",
    "SO_RCVTIMEO",
    "IPTOS_LOWDELAY",
    "IPTOS_THROUGHPUT",
];
