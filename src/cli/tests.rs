//! The command line of the daemon is stock's.

use super::*;

fn mode(words: &[&str]) -> Result<Mode, Usage> {
    parse(std::iter::once("tinyrsyncd").chain(words.iter().copied()).map(OsString::from).collect())
}

#[test]
fn the_systemd_unit_of_stock_starts_ours() {
    let Ok(Mode::Daemon(options)) =
        mode(&["--daemon", "--no-detach", "--config=/x/r.conf", "--port=8730", "-M", "log file=/l"])
    else {
        panic!("not a daemon")
    };
    assert!(options.no_detach);
    assert_eq!((options.config_file(), options.port), (b"/x/r.conf".to_vec(), Some(8730)));
    assert_eq!(options.dparams, [(b"log file".to_vec(), b"/l".to_vec())]);
}

#[test]
fn a_forced_command_over_ssh_starts_ours() {
    assert!(matches!(mode(&["--server", "--daemon", "."]), Ok(Mode::ShellDaemon(_))));
}

#[test]
fn what_a_worker_is_told_survives_its_command_line() {
    let Ok(Mode::Daemon(options)) = mode(&["--daemon", "--bwlimit=7", "--log-file", "/l", "--dparam=timeout=3"]) else {
        panic!("not a daemon")
    };
    let words: Vec<OsString> = options.worker_words().into_iter().map(OsString::from_vec).collect();
    let words = std::iter::once(OsString::from("tinyrsyncd")).chain(words).collect();
    let Ok(Mode::Worker(settings)) = parse(words) else { panic!("not a worker") };
    assert!(!settings.foreground, "a detached listener's workers log to syslog");
    assert_eq!((settings.bwlimit, settings.log_file), (7, Some(b"/l".to_vec())));
}

#[test]
fn mistakes_are_named() {
    for (words, part) in [
        (&["--daemon", "--bogus"][..], "--bogus: unknown option (in daemon mode)"),
        (&["--daemon", "--port=abc"], "invalid numeric value"),
        (&["--daemon", "--dparam=x"], "missing an '='"),
        (&["--daemon", "--dparam=nonsense=1"], "Unknown parameter \"nonsense\""),
        (&["--no-detach"], "without --daemon"),
        (&["serve"], "which directory"),
        (&["serve", "/x", "--port=x"], "not a port number"),
        (&["frobnicate"], "not a command"),
    ] {
        let Err(Usage(text)) = mode(words) else { panic!("{words:?} accepted") };
        assert!(text.contains(part), "{text}");
    }
}

#[test]
fn a_directory_gives_its_module_a_safe_name() {
    for (dir, name) in [("/mnt/usb disk", "usb-disk"), ("/", "files"), ("photos/", "photos"), (".", "files")] {
        let Ok(Mode::Serve(options)) = mode(&["serve", dir]) else { panic!("not serve") };
        assert_eq!(options.module_name(), name.as_bytes());
    }
}
