//! Complete files, as people have them.

use super::{globals, module, names, parse, show, tree};
use crate::config::Switch;

#[test]
fn a_board_with_a_usb_disk() {
    let config = parse(
        "pid file = /run/rsyncd.pid\nlog file = /var/log/rsyncd.log\nreverse lookup = no\n[usb]\n    path = /mnt/usb/backup\n    \
         comment = USB backup disk\n    read only = no\n    uid = root\n    gid = root\n    auth users = pi\n    \
         secrets file = /etc/rsyncd.secrets\n    # /etc/rsyncd.secrets, root, 0600:  pi:backup pass\n",
    );
    let usb = module(&config, "usb");
    assert_eq!(show(&usb.path), "/mnt/usb/backup");
    assert_eq!(show(&usb.comment), "USB backup disk");
    assert_eq!((show(&usb.uid), show(&usb.gid), show(&usb.auth_users)), ("root".into(), "root".into(), "pi".into()));
    assert!(!usb.read_only && !usb.reverse_lookup);
    assert_eq!(show(&usb.log_file), "/var/log/rsyncd.log");
    assert_eq!(show(&config.global.pid_file), "/run/rsyncd.pid");
    assert!(config.warnings.is_empty());
}

#[test]
fn a_public_mirror() {
    let config = parse(
        "use chroot = yes\nmax connections = 50\nlock file = /run/rsyncd.lock\nmotd file = /etc/rsyncd.motd\ntimeout = 600\n\
         reverse lookup = no\ndont compress = *\n[mirror]\n path = /srv/mirror\n comment = Public mirror\n \
         exclude = /private/*** *.tmp\n refuse options = checksum\n transfer logging = yes\n ignore nonreadable = yes\n",
    );
    let mirror = module(&config, "mirror");
    assert_eq!(mirror.use_chroot, Switch::Yes);
    assert_eq!((mirror.max_connections, mirror.timeout_s), (50, 600));
    assert_eq!(show(&mirror.exclude), "/private/*** *.tmp");
    assert_eq!((show(&mirror.refuse_options), show(&mirror.dont_compress)), ("checksum".into(), "*".into()));
    assert!(mirror.transfer_logging && mirror.ignore_nonreadable && mirror.read_only);
    assert!(config.warnings.is_empty());
}

#[test]
fn a_home_for_each_user() {
    let config = parse(
        "auth users = al:rw bo:rw ro:ro *:deny\nsecrets file = /etc/rsyncd.secrets\n[NetBackup]\n\
         path = /volume1/home/%RSYNC_USER_NAME%\n",
    );
    let module = module(&config, "NetBackup");
    assert_eq!(show(&module.auth_users), "al:rw bo:rw ro:ro *:deny");
    assert_eq!(show(&module.path), "/volume1/home/%RSYNC_USER_NAME%");
}

#[test]
fn a_drop_box() {
    let config = parse(
        "[drop]\npath = /srv/drop\nread only = no\nwrite only = yes\nlist = no\nrefuse options = delete\n\
         incoming chmod = D0733,F0600\n",
    );
    let drop = module(&config, "drop");
    assert!(drop.write_only && !drop.read_only && !drop.list);
    assert_eq!(show(&drop.incoming_chmod), "D0733,F0600");
}

#[test]
fn two_chroot_styles() {
    let config =
        parse("[inner]\npath = /srv/tree/./data\n[whole]\npath = /srv/tree\nuse chroot = yes\nnumeric ids = no\n");
    assert_eq!(show(&module(&config, "inner").path), "/srv/tree/./data");
    assert_eq!(module(&config, "inner").use_chroot, Switch::Unset);
    assert_eq!(module(&config, "whole").numeric_ids, Switch::No);
}

#[test]
fn hooks_are_taken_as_written() {
    let config = parse(
        "[snap]\npath = /srv/snap\n\
         pre-xfer exec = test ! -e /run/snap.busy || { echo \"snapshot in progress\"; exit 1; }\n\
         post-xfer exec = test \"$RSYNC_EXIT_STATUS\" = 0 && cp -al /srv/snap /srv/snap.$RSYNC_PID\n",
    );
    let snap = module(&config, "snap");
    assert!(show(&snap.pre_xfer_exec).ends_with("exit 1; }"));
    assert!(show(&snap.post_xfer_exec).ends_with("/srv/snap.$RSYNC_PID"));
    assert!(config.warnings.is_empty());
}

#[test]
fn a_listener_with_an_include_directory_misses_what_follows_it() {
    let files = tree(&[
        ("conf", "pid file = p\n&merge d\n&include d\nport = 8873\n"),
        ("d/10.inc", "read only = no"),
        ("d/a.conf", "comment = A\n[amod]\npath = /srv/a"),
    ]);
    let config = globals(&files);
    assert_eq!((config.global.port, show(&config.global.pid_file)), (0, "p".into()));
    assert!(!config.global.defaults.read_only);
}

#[test]
fn an_old_file_with_foreign_lines_loads() {
    let config = parse(
        "uid = nobody\ngid = nogroup\nmax connections = 6\nlock file = /run/rsyncd.lock\nsyslog facility = local3\n\
         pid file = /run/rsyncd.pid\nhosts equiv = x\nuse slp = no\n[ftp archive]\n    Path = /var/ftp/\n    \
         Comment = ftp area \\\n      (big)\n    READONLY = Yes\n    strict modes = on\n    dont compress = *.gz *.zip\n",
    );
    assert_eq!(names(&config), ["ftp archive"]);
    let ftp = module(&config, "ftp archive");
    assert_eq!((show(&ftp.path), show(&ftp.comment)), ("/var/ftp".into(), "ftp area       (big)".into()));
    assert!(ftp.strict_modes && ftp.read_only);
    assert_eq!(show(&ftp.syslog_facility), "local3");
    assert_eq!(config.warnings.len(), 5, "{:?}", config.warnings);
    assert!(config.warnings[4].message.ends_with("Badly formed boolean in configuration file: \"on\"."));
}
