//! One row of the option table, and the short forms that the table is written in.

use crate::options::draft::Draft;
use crate::options::value::Read;

/// Whether an option takes a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::options) enum Value {
    /// Never.
    None,
    /// Always: the rest of the bundle, the text behind `=`, or the next argument.
    Required,
}

/// What an option does here.
#[derive(Clone, Copy, Debug)]
pub(in crate::options) enum Action {
    /// Sets something.
    Flag(fn(&mut Draft)),
    /// Reads its value into something.
    Read(fn(&mut Draft, &[u8]) -> Read),
    /// Nothing: it is the client's own affair, or has no effect on a server.
    Harmless,
    /// An error: it would change what the server has to do.
    Unsupported,
    /// Has a say in whether and how file data is compressed.
    Compress,
    /// A daemon's own option: only somebody who tries things sends it.
    Internal,
}

/// One option.
#[derive(Clone, Copy, Debug)]
pub(in crate::options) struct Row {
    /// Long spellings with the same effect, without dashes.
    pub long: &'static [&'static str],
    /// The letter that goes with the first long spelling, or stands alone.
    pub letter: Option<u8>,
    /// Whether it takes a value.
    pub value: Value,
    /// What it does here.
    pub action: Action,
    /// One bit a spelling: a wildcard of the operator does not reach it.
    pub exact: u8,
    /// Options (long name or letter) whose refusal is a refusal of this one.
    pub implied_by: &'static [&'static str],
}

impl Row {
    /// The same row with a letter.
    pub(super) const fn letter(self, letter: u8) -> Row {
        Row { letter: Some(letter), ..self }
    }

    /// The same row, none of its spellings in reach of a wildcard.
    pub(super) const fn exact(self) -> Row {
        Row { exact: u8::MAX, ..self }
    }

    /// The same row, the spellings of `bits` out of reach of a wildcard.
    pub(super) const fn exact_spellings(self, bits: u8) -> Row {
        Row { exact: bits, ..self }
    }

    /// The same row, refused with `others`.
    pub(super) const fn implied_by(self, others: &'static [&'static str]) -> Row {
        Row { implied_by: others, ..self }
    }

    /// The same row, with a value.
    pub(super) const fn with_value(self) -> Row {
        Row { value: Value::Required, ..self }
    }
}

/// An option without a value that sets something.
pub(super) const fn flag(long: &'static [&'static str], set: fn(&mut Draft)) -> Row {
    row(long, Action::Flag(set))
}

/// An option with a value that is read.
pub(super) const fn read(long: &'static [&'static str], read: fn(&mut Draft, &[u8]) -> Read) -> Row {
    row(long, Action::Read(read)).with_value()
}

/// An option that is accepted without effect.
pub(super) const fn harmless(long: &'static [&'static str]) -> Row {
    row(long, Action::Harmless)
}

/// An option that is an error so far.
pub(super) const fn unsupported(long: &'static [&'static str]) -> Row {
    row(long, Action::Unsupported)
}

/// An option that may switch compression on.
pub(super) const fn compresses(long: &'static [&'static str]) -> Row {
    row(long, Action::Compress).implied_by(&["compress"])
}

/// A daemon's own option.
pub(super) const fn internal(long: &'static [&'static str]) -> Row {
    row(long, Action::Internal)
}

const fn row(long: &'static [&'static str], action: Action) -> Row {
    Row { long, letter: None, value: Value::None, action, exact: 0, implied_by: &[] }
}
