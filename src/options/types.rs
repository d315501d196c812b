//! What a client asked for, as one value.

use super::info::Asked;
use super::stop::StopAt;
use crate::compress::Method;
use crate::flist::Chmod;
use crate::hash::Algorithm;

/// When extra files of the destination are deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DeleteWhen {
    /// Never.
    #[default]
    No,
    /// One pass before the first request.
    Before,
    /// As each directory is reached.
    During,
    /// Chosen during, carried out at the end.
    Delay,
    /// One pass after the transfers.
    After,
}

/// The peer's capability letters (the text after `e` in the short bundle).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Capabilities {
    /// `i`: incremental recursion.
    pub inc_recurse: bool,
    /// `L`: it can set symlink times.
    pub symlink_times: bool,
    /// `s`: it converts symlink targets.
    pub symlink_iconv: bool,
    /// `f`: it understands the file-list error marker.
    pub safe_flist: bool,
    /// `x`: no xattr hard-link optimisation.
    pub avoid_xattr_optim: bool,
    /// `C`: seed before data in MD5 block sums.
    pub seed_fix: bool,
    /// `I`: in-place updates in the partial-dir.
    pub inplace_partial: bool,
    /// `v`: varint flags and negotiated strings.
    pub varint_flags: bool,
    /// `V`: the pre-release form of `v`: flags in one raw byte, no strings.
    pub varint_flags_prerelease: bool,
    /// `u`: names for id 0.
    pub id0_names: bool,
}

/// What the client said about compression.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Compress {
    /// None.
    #[default]
    No,
    /// No method was named: lists of methods travel in the setup; where that cannot be, it is zlib.
    Negotiated,
    /// This one.
    Forced(Method),
}

/// What kind of filter argument a client passed on (`-M--exclude=…`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleKind {
    /// `--exclude`: the text is a pattern.
    Exclude,
    /// `--include`: the text is a pattern.
    Include,
    /// `--filter`, `-f`, `-F`: the text is a whole rule.
    Filter,
    /// `--exclude-from`: the text names a file of patterns.
    ExcludeFrom,
    /// `--include-from`: the text names a file of patterns.
    IncludeFrom,
}

/// Directories beside the destination in which a file may be found, all of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alternate {
    /// `--compare-dest`: what is there is not stored again.
    Compare,
    /// `--copy-dest`: what is there is copied.
    Copy,
    /// `--link-dest`: what is there is linked.
    Link,
}

impl Alternate {
    /// The option's name, without dashes.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Compare => "compare-dest",
            Self::Copy => "copy-dest",
            Self::Link => "link-dest",
        }
    }
}

/// Where old and new bytes of a file lie besides its own name. Paths as sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Placement {
    /// Kind of [`Placement::alternate_dirs`].
    pub alternate: Option<Alternate>,
    /// `--compare-dest`, `--copy-dest`, `--link-dest`, in their order.
    pub alternate_dirs: Vec<Vec<u8>>,
    /// `-y` once or twice.
    pub fuzzy: u8,
    /// `-b`.
    pub backup: bool,
    /// `--backup-dir`.
    pub backup_dir: Option<Vec<u8>>,
    /// `--suffix`; settled to `~`, or to nothing with a backup directory.
    pub suffix: Option<Vec<u8>>,
    /// `--partial-dir`, unless it means no more than `--partial`.
    pub partial_dir: Option<Vec<u8>>,
    /// `--delay-updates`.
    pub delay_updates: bool,
    /// `--append` once, or twice for `--append-verify`.
    pub append: u8,
    /// `--temp-dir`.
    pub temp_dir: Option<Vec<u8>>,
    /// `--preallocate`.
    pub preallocate: bool,
    /// `--copy-devices`: a device is sent as the file it holds.
    pub copy_devices: bool,
    /// `--write-devices`: a file is written into the device that stands in its place.
    pub write_devices: bool,
}

/// Everything a client's arguments say, already judged against the module's refusals.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// `--sender`: we send, the client pulls.
    pub sender: bool,
    /// Capability letters.
    pub caps: Capabilities,
    /// `-v` count (not yet capped by `max verbosity`).
    pub verbose: u8,
    /// `--info=NAME2`: unchanged items are named.
    pub name_level: u8,
    /// `--info`: what else is told.
    pub info: Asked,
    /// `-q`.
    pub quiet: bool,
    /// `-n`.
    pub dry_run: bool,
    /// `-r`.
    pub recurse: bool,
    /// `-d` (or `--list-only` without `-r`).
    pub dirs: bool,
    /// `--list-only`.
    pub list_only: bool,
    /// `-l`.
    pub links: bool,
    /// `-L`: symlinks are sent as what they point to.
    pub copy_links: bool,
    /// `-k`.
    pub copy_dirlinks: bool,
    /// `-K`.
    pub keep_dirlinks: bool,
    /// `--copy-unsafe-links`.
    pub copy_unsafe_links: bool,
    /// `--safe-links`.
    pub safe_links: bool,
    /// `-p`.
    pub perms: bool,
    /// `-E`.
    pub executability: bool,
    /// `-A`; implies `-p`.
    pub acls: bool,
    /// `-X` once or twice.
    pub xattrs: u8,
    /// `-t`.
    pub times: bool,
    /// `-U`.
    pub atimes: bool,
    /// `--open-noatime`, or `-U` twice.
    pub open_noatime: bool,
    /// `-o`.
    pub owner: bool,
    /// `-g`.
    pub group: bool,
    /// Devices of `-D`.
    pub devices: bool,
    /// Specials of `-D`.
    pub specials: bool,
    /// `-H`.
    pub hard_links: bool,
    /// `-O`.
    pub omit_dir_times: bool,
    /// `-J`.
    pub omit_link_times: bool,
    /// `-c`.
    pub checksum: bool,
    /// `-I`.
    pub ignore_times: bool,
    /// `--size-only`.
    pub size_only: bool,
    /// `-u`.
    pub update: bool,
    /// `--existing`.
    pub existing: bool,
    /// `--ignore-existing`.
    pub ignore_existing: bool,
    /// `-W`: `Some(true)`; `--no-W`: `Some(false)`.
    pub whole_file: Option<bool>,
    /// `-R`.
    pub relative: bool,
    /// `false` with `--no-implied-dirs`.
    pub implied_dirs: bool,
    /// `-x` once or twice.
    pub one_file_system: u8,
    /// `-m`.
    pub prune_empty_dirs: bool,
    /// `-C`.
    pub cvs_exclude: bool,
    /// `-S`.
    pub sparse: bool,
    /// `--inplace`.
    pub inplace: bool,
    /// `--partial`.
    pub partial: bool,
    /// When to delete. Refined by [`Options::settle_protocol`] where `delete_by_protocol` is set.
    pub delete: DeleteWhen,
    /// No time was named and the protocol version was not known yet: the session settles it after the version exchange.
    pub delete_by_protocol: bool,
    /// `--delete-excluded`.
    pub delete_excluded: bool,
    /// `--force`.
    pub force: bool,
    /// `--ignore-errors`.
    pub ignore_errors: bool,
    /// `--max-delete`: `Some(0)` for a negative number.
    pub max_delete: Option<u64>,
    /// `--max-size`, bytes.
    pub max_size: Option<u64>,
    /// `--min-size`, bytes.
    pub min_size: Option<u64>,
    /// `--modify-window`, seconds; negative compares nanoseconds.
    pub modify_window: i64,
    /// `--numeric-ids`.
    pub numeric_ids: bool,
    /// `--remove-source-files`, or the older `--remove-sent-files`.
    pub remove_source_files: bool,
    /// The older `--remove-sent-files` was the spelling.
    pub remove_sent_files: bool,
    /// `--timeout`, seconds; 0 none.
    pub timeout_s: u32,
    /// `--bwlimit`, KiB/s; 0 none.
    pub bwlimit: u32,
    /// `-B`, bytes; 0 = chosen by size.
    pub block_size: u32,
    /// `--checksum-choice`: transfer sum, file-list sum; `None` = negotiated. Inner `None` = `auto`.
    pub checksum_choice: Option<(Option<Algorithm>, Option<Algorithm>)>,
    /// `--checksum-seed`; 0 = the server chooses.
    pub checksum_seed: i32,
    /// `--log-format` holds `%i`.
    pub itemize: bool,
    /// The client has lines of its own for what is transferred.
    pub own_lines: bool,
    /// `--log-format` holds `%I`: unchanged items too.
    pub itemize_unchanged: bool,
    /// `--qsort`: no incremental recursion.
    pub qsort: bool,
    /// `-s`: a second argument list follows.
    pub secluded: bool,
    /// `--stats`.
    pub stats: bool,
    /// Whether and how file data is compressed.
    pub compress: Compress,
    /// `--compress-level`, as sent.
    pub compress_level: Option<i32>,
    /// `--skip-compress`, as sent.
    pub skip_compress: Vec<u8>,
    /// `--fsync`.
    pub fsync: bool,
    /// `--mkpath`.
    pub mkpath: bool,
    /// `--ignore-missing-args`.
    pub ignore_missing_args: bool,
    /// `--delete-missing-args`.
    pub delete_missing_args: bool,
    /// `--super`.
    pub super_user: Option<bool>,
    /// `--fake-super`.
    pub fake_super: bool,
    /// `--usermap`, also as part of `--chown`.
    pub usermap: Option<Vec<u8>>,
    /// `--groupmap`, likewise.
    pub groupmap: Option<Vec<u8>>,
    /// `--copy-as`: user, and perhaps a group behind a colon.
    pub copy_as: Option<Vec<u8>>,
    /// Basis, backup, partial and temporary places.
    pub place: Placement,
    /// `--only-write-batch`: a dry run here, but the client wants to know what there is, block by block.
    pub only_write_batch: bool,
    /// `--drop-D`: no devices and specials are made here.
    pub drop_devices: bool,
    /// `--iconv`: names are to be converted; to what is the module's affair.
    pub iconv: bool,
    /// Its text: over a remote shell it names the character set of this side.
    pub iconv_charset: Vec<u8>,
    /// `--confine-root`: without a module, the directory that nothing may lead out of.
    pub confine_root: Option<Vec<u8>>,
    /// `--munge-links`: without a module, which has a say of its own.
    pub munge_links: bool,
    /// `--log-file`: without a module.
    pub log_file: Option<Vec<u8>>,
    /// `--log-file-format`, likewise.
    pub log_file_format: Option<Vec<u8>>,
    /// `--protocol`: the newest to speak, without a module; 0 = all.
    pub newest_protocol: u32,
    /// `--stop-after`, seconds; 0 never.
    pub stop_after_s: u64,
    /// `--stop-at`, and how it was written.
    pub stop_at: Option<(StopAt, Vec<u8>)>,
    /// `--files-from`: `-` for a list that the client sends, else the path of one in the module.
    pub files_from: Option<Vec<u8>>,
    /// `--from0`: names in that list end with NUL.
    pub from0: bool,
    /// Filter rules that came as arguments, in order.
    pub extra_rules: Vec<(RuleKind, Vec<u8>)>,
    /// `--chmod`, all of them.
    pub chmod: Chmod,
    /// The paths after `.`, as sent (module name not stripped).
    pub paths: Vec<Vec<u8>>,
}
