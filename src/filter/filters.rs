//! The filter rules of one session: the module's list, the peer's list, and what per-directory files add to both.

use super::list::{Nested, RuleList, Verdict};
use super::load::{Owner, Place, Reader, Source, over_long, too_many};
use super::merge::Merger;
use super::parse::{Fault, FilterError, Syntax, Template, parse};
use super::path;
use super::rule::{Kind, Query, Sign};
use crate::limits;
use std::borrow::Cow;

/// The role that this end plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Sends files: excluded names are hidden.
    Sender,
    /// Receives files: excluded names are protected.
    Receiver,
}

/// What a text without a prefix means in an old-style list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Default_ {
    /// `include`, `include from`.
    Include,
    /// `exclude`, `exclude from`.
    Exclude,
}

impl From<Default_> for Sign {
    fn from(default: Default_) -> Self {
        match default {
            Default_::Include => Self::Include,
            Default_::Exclude => Self::Exclude,
        }
    }
}

/// Reads the file that a rule of the module's `filter` names.
pub type ReadFile<'a> = dyn FnMut(&[u8]) -> Result<Vec<u8>, FileError> + 'a;

/// Why a merge file cannot be read, in the system's words with the number: `Permission denied (13)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileError {
    /// The words.
    pub text: Vec<u8>,
}

impl FileError {
    /// There is no such file, or it may not be seen.
    #[must_use]
    pub fn missing() -> Self {
        Self { text: b"No such file or directory (2)".to_vec() }
    }
}

/// Something to tell the peer; the session goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The message, without role prefix and line end.
    pub text: Vec<u8>,
    /// Counts as an I/O error: no deletion.
    pub io_error: bool,
}

/// All filter rules of one session.
///
/// Names are relative to the transfer root unless said otherwise, without a leading or trailing slash. The transfer root itself
/// (`""` or `"."`) is never filtered.
#[derive(Clone, Debug)]
pub struct Filters {
    pub(super) side: Side,
    pub(super) protocol: u32,
    pub(super) from0: bool,
    pub(super) delete_excluded: bool,
    /// Transfer root from the module root, without slashes at its ends.
    pub(super) root: Vec<u8>,
    daemon: RuleList,
    pub(super) user: RuleList,
    pub(super) cvs: RuleList,
    pub(super) home_cvsignore: Vec<u8>,
    pub(super) mergers: Vec<Merger>,
    /// Rules and bytes in the lists of `mergers`.
    pub(super) levels_rules: usize,
    pub(super) levels_bytes: usize,
    pub(super) xattr_rules: bool,
    pub(super) notes: Vec<Note>,
    wire_rules: usize,
    wire_bytes: usize,
}

impl Filters {
    /// No rules yet. `protocol` is the negotiated version: below 29 the peer's rules have the old syntax.
    #[must_use]
    pub fn new(side: Side, protocol: u32) -> Self {
        Self {
            side,
            protocol,
            from0: false,
            delete_excluded: false,
            root: Vec::new(),
            daemon: RuleList::default(),
            user: RuleList::default(),
            cvs: RuleList::default(),
            home_cvsignore: Vec::new(),
            mergers: Vec::new(),
            levels_rules: 0,
            levels_bytes: 0,
            xattr_rules: false,
            notes: Vec::new(),
            wire_rules: 0,
            wire_bytes: 0,
        }
    }

    /// `--from0`: lines of merge files end at NUL.
    pub fn set_from0(&mut self, on: bool) {
        self.from0 = on;
    }

    /// `--delete-excluded`: rules without a side in the peer's per-directory files hide, but do not protect.
    pub fn set_delete_excluded(&mut self, on: bool) {
        self.delete_excluded = on;
    }

    /// Contents of `.cvsignore` in the chroot's root, for `-C`. Without a chroot stock 3.5.0 reads no such file. Call first.
    pub fn set_home_cvsignore(&mut self, contents: Vec<u8>) {
        self.home_cvsignore = contents;
    }

    /// Names are relative to this directory from now on; itself it is relative to the module root (on a server without modules:
    /// to `/`).
    pub fn set_transfer_root(&mut self, dir_from_module_root: &[u8]) {
        self.root = path::join(b"", dir_from_module_root);
    }

    /// Adds the module's `filter`: rules separated by white space. `files` reads what `merge` names.
    ///
    /// # Errors
    /// A bad rule (exit 1), an unreadable file (exit 11), too many rules (exit 22).
    pub fn add_daemon_filter(&mut self, text: &[u8], files: &mut ReadFile) -> Result<(), FilterError> {
        self.daemon_list(Reader::Daemon(files), |filters, place, source| {
            filters.load_string(text, &Template::plain(Syntax::New, true), place, source)
        })
    }

    /// Adds the module's `include` or `exclude`: patterns separated by white space.
    ///
    /// # Errors
    /// A sign without a pattern (exit 1), too many rules (exit 22).
    pub fn add_daemon_words(&mut self, text: &[u8], default: Default_) -> Result<(), FilterError> {
        self.daemon_list(Reader::Refuse, |filters, place, source| {
            filters.load_string(text, &Template::plain(Syntax::Old(default.into()), true), place, source)
        })
    }

    /// Adds the lines of the module's `include from` or `exclude from`.
    ///
    /// # Errors
    /// As [`Self::add_daemon_words`].
    pub fn add_daemon_lines(&mut self, contents: &[u8], default: Default_) -> Result<(), FilterError> {
        let from0 = std::mem::take(&mut self.from0);
        let added = self.daemon_list(Reader::Refuse, |filters, place, source| {
            let template = Template::plain(Syntax::Old(default.into()), false);
            filters.load_file(b"file", contents, &template, place, source)
        });
        self.from0 = from0;
        added
    }

    /// Adds one record of the peer's list, its length not included. `Some` is a message for the peer; the rule was skipped.
    ///
    /// # Errors
    /// A bad rule (exit 1); a record longer than [`limits::FILTER_RULE`], or too many (exit 22).
    pub fn add_wire_rule(&mut self, text: &[u8]) -> Result<Option<Vec<u8>>, FilterError> {
        if text.len() > limits::FILTER_RULE {
            return Err(FilterError { text: b"buffer overflow: recv_rules".to_vec(), exit: 22 });
        }
        self.wire_rules = self.wire_rules.saturating_add(1);
        self.wire_bytes = self.wire_bytes.saturating_add(text.len());
        if self.wire_rules > limits::FILTER_RULES || self.wire_bytes > limits::FILTER_BYTES {
            return Err(too_many());
        }
        let syntax = if self.protocol < 29 { Syntax::Old(Sign::Exclude) } else { Syntax::New };
        let noted = self.notes.len();
        self.add_user_rule(text, syntax)?;
        Ok(if self.notes.len() > noted { self.notes.pop().map(|note| note.text) } else { None })
    }

    /// Adds a rule from the server's own arguments, always in the new syntax; merge files are refused.
    ///
    /// # Errors
    /// A bad rule (exit 1), too many (exit 22).
    pub fn add_rule(&mut self, text: &[u8]) -> Result<(), FilterError> {
        if text.len() > limits::FILTER_RULE {
            self.notes.push(over_long(text));
            return Ok(());
        }
        self.add_user_rule(text, Syntax::New)
    }

    /// What a sender appends to the peer's list for `-C`: per-directory `.cvsignore` files, then the CVS list.
    ///
    /// # Errors
    /// Too many rules (exit 22).
    pub fn add_cvs_defaults(&mut self) -> Result<(), FilterError> {
        self.add_cvs_merge_only()?;
        self.add_user_rule(b"-C", Syntax::New)
    }

    /// What a receiver below protocol 29 appends for `-C`: the peer has sent the CVS list.
    ///
    /// # Errors
    /// Too many rules (exit 22).
    pub fn add_cvs_merge_only(&mut self) -> Result<(), FilterError> {
        self.add_user_rule(b":C", Syntax::New)
    }

    /// Messages that came up since the last call: over-long rules, directories whose path is too long.
    pub fn take_notes(&mut self) -> Vec<Note> {
        std::mem::take(&mut self.notes)
    }

    /// Whether there are no rules at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.daemon.is_empty() && self.user.is_empty()
    }

    /// Whether directories have to be entered with [`Self::enter_dir`].
    #[must_use]
    pub fn has_per_dir(&self) -> bool {
        !self.mergers.is_empty()
    }

    /// Whether any rule was for extended attributes: such rules then replace the built-in choice of namespaces.
    #[must_use]
    pub fn has_xattr_rules(&self) -> bool {
        self.xattr_rules
    }

    /// Whether a name is left out: by the module's list or by the peer's. Either suffices; an include in one does not help in
    /// the other.
    #[inline]
    #[must_use]
    pub fn hides(&self, name: &[u8], is_dir: bool) -> bool {
        self.daemon_hides(name, is_dir) || self.user_excludes(name, is_dir)
    }

    /// Whether the module's list excludes a name.
    #[inline]
    #[must_use]
    pub fn daemon_hides(&self, name: &[u8], is_dir: bool) -> bool {
        !self.daemon.is_empty() && self.excluded(&self.daemon, &self.query(name, is_dir, false))
    }

    /// Whether the peer's list excludes a name.
    #[inline]
    #[must_use]
    pub fn user_excludes(&self, name: &[u8], is_dir: bool) -> bool {
        !self.user.is_empty() && self.excluded(&self.user, &self.query(name, is_dir, false))
    }

    /// Whether a name must stay although the sender does not have it. `inside_doomed`: the directory that holds it is being
    /// deleted, so perishable rules do not count.
    #[must_use]
    pub fn protects(&self, name: &[u8], is_dir: bool, inside_doomed: bool) -> bool {
        let query = self.query(name, is_dir, inside_doomed);
        self.excluded(&self.daemon, &query) || self.excluded(&self.user, &query)
    }

    /// Whether the module's list excludes a path from the module root, or a directory on the way to it: for what a peer names
    /// in arguments and options. `..` is collapsed first.
    #[must_use]
    pub fn daemon_hides_path(&self, path_from_module_root: &[u8], is_dir: bool) -> bool {
        if self.daemon.is_empty() {
            return false;
        }
        let path = match path::clean_name(path_from_module_root, true) {
            Ok(path) => path,
            Err(_) => Cow::Owned(path::sanitise(path_from_module_root, b"", 0, false)),
        };
        let path = path.strip_suffix(b"/").unwrap_or(&path);
        let excluded = |name, kind| self.excluded(&self.daemon, &Query::new(name, kind, b"", false));
        let slashes = path.iter().enumerate().filter(|&(_, &b)| b == b'/');
        let mut parents = slashes.filter_map(|(at, _)| path.get(..at));
        parents.any(|parent| excluded(parent, Kind::Dir)) || excluded(path, if is_dir { Kind::Dir } else { Kind::File })
    }

    /// Whether an extended attribute is left out, by its full name.
    #[must_use]
    pub fn excludes_xattr(&self, name: &[u8]) -> bool {
        let query = Query::new(name, Kind::Xattr, b"", false);
        self.excluded(&self.daemon, &query) || self.excluded(&self.user, &query)
    }

    pub(super) fn user_list(&self) -> &RuleList {
        &self.user
    }

    pub(super) fn nested(&self) -> Nested<'_> {
        Nested { mergers: &self.mergers, cvs: &self.cvs }
    }

    pub(super) fn query<'a>(&'a self, name: &'a [u8], is_dir: bool, doomed: bool) -> Query<'a> {
        let name = if name == b"." { b"" } else { name };
        Query::new(name, if is_dir { Kind::Dir } else { Kind::File }, &self.root, doomed)
    }

    fn excluded(&self, list: &RuleList, query: &Query) -> bool {
        list.check(query, self.nested()) == Verdict::Exclude
    }

    fn daemon_list(
        &mut self,
        reader: Reader,
        load: impl FnOnce(&mut Self, &mut Place, &mut Source) -> Result<(), FilterError>,
    ) -> Result<(), FilterError> {
        let mut list = std::mem::take(&mut self.daemon);
        let loaded =
            load(self, &mut Place { list: &mut list, owner: Owner::Daemon, cut: false }, &mut Source::new(reader));
        self.daemon = list;
        loaded
    }

    fn add_user_rule(&mut self, text: &[u8], syntax: Syntax) -> Result<(), FilterError> {
        // As stock's, a text ends at its first NUL.
        let text = text.split(|&b| b == 0).next().unwrap_or(text);
        if text.is_empty() {
            return Ok(());
        }
        let (parsed, _) =
            parse(text, &Template::plain(syntax, false)).map_err(|fault: Fault| fault.describe(text, None))?;
        let mut list = std::mem::take(&mut self.user);
        let mut place = Place { list: &mut list, owner: Owner::User, cut: false };
        let added = self.accept(&parsed, text, None, &mut place, &mut Source::new(Reader::Refuse));
        self.user = list;
        added
    }
}
