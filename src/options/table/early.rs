//! The first half of the table: what a transfer covers and which attributes it keeps.

use super::row::{Row, flag, harmless, read, unsupported};
use crate::options::draft::Draft;
use crate::options::value;

/// Refusing one of these refuses `-a`.
const ARCHIVE: &[&str] = &["r", "d", "l", "p", "t", "g", "o", "D"];

/// `help` to `preallocate`.
#[rustfmt::skip]
pub(super) static ROWS: &[Row] = &[
    unsupported(&["help"]),
    unsupported(&["version"]).letter(b'V'),
    flag(&["verbose"], |d| d.options.verbose = d.options.verbose.saturating_add(1)).letter(b'v'),
    flag(&["no-verbose", "no-v"], |d| d.options.verbose = 0),
    read(&["info"], value::info),
    read(&["debug"], value::debug),
    read(&["stderr"], value::stderr_mode),
    harmless(&["msgs2stderr"]),
    harmless(&["no-msgs2stderr"]),
    flag(&["quiet"], |d| d.options.quiet = true).letter(b'q'),
    harmless(&["motd"]),
    harmless(&["no-motd"]),
    flag(&["stats"], |d| d.options.stats = true),
    harmless(&["human-readable"]).letter(b'h'),
    harmless(&["no-human-readable", "no-h"]),
    flag(&["dry-run"], |d| d.options.dry_run = true).letter(b'n').exact(),
    flag(&["archive"], archive).letter(b'a').implied_by(ARCHIVE),
    flag(&["recursive"], |d| d.options.recurse = true).letter(b'r'),
    flag(&["no-recursive", "no-r"], |d| d.options.recurse = false),
    flag(&["inc-recursive", "i-r"], |d| d.no_inc_recurse = false),
    flag(&["no-inc-recursive", "no-i-r"], |d| d.no_inc_recurse = true),
    flag(&["dirs"], |d| d.options.dirs = true).letter(b'd'),
    flag(&["no-dirs", "no-d"], |d| d.options.dirs = false),
    flag(&["old-dirs", "old-d"], |d| d.options.dirs = true),
    flag(&["perms"], |d| d.options.perms = true).letter(b'p'),
    flag(&["no-perms", "no-p"], |d| d.options.perms = false),
    flag(&["executability"], |d| d.options.executability = true).letter(b'E'),
    flag(&["acls"], |d| { d.options.acls = true; d.options.perms = true; }).letter(b'A'),
    flag(&["no-acls", "no-A"], |d| d.options.acls = false),
    flag(&["xattrs"], |d| d.options.xattrs = d.options.xattrs.saturating_add(1).min(2)).letter(b'X'),
    flag(&["no-xattrs", "no-X"], |d| d.options.xattrs = 0),
    flag(&["times"], |d| d.options.times = true).letter(b't'),
    flag(&["no-times", "no-t"], |d| d.options.times = false),
    flag(&["atimes"], |d| { d.options.open_noatime |= d.options.atimes; d.options.atimes = true; }).letter(b'U'),
    flag(&["no-atimes", "no-U"], |d| d.options.atimes = false),
    flag(&["open-noatime"], |d| d.options.open_noatime = true),
    flag(&["no-open-noatime"], |d| d.options.open_noatime = false),
    unsupported(&["crtimes"]).letter(b'N'),
    harmless(&["no-crtimes", "no-N"]),
    flag(&["omit-dir-times"], |d| d.options.omit_dir_times = true).letter(b'O'),
    flag(&["no-omit-dir-times", "no-O"], |d| d.options.omit_dir_times = false),
    flag(&["omit-link-times"], |d| d.options.omit_link_times = true).letter(b'J'),
    flag(&["no-omit-link-times", "no-J"], |d| d.options.omit_link_times = false),
    read(&["modify-window"], value::modify_window).letter(b'@'),
    flag(&["super"], |d| d.options.super_user = Some(true)),
    flag(&["no-super"], |d| d.options.super_user = Some(false)),
    flag(&["fake-super"], |d| d.options.fake_super = true),
    flag(&["owner"], |d| d.options.owner = true).letter(b'o'),
    flag(&["no-owner", "no-o"], |d| d.options.owner = false),
    flag(&["group"], |d| d.options.group = true).letter(b'g'),
    flag(&["no-group", "no-g"], |d| d.options.group = false),
    flag(&[], |d| devices_and_specials(d, true)).letter(b'D'),
    flag(&["no-D"], |d| devices_and_specials(d, false)),
    flag(&["devices"], |d| d.options.devices = true),
    flag(&["no-devices"], |d| d.options.devices = false),
    flag(&["copy-devices"], |d| d.options.place.copy_devices = true).exact(),
    flag(&["write-devices"], |d| d.options.place.write_devices = true).exact().implied_by(&["inplace", "partial"]),
    flag(&["no-write-devices"], |d| d.options.place.write_devices = false),
    flag(&["specials"], |d| d.options.specials = true),
    flag(&["no-specials"], |d| d.options.specials = false),
    flag(&["drop-D"], |d| d.options.drop_devices = true),
    flag(&["no-drop-D"], |d| d.options.drop_devices = false),
    // For servers without modules; a module confines anyway.
    read(&["confine-root"], value::confine_root),
    flag(&["links"], |d| d.options.links = true).letter(b'l'),
    flag(&["no-links", "no-l"], |d| d.options.links = false),
    flag(&["copy-links"], |d| d.options.copy_links = true).letter(b'L'),
    flag(&["copy-unsafe-links"], |d| d.options.copy_unsafe_links = true),
    flag(&["safe-links"], |d| d.options.safe_links = true),
    // Without a module links are followed anyway; a module refuses it.
    harmless(&["insecure-links"]),
    harmless(&["no-insecure-links"]),
    // A module's own parameter decides, as with stock.
    flag(&["munge-links"], |d| d.options.munge_links = true),
    flag(&["no-munge-links"], |d| d.options.munge_links = false),
    flag(&["copy-dirlinks"], |d| d.options.copy_dirlinks = true).letter(b'k'),
    flag(&["keep-dirlinks"], |d| d.options.keep_dirlinks = true).letter(b'K'),
    flag(&["hard-links"], |d| d.options.hard_links = true).letter(b'H'),
    flag(&["no-hard-links", "no-H"], |d| d.options.hard_links = false),
    flag(&["relative"], |d| d.options.relative = true).letter(b'R'),
    flag(&["no-relative", "no-R"], |d| { d.options.relative = false; d.no_relative = true; }),
    flag(&["implied-dirs", "i-d"], |d| d.options.implied_dirs = true),
    flag(&["no-implied-dirs", "no-i-d"], |d| d.options.implied_dirs = false),
    read(&["chmod"], value::chmod),
    flag(&["ignore-times"], |d| d.options.ignore_times = true).letter(b'I'),
    flag(&["size-only"], |d| d.options.size_only = true),
    flag(&["one-file-system"], |d| d.options.one_file_system = d.options.one_file_system.saturating_add(1).min(2)).letter(b'x'),
    flag(&["no-one-file-system", "no-x"], |d| d.options.one_file_system = 0),
    flag(&["update"], |d| d.options.update = true).letter(b'u'),
    flag(&["existing", "ignore-non-existing"], |d| d.options.existing = true),
    flag(&["ignore-existing"], |d| d.options.ignore_existing = true),
    read(&["max-size"], value::max_size),
    read(&["min-size"], value::min_size),
    read(&["max-alloc"], value::max_alloc),
    flag(&["sparse"], |d| d.options.sparse = true).letter(b'S'),
    flag(&["no-sparse", "no-S"], |d| d.options.sparse = false),
    flag(&["preallocate"], |d| d.options.place.preallocate = true),
];

fn archive(draft: &mut Draft) {
    devices_and_specials(draft, true);
    let options = &mut draft.options;
    for field in [
        &mut options.recurse,
        &mut options.links,
        &mut options.perms,
        &mut options.times,
        &mut options.owner,
        &mut options.group,
    ] {
        *field = true;
    }
}

fn devices_and_specials(draft: &mut Draft, on: bool) {
    draft.options.devices = on;
    draft.options.specials = on;
}
