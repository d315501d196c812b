//! Every rule on a made-up machine: found where it is broken, silent where it is not.

use std::collections::BTreeMap;

use rustix::fs::Access;
use rustix::io::Errno;

use super::rules::{self, ALL, Rule};
use super::{Finding, System, Who, examine};
use crate::config::{self, Kind, Source};
use crate::fs::Meta;

/// A machine: path → mode with type, owner, contents.
struct Machine {
    uid: u32,
    files: BTreeMap<String, (u32, u32, String)>,
}

const DIR: u32 = 0o040_000;
const FILE: u32 = 0o100_000;
const NOBODY: u32 = 65534;

fn machine(conf: &str) -> Machine {
    let mut files = BTreeMap::new();
    let mut put = |path: &str, mode: u32, owner: u32, text: &str| {
        files.insert(path.to_owned(), (mode, owner, text.to_owned()));
    };
    for dir in
        ["/", "/etc", "/srv", "/srv/root", "/run", "/mnt", "/mnt/usb", "/mnt/fat", "/mnt/ntfs", "/mnt/ro", "/bin"]
    {
        put(dir, DIR | 0o755, 0, "");
    }
    for dir in ["/srv/ok", "/srv/ok/tmp", "/srv/ok/sub", "/srv/other", "/srv/my #1 disk"] {
        put(dir, DIR | 0o755, NOBODY, "");
    }
    put("/srv/locked", DIR | 0o700, 1000, "");
    put("/srv/locked/in", DIR | 0o755, NOBODY, "");
    put("/jail", DIR | 0o755, 0, "");
    put("/jail/srv/ok", DIR | 0o755, NOBODY, "");
    put("/jail/srv/motd", FILE | 0o644, 0, "");
    put("/srv/file", FILE | 0o644, 0, "");
    put("/bin/run", FILE | 0o755, 0, "");
    put("/bin/dead", FILE | 0o644, 0, "");
    put("/etc/rules", FILE | 0o644, 0, "*.tmp\n");
    for (path, mode, owner, text) in [
        ("/s/good", 0o600, 0, "# comment\n\npi:x\n@staff:y\n"),
        ("/s/open", 0o644, 0, "pi:x\n"),
        ("/s/foreign", 0o600, 1000, "pi:x\n"),
        ("/s/odd", 0o600, 0, "pi:x\nnonsense\n"),
        ("/s/long", 0o600, 0, "pi:x\nLONG\n"),
        ("/s/empty", 0o600, 0, "pi:\n"),
        ("/s/again", 0o600, 0, "pi:x\npi:y\n"),
        ("/s/stale", 0o600, 0, "pi:x\nold:y\n"),
    ] {
        put(path, FILE | mode, owner, &text.replace("LONG", &format!("bob:{}", "y".repeat(1100))));
    }
    put(
        "/etc/fstab",
        FILE | 0o644,
        0,
        "# /dev/sdz /srv/ok ext4\nLABEL=usb /mnt/usb ext4 noauto 0 0\n/dev/sdb1\t/mnt/my\\040disk vfat\n",
    );
    put(
        "/proc/self/mountinfo",
        FILE | 0o444,
        0,
        "1 0 8:1 / / rw shared:1 - ext4 /dev/sda1 rw\n2 1 8:2 / /mnt/fat rw - exfat /dev/sdb1 rw\n\
         3 1 8:3 / /mnt/ntfs rw - fuseblk /dev/sdc1 rw\n4 1 8:4 / /mnt/ro ro - ext4 /dev/sdd1 ro\n",
    );
    let (uid, conf) = conf.strip_prefix("AS 1000\n").map_or((0, conf), |rest| (1000, rest));
    let (mode, conf) = conf.strip_prefix("MODE 666\n").map_or((0o644, conf), |rest| (0o666, rest));
    put("conf", FILE | mode, 0, conf);
    put("part.conf", FILE | 0o644, 0, "comment = inside\n[part]\npath = /srv/other\n");
    Machine { uid, files }
}

impl Machine {
    fn find(&self, path: &[u8]) -> Result<&(u32, u32, String), Errno> {
        self.files.get(std::str::from_utf8(path).unwrap()).ok_or(Errno::NOENT)
    }
}

impl Source for Machine {
    fn read(&self, path: &[u8]) -> Result<Vec<u8>, String> {
        self.find(path).map(|file| file.2.clone().into_bytes()).map_err(crate::fs::strerror)
    }
    fn list_dir(&self, _: &[u8]) -> Result<Vec<Vec<u8>>, String> {
        Ok(Vec::new())
    }
    fn kind(&self, path: &[u8]) -> Result<Kind, String> {
        self.find(path).map(|_| Kind::File).map_err(crate::fs::strerror)
    }
}

impl System for Machine {
    fn uid(&self) -> u32 {
        self.uid
    }
    fn may_chroot(&self) -> bool {
        self.uid == 0
    }
    fn variable(&self, name: &[u8]) -> Option<Vec<u8>> {
        match name {
            b"BASE" => Some(b"/srv".to_vec()),
            b"HUGE" => Some(vec![b'9'; 3000]),
            b"PATH" => Some(b"/none:/bin".to_vec()),
            _ => None,
        }
    }
    fn stat(&self, path: &[u8]) -> Result<Meta, Errno> {
        if path == b"/srv/looped" {
            return Err(Errno::LOOP);
        }
        self.find(path).map(|(mode, uid, _)| Meta { mode: *mode, uid: *uid, ..Meta::missing() })
    }
    fn real(&self, path: &[u8]) -> Vec<u8> {
        path.to_vec()
    }
    fn read(&self, path: &[u8], _: usize) -> Result<(Vec<u8>, Meta), Errno> {
        Ok((self.find(path)?.2.clone().into_bytes(), self.stat(path)?))
    }
    fn may(&self, who: &Who, path: &[u8], access: Access) -> Result<(), Errno> {
        let text = std::str::from_utf8(path).unwrap();
        let whole = (text, access);
        let above = text.match_indices('/').filter(|(at, _)| *at > 0).map(|(at, _)| (&text[..at], Access::EXEC_OK));
        for (path, access) in above.chain([whole]) {
            let (mode, owner, _) = self.find(path.as_bytes())?;
            let bits = if *owner == who.uid { mode >> 6 } else { *mode } & 7;
            let bits = if who.uid == 0 { 6 | bits | (mode >> 6 & 1) } else { bits };
            if access.bits() & !bits != 0 {
                return Err(Errno::ACCESS);
            }
        }
        Ok(())
    }
    fn user(&self, name: &[u8]) -> Option<u32> {
        [(&b"root"[..], 0), (b"pi", 1000), (b"nobody", NOBODY)]
            .iter()
            .find(|(known, _)| *known == name)
            .map(|found| found.1)
    }
    fn user_name(&self, uid: u32) -> Option<Vec<u8>> {
        [&b"root"[..], b"pi", b"nobody"].iter().find(|name| self.user(name) == Some(uid)).map(|name| name.to_vec())
    }
    fn group(&self, name: &[u8]) -> Option<u32> {
        [(&b"root"[..], 0), (b"staff", 50), (b"nogroup", NOBODY)]
            .iter()
            .find(|(known, _)| *known == name)
            .map(|found| found.1)
    }
    fn groups_of(&self, _: &[u8]) -> Vec<u32> {
        vec![50]
    }
    fn resolves(&self, host: &[u8]) -> bool {
        host == b"nas.example.org"
    }
}

fn findings(conf: &str) -> Vec<Finding> {
    let machine = machine(conf);
    let (config, trace) = config::trace(&machine, b"conf", &|name| machine.variable(name));
    examine(&config, &trace, &machine)
}

fn told(findings: &[Finding]) -> Vec<String> {
    findings.iter().map(|f| format!("{}:{}:{} {} | {}", f.file, f.at.line, f.at.column, f.message, f.fix)).collect()
}

const M: &str = "[m]\npath = /srv/ok\n";
const AUTH: &str = "[m]\npath = /srv/ok\nauth users = pi\nsecrets file = /s/good\n";

/// The rule, a configuration that breaks it, and one that does not. `{m}` and `{auth}` stand for whole modules.
static CASES: &[(&Rule, &str, &str)] = &[
    (&rules::UNREADABLE, "&include /gone\n{m}", "&include part.conf\n{m}"),
    (&rules::HEADER, "[a/b]\n{m}", "{m}"),
    (&rules::NO_NAME, "= x\n{m}", "{m}"),
    (&rules::DIRECTIVE, "&import part.conf\n{m}", "&merge part.conf\n{m}"),
    (&rules::TOO_LARGE, "&include conf\n", "{m}"),
    (&rules::OVERFLOW, "max connections = %HUGE%\n{m}", "max connections = 1\n{m}"),
    (&rules::NO_VALUE, "{m} just a word\n", "{m}comment =\n"),
    (&rules::BAD_BOOLEAN, "{m}list = on\n", "{m}list = yes\n"),
    (&rules::BAD_NUMBER, "{m}timeout = 5m\n", "{m}timeout = 300\n"),
    (&rules::BAD_FACILITY, "syslog facility = local9\n{m}", "syslog facility = local7\n{m}"),
    (&rules::MISPLACED, "{m}port = 99\n", "port = 99\n{m}"),
    (&rules::BAD_RENAME, "name = x\n{m}", "{m}name = x\n"),
    (&rules::UNKNOWN, "{m}read onyl = no\n", "{m}read only = yes\n"),
    (&rules::DEPRECATED, "use slp = no\n{m}", "{m}"),
    (&rules::LOST, "[m\npath = /srv/ok\n", "{m}"),
    (&rules::LATE_LISTENER, "{m}[global]\nport = 99\n", "port = 99\n{m}"),
    (&rules::LATE_DEFAULT, "{m}[global]\ntimeout = 9\n", "timeout = 9\n{m}"),
    (&rules::BEHIND_INCLUDE, "{m}&include part.conf\ntimeout = 9\n", "{m}timeout = 9\n&include part.conf\n"),
    (
        &rules::TWICE,
        "{m}comment = a\ncomment = b\n",
        "comment = a\n{m}comment = b\n[n]\ncomment = c\npath = /srv/other\n",
    ),
    (&rules::REOPENED, "{m}[M]\ncomment = c\n", "{m}[n]\npath = /srv/other\n"),
    (&rules::QUOTED, "log file = \"/run/log\"\n{m}", "{m}comment = \"my files\"\n"),
    (&rules::COMMENT, "{m}timeout = 9 # seconds\n", "{m}comment = a # b\n"),
    (&rules::NO_MODULES, "timeout = 9\n", "{m}"),
    (&rules::NO_VARIABLE, "[m]\npath = %GONE%/ok\n", "[m]\npath = %BASE%/ok\n"),
    (&rules::OPEN_CONFIG, "MODE 666\n{m}", "{m}"),
    (&rules::IN_VAIN, "{m}log format = %f\n", "{m}log format = %f\ntransfer logging = yes\n"),
    (&rules::BAD_DIGEST, "{auth}auth digest = sha3\n", "{auth}auth digest = SHA256\n"),
    (&rules::BAD_CHMOD, "{m}incoming chmod = a+q\n", "{m}incoming chmod = D755,F644\n"),
    (&rules::BAD_CHARSET, "{m}charset = klingon\n", "{m}charset = utf-8\n"),
    (&rules::BAD_REFUSAL, "{m}refuse options = delte\n", "{m}refuse options = delete c\n"),
    (&rules::BAD_FILTER, "{m}filter = nonsense x\n", "{m}filter = - /private/ + *.jpg\n"),
    (&rules::BAD_FILTER_FILE, "{m}exclude from = /etc/none\n", "{m}exclude from = /etc/rules\n"),
    (&rules::BAD_SOCKET_OPTION, "socket options = TCP_NODELAYS\n{m}", "socket options = TCP_NODELAY,SO_SNDBUF=9\n{m}"),
    (&rules::NO_PATH, "[m]\n", "{m}"),
    (&rules::RELATIVE, "[m]\npath = srv/ok\n", "{m}"),
    (&rules::MISSING, "[m]\npath = /srv/none\n", "[m]\npath = /home/%RSYNC_USER_NAME%\n"),
    (&rules::MISSING_ODD, "[m]\npath = /srv/ok # disk\n", "[m]\npath = /srv/my #1 disk\n"),
    (&rules::UNSEEN, "[m]\npath = /srv/looped\n", "{m}"),
    (&rules::NO_DIRECTORY, "[m]\npath = /srv/file\n", "{m}"),
    (&rules::UNMOUNTED, "[m]\npath = /mnt/usb/backup\n", "[m]\npath = /mnt/fat\n"),
    (&rules::NO_MOUNT, "[m]\npath = /srv/ok\nrequire mount = yes\n", "[m]\npath = /mnt/fat\nrequire mount = yes\n"),
    (&rules::NO_READ, "[m]\npath = /srv/locked\n", "[m]\npath = /srv/locked\nuid = pi\n"),
    (&rules::NO_PASS, "[m]\npath = /srv/locked/in\n", "[m]\npath = /srv/locked/in\nuid = pi\n"),
    (
        &rules::NO_WRITE,
        "[m]\npath = /srv/root\nread only = no\n",
        "[m]\npath = /srv/root\nread only = no\nuid = root\n",
    ),
    (&rules::READ_ONLY_DISK, "[m]\npath = /mnt/ro\nread only = no\n", "[m]\npath = /mnt/ro\n"),
    (&rules::NO_USER, "{m}uid = bakcup\n", "{m}uid = pi\n"),
    (&rules::NO_GROUP, "{m}gid = staff users\n", "{m}gid = * 50 staff\n"),
    (&rules::NO_SETUID, "AS 1000\n{m}uid = root\n", "AS 1000\n{m}uid = pi\n"),
    (&rules::NO_CHROOT, "AS 1000\n{m}use chroot = yes\n", "AS 1000\n{m}use chroot = no\n"),
    (&rules::OVERLAP, "{m}[n]\npath = /srv/ok/sub\n", "{m}[n]\npath = /srv/other\n"),
    (&rules::WRITE_ONLY, "{m}write only = yes\n", "{m}write only = yes\nread only = no\n"),
    (&rules::NO_TEMP_DIR, "{m}read only = no\ntemp dir = /none\n", "{m}read only = no\ntemp dir = /tmp\n"),
    (&rules::NO_PARENT, "log file = /var/log/rsyncd.log\n{m}", "log file = /run/rsyncd.log\n{m}"),
    (&rules::NO_MOTD, "motd file = /etc/none\n{m}", "motd file = /etc/rules\n{m}"),
    (
        &rules::POOR_DISK,
        "[m]\npath = /mnt/ntfs\nread only = no\n",
        "[m]\npath = /mnt/ntfs\nread only = no\nfake super = yes\n",
    ),
    (
        &rules::NO_FAKE,
        "[m]\npath = /mnt/fat\nread only = no\nfake super = yes\n",
        "[m]\npath = /mnt/fat\nread only = no\n",
    ),
    (
        &rules::NO_HOOK,
        "{m}pre-xfer exec = /bin/none -x\npost-xfer exec = none\n",
        "{m}pre-xfer exec = test -e /x || run -x\nearly exec = \"/a b\"\n",
    ),
    (&rules::DEAD_HOOK, "{m}early exec = /bin/dead\n", "{m}early exec = /bin/run\n"),
    (&rules::OPEN, "{m}read only = no\n", "{m}read only = no\nhosts allow = 10.0.0.0/8\n"),
    (&rules::NO_SECRETS_FILE, "{m}auth users = pi\n", "{auth}"),
    (&rules::NO_SECRETS, "{m}auth users = pi\nsecrets file = /s/none\n", "{auth}"),
    (&rules::OPEN_SECRETS, "{m}auth users = pi\nsecrets file = /s/open\n", "{auth}"),
    (
        &rules::FOREIGN_SECRETS,
        "{m}auth users = pi\nsecrets file = /s/foreign\n",
        "AS 1000\n{m}auth users = pi\nsecrets file = /s/foreign\n",
    ),
    (
        &rules::SHOWN_SECRETS,
        "{m}auth users = pi\nsecrets file = /s/open\nstrict modes = no\n",
        "{auth}strict modes = no\n",
    ),
    (&rules::SECRET_SYNTAX, "{m}auth users = *\nsecrets file = /s/odd\n", "{auth}"),
    (&rules::SECRET_LONG, "{m}auth users = *\nsecrets file = /s/long\n", "{auth}"),
    (&rules::SECRET_EMPTY, "{m}auth users = *\nsecrets file = /s/empty\n", "{auth}"),
    (&rules::SECRET_AGAIN, "{m}auth users = *\nsecrets file = /s/again\n", "{auth}"),
    (
        &rules::SECRET_STALE,
        "{m}auth users = pi\nsecrets file = /s/stale\n",
        "{m}auth users = pi @staff\nsecrets file = /s/good\n[n]\npath = /srv/other\nauth users = o*\nsecrets file = /s/stale\n[o]\npath = /srv/root\nauth users = pi\nsecrets file = /s/stale\n",
    ),
    (
        &rules::NO_SECRET,
        "{m}auth users = pi bob\nsecrets file = /s/good\n",
        "{m}auth users = bob:deny p* @staff\nsecrets file = /s/good\n",
    ),
    (
        &rules::BAD_AUTH_OPTION,
        "{m}auth users = pi:write\nsecrets file = /s/good\n",
        "{m}auth users = pi:rw\nsecrets file = /s/good\n",
    ),
    (
        &rules::LATE_RULE,
        "{m}auth users = * pi:deny\nsecrets file = /s/good\n",
        "{m}auth users = pi:deny *\nsecrets file = /s/good\n",
    ),
    (&rules::BAD_NETWORK, "{m}hosts allow = 10.0.0.0/33\n", "{m}hosts allow = 10.0.0.0/8 fd00::/8\n"),
    (&rules::NETGROUP, "{m}hosts deny = @trusted\n", "{m}hosts deny = 10.0.0.1\n"),
    (&rules::NAME_PATTERN, "{m}hosts allow = 192.168.*\n", "{m}hosts allow = *.example.org *\n"),
    (
        &rules::NO_LOOKUP,
        "{m}hosts allow = *.example.org\nreverse lookup = no\n",
        "{m}hosts allow = nas.example.org\nreverse lookup = no\n",
    ),
    (&rules::WRAPPER_WORD, "{m}hosts allow = ALL\n", "{m}hosts deny = unknown\n"),
    (&rules::NO_HOST, "{m}hosts allow = nsa.example.org\n", "{m}hosts allow = nas.example.org\n"),
    (&rules::MISSING, "daemon chroot = /none\n{m}", "daemon chroot = /jail\n{m}"),
    (
        &rules::NO_MOTD,
        "daemon chroot = /jail\nmotd file = /etc/rules\n{m}",
        "daemon chroot = /jail\nmotd file = /srv/motd\n{m}",
    ),
    (&rules::NO_USER, "daemon uid = bakcup\n{m}", "daemon uid = pi\n{m}"),
    (&rules::NO_GROUP, "daemon gid = stuff\n{m}", "daemon gid = staff\n{m}"),
    (&rules::NO_CHROOT, "daemon uid = pi\n{m}use chroot = yes\n", "daemon uid = pi\n{m}"),
    (&rules::NO_SETUID, "daemon uid = pi\n{m}uid = nobody\n", "daemon uid = pi\n{m}uid = pi\n"),
    (&rules::NO_PROXY, "proxy protocol = yes\n{m}", "proxy protocol = yes\nproxy protocol hosts = 10.0.0.1\n{m}"),
];

/// What no text in a file leads to: a parser's line that nobody foresaw.
static ELSEWHERE: &[&Rule] = &[&rules::OTHER];

#[test]
fn every_rule_is_found_where_it_is_broken_and_only_there() {
    let whole = |conf: &str| conf.replace("{auth}", AUTH).replace("{m}", M);
    for (rule, broken, sound) in CASES {
        let found = findings(&whole(broken));
        assert!(found.iter().any(|f| f.rule == *rule), "{} not found in:\n{broken}\n{:#?}", rule.id, told(&found));
        let found = findings(&whole(sound));
        assert!(found.iter().all(|f| f.rule != *rule), "{} found in:\n{sound}\n{:#?}", rule.id, told(&found));
    }
    let tried = |rule: &&Rule| CASES.iter().map(|case| case.0).chain(ELSEWHERE.iter().copied()).any(|one| one == *rule);
    let untried: Vec<&str> = ALL.iter().filter(|rule| !tried(rule)).map(|rule| rule.what).collect();
    assert!(untried.is_empty(), "no case for {untried:?}");
}

#[test]
fn nothing_is_found_in_a_sound_file() {
    let sound = AUTH.replace("= pi", "= pi @staff");
    let sound = format!(
        "pid file = /run/rsyncd.pid\nlog file = /run/log\n{sound}read only = no\n[n]\npath = /srv/other\ncomment = # \"x\"\n"
    );
    assert_eq!(told(&findings(&sound)), [""; 0]);
}

#[test]
fn a_finding_stands_at_the_word_it_is_about_and_says_what_to_write() {
    assert_eq!(
        told(&findings("[m]\n\tpath = /srv/root\n  uid=pi\nread only = no\nhosts allow = ::1 10.0.0.0/99\n")),
        [
            "conf:2:9 pi may not write into /srv/root, which belongs to root: uploads fail | chown -R pi /srv/root; or in the module: uid = root",
            "conf:5:19 \"10.0.0.0/99\" is no address or network: it never lets anyone in, and in hosts deny it keeps everyone out | write for example 192.168.1.0/24 or fd00::/8",
        ]
    );
    assert_eq!(
        told(&findings("[m]\npath = /srv/ok\nRead Onyl = no\n")),
        ["conf:3:1 there is no parameter \"Read Onyl\": the line is ignored | write read only"]
    );
}

#[test]
fn one_line_that_many_modules_share_is_told_once() {
    let conf = "secrets file = /s/open\nauth users = pi\n[a]\npath = /srv/ok\n[b]\npath = /srv/other\n";
    assert_eq!(findings(conf).len(), 1, "{:?}", told(&findings(conf)));
}

#[test]
fn a_password_is_never_told() {
    for path in ["/s/odd", "/s/stale", "/s/again", "/s/long"] {
        let found = told(&findings(&format!("[m]\npath = /srv/ok\nauth users = pi\nsecrets file = {path}\n")));
        assert!(
            !found.is_empty() && found.iter().all(|line| !line.contains("nonsense") && !line.contains("yyy")),
            "{found:?}"
        );
    }
}

#[test]
fn a_file_that_is_not_there_has_a_place_too() {
    let machine = machine("");
    let (config, trace) = config::trace(&machine, b"/gone", &|_| None);
    let found = examine(&config, &trace, &machine);
    assert_eq!(told(&found)[0].split(' ').next(), Some("/gone:1:1"));
    assert_eq!(found.len(), 1);
}
