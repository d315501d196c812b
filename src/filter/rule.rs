//! One rule as it is stored, and whether it matches a name.

use super::wildmatch::{Mode, wildmatch};

/// What a rule does with the names it matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// Keeps them (include, show, risk).
    Include,
    /// Leaves them out (exclude, hide, protect).
    Exclude,
}

/// What stands at a place of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// An ordinary rule.
    Plain(Sign),
    /// The rules of the per-directory files with this number.
    PerDir(usize),
    /// The CVS list.
    Cvs,
}

/// What is being asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Anything but a directory.
    File,
    /// A directory.
    Dir,
    /// The name of an extended attribute.
    Xattr,
}

/// One question to the lists.
#[derive(Clone, Copy, Debug)]
pub struct Query<'a> {
    name: &'a [u8],
    leaf: &'a [u8],
    root: &'a [u8],
    kind: Kind,
    /// Perishable rules are passed over: the name is inside a directory that is being deleted.
    pub(super) doomed: bool,
}

impl<'a> Query<'a> {
    /// `name` is relative to `root`, which is relative to the module root; neither starts or ends with a slash.
    #[must_use]
    pub fn new(name: &'a [u8], kind: Kind, root: &'a [u8], doomed: bool) -> Self {
        let name = name.strip_prefix(b"/").unwrap_or(name);
        let leaf = name.rsplit(|&b| b == b'/').next().unwrap_or(name);
        Self { name, leaf, root, kind, doomed }
    }
}

/// Properties of a rule that its pattern does not show.
#[derive(Clone, Copy, Debug, Default)]
pub struct Traits {
    /// Matched against the path from the module root.
    pub absolute: bool,
    /// Matches what the pattern does not.
    pub negate: bool,
    /// Ignored inside directories that are being deleted.
    pub perishable: bool,
    /// For names of extended attributes only.
    pub xattr: bool,
    /// Matches directories only.
    pub dir_only: bool,
}

/// A stored rule.
#[derive(Clone, Debug)]
pub struct Rule {
    /// What it does when it matches.
    pub(super) action: Action,
    pub(super) traits: Traits,
    /// Without the slash that anchors it.
    pattern: Box<[u8]>,
    /// Compared with the last component alone.
    leaf_only: bool,
    anchored: bool,
    wild: bool,
    /// Starts with `**`: sees a slash before the name.
    slash_before: bool,
    /// Ends with `***`: sees a slash behind a directory's name.
    slash_behind: bool,
    mode: Mode,
}

impl Rule {
    /// A rule with a pattern. `shape` is the part of it that was written as a pattern: wildcards count there only.
    #[must_use]
    pub(super) fn new(sign: Sign, traits: Traits, pattern: &[u8], shape: &[u8]) -> Self {
        let slashes = pattern.iter().filter(|&&b| b == b'/').count();
        let wild = super::path::has_wildcard(shape);
        let double = wild && shape.windows(2).any(|w| w == b"**");
        let slash_before = double && pattern.starts_with(b"**");
        let (anchored, pattern) = match pattern.strip_prefix(b"/") {
            Some(rest) => (true, rest),
            None => (false, pattern),
        };
        Self {
            action: Action::Plain(sign),
            traits,
            pattern: pattern.into(),
            leaf_only: slashes == 0 && !double,
            anchored,
            wild,
            slash_before,
            slash_behind: double && pattern.ends_with(b"***"),
            mode: match (anchored, double) {
                (false, false) if slashes > 0 => Mode::Last(slashes.saturating_add(1)),
                (false, true) if !slash_before => Mode::Anywhere,
                _ => Mode::Whole,
            },
        }
    }

    /// The pattern as it was written.
    pub(super) fn text(&self) -> Vec<u8> {
        let start: &[u8] = if self.anchored { b"/" } else { b"" };
        let end: &[u8] = if self.traits.dir_only { b"/" } else { b"" };
        [start, &self.pattern, end].concat()
    }

    /// A place holder for another list.
    #[must_use]
    pub(super) fn list(action: Action, perishable: bool) -> Self {
        let traits = Traits { perishable, ..Traits::default() };
        Self { action, ..Self::new(Sign::Exclude, traits, b"", b"") }
    }

    /// Bytes it holds.
    pub(super) fn bytes(&self) -> usize {
        self.pattern.len()
    }

    /// Whether it matches. The order of the tests is part of the meaning: a negated directory-only rule matches every file.
    #[must_use]
    pub(super) fn matches(&self, query: &Query) -> bool {
        if query.name.is_empty() || (query.kind == Kind::Xattr) != self.traits.xattr {
            return false;
        }
        if self.traits.dir_only && query.kind != Kind::Dir {
            return self.traits.negate;
        }
        self.covers(query) != self.traits.negate
    }

    fn covers(&self, query: &Query) -> bool {
        if self.leaf_only {
            return if self.wild {
                wildmatch(&self.pattern, &[query.leaf], Mode::Whole)
            } else {
                *self.pattern == *query.leaf
            };
        }
        let (root, slash): (&[u8], &[u8]) = if self.traits.absolute && !query.root.is_empty() {
            (query.root, b"/")
        } else if self.slash_before {
            (b"", b"/")
        } else {
            (b"", b"")
        };
        let tail: &[u8] = if self.slash_behind && query.kind == Kind::Dir { b"/" } else { b"" };
        let text = [root, slash, query.name, tail];
        if self.wild {
            wildmatch(&self.pattern, &text, self.mode)
        } else {
            ends_with_elements(&text, &self.pattern, self.anchored)
        }
    }
}

/// Whether the text is `pattern` or, unless `whole`, ends with a slash and `pattern`.
fn ends_with_elements(text: &[&[u8]], pattern: &[u8], whole: bool) -> bool {
    let mut rest = pattern;
    for piece in text.iter().rev().filter(|piece| !piece.is_empty()) {
        let before = match rest.strip_suffix(*piece) {
            Some(shorter) => {
                rest = shorter;
                continue;
            }
            None => piece.strip_suffix(rest),
        };
        return !whole && before.is_some_and(|before| before.ends_with(b"/"));
    }
    rest.is_empty()
}
