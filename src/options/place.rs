//! Options about where old and new bytes of a file lie, and the rules between them.

use super::draft::Draft;
use super::fault::Fault;
use super::types::Alternate;
use super::value::{Read, ValueFault};
use crate::filter::path::sanitise;
use crate::limits::ALTERNATES;

/// The directory that `--delay-updates` uses when none is named.
const DELAYED: &[u8] = b".~tmp~";

/// `--compare-dest`.
pub(super) fn compare_dest(draft: &mut Draft, text: &[u8]) -> Read {
    alternate(draft, Alternate::Compare, text)
}

/// `--copy-dest`.
pub(super) fn copy_dest(draft: &mut Draft, text: &[u8]) -> Read {
    alternate(draft, Alternate::Copy, text)
}

/// `--link-dest`.
pub(super) fn link_dest(draft: &mut Draft, text: &[u8]) -> Read {
    alternate(draft, Alternate::Link, text)
}

fn alternate(draft: &mut Draft, kind: Alternate, text: &[u8]) -> Read {
    let place = &mut draft.options.place;
    if let Some(other) = place.alternate.filter(|other| *other != kind) {
        return Err(ValueFault::Other(Fault::AlternateKinds(kind.name(), other.name())));
    }
    if place.alternate_dirs.len() >= ALTERNATES {
        return Err(ValueFault::Other(Fault::AlternateCount(kind.name())));
    }
    place.alternate = Some(kind);
    place.alternate_dirs.push(text.to_vec());
    Ok(())
}

/// `--backup-dir`.
pub(super) fn backup_dir(draft: &mut Draft, text: &[u8]) -> Read {
    draft.options.place.backup_dir = Some(text.to_vec());
    Ok(())
}

/// `--suffix`.
pub(super) fn suffix(draft: &mut Draft, text: &[u8]) -> Read {
    draft.options.place.suffix = Some(text.to_vec());
    Ok(())
}

/// `--partial-dir`.
pub(super) fn partial_dir(draft: &mut Draft, text: &[u8]) -> Read {
    draft.options.place.partial_dir = Some(text.to_vec());
    Ok(())
}

/// `--temp-dir`.
pub(super) fn temp_dir(draft: &mut Draft, text: &[u8]) -> Read {
    draft.options.place.temp_dir = Some(text.to_vec());
    Ok(())
}

/// `--append`: a second one verifies what is there.
pub(super) fn append(draft: &mut Draft) {
    let place = &mut draft.options.place;
    place.append = place.append.saturating_add(1).min(2);
}

/// The rules between these options, once the whole vector is read.
pub(super) fn settle(draft: &mut Draft, end: usize) {
    let protocol = draft.protocol;
    let options = &mut draft.options;
    let place = &mut options.place;
    if place.append > 0 && protocol.is_some_and(|protocol| protocol < super::settle::APPEND_SINCE) {
        // Old protocols know one kind only, the one that verifies.
        place.append = 2;
    }
    let mut faults = Vec::new();
    if place.append > 0 && options.whole_file == Some(true) {
        faults.push(Fault::Conflict("append", "whole-file"));
    }
    options.inplace |= place.append > 0 || place.write_devices;
    if options.inplace && (place.partial_dir.is_some() || place.delay_updates) {
        let other = if place.delay_updates { "delay-updates" } else { "partial-dir" };
        faults.push(Fault::Conflict(if place.append > 0 { "append" } else { "inplace" }, other));
    }
    if place.partial_dir.as_deref().is_some_and(|dir| sanitise(dir, b"/", 0, false) == b"." || dir.is_empty()) {
        place.partial_dir = None;
        options.partial = true;
    }
    if place.delay_updates && place.partial_dir.is_none() {
        place.partial_dir = Some(DELAYED.to_vec());
    }
    options.partial |= place.partial_dir.is_some();
    if place.backup {
        let dir = place.backup_dir.as_ref();
        let suffix = place.suffix.get_or_insert_with(|| if dir.is_some() { Vec::new() } else { b"~".to_vec() });
        let same_dir = dir.is_some_and(|dir| sanitise(dir, b"/", 0, false) == b".");
        if suffix.contains(&b'/') {
            faults.push(Fault::SuffixSlash(suffix.clone()));
        } else if suffix.is_empty() && (dir.is_none() || same_dir) {
            faults.push(Fault::SuffixEmpty { same_dir });
        }
        // Backups change the directories they lie in.
        options.omit_dir_times |= dir.is_none();
    }
    for fault in faults {
        draft.fail_at(end, fault);
    }
}

#[cfg(test)]
mod tests {
    use crate::options::{Context, Parsed, RefuseList, parse};

    fn read(args: &[&str], protocol: u32) -> Parsed {
        let refuse = RefuseList::default();
        let context = Context { daemon: true, protocol: Some(protocol), refuse: &refuse, unescape: false };
        let args: Vec<Vec<u8>> = args.iter().map(|arg| arg.as_bytes().to_vec()).collect();
        parse(&args, &context)
    }

    fn fault(args: &[&str]) -> String {
        read(args, 32).error.map(|error| error.text).unwrap_or_default()
    }

    #[test]
    fn options_that_exclude_each_other_are_told_in_stocks_words() {
        for (args, text) in [
            (&["-b", "--suffix=a/b"][..], "rsync: --suffix cannot contain slashes: a/b"),
            (&["-b", "--suffix="], "rsync: --suffix cannot be empty without a --backup-dir"),
            (&["-b", "--backup-dir="], "rsync: --suffix cannot be empty when --backup-dir is the same as the dest dir"),
            (&["--inplace", "--partial-dir", "x"], "rsync: --inplace cannot be used with --partial-dir"),
            (&["--inplace", "--delay-updates"], "rsync: --inplace cannot be used with --delay-updates"),
            (&["--append", "-W"], "rsync: --append cannot be used with --whole-file"),
            (&["--append", "--partial-dir=q"], "rsync: --append cannot be used with --partial-dir"),
            (
                &["--compare-dest=x", "--link-dest=y"],
                "rsync: ERROR: the --link-dest option conflicts with the --compare-dest option",
            ),
            (&["--link-dest=x"; 21], "rsync: ERROR: at most 20 --link-dest args may be specified"),
            (&["--link-dest=x", "-b", "--backup-dir=b", "--partial-dir=p"], ""),
        ] {
            assert_eq!(fault(args), text, "{args:?}");
        }
    }

    #[test]
    fn a_partial_dir_that_is_the_directory_itself_is_plain_partial() {
        let options = read(&["--partial-dir=."], 32).options;
        assert_eq!((options.place.partial_dir, options.partial), (None, true));
        let options = read(&["--delay-updates"], 32).options;
        assert_eq!(options.place.partial_dir.as_deref(), Some(&b".~tmp~"[..]));
    }

    #[test]
    fn old_protocols_append_with_verification_only() {
        assert_eq!(read(&["--append"], 29).options.place.append, 2);
        assert_eq!(read(&["--append"], 30).options.place.append, 1);
        assert_eq!(read(&["--append", "--append"], 30).options.place.append, 2);
    }

    #[test]
    fn backups_beside_their_files_leave_directory_times_alone() {
        assert!(read(&["-b"], 32).options.omit_dir_times);
        let with_dir = read(&["-b", "--backup-dir=x"], 32).options;
        assert!(!with_dir.omit_dir_times);
        assert_eq!(with_dir.place.suffix.as_deref(), Some(&b""[..]));
    }
}
