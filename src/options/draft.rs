//! An argument vector half read: the options so far, and what only the end of the vector decides.

use super::compress::Asked;
use super::fault::Fault;
use super::types::Options;

/// Which times to delete were named.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Deletes {
    /// A delete option without a time (`--delete`, `--delete-excluded`).
    pub unspecific: bool,
    /// `--delete-before`.
    pub before: bool,
    /// `--delete-during` or `--delete-delay`: the later one counts.
    pub during: bool,
    /// Of those two it was `--delete-delay`.
    pub delay: bool,
    /// `--delete-after`.
    pub after: bool,
}

/// Everything read so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Draft {
    /// What is already certain.
    pub options: Options,
    /// The protocol version, where it is known.
    pub protocol: Option<u32>,
    /// How many options were read: the position of the one in hand.
    pub position: usize,
    /// Delete times.
    pub deletes: Deletes,
    /// Compression.
    pub compress: Asked,
    /// Where the sender was asked to remove files.
    pub removes_at: Option<usize>,
    /// `-F` count.
    pub per_dir_filters: u8,
    /// The rules for users came from `--chown`.
    pub user_chowned: bool,
    /// The rules for groups did.
    pub group_chowned: bool,
    /// `--no-inc-recursive`.
    pub no_inc_recurse: bool,
    /// `--no-relative`: a list of names does not imply `-R`.
    pub no_relative: bool,
    /// A plain argument was seen.
    pub positional_seen: bool,
    /// The first fault, by position.
    pub fault: Option<(usize, Fault)>,
}

impl Draft {
    /// Before the first argument.
    pub(super) fn new(protocol: Option<u32>) -> Self {
        Draft { options: Options { implied_dirs: true, ..Options::default() }, protocol, ..Draft::default() }
    }

    /// Notes a fault of the option at `position`; the one that came first in the vector is kept.
    pub(super) fn fail_at(&mut self, position: usize, fault: Fault) {
        if self.fault.as_ref().is_none_or(|(first, _)| position < *first) {
            self.fault = Some((position, fault));
        }
    }
}
