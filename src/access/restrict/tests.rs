use super::*;
use proptest::prelude::*;

fn words(text: &str) -> Vec<Vec<u8>> {
    text.split(' ').map(|word| word.as_bytes().to_vec()).collect()
}

fn to(dir: &str) -> Restriction {
    Restriction { dir: dir.as_bytes().to_vec(), ..Restriction::default() }
}

fn admitted(restriction: &Restriction, command: &str) -> Result<String, String> {
    restriction.admit(&words(command)).map(|vector| String::from_utf8(vector.join(&b' ')).unwrap())
}

#[test]
fn the_commands_of_stock_clients_pass() {
    let at = to("/srv/b");
    for (command, vector) in [
        ("rsync --server -logDtpre.iLsfxCIvu . x/", "--server --drop-D -logDtpre.iLsfxCIvu -- . x/"),
        ("/usr/bin/rsync --server --sender -vlogDtprz . /", "--server --sender -vlogDtprz -- . ."),
        ("rsync --server --sender -e.LsfxCIvu . a /b/c ./d", "--server --sender -e.LsfxCIvu -- . a b/c d"),
        (
            "rsync --server -r --timeout=9 --max-size 5 -B900 .",
            "--server --drop-D -r --timeout=9 --max-size=5 -B900 -- . .",
        ),
        (
            "rsync --server -r --link-dest /old --backup-dir=b . x",
            "--server --drop-D -r --link-dest=/old --backup-dir=b -- . x",
        ),
        ("rsync --server --sender -r . --copy-links", "--server --sender -r -- . --copy-links"),
        ("rsync --server --sender -r --files-from=- . .", "--server --sender -r --files-from=- -- . ."),
    ] {
        assert_eq!(admitted(&at, command).as_deref(), Ok(vector), "{command}");
    }
}

#[test]
fn what_is_no_server_of_rsync_is_refused() {
    for (command, part) in [
        ("ls -l", "does not run rsync"),
        ("rsync", "--server option"),
        ("rsync --sender --server . x", "--server option"),
        ("rsync --server -r x", "syntax"),
        ("rsync --server -r", "syntax"),
        ("rsync --server --daemon .", "--daemon has been disabled"),
        ("rsync --server --config=x .", "syntax"),
        ("rsync --server -r --write-devices . x", "--write-devices has been disabled"),
        ("rsync --server -r --insecure-links . x", "syntax"),
        ("rsync --server -r? . x", "syntax"),
        ("rsync --server -re.? . x", "syntax"),
        ("rsync --server -e.LsfxCIvu -essh . x", "syntax"),
        ("rsync --server -B1x . x", "syntax"),
        ("rsync --server --delete=5 . x", "syntax"),
        ("rsync --server -r --sender . x", "--sender has been disabled"),
        ("rsync --server -rs . x", "-s has been disabled"),
        ("rsync --server --sender -rL . x", "-L has been disabled"),
        ("rsync --server --sender --copy-unsafe-links . x", "--copy-unsafe-links has been disabled"),
        ("rsync --server -r . ../x", "do not use .. in arg"),
        ("rsync --server -r . a/../../x", "do not use .. in arg"),
        ("rsync --server -r --link-dest=../o . x", "do not use .. in --link-dest"),
    ] {
        let refused = admitted(&to("/srv/b"), command).unwrap_err();
        assert!(refused.contains(part), "{command}: {refused}");
    }
}

#[test]
fn each_flag_takes_something_away() {
    let base = to("/srv/b");
    let pull = "rsync --server --sender -r . x";
    let push = "rsync --server -r . x";
    let delete = "rsync --server -r --delete-during . x";
    let backup = "rsync --server -rb . x";
    for (restriction, command, allowed) in [
        (Restriction { read_only: true, ..base.clone() }, pull, true),
        (Restriction { read_only: true, ..base.clone() }, push, false),
        (Restriction { write_only: true, ..base.clone() }, pull, false),
        (Restriction { write_only: true, ..base.clone() }, push, true),
        (Restriction { no_delete: true, ..base.clone() }, delete, false),
        (base.clone(), delete, true),
        (Restriction { no_overwrite: true, ..base.clone() }, backup, false),
        (base.clone(), backup, true),
        (Restriction { write_only: true, ..base.clone() }, "rsync --server -r --files-from=l . x", false),
        (Restriction { no_overwrite: true, ..base }, "rsync --server -r --log-file=l . x", false),
    ] {
        assert_eq!(admitted(&restriction, command).is_ok(), allowed, "{restriction:?} {command}");
    }
    let kept = Restriction { no_overwrite: true, munge: true, ..to("/srv/b") };
    assert_eq!(admitted(&kept, push).as_deref(), Ok("--server --munge-links --ignore-existing --drop-D -r -- . x"));
}

#[test]
fn the_whole_machine_and_absolute_paths() {
    assert_eq!(
        admitted(&to("/"), "rsync --server --sender -rL . ../etc").as_deref(),
        Ok("--server --sender -rL -- . ../etc")
    );
    let absolute = Restriction { absolute: true, ..to("/srv/b") };
    let pulled = |path: &str| admitted(&absolute, &format!("rsync --server --sender -r . {path}"));
    assert_eq!(pulled("/srv/b/x").as_deref(), Ok("--server --sender -r -- . x"));
    assert_eq!(pulled("/srv/b").as_deref(), Ok("--server --sender -r -- . ."));
    assert_eq!(pulled("/srv/bx").as_deref(), Ok("--server --sender -r -- . srv/bx"));
}

proptest! {
    #[test]
    fn nothing_that_passes_climbs(words in proptest::collection::vec("(--server|--sender|-r|\\.|\\.\\./x|/|--link-dest=[./a]{0,6}|[./a]{1,6})", 0..8)) {
        let mut command = vec![b"rsync".to_vec(), b"--server".to_vec()];
        command.extend(words.into_iter().map(String::into_bytes));
        if let Ok(vector) = to("/srv/b").admit(&command) {
            let paths = vector.iter().position(|word| word == b"--").unwrap();
            for (number, word) in vector.iter().enumerate() {
                let parts = |byte: &u8| *byte == b'/' || (*byte == b'=' && number < paths);
                prop_assert!(word.split(parts).all(|part| part != b".."));
            }
        }
    }
}
