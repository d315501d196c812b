//! The second half of the table: how data travels, deletion, rules, and what is the client's own affair.

use super::row::{Row, compresses, flag, harmless, internal, read};
use crate::options::compress;
use crate::options::draft::Draft;
use crate::options::owner;
use crate::options::types::RuleKind;
use crate::options::{place, value};

const DELETE: &[&str] = &["delete"];

/// `inplace` to the end.
#[rustfmt::skip]
pub(super) static ROWS: &[Row] = &[
    flag(&["inplace"], |d| d.options.inplace = true).implied_by(&["partial"]),
    flag(&["no-inplace"], |d| d.options.inplace = false),
    flag(&["append"], place::append).implied_by(&["inplace", "partial"]),
    flag(&["append-verify"], |d| d.options.place.append = 2).implied_by(&["inplace", "partial"]),
    flag(&["no-append"], |d| d.options.place.append = 0),
    flag(&["del", "delete-during"], |d| { d.deletes.during = true; d.deletes.delay = false; }).implied_by(DELETE),
    flag(&["delete"], |d| d.deletes.unspecific = true),
    flag(&["delete-before"], |d| d.deletes.before = true).implied_by(DELETE),
    flag(&["delete-delay"], |d| { d.deletes.during = true; d.deletes.delay = true; }).implied_by(DELETE),
    flag(&["delete-after"], |d| d.deletes.after = true).implied_by(DELETE),
    flag(&["delete-excluded"], |d| { d.deletes.unspecific = true; d.options.delete_excluded = true; }).implied_by(DELETE),
    flag(&["delete-missing-args"], |d| d.options.delete_missing_args = true).implied_by(DELETE),
    flag(&["ignore-missing-args"], |d| d.options.ignore_missing_args = true),
    flag(&["remove-sent-files"], |d| { removes(d); d.options.remove_sent_files = true; }),
    flag(&["remove-source-files"], removes),
    flag(&["force"], |d| d.options.force = true),
    flag(&["no-force"], |d| d.options.force = false),
    flag(&["ignore-errors"], |d| d.options.ignore_errors = true),
    flag(&["no-ignore-errors"], |d| d.options.ignore_errors = false),
    read(&["max-delete"], value::max_delete),
    flag(&[], per_dir_filter).letter(b'F'),
    read(&["filter"], value::filter).letter(b'f'),
    read(&["exclude"], value::exclude),
    read(&["include"], value::include),
    read(&["exclude-from"], value::exclude_from),
    read(&["include-from"], value::include_from),
    flag(&["cvs-exclude"], |d| d.options.cvs_exclude = true).letter(b'C'),
    flag(&["whole-file"], |d| d.options.whole_file = Some(true)).letter(b'W'),
    flag(&["no-whole-file", "no-W"], |d| d.options.whole_file = Some(false)),
    flag(&["checksum"], |d| d.options.checksum = true).letter(b'c'),
    flag(&["no-checksum", "no-c"], |d| d.options.checksum = false),
    read(&["checksum-choice", "cc"], value::checksum_choice),
    read(&["block-size"], value::block_size).letter(b'B'),
    read(&["compare-dest"], place::compare_dest),
    read(&["copy-dest"], place::copy_dest),
    read(&["link-dest"], place::link_dest),
    flag(&["fuzzy"], |d| d.options.place.fuzzy = d.options.place.fuzzy.saturating_add(1).min(2)).letter(b'y'),
    flag(&["no-fuzzy", "no-y"], |d| d.options.place.fuzzy = 0),
    compresses(&["compress"]).letter(b'z'),
    compresses(&["old-compress"]),
    compresses(&["new-compress"]),
    flag(&["no-compress", "no-z"], compress::reset),
    compresses(&["compress-choice", "zc"]).with_value(),
    read(&["skip-compress"], value::skip_compress),
    compresses(&["compress-level", "zl"]).with_value(),
    read(&["compress-threads", "zt"], value::compress_threads),
    flag(&[], |d| d.options.partial = true).letter(b'P').implied_by(&["partial", "progress"]),
    harmless(&["progress"]),
    harmless(&["no-progress"]),
    flag(&["partial"], |d| d.options.partial = true),
    flag(&["no-partial"], |d| d.options.partial = false),
    read(&["partial-dir"], place::partial_dir),
    flag(&["delay-updates"], |d| d.options.place.delay_updates = true),
    flag(&["no-delay-updates"], |d| d.options.place.delay_updates = false),
    flag(&["prune-empty-dirs"], |d| d.options.prune_empty_dirs = true).letter(b'm'),
    flag(&["no-prune-empty-dirs", "no-m"], |d| d.options.prune_empty_dirs = false),
    // Refused by modules.
    read(&["log-file"], value::log_file),
    read(&["log-file-format"], value::log_file_format),
    read(&["out-format", "log-format"], value::log_format).exact_spellings(0b10),
    flag(&["itemize-changes"], itemize).letter(b'i'),
    flag(&["no-itemize-changes", "no-i"], |d| { d.options.itemize = false; d.options.itemize_unchanged = false; }),
    read(&["bwlimit"], value::bwlimit),
    flag(&["no-bwlimit"], |d| d.options.bwlimit = 0),
    flag(&["backup"], |d| d.options.place.backup = true).letter(b'b'),
    flag(&["no-backup"], |d| d.options.place.backup = false),
    read(&["backup-dir"], place::backup_dir),
    read(&["suffix"], place::suffix),
    flag(&["list-only"], |d| d.options.list_only = true),
    harmless(&["read-batch"]).with_value(),
    harmless(&["write-batch"]).with_value(),
    read(&["only-write-batch"], value::only_write_batch),
    read(&["files-from"], value::files_from),
    flag(&["from0"], |d| d.options.from0 = true).letter(b'0').exact(),
    flag(&["no-from0"], |d| d.options.from0 = false),
    harmless(&["old-args"]),
    harmless(&["no-old-args"]),
    flag(&["secluded-args", "protect-args"], |d| d.options.secluded = true).letter(b's').exact(),
    flag(&["no-secluded-args", "no-protect-args", "no-s"], |d| d.options.secluded = false),
    harmless(&["trust-sender"]),
    flag(&["numeric-ids"], |d| d.options.numeric_ids = true),
    flag(&["no-numeric-ids"], |d| d.options.numeric_ids = false),
    read(&["usermap"], owner::usermap),
    read(&["groupmap"], owner::groupmap),
    read(&["chown"], owner::chown),
    read(&["timeout"], value::timeout),
    flag(&["no-timeout"], |d| d.options.timeout_s = 0),
    harmless(&["contimeout"]).with_value(),
    harmless(&["no-contimeout"]),
    flag(&["fsync"], |d| d.options.fsync = true),
    read(&["stop-after", "time-limit"], value::stop_after),
    read(&["stop-at"], value::stop_at),
    read(&["rsh"], value::rsh).letter(b'e').exact(),
    harmless(&["rsync-path"]).with_value(),
    read(&["temp-dir"], place::temp_dir).letter(b'T'),
    read(&["iconv"], value::iconv).exact(),
    harmless(&["no-iconv"]).exact(),
    harmless(&["ipv4"]).letter(b'4'),
    harmless(&["ipv6"]).letter(b'6'),
    harmless(&["8-bit-output"]).letter(b'8'),
    harmless(&["no-8-bit-output", "no-8"]),
    flag(&["mkpath"], |d| d.options.mkpath = true),
    flag(&["no-mkpath"], |d| d.options.mkpath = false),
    flag(&["qsort", "use-qsort"], |d| d.options.qsort = true),
    read(&["copy-as"], value::copy_as),
    harmless(&["address"]).with_value(),
    harmless(&["port"]).with_value(),
    harmless(&["sockopts"]).with_value(),
    harmless(&["password-file"]).with_value(),
    harmless(&["early-input"]).with_value(),
    harmless(&["blocking-io"]),
    harmless(&["no-blocking-io"]),
    harmless(&["outbuf"]).with_value(),
    harmless(&["remote-option"]).letter(b'M').with_value(),
    read(&["protocol"], value::protocol),
    read(&["checksum-seed"], value::checksum_seed).exact(),
    harmless(&["server"]).exact(),
    flag(&["sender"], |d| d.options.sender = true).exact(),
    internal(&["config", "dparam"]).with_value(),
    internal(&["daemon", "detach", "no-detach"]),
];

fn removes(draft: &mut Draft) {
    draft.options.remove_source_files = true;
    draft.options.remove_sent_files = false;
    draft.removes_at.get_or_insert(draft.position);
}

fn per_dir_filter(draft: &mut Draft) {
    let rule = match draft.per_dir_filters {
        0 => &b": /.rsync-filter"[..],
        1 => b"- .rsync-filter",
        _ => return,
    };
    draft.per_dir_filters = draft.per_dir_filters.saturating_add(1);
    draft.options.extra_rules.push((RuleKind::Filter, rule.to_vec()));
}

fn itemize(draft: &mut Draft) {
    draft.options.itemize_unchanged = draft.options.itemize;
    draft.options.itemize = true;
}
