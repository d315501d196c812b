use super::super::types::{Capabilities, Compress, DeleteWhen, RuleKind};
use super::*;
use crate::compress::Method;
use crate::flist::Chmod;
use crate::hash::Algorithm;
use proptest::prelude::*;

mod vectors;

/// Words between spaces, as a daemon with protocol `protocol` gets them.
fn daemon_at(protocol: u32, text: &str) -> Parsed {
    parse_with(text, true, Some(protocol), &RefuseList::parse(b"", &mut |_| {}))
}

fn daemon(text: &str) -> Parsed {
    daemon_at(31, text)
}

fn ssh(text: &str) -> Parsed {
    parse_with(text, false, None, &RefuseList::default())
}

fn parse_with(text: &str, daemon: bool, protocol: Option<u32>, refuse: &RefuseList) -> Parsed {
    parse(&words(text), &Context { daemon, protocol, refuse, unescape: daemon })
}

fn words(text: &str) -> Vec<Vec<u8>> {
    text.split(' ').map(|word| word.as_bytes().to_vec()).collect()
}

fn paths(paths: &[&str]) -> Vec<Vec<u8>> {
    paths.iter().map(|path| path.as_bytes().to_vec()).collect()
}

/// The options of a vector without a fault.
fn good(parsed: Parsed) -> Options {
    assert_eq!(parsed.error, None);
    parsed.options
}

fn line(parsed: &Parsed) -> &str {
    parsed.error.as_ref().map_or("", |error| &error.text)
}

const CAPS_313: Capabilities = Capabilities {
    inc_recurse: true,
    symlink_times: true,
    symlink_iconv: true,
    safe_flist: true,
    avoid_xattr_optim: true,
    seed_fix: true,
    inplace_partial: false,
    varint_flags: false,
    varint_flags_prerelease: false,
    id0_names: false,
};

const CAPS_327: Capabilities = Capabilities { inplace_partial: true, varint_flags: true, id0_names: true, ..CAPS_313 };

#[test]
fn what_the_server_cannot_do_is_never_ignored() {
    for (args, name) in [("-V", "--version (-V)"), ("--help", "--help")] {
        let parsed = daemon(&format!("--server -r {args} -te.iLsfxCIvu . m/x"));
        assert_eq!(line(&parsed), format!("rsync: {name} is not supported by this server yet"), "{args}");
        assert_eq!(parsed.error.as_ref().map(|e| e.exit), Some(4));
        assert_eq!(parsed.options.caps, CAPS_327, "{args}");
        assert_eq!(parsed.options.paths, paths(&["m/x"]), "{args}");
    }
    let parsed = ssh("--server -N . x");
    assert_eq!(line(&parsed), "rsync: --crtimes (-N) is not supported by this server yet");
    assert_eq!(parsed.error.map(|e| e.exit), Some(1));
}

/// What a stock 3.5.0 server made of each vector.
#[test]
fn both_sides_read_the_same_compression_out_of_a_vector() {
    const LZ4: Compress = Compress::Forced(Method::Lz4);
    const ZLIB: Compress = Compress::Forced(Method::Zlib);
    const ZLIBX: Compress = Compress::Forced(Method::Zlibx);
    for (args, compress) in [
        ("-z", Compress::Negotiated),
        ("-zz", ZLIBX),
        ("-zzz", ZLIBX),
        ("--compress-level=3", Compress::Negotiated),
        ("--zl=0", Compress::Negotiated),
        ("--new-compress", ZLIBX),
        ("--old-compress", ZLIB),
        ("--old-compress --new-compress", ZLIBX),
        ("--old-compress -zz", ZLIB),
        ("-z --no-compress", Compress::No),
        ("--new-compress --no-z", Compress::No),
        ("--zc=lz4 --no-compress", Compress::No),
        ("--zc=brotli --no-compress", Compress::No),
        ("--no-compress --zl=3", Compress::Negotiated),
        ("--zl=3 --no-compress", Compress::Negotiated),
        ("-zz --no-z -z", Compress::Negotiated),
        ("--zc=auto", Compress::No),
        ("--zc=AUTO -z", Compress::Negotiated),
        ("-zz --zc=auto", Compress::Negotiated),
        ("--zc=auto -zz", Compress::Negotiated),
        ("--zc=auto --zl=3", Compress::Negotiated),
        ("--new-compress --zc=auto", Compress::No),
        ("--zc=LZ4", LZ4),
        ("--zc=lz4 -zz", LZ4),
        ("--zc=zlib --zc=lz4", LZ4),
        ("--compress-choice=lz4 --new-compress", ZLIBX),
        ("--compress-choice=none", Compress::No),
        ("--zc=none -zz", Compress::No),
        ("-z --zc=none", Compress::No),
        ("--zc=none --zl=3", Compress::No),
        ("--skip-compress=gz", Compress::No),
        ("--compress-threads=256", Compress::No),
    ] {
        assert_eq!(good(daemon(&format!("--server {args} . m/x"))).compress, compress, "{args}");
    }
    let o = good(daemon("--server -z --zl=-9 --skip-compress=gz/mp[34] . m/x"));
    assert_eq!((o.compress_level, o.skip_compress.as_slice()), (Some(-9), &b"gz/mp[34]"[..]));
    for (args, text) in [
        ("--zc=foo", "unknown compress name: foo"),
        ("--zc=", "unknown compress name: "),
        ("--zc=zlib,lz4", "unknown compress name: zlib,lz4"),
        ("--zl=foo", "rsync: on remote machine: --zl=foo: invalid numeric value"),
        ("--zl=99999999999", "rsync: on remote machine: --zl=99999999999: number too large or too small"),
        ("--zt=abc", "rsync: on remote machine: --zt=abc: invalid numeric value"),
    ] {
        let parsed = daemon(&format!("--server {args} . m/x"));
        assert_eq!(line(&parsed), text);
        assert_eq!(parsed.error.map(|e| e.exit), Some(4));
    }
}

#[test]
fn a_fault_is_told_in_the_words_clients_know() {
    for (args, text) in [
        ("--foo", "rsync: on remote machine: --foo: unknown option"),
        ("--foo=bar", "rsync: on remote machine: --foo=bar: unknown option"),
        ("-Z", "rsync: on remote machine: -Z: unknown option"),
        ("--extended-attributes", "rsync: on remote machine: --extended-attributes: unknown option"),
        ("--cache", "rsync: on remote machine: --cache: unknown option"),
        ("--no-cache", "rsync: on remote machine: --no-cache: unknown option"),
        ("--perms=3", "rsync: on remote machine: --perms=3: option does not take an argument"),
        ("-s=3", "rsync: on remote machine: -s=3: option does not take an argument"),
        ("--timeout=abc", "rsync: on remote machine: --timeout=abc: invalid numeric value"),
        ("--timeout=99999999999", "rsync: on remote machine: --timeout=99999999999: number too large or too small"),
        ("--max-delete=1k", "rsync: on remote machine: --max-delete=1k: invalid numeric value"),
        ("--modify-window=1.5", "rsync: on remote machine: --modify-window=1.5: invalid numeric value"),
        ("--max-size=1x", "rsync: --max-size=1x is invalid"),
        ("--max-size=-5", "rsync: --max-size=-5 is too large"),
        ("-B700000", "rsync: --block-size=700000 is too large (max: 128.00K)"),
        ("-Bx", "rsync: --block-size=x is invalid"),
        ("--bwlimit=x", "rsync: --bwlimit=x is invalid"),
        ("--bwlimit=100b", "rsync: --bwlimit=100b is too small (min: 512 or 0 for unlimited)"),
        ("--max-alloc=1000", "rsync: --max-alloc=1000 is too small (min: 1.00M)"),
        ("--stderr=foo", "rsync: --stderr mode \"foo\" is not one of errors, all, or client"),
        ("--daemon", "rsync: Attempt to hack rsync thwarted!"),
        ("--config=/etc/x", "rsync: Attempt to hack rsync thwarted!"),
        ("--dparam log=x", "rsync: Attempt to hack rsync thwarted!"),
        ("--detach", "rsync: Attempt to hack rsync thwarted!"),
        ("--no-detach", "rsync: Attempt to hack rsync thwarted!"),
        ("--cc=foo", "unknown checksum name: foo"),
        ("--checksum-choice=md5,bar", "unknown checksum name: bar"),
        ("-c --cc=md5,none", "Invalid checksum-choice for --checksum: none (0)"),
        ("--delete-before --delete-after -r", "rsync: You may not combine multiple --delete-WHEN options."),
        ("--delete-delay --delete-after -r", "rsync: You may not combine multiple --delete-WHEN options."),
        ("--delete", "rsync: --delete does not work without --recursive (-r) or --dirs (-d)."),
        ("--delete-excluded", "rsync: --delete does not work without --recursive (-r) or --dirs (-d)."),
        ("--log-file=x", "rsync: The server is configured to refuse --log-file"),
        ("--copy-devices", "rsync: The server is configured to refuse --copy-devices"),
        ("--iconv=utf-8", "rsync: The server is configured to refuse --iconv"),
    ] {
        let parsed = daemon(&format!("--server {args} . m/x"));
        assert_eq!(line(&parsed), text, "{args}");
        assert_eq!(parsed.error.map(|e| e.exit), Some(4), "{args}");
    }
    let missing = daemon("--server -t --max-size");
    assert_eq!(line(&missing), "rsync: on remote machine: --max-size: missing argument");
    assert_eq!(ssh("--server --foo . x").error.map(|e| e.exit), Some(1));
    assert_eq!(ssh("--server --cc=foo . x").error.map(|e| e.exit), Some(4));
}

#[test]
fn the_first_fault_in_order_is_told_and_the_rest_is_still_read() {
    let parsed = daemon("--server --bogus -rZze.iLsfxC --also . m/x");
    assert_eq!(line(&parsed), "rsync: on remote machine: --bogus: unknown option");
    assert_eq!(parsed.options.caps, CAPS_313);
    assert!(parsed.options.recurse);
    // Methods are judged at the end, but told at their place.
    assert_eq!(line(&daemon("--server --zc=foo --bogus . m/x")), "unknown compress name: foo");
    assert_eq!(line(&daemon("--server --bogus --zc=foo . m/x")), "rsync: on remote machine: --bogus: unknown option");
}

#[test]
fn a_terminal_stays_clean_of_what_a_client_invents() {
    let args = [b"--server".to_vec(), b"--\x1b[2J\xff".to_vec()];
    let list = RefuseList::default();
    let parsed = parse(&args, &Context { daemon: true, protocol: Some(31), refuse: &list, unescape: false });
    assert_eq!(line(&parsed), "rsync: on remote machine: --\\#033[2J\\#377: unknown option");
}

#[test]
fn deletion_happens_when_the_client_expects_it() {
    for (protocol, args, when) in [
        (29, "--delete", DeleteWhen::Before),
        (30, "--delete", DeleteWhen::During),
        (29, "--delete-excluded", DeleteWhen::Before),
        (31, "--del", DeleteWhen::During),
        (27, "--delete-during", DeleteWhen::During),
        (31, "--delete --delete-before", DeleteWhen::Before),
        (31, "--delete-after --delete", DeleteWhen::After),
        (31, "--delete-delay", DeleteWhen::Delay),
        (31, "--delete-delay --delete-during", DeleteWhen::During),
        (31, "--force --max-delete=5", DeleteWhen::No),
    ] {
        let options = good(daemon_at(protocol, &format!("--server -r {args} . m/x")));
        assert_eq!(options.delete, when, "{protocol} {args}");
        assert!(!options.delete_by_protocol);
    }
    let mut options = good(ssh("--server -r --delete . x"));
    assert!(options.delete_by_protocol);
    options.settle_protocol(29);
    assert_eq!(options.delete, DeleteWhen::Before);
    options.settle_protocol(31);
    assert_eq!(options.delete, DeleteWhen::Before, "only the first version counts");
    let mut options = good(ssh("--server -r --delete-after . x"));
    options.settle_protocol(31);
    assert_eq!(options.delete, DeleteWhen::After);
}

#[test]
fn a_forced_checksum_is_what_both_sides_use() {
    let choice = |args: &str| good(daemon(&format!("--server {args} . m/x"))).checksum_choice;
    assert_eq!(choice("--cc=md5,sha1 -c"), Some((Some(Algorithm::Md5), Some(Algorithm::Sha1))));
    assert_eq!(choice("--checksum-choice xxhash"), Some((Some(Algorithm::Xxh64), Some(Algorithm::Xxh64))));
    assert_eq!(choice("--cc=auto,md4"), Some((None, Some(Algorithm::Md4))));
    assert_eq!(choice("--cc=auto"), None);
    assert_eq!(choice("--cc=auto,auto"), None);
    assert_eq!(good(daemon("--server --cc=none,md5 . m/x")).whole_file, Some(true));
}

#[test]
fn owners_are_mapped_by_one_option_and_modes_by_what_is_a_mode() {
    for (args, text) in [
        ("--usermap=0:1 --usermap=1:2", "rsync: You can only specify --usermap once."),
        ("--usermap=0:1 --chown=daemon", "rsync: --chown conflicts with prior --usermap."),
        ("--chown=daemon --usermap=0:1", "rsync: --usermap conflicts with prior --chown."),
        ("--chown=:daemon --groupmap=0:1", "rsync: --groupmap conflicts with prior --chown."),
        ("--chown=daemon --chown=bin", "rsync: You can only specify a user-affecting --chown once."),
        ("--chown=:daemon --chown=:bin", "rsync: You can only specify a group-affecting --chown once."),
        ("--chmod=F9", "rsync: Invalid argument passed to --chmod (F9)"),
        ("--chmod=", "rsync: Invalid argument passed to --chmod ()"),
        ("-N", "rsync: The server is configured to refuse --crtimes (-N)"),
    ] {
        assert_eq!(line(&daemon(&format!("--server -rt {args} . m/x"))), text, "{args}");
    }
    good(daemon("--server --chown=daemon: --chown=:bin --chown= --chown=: . m/x"));
}

#[test]
fn values_reach_their_fields() {
    let o = good(daemon("--server -r --timeout=17 --bwlimit 1.5m -B700 --checksum-seed=-2 --modify-window=2 . m/x"));
    assert_eq!((o.timeout_s, o.bwlimit, o.block_size, o.checksum_seed, o.modify_window), (17, 1536, 700, -2, 2));
    let o = good(daemon("--server --max-size 10000 --min-size=1k --max-delete=-1 -@-1 --chmod=u= --chmod u+x . m/x"));
    assert_eq!((o.max_size, o.min_size, o.max_delete, o.modify_window), (Some(10_000), Some(1024), Some(0), -1));
    assert_eq!(Some(o.chmod), Chmod::parse(b"u=,u+x"));
    let o = good(daemon("--server -U --chown=:staff --usermap=0:1 --copy-as=u:g . m/x"));
    assert_eq!((o.atimes, o.open_noatime), (true, false));
    assert_eq!((o.usermap, o.groupmap), (Some(b"0:1".to_vec()), Some(b"*:staff".to_vec())));
    assert_eq!(o.copy_as, Some(b"u:g".to_vec()));
    assert!(good(daemon("--server -UU . m/x")).open_noatime);
    let o = good(daemon_at(29, "--server -B=200000 --info=NAME2,flist0 --exclude=*.o --include k -f +_/x -FFF . m/x"));
    assert_eq!((o.block_size, o.name_level), (200_000, 2));
    let rules: Vec<_> = o.extra_rules.iter().map(|(kind, text)| (*kind, text.as_slice())).collect();
    assert_eq!(
        rules,
        [
            (RuleKind::Exclude, &b"*.o"[..]),
            (RuleKind::Include, b"k"),
            (RuleKind::Filter, b"+_/x"),
            (RuleKind::Filter, b": /.rsync-filter"),
            (RuleKind::Filter, b"- .rsync-filter"),
        ]
    );
}

#[test]
fn no_forms_take_back_what_came_before() {
    let o = good(daemon(
        "--server -aHSmOJxWcvi --no-r --no-l --no-p --no-t --no-o --no-g --no-D --no-H --no-S --no-m . m/x",
    ));
    assert!(!(o.recurse || o.links || o.perms || o.times || o.owner || o.group || o.devices || o.specials));
    assert!(!(o.hard_links || o.sparse || o.prune_empty_dirs));
    assert!(o.omit_dir_times && o.omit_link_times && o.checksum && o.itemize && o.implied_dirs);
    let o = good(daemon("--server -OJxxWcv --no-O --no-J --no-x --no-W --no-c --no-v --no-i-d --no-i-r -re.iL . m/x"));
    assert!(!(o.omit_dir_times || o.omit_link_times || o.checksum || o.implied_dirs || o.caps.inc_recurse));
    assert_eq!((o.one_file_system, o.verbose, o.whole_file), (0, 0, Some(false)));
    let o = good(daemon("--server -D --no-specials . m/x"));
    assert!(o.devices && !o.specials);
}

proptest! {
    #[test]
    fn no_vector_brings_the_server_down(
        first in vectors::any_vector(),
        second in vectors::any_vector(),
        refuse in proptest::collection::vec(any::<u8>(), 0..40),
        daemon: bool,
        protocol in proptest::option::of(27u32..33),
    ) {
        let list = RefuseList::parse(&refuse, &mut |_| {});
        let ctx = Context { daemon, protocol, refuse: &list, unescape: daemon };
        let parsed = parse(&first, &ctx);
        let _ = parse_secluded(parsed, &second, &ctx);
    }

    #[test]
    fn a_second_list_never_brings_back_a_path_of_the_first(first in vectors::any_vector()) {
        let list = RefuseList::default();
        let ctx = Context { daemon: true, protocol: Some(29), refuse: &list, unescape: true };
        let parsed = parse(&first, &ctx);
        if parsed.options.secluded {
            prop_assert!(parsed.options.paths.is_empty());
            let both = parse_secluded(parsed, &words(". m/x"), &ctx);
            prop_assert_eq!(both.options.paths, paths(&["m/x"]));
        }
    }
}
