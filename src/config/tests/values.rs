//! Types of values, and parameters that are unknown, misplaced or not served.

use super::{failure, module, parse, show};
use crate::config::{Config, ModuleValues, Switch, is_known};

fn texts(config: &Config) -> Vec<String> {
    config.warnings.iter().map(ToString::to_string).collect()
}

#[test]
fn an_empty_file_has_the_documented_defaults() {
    let config = parse("");
    assert_eq!(config, Config::default());
    let values = ModuleValues::default();
    assert!(values.read_only && values.list && values.strict_modes && values.reverse_lookup && values.forward_lookup);
    assert!(!values.write_only && !values.transfer_logging);
}

#[test]
fn an_unknown_parameter_is_said_with_a_guess_and_never_fatal() {
    let config = parse("[a]\n  read onyl = yes\n  hosts   equiv = x\n  -x y = 1\n  comment = c\n");
    assert_eq!(
        texts(&config),
        [
            "conf:2:3: Unknown Parameter encountered: \"read onyl\"",
            "conf:2:3: IGNORING unknown parameter \"read onyl\" (did you mean \"read only\"?)",
            "conf:3:3: Unknown Parameter encountered: \"hosts equiv\"",
            "conf:3:3: IGNORING unknown parameter \"hosts equiv\"",
            "conf:4:3: IGNORING unknown parameter \"-x y\"",
        ]
    );
    assert_eq!(show(&module(&config, "a").comment), "c");
}

#[test]
fn a_global_parameter_in_a_module_is_ignored() {
    let config = parse("port = 1\n[a]\n  Port = 5\n");
    assert_eq!(texts(&config), ["conf:3:3: Global parameter Port found in module section!"]);
    assert_eq!(config.global.port, 1);
}

#[test]
fn a_bad_switch_keeps_what_was_there() {
    let config = parse("strict modes = on\nlist = no\nlist = off\nuse chroot = yes\nuse chroot = maybe\n");
    let values = &config.global.defaults;
    assert!(values.strict_modes && !values.list);
    assert_eq!(values.use_chroot, Switch::Yes);
    assert_eq!(
        texts(&config),
        [
            "conf:1:16: Badly formed boolean in configuration file: \"on\".",
            "conf:3:8: Badly formed boolean in configuration file: \"off\".",
            "conf:5:14: Badly formed boolean in configuration file: \"maybe\".",
        ]
    );
    assert_eq!(parse("use chroot = yes\nuse chroot = unset").global.defaults.use_chroot, Switch::Unset);
}

#[test]
fn a_number_is_read_as_stock_reads_it_and_an_odd_one_is_said() {
    let config = parse(
        "timeout = 5m\nmax connections = -1\nport = 70000\nlisten backlog = 9\nglobal connections = 8\nmax connections per address = 3",
    );
    assert_eq!(config.global.defaults.timeout_s, 5);
    assert_eq!(config.global.defaults.max_connections, -1);
    assert_eq!((config.global.port, config.global.listen_backlog), (0, 9));
    assert_eq!((config.global.global_connections, config.global.connections_per_address), (8, 3));
    assert_eq!(
        texts(&config),
        [
            "conf:1:11: Badly formed integer in configuration file: \"5m\".",
            "conf:3:8: Badly formed integer in configuration file: \"70000\".",
        ]
    );
    let config = parse("timeout = 9\ntimeout = -4\nmax connections = abc");
    assert_eq!((config.global.defaults.timeout_s, config.global.defaults.max_connections), (9, 0));
}

#[test]
fn a_facility_that_does_not_exist_keeps_the_old_one() {
    let config = parse("syslog facility = Local3\nsyslog facility = mine\n");
    assert_eq!(show(&config.global.defaults.syslog_facility), "local3");
    assert_eq!(config.warnings.len(), 1);
}

#[test]
fn a_path_loses_its_last_slashes_but_not_its_root() {
    for (value, path) in [("/a/", "/a"), ("/a//", "/a"), ("/", "/"), ("///", "/"), ("", ""), ("/b/./", "/b/.")] {
        assert_eq!(show(&module(&parse(&format!("[m]\npath = {value}\n")), "m").path), path, "{value}");
    }
    assert_eq!(show(&module(&parse("[m]\npath = /a /\n"), "m").path), "/a ");
    assert_eq!(show(&module(&parse("[m]\nlock file = /a/\n"), "m").lock_file), "/a/");
}

#[test]
fn switches_and_numbers_are_expanded_now_and_strings_later() {
    let config = parse("[m]\nlist = %NO%\nwrite only = %YES%\ntimeout = %SEVEN%\npath = /h/%RSYNC_USER_NAME%\n");
    let m = module(&config, "m");
    assert!(m.list && m.write_only);
    assert_eq!(m.timeout_s, 7);
    assert_eq!(show(&m.path), "/h/%RSYNC_USER_NAME%");
    assert_eq!(texts(&config), ["conf:2:8: Badly formed boolean in configuration file: \"%NO%\"."]);
    assert_eq!(failure("[m]\ntimeout = %BIG%"), "conf:2:11: Overflowed buf in expand_vars() trying to expand: %BIG%");
}

#[test]
fn hooks_follow_the_global_part_like_any_string_and_globals_hold_wherever_they_stand() {
    let config = parse(
        "proxy protocol = yes\n[a]\npre-xfer exec = /bin/x\n[global]\ndaemon uid = nobody\nauth digest = sha256\n[b]\n\
         auth digest =\ninsecure links = yes\n",
    );
    assert_eq!((show(&config.global.daemon_uid), config.global.proxy_protocol), ("nobody".into(), true));
    let (a, b) = (module(&config, "a"), module(&config, "b"));
    assert_eq!((show(&a.pre_xfer_exec), show(&a.auth_digest)), ("/bin/x".into(), "sha256".into()));
    assert_eq!((show(&b.pre_xfer_exec), show(&b.auth_digest)), (String::new(), String::new()));
    assert!(b.insecure_links && !a.insecure_links);
}

#[test]
fn every_stock_name_is_known() {
    let stock = "address,daemon chroot,daemon gid,daemon uid,listen backlog,motd file,pid file,port,proxy protocol,\
        proxy protocol hosts,socket options,auth digest,auth users,charset,comment,dont compress,early exec,exclude,include,\
        exclude from,include from,fake super,filter,forward lookup,gid,hosts allow,hosts deny,ignore errors,ignore nonreadable,\
        incoming chmod,outgoing chmod,insecure links,list,lock file,log file,log format,max connections,max verbosity,\
        munge symlinks,name,name converter,numeric ids,open noatime,path,post-xfer exec,pre-xfer exec,read only,refuse options,\
        reverse lookup,secrets file,strict modes,syslog facility,syslog tag,temp dir,timeout,transfer logging,uid,use chroot,\
        write only";
    assert_eq!(stock.split(',').count(), 59);
    for name in stock.split(',') {
        assert!(is_known(name.as_bytes()), "{name}");
    }
    assert!(is_known(b"R E A Donly"));
    assert!(!is_known(b"read_only"));
}
