//! What can be wrong with an argument vector, and the line a client reads about it.

use crate::escape::Escaped;
use crate::limits::ALTERNATES;

use super::number::SizeFault;

/// An option as a message names it: `--checksum (-c)`, `--delete`, `-D`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Named {
    /// The long spelling.
    pub long: Option<&'static str>,
    /// The letter of that spelling.
    pub letter: Option<u8>,
}

impl std::fmt::Display for Named {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.long, self.letter.map(char::from)) {
            (Some(long), Some(letter)) => write!(f, "--{long} (-{letter})"),
            (Some(long), None) => write!(f, "--{long}"),
            (None, Some(letter)) => write!(f, "-{letter}"),
            (None, None) => Ok(()),
        }
    }
}

/// One reason to turn a client away. The texts are those of rsync 3.5.0 where it has one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// No such option; as sent.
    Unknown(Vec<u8>),
    /// Its value is missing; as sent.
    MissingArgument(Vec<u8>),
    /// It takes no value; as sent.
    NeedlessArgument(Vec<u8>),
    /// Its value is no number; as sent.
    NotNumber(Vec<u8>),
    /// Its number leaves 32 bits; as sent.
    OutOfRange(Vec<u8>),
    /// Its value is no size.
    Size(Named, Vec<u8>, SizeFault),
    /// Its value is a size above this text's.
    AboveMax(Named, Vec<u8>, &'static str),
    /// Its value is a size below this text's.
    BelowMin(Named, Vec<u8>, &'static str),
    /// The operator refuses it.
    Refused(Named),
    /// We do not do that (yet).
    Unsupported(Named),
    /// A daemon's own options from a client.
    Hack,
    /// `--stop-after` without a number of minutes.
    StopAfter(Vec<u8>),
    /// `--stop-at` without a point in time.
    StopAt(Vec<u8>),
    /// `--stderr` with an unknown mode.
    StderrMode(Vec<u8>),
    /// An unknown name in `--checksum-choice`.
    ChecksumName(Vec<u8>),
    /// An unknown name in `--compress-choice`.
    CompressName(Vec<u8>),
    /// `--chmod` with something that is no list of changes.
    ChmodText(Vec<u8>),
    /// A second rule list for users or groups: the option, and the earlier one.
    MapTwice(&'static str),
    /// `--chown` and a map for the same ids.
    MapConflict(&'static str, &'static str),
    /// No file-list sum, but `-c`.
    ChecksumNone,
    /// Two different times to delete.
    DeleteTwice,
    /// Nothing to delete in.
    DeleteAlone,
    /// Two options that exclude each other.
    Conflict(&'static str, &'static str),
    /// Alternate directories of two kinds.
    AlternateKinds(&'static str, &'static str),
    /// Too many alternate directories.
    AlternateCount(&'static str),
    /// A slash in `--suffix`.
    SuffixSlash(Vec<u8>),
    /// Backups would have the names of what they are backups of.
    SuffixEmpty {
        /// A backup directory was named, but it is the destination.
        same_dir: bool,
    },
}

impl Fault {
    /// The line for the client, without its newline.
    pub(super) fn line(&self) -> String {
        match self {
            Fault::Unknown(sent) => remote(sent, "unknown option"),
            Fault::MissingArgument(sent) => remote(sent, "missing argument"),
            Fault::NeedlessArgument(sent) => remote(sent, "option does not take an argument"),
            Fault::NotNumber(sent) => remote(sent, "invalid numeric value"),
            Fault::OutOfRange(sent) => remote(sent, "number too large or too small"),
            Fault::Size(option, value, SizeFault::Invalid) => format!("rsync: {} is invalid", given(option, value)),
            Fault::Size(option, value, SizeFault::TooLarge) => format!("rsync: {} is too large", given(option, value)),
            Fault::AboveMax(option, value, max) => {
                format!("rsync: {} is too large (max: {max})", given(option, value))
            }
            Fault::BelowMin(option, value, min) => {
                format!("rsync: {} is too small (min: {min})", given(option, value))
            }
            Fault::Refused(option) => format!("rsync: The server is configured to refuse {option}"),
            Fault::Unsupported(option) => format!("rsync: {option} is not supported by this server yet"),
            Fault::Hack => "rsync: Attempt to hack rsync thwarted!".into(),
            Fault::StopAfter(value) => format!("rsync: invalid --stop-after value: {}", Escaped(value)),
            Fault::StopAt(value) => format!("rsync: invalid --stop-at format: {}", Escaped(value)),
            Fault::StderrMode(mode) => {
                format!("rsync: --stderr mode \"{}\" is not one of errors, all, or client", Escaped(mode))
            }
            Fault::ChecksumName(name) => format!("unknown checksum name: {}", Escaped(name)),
            Fault::CompressName(name) => format!("unknown compress name: {}", Escaped(name)),
            Fault::ChmodText(text) => format!("rsync: Invalid argument passed to --chmod ({})", Escaped(text)),
            Fault::MapTwice(what) => format!("rsync: You can only specify {what} once."),
            Fault::MapConflict(later, earlier) => format!("rsync: --{later} conflicts with prior --{earlier}."),
            Fault::ChecksumNone => "Invalid checksum-choice for --checksum: none (0)".into(),
            Fault::DeleteTwice => "rsync: You may not combine multiple --delete-WHEN options.".into(),
            Fault::DeleteAlone => "rsync: --delete does not work without --recursive (-r) or --dirs (-d).".into(),
            Fault::Conflict(one, other) => format!("rsync: --{one} cannot be used with --{other}"),
            Fault::AlternateKinds(one, other) => {
                format!("rsync: ERROR: the --{one} option conflicts with the --{other} option")
            }
            Fault::AlternateCount(name) => {
                format!("rsync: ERROR: at most {ALTERNATES} --{name} args may be specified")
            }
            Fault::SuffixSlash(suffix) => format!("rsync: --suffix cannot contain slashes: {}", Escaped(suffix)),
            Fault::SuffixEmpty { same_dir: false } => "rsync: --suffix cannot be empty without a --backup-dir".into(),
            Fault::SuffixEmpty { same_dir: true } => {
                "rsync: --suffix cannot be empty when --backup-dir is the same as the dest dir".into()
            }
        }
    }

    /// The exit code that goes with it: 4 in a daemon, 1 over a remote shell, but for names of methods, which are 4 anywhere.
    pub(super) fn exit(&self, daemon: bool) -> u8 {
        match self {
            Fault::ChecksumName(_) | Fault::CompressName(_) | Fault::ChecksumNone => 4,
            _ if daemon => 4,
            _ => 1,
        }
    }
}

fn remote(sent: &[u8], what: &str) -> String {
    format!("rsync: on remote machine: {}: {what}", Escaped(sent))
}

fn given(option: &Named, value: &[u8]) -> String {
    let name = Named { letter: if option.long.is_some() { None } else { option.letter }, ..*option };
    format!("{name}={}", Escaped(value))
}
