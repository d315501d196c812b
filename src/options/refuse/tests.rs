use super::super::parse::{Context, parse};
use super::*;

/// The line a daemon's client gets for `args` (behind `--server`) against `list`; empty if it is let through.
fn answer(list: &str, args: &str) -> String {
    answer_at(31, list, args)
}

fn answer_at(protocol: u32, list: &str, args: &str) -> String {
    let refuse = RefuseList::parse(list.as_bytes(), &mut |_| {});
    let args: Vec<Vec<u8>> = format!("--server {args} . m/").split(' ').map(|arg| arg.as_bytes().to_vec()).collect();
    let ctx = Context { daemon: true, protocol: Some(protocol), refuse: &refuse, unescape: true };
    parse(&args, &ctx).error.map_or(String::new(), |error| {
        assert_eq!(error.exit, 4);
        error.text
    })
}

fn refused(name: &str) -> String {
    format!("rsync: The server is configured to refuse {name}")
}

#[test]
fn what_the_operator_refuses_is_named_to_the_client() {
    for (list, args, name) in [
        ("checksum", "-c", "--checksum (-c)"),
        ("c", "-tce.iLsfxC", "--checksum (-c)"),
        ("delete", "-r --delete", "--delete"),
        ("* !a !v", "-vlogDtprze.iL", "--compress (-z)"),
        ("a", "-re.iL", "--recursive (-r)"),
        ("a", "-logDtpre.iL", "--links (-l)"),
        ("archive", "-a", "--archive (-a)"),
        ("recursive", "-a", "--recursive (-r)"),
        ("d", "-a", "--dirs (-d)"),
        ("D", "-D", "-D"),
        ("D", "-a", "-D"),
        ("del", "-r --delete-during", "--delete-during"),
        ("delete-during", "-r --del", "--del"),
        ("no-perms", "--no-p", "--no-p"),
        ("i-d", "--implied-dirs", "--implied-dirs"),
        ("cc", "--checksum-choice=md5", "--checksum-choice"),
        ("[vq]", "-v", "--verbose (-v)"),
        ("sender", "--sender", "--sender"),
        ("e", "-e.iL", "--rsh (-e)"),
        ("s", "-s", "--secluded-args (-s)"),
        ("timeout", "--timeout=abc", "--timeout"),
        ("delete recursive", "--delete -r", "--delete"),
        ("delete recursive", "-r --delete", "--recursive (-r)"),
    ] {
        assert_eq!(answer(list, args), refused(name), "{list}: {args}");
    }
}

#[test]
fn what_is_not_refused_passes() {
    for (list, args) in [
        ("", "-logDtpre.iLsfxC --delete"),
        ("* !a !v", "-a"),
        ("* !a !v", "-vlogDtpre.iLsfxCIvu --log-format=%i"),
        ("* !a !v", "-rlptgoD"),
        ("* !a !v", "-an"),
        ("*", "--log-format=%i -se.iL --checksum-seed=3 -n --sender"),
        ("a", "-vu"),
        ("devices", "-rD"),
        ("* !c !r !recursive", "-rc"),
        ("c !c", "-c"),
        ("c !checksum", "-c"),
        ("secluded*", "-s"),
        ("delete-du*", "-r --del"),
        ("CHECKSUM", "-c"),
        ("c,q", "-cq"),
        ("compress", "--compress-choice=none"),
    ] {
        assert_eq!(answer(list, args), "", "{list}: {args}");
    }
    assert_eq!(answer("* !del", "-r"), refused("--recursive (-r)"));
    assert_eq!(answer("* !r !del", "-r --delete-during"), refused("--delete"));
    assert_eq!(answer("* !r !delete !del", "-r --delete-during"), "");
}

#[test]
fn later_items_win() {
    assert_eq!(answer("!c c", "-c"), refused("--checksum (-c)"));
    assert_eq!(answer("* !c *", "-c"), refused("--checksum (-c)"));
    assert_eq!(answer("!a *", "-a"), refused("--archive (-a)"));
}

#[test]
fn some_refusals_carry_others() {
    for (list, args, name) in [
        ("compress", "--compress-level=3", "--compress (-z)"),
        ("compress", "--zc=zlib", "--compress (-z)"),
        ("z", "--new-compress", "--compress (-z)"),
        ("delete", "-r --delete-after", "--delete"),
        ("delete", "-r --delete-excluded", "--delete"),
        ("delete", "-r --delete-missing-args", "--delete"),
        ("delete", "--sender --remove-source-files", "--delete"),
        ("delete", "--remove-source-files --sender", "--delete"),
        ("delete-*", "-r --delete", "--delete-before"),
        ("delete-during delete-before", "-r --delete", "--delete-before"),
        ("delete-*", "-r --delete-excluded", "--delete-excluded"),
        ("partial", "-P", "--partial"),
        ("partial", "--inplace", "--partial"),
        ("partial", "--append", "--partial"),
        ("progress", "-P", "--progress"),
        ("inplace", "--append", "--inplace"),
        ("inplace", "--append-verify", "--inplace"),
        ("!write-devices inplace", "--write-devices", "--inplace"),
        ("no-iconv", "-r", "--no-iconv"),
    ] {
        assert_eq!(answer(list, args), refused(name), "{list}: {args}");
    }
    assert_eq!(answer("delete", "--remove-source-files"), "", "the client removes its own files");
    assert_eq!(answer("delete-*", "--sender --remove-source-files"), "");
    assert_eq!(answer("partial", "--partial-dir=x"), "", "a directory for parts is not --partial");
}

#[test]
fn an_unspecific_delete_avoids_the_refused_time() {
    use super::super::types::DeleteWhen;
    let when = |protocol, list: &str| {
        let refuse = RefuseList::parse(list.as_bytes(), &mut |_| {});
        let args = [&b"--server"[..], b"-r", b"--delete", b".", b"m/"].map(<[u8]>::to_vec);
        let ctx = Context { daemon: true, protocol: Some(protocol), refuse: &refuse, unescape: true };
        let parsed = parse(&args, &ctx);
        assert_eq!(parsed.error, None);
        parsed.options.delete
    };
    assert_eq!(when(29, ""), DeleteWhen::Before);
    assert_eq!(when(29, "delete-before"), DeleteWhen::During);
    assert_eq!(when(31, "delete-during"), DeleteWhen::Before);
    assert_eq!(when(31, "delete-before"), DeleteWhen::During);
}

#[test]
fn what_no_daemon_allows_cannot_be_taken_back() {
    for args in ["--log-file=x", "--log-file-format=x", "--insecure-links", "--iconv=utf-8"] {
        let name = args.split('=').next().unwrap_or_default();
        let list = format!("!{} !log* !in* !*", name.trim_start_matches('-'));
        assert_eq!(answer(&list, args), refused(name));
    }
    for name in ["copy-devices", "write-devices"] {
        assert!(RefuseList::parse(b"", &mut |_| {}).refuses(name));
        assert!(RefuseList::parse(b"!*", &mut |_| {}).refuses(name));
        assert!(!RefuseList::parse(format!("!{name}").as_bytes(), &mut |_| {}).refuses(name));
    }
    assert!(!RefuseList::default().refuses("log-file"));
}

#[test]
fn wildcards_leave_the_protocol_alone() {
    let list = RefuseList::parse(b"* ? [a-zA-Z0-9]", &mut |_| {});
    for name in [
        "server",
        "sender",
        "e",
        "rsh",
        "n",
        "dry-run",
        "s",
        "secluded-args",
        "0",
        "from0",
        "no-iconv",
        "checksum-seed",
        "log-format",
    ] {
        assert!(!list.refuses(name), "{name}");
    }
    for name in ["out-format", "v", "verbose", "a", "D", "F", "P", "no-iconv-not-there"] {
        assert_eq!(list.refuses(name), name != "no-iconv-not-there", "{name}");
    }
    assert!(RefuseList::parse(b"out-format", &mut |_| {}).refuses("log-format"));
}

#[test]
fn an_item_that_names_nothing_is_logged() {
    let mut lines = Vec::new();
    let text = b"!zzz zzz checksum-se*  ! q*q DELETE c";
    let list = RefuseList::parse(text, &mut |line| lines.push(line));
    let expected = ["zzz", "zzz", "!", "q*q", "DELETE"].map(|x| format!("No match for refuse-options string \"{x}\""));
    assert_eq!(lines, expected);
    assert!(list.refuses("checksum") && !list.refuses("checksum-seed"));
}
