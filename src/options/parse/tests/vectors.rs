//! Vectors that real clients send.

use super::*;
use crate::options::Alternate;

/// Vectors made of real option names, letters and noise.
pub(super) fn any_vector() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let long: Vec<String> =
        table::rows().flat_map(|row| row.long).flat_map(|l| [format!("--{l}"), format!("--{l}=1k,NAME2%i")]).collect();
    let element = prop_oneof![
        proptest::sample::select(long).prop_map(String::into_bytes),
        "-[a-zA-Z0-9@.=]{0,12}".prop_map(String::into_bytes),
        proptest::collection::vec(any::<u8>(), 0..12),
        proptest::sample::select(vec![".", "--", "-", "", "-s", "(null)"]).prop_map(|s| s.as_bytes().to_vec()),
    ];
    proptest::collection::vec(element, 0..12)
}

fn archive() -> Options {
    Options {
        recurse: true,
        links: true,
        perms: true,
        times: true,
        owner: true,
        group: true,
        devices: true,
        specials: true,
        implied_dirs: true,
        ..Options::default()
    }
}

#[test]
fn archive_pushes_of_every_stock_generation() {
    for (protocol, args, caps) in [
        (27, "--server -vlogDtpr . m/", Capabilities::default()),
        (
            30,
            "--server -vlogDtpre.iL . m/",
            Capabilities { inc_recurse: true, symlink_times: true, ..Default::default() },
        ),
        (31, "--server -vlogDtpre.iLsfxC . m/", CAPS_313),
        (31, "--server -vlogDtpre.iLsfxCIv . m/", Capabilities { id0_names: false, ..CAPS_327 }),
        (32, "--server -vlogDtpre.iLsfxCIvu . m/", CAPS_327),
    ] {
        let expected = Options { verbose: 1, caps, paths: paths(&["m/"]), ..archive() };
        assert_eq!(good(daemon_at(protocol, args)), expected, "{args}");
        let pull = args.replace("--server", "--server --sender");
        assert_eq!(good(daemon_at(protocol, &pull)), Options { sender: true, ..expected }, "{pull}");
    }
}

#[test]
fn captured_stock_vectors() {
    let e = Capabilities { inc_recurse: false, ..CAPS_327 };
    let o = good(daemon("--server --sender -te.LsfxCIvu . ro/f.txt"));
    let expected = Options {
        sender: true,
        times: true,
        implied_dirs: true,
        caps: e,
        paths: paths(&["ro/f.txt"]),
        ..Options::default()
    };
    assert_eq!(o, expected);
    assert_eq!(
        good(daemon("--server -te.LsfxCIvu . rw/")),
        Options { sender: false, paths: paths(&["rw/"]), ..expected }
    );

    let o = good(daemon_at(27, "--server --sender -t . ro/f.txt"));
    assert!(o.sender && o.times && !o.recurse);
    let o = good(ssh("--server -logDtpr --delete . /x/"));
    assert_eq!((o.delete, o.delete_by_protocol), (DeleteWhen::During, true));
    assert_eq!(o.paths, paths(&["/x/"]));

    let o = good(daemon("--server --sender -de.LsfxCIvu . m/"));
    assert!(o.dirs && !o.recurse && o.sender);
    let o = good(daemon_at(29, "--server --sender --list-only . m/"));
    assert!(o.dirs && o.list_only);
    let o = good(daemon_at(27, "--server --sender -r . m/"));
    assert!(o.recurse && !o.dirs);

    let o = good(daemon("--server -logDtpre.iLsfxC --log-format=X --partial . m/"));
    assert!(o.partial && !o.itemize);
    let o = good(daemon_at(29, "--server -ulWogDtprIR --max-size 10000 --bwlimit=9000 --size-only . m/"));
    assert!(o.update && o.ignore_times && o.relative && o.size_only && o.implied_dirs);
    assert_eq!((o.whole_file, o.max_size, o.bwlimit), (Some(true), Some(10_000), 9000));
    let o = good(daemon("--server -ulWogDtprIRe.iLsfxCIvu --bwlimit=9000 --max-size=10000 --size-only . m/"));
    assert_eq!((o.whole_file, o.max_size, o.bwlimit), (Some(true), Some(10_000), 9000));
    let o = good(daemon("--server -vvnlHogDtprce.iLsfxCIvu --log-format=%i%I --numeric-ids --timeout=10 . m/"));
    assert!(o.dry_run && o.hard_links && o.checksum && o.itemize && o.itemize_unchanged && o.numeric_ids);
    assert_eq!((o.verbose, o.timeout_s), (2, 10));
    let o = good(daemon("--server -de.LsfxCIvu --no-r --delete --log-format=%i . m/"));
    assert!(o.dirs && o.itemize && !o.itemize_unchanged);
    assert_eq!(o.delete, DeleteWhen::During);

    assert_eq!(good(daemon("--server --sender -vlogDtprze.iL . /x/")).compress, Compress::Negotiated);
    let o = good(daemon("--server -tcIe.LsfxCIvu --compress-level=3 --checksum-choice=md5,sha1 --new-compress . m/x"));
    assert_eq!(o.checksum_choice, Some((Some(Algorithm::Md5), Some(Algorithm::Sha1))));
    assert_eq!((o.compress, o.compress_level), (Compress::Forced(Method::Zlibx), Some(3)));
    let o = good(daemon("--server -logDtpre.iL --delete-excluded --link-dest ../ro . m/"));
    assert_eq!((o.place.alternate, o.place.alternate_dirs), (Some(Alternate::Link), paths(&["../ro"])));
    let o = good(daemon("--server -blogDtpre. --backup-dir bk --suffix=.bak . m/"));
    assert!(o.place.backup);
    assert_eq!((o.place.backup_dir.as_deref(), o.place.suffix.as_deref()), (Some(&b"bk"[..]), Some(&b".bak"[..])));
    let o = good(daemon("--server -logDtpRe.L --files-from=- --from0 . m/"));
    assert_eq!((o.files_from.as_deref(), o.from0), (Some(&b"-"[..]), true));
}

#[test]
fn openrsync_gokrazy_and_acrosync() {
    let common = Options { verbose: 1, paths: paths(&["m/"]), ..archive() };
    assert_eq!(good(ssh("--server -g -l -o -p -D -r -t -v . m/")), common);
    assert_eq!(good(daemon_at(29, "--server -g -l -o -p -D -r -t -v --dirs . m/")), common);
    assert_eq!(good(daemon_at(27, "--server -vlogDtpr . m/")), common);
    let pull = Options { sender: true, ..common };
    assert_eq!(good(daemon_at(27, "--server --sender -g -l -o -p -D -r -t -v . m/")), pull);
    let deleting = Options { delete: DeleteWhen::Before, ..pull.clone() };
    assert_eq!(good(daemon_at(27, "--server --sender --delete -g -l -o -p -D -r -t -v . m/")), deleting);
    assert_eq!(good(daemon_at(29, "--server --sender --delete-before -g -l -o -p -D -r -t -v . m/")), deleting);

    let o = good(daemon_at(27, "--server --sender . ro/"));
    assert!(!o.recurse && !o.dirs);
    let o = good(daemon_at(29, "--server --sender --dirs --list-only . ro/"));
    assert!(o.dirs && o.list_only);
    let o = good(daemon_at(27, "--server --sender -r -t . one/"));
    assert!(o.recurse && o.times && o.sender);
    let o = good(daemon_at(27, "--server -tr . onew/"));
    assert!(o.recurse && o.times && !o.sender);
    let o = good(ssh("--server -r -t . DEST/"));
    assert_eq!(o.paths, paths(&["DEST/"]));

    let o = good(daemon_at(
        29,
        "--server -u -W --max-size=10000 --relative --dirs --ignore-times --bwlimit=9000 --size-only --inplace --partial . m/",
    ));
    assert!(o.update && o.relative && o.dirs && o.ignore_times && o.size_only && o.inplace && o.partial);
    let o = good(daemon_at(29, "--server --sender --remove-source-files -D --no-specials -S -x -x -h -8 --super . m/"));
    assert!(o.remove_source_files && o.devices && !o.specials && o.sparse);
    assert_eq!((o.one_file_system, o.super_user), (2, Some(true)));
    let o = good(daemon_at(29, "--server --backup --backup-dir bk --suffix .bak --dirs . m/"));
    assert_eq!((o.place.backup, o.place.suffix.as_deref()), (true, Some(&b".bak"[..])));

    let o =
        good(daemon_at(30, "--server --modify-window=2 --sender --out-format=%n --links --recursive -tude. . mod/"));
    assert!(o.sender && o.links && o.recurse && o.times && o.update && !o.itemize);
    assert_eq!((o.modify_window, o.caps), (2, Capabilities::default()));
    let o = good(daemon_at(30, "--server --sender --links --recursive --delete-during -tude. . "));
    assert_eq!((o.delete, o.paths), (DeleteWhen::During, paths(&[""])));
}

#[test]
fn secluded_lists_take_their_paths_from_the_second() {
    let list = RefuseList::parse(b"", &mut |_| {});
    let ctx = Context { daemon: true, protocol: Some(31), refuse: &list, unescape: true };
    let first = parse(&words("--server --sender -sre.iLsfxCIvu"), &ctx);
    assert!(first.options.secluded && first.options.sender);
    let o = good(parse_secluded(first, &words(". ro/f.txt"), &ctx));
    assert_eq!((o.caps, o.paths), (CAPS_327, paths(&["ro/f.txt"])));

    let old = Context { protocol: Some(29), ..ctx };
    let first = parse(&words("--server --sender -slogDtpr --delete (null) . mod/x"), &old);
    assert_eq!(first.options.paths, paths(&[]));
    let o = good(parse_secluded(first, &words(". mod/x"), &old));
    assert_eq!(o.paths, paths(&["mod/x"]));
    assert!(o.recurse && o.owner && o.sender);
    assert_eq!(o.delete, DeleteWhen::Before);

    let first = parse(&words("--server --bogus -s"), &ctx);
    let both = parse_secluded(first, &words("--also . m/a\\b"), &ctx);
    assert_eq!(line(&both), "rsync: on remote machine: --bogus: unknown option");
    assert_eq!(both.options.paths, paths(&["m/a\\b"]), "the second list is not escaped");
    // What the first list alone would get wrong may come right in the second.
    let first = parse(&words("--server -s --delete"), &ctx);
    good(parse_secluded(first, &words("-r . m/"), &ctx));
}

#[test]
fn paths_and_values_stay_what_they_are() {
    let o = good(daemon("--server --sender -t . m/a ./-x m/b\\c -- -n --delete"));
    assert_eq!(o.paths, paths(&["m/a", "./-x", "m/b\\c", "-n", "--delete"]));
    assert!(!o.dry_run);
    let o = good(daemon("--server --log-format=\\%i --chmod=u\\=r . m/"));
    assert!(o.itemize);
    assert_eq!(Some(o.chmod), Chmod::parse(b"u=r"));
    assert_eq!(line(&ssh("--server --chmod=u\\=r . x")), "rsync: Invalid argument passed to --chmod (u\\=r)");
    let mixed = good(daemon("--server . m/a -r - m/b"));
    assert!(mixed.recurse);
    assert_eq!(mixed.paths, paths(&["m/a", "-", "m/b"]));
    assert_eq!(good(ssh("--server --sender x . y")).paths, paths(&["x", ".", "y"]));
    // The capability text is not a bundle.
    let o = good(daemon("--server -te.iLsfxCIvu . m/"));
    assert!(!o.copy_links && !o.secluded && !o.ignore_times && !o.cvs_exclude && o.verbose == 0);
}

#[test]
fn every_supported_spelling_is_accepted() {
    let list = "--archive --recursive --links --perms --times --owner --group --devices --specials --verbose --quiet \
        --dry-run --checksum --ignore-times --update --whole-file --relative --dirs --one-file-system --hard-links \
        --itemize-changes --prune-empty-dirs --omit-dir-times --omit-link-times --cvs-exclude --executability --copy-links \
        --copy-dirlinks --keep-dirlinks --size-only --existing --ignore-existing --ignore-non-existing --del --delete \
        --delete-during --delete-excluded --max-delete=1 --force --ignore-errors --list-only --progress --stats --partial \
        --numeric-ids --timeout=1 --bwlimit=1 --modify-window=1 --inc-recursive --no-inc-recursive --i-r --no-i-r \
        --no-implied-dirs --remove-source-files --remove-sent-files --log-format=X --out-format=X --safe-links \
        --copy-unsafe-links --max-size=1 --min-size=1 --block-size=1 --checksum-choice=md5 --cc=md5 --checksum-seed=1 \
        --no-specials --no-devices --qsort --use-qsort --fsync --mkpath --ignore-missing-args --super --no-super --inplace \
        --sparse --info=x --debug=x --msgs2stderr --no-msgs2stderr --stderr=all --human-readable --trust-sender --old-args \
        --outbuf=L --8-bit-output --write-batch=x --read-batch=x --no-motd --protocol=29 --max-alloc=1g --no-iconv \
        --no-relative --no-recursive --exclude=x --include=x --filter=x --chmod=a+x --skip-compress=x --rsync-path=x \
        --contimeout=1 --password-file=x --remote-option=x --blocking-io --ipv4 --port=1 --address=x -avqncIuWRdxHimOJCELkKSP \
        -h -F -fx -B1 -M x -@1 -0 -4 -6 -8 -r";
    let text: Vec<_> = list.split_ascii_whitespace().collect();
    let o = good(daemon(&format!("--server {} . m/", text.join(" "))));
    assert_eq!(o.paths, paths(&["m/"]));
    assert!(o.remove_source_files && o.remove_sent_files && o.qsort && o.fsync && o.mkpath && o.delete_excluded);
}
