//! From texts and files to lists: what each source is read as, and how a rule is stored (anchoring, sides, directory form).

use super::filters::{FileError, Filters, Note, ReadFile, Side};
use super::parse::{Command, Fault, FilterError, Mods, Parsed, Syntax, Template, is_space, parse};
use super::rule::{Action, Rule, Sign, Traits};
use super::{list::RuleList, path};
use crate::limits;

/// The list that is being filled.
pub(super) struct Place<'a> {
    pub list: &'a mut RuleList,
    pub owner: Owner<'a>,
    /// Set when a clear was met: a per-directory list then hides what it would inherit.
    pub cut: bool,
}

/// Whose list it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner<'a> {
    /// The module's.
    Daemon,
    /// The peer's, or the CVS list.
    User,
    /// Per-directory rules read at this depth. The prefix (empty, or with a slash before and none behind) is put before
    /// anchored patterns; none in a file that such a file merges. `user`: a rule of the peer named the file.
    PerDir { depth: usize, prefix: Option<&'a [u8]>, user: bool },
}

/// Reads the files that merge rules name.
pub(super) enum Reader<'a> {
    /// None are allowed.
    Refuse,
    /// The operator's own.
    Daemon(&'a mut ReadFile<'a>),
    /// Below the module root; `here` is the directory being entered.
    PerDir { read: &'a mut dyn FnMut(&[u8]) -> Option<Vec<u8>>, here: &'a [u8] },
}

/// Where rules come from, and what may still be read from there.
pub(super) struct Source<'a> {
    pub reader: Reader<'a>,
    /// Merge files inside merge files.
    nesting: usize,
    /// Items that may still be read: bounds the work of files that merge files.
    items_left: usize,
}

impl<'a> Source<'a> {
    pub fn new(reader: Reader<'a>) -> Self {
        Self { reader, nesting: 0, items_left: limits::FILTER_RULES }
    }
}

impl Filters {
    /// Reads a whole string of rules (configuration parameters).
    pub(super) fn load_string(
        &mut self,
        mut text: &[u8],
        template: &Template,
        place: &mut Place,
        source: &mut Source,
    ) -> Result<(), FilterError> {
        loop {
            let Some(start) = text.iter().position(|&b| !is_space(b)) else {
                return Ok(());
            };
            text = text.get(start..).unwrap_or_default();
            let word = text.split(|&b| is_space(b)).next().unwrap_or(text);
            let (parsed, rest) = parse(text, template).map_err(|fault| fault.describe(word, None))?;
            self.accept(&parsed, word, None, place, source)?;
            text = rest;
        }
    }

    /// Reads the contents of a file called `name`.
    pub(super) fn load_file(
        &mut self,
        name: &[u8],
        contents: &[u8],
        template: &Template,
        place: &mut Place,
        source: &mut Source,
    ) -> Result<(), FilterError> {
        if contents.len() > limits::MERGE_FILE {
            return Err(FilterError { text: [b"filter file too large: ", name].concat(), exit: 22 });
        }
        if template.words {
            let label = [b"<rule from ", name, b">"].concat();
            let mut words = contents.split(|&b| is_space(b) || b == 0).filter(|word| !word.is_empty());
            return words.try_for_each(|word| self.load_item(word, &|| label.clone(), template, place, source));
        }
        for (number, line) in lines(contents, self.from0) {
            let label = || [b"<rule from ", name, b" line ", number.to_string().as_bytes(), b">"].concat();
            let line = line.split(|&b| b == 0).next().unwrap_or(line);
            if !matches!(line.first(), None | Some(b'#' | b';')) {
                self.load_item(line, &label, template, place, source)?;
            }
        }
        Ok(())
    }

    fn load_item(
        &mut self,
        item: &[u8],
        label: &dyn Fn() -> Vec<u8>,
        template: &Template,
        place: &mut Place,
        source: &mut Source,
    ) -> Result<(), FilterError> {
        source.items_left = source.items_left.checked_sub(1).ok_or_else(too_many)?;
        if item.len() > limits::FILTER_RULE {
            self.notes.push(over_long(&label()));
            return Ok(());
        }
        let (parsed, _) = parse(item, template).map_err(|fault| fault.describe(item, Some(&label())))?;
        self.accept(&parsed, item, Some(label), place, source)
    }

    /// Carries out one parsed rule. `label` stands for the text where that came from a file.
    pub(super) fn accept(
        &mut self,
        parsed: &Parsed,
        text: &[u8],
        label: Option<&dyn Fn() -> Vec<u8>>,
        place: &mut Place,
        source: &mut Source,
    ) -> Result<(), FilterError> {
        let shown = || label.map_or_else(|| text.to_vec(), |label| label());
        if parsed.pattern.len() >= limits::MAXPATH {
            self.notes.push(over_long(&shown()));
            return Ok(());
        }
        let mut mods = parsed.mods;
        let merge = matches!(parsed.command, Command::Merge | Command::DirMerge);
        // With --delete-excluded, what hides a name does not protect it.
        let sender_only = self.delete_excluded
            && matches!(place.owner, Owner::PerDir { user: true, .. })
            && !(mods.sender || mods.receiver)
            && !(merge && mods.bare.is_none());
        mods.sender |= sender_only;
        if parsed.command == Command::Clear {
            self.clear(place);
            return Ok(());
        }
        if mods.exclude_self && merge {
            let base = parsed.pattern.rsplit(|&b| b == b'/').next().unwrap_or(parsed.pattern);
            self.store(Sign::Exclude, Mods::default(), base, place)?;
        }
        if self.other_side(mods) {
            return Ok(());
        }
        match parsed.command {
            Command::Merge => {
                if matches!(source.reader, Reader::Refuse) {
                    return Err(Fault::Unknown.describe(text, label.map(|label| label()).as_deref()));
                }
                self.merge_now(parsed.pattern, mods, place, source)
            }
            Command::DirMerge => self.register(parsed.pattern, mods, place),
            Command::Rule(_) if mods.cvs => {
                self.build_cvs()?;
                self.put(Rule::list(Action::Cvs, mods.perishable), place)
            }
            Command::Rule(sign) => self.store(sign, mods, parsed.pattern, place),
            Command::Clear => Ok(()),
        }
    }

    /// Empties a list; per-directory files that were named by it are read no more.
    fn clear(&mut self, place: &mut Place) {
        for index in place.list.mergers() {
            if let Some(merger) = self.mergers.get_mut(index) {
                merger.retire();
            }
        }
        place.list.clear();
        place.cut = true;
    }

    /// Whether a rule is for the other role only.
    fn other_side(&self, mods: Mods) -> bool {
        match self.side {
            Side::Sender => mods.receiver && !mods.sender,
            Side::Receiver => mods.sender && !mods.receiver,
        }
    }

    fn merge_now(
        &mut self,
        name: &[u8],
        mods: Mods,
        place: &mut Place,
        source: &mut Source,
    ) -> Result<(), FilterError> {
        if source.nesting >= limits::MERGE_DEPTH {
            let limit = limits::MERGE_DEPTH.to_string();
            let text = [b"merge-file include depth limit (", limit.as_bytes(), b") exceeded at ", name].concat();
            return Err(FilterError { text, exit: 11 });
        }
        let contents = match &mut source.reader {
            Reader::Daemon(files) => files(name),
            Reader::PerDir { read, here } => {
                let path = self.merge_path(name, here);
                let contents = if self.daemon_hides_path(&path, false) { None } else { read(&path) };
                contents.ok_or_else(FileError::missing)
            }
            Reader::Refuse => Err(FileError::missing()),
        };
        let contents = contents.map_err(|error| {
            let list: &[u8] = if mods.bare == Some(Sign::Include) { b"include" } else { b"exclude" };
            FilterError { text: [b"failed to open ", list, b" file ", name, b": ", &error.text].concat(), exit: 11 }
        })?;
        // A file that a per-directory file merges is anchored at the transfer root, as in stock.
        let outer = place.owner;
        if let Owner::PerDir { prefix, .. } = &mut place.owner {
            *prefix = None;
        }
        source.nesting = source.nesting.saturating_add(1);
        let loaded = self.load_file(name, &contents, &Template::of_file(mods), place, source);
        source.nesting = source.nesting.saturating_sub(1);
        place.owner = outer;
        loaded
    }

    /// Path from the module root of a file merged while `here` is entered: a bare name is in the transfer root.
    fn merge_path(&self, name: &[u8], here: &[u8]) -> Vec<u8> {
        if let Some(rest) = name.strip_prefix(b"/") {
            return path::sanitise(rest, b"", 0, false);
        }
        let from = if name.contains(&b'/') { here } else { &self.root };
        path::sanitise(&path::join(from, name), b"", 0, false)
    }

    /// The built-in CVS patterns and the home file's, once.
    fn build_cvs(&mut self) -> Result<(), FilterError> {
        if !self.cvs.is_empty() {
            return Ok(());
        }
        let mut list = RuleList::default();
        let mut place = Place { list: &mut list, owner: Owner::User, cut: false };
        let mut source = Source::new(Reader::Refuse);
        let mut template = Template::plain(Syntax::Bare(Sign::Exclude, true), true);
        template.inherit.perishable = self.protocol >= 30;
        self.load_string(CVS, &template, &mut place, &mut source)?;
        template.inherit.perishable = false;
        let home = std::mem::take(&mut self.home_cvsignore);
        self.load_file(b".cvsignore", &home, &template, &mut place, &mut source)?;
        self.cvs = list;
        Ok(())
    }

    /// Stores a rule with a pattern in the form its list asks for.
    fn store(&mut self, sign: Sign, mods: Mods, pattern: &[u8], place: &mut Place) -> Result<(), FilterError> {
        let mut traits = Traits {
            absolute: mods.absolute,
            negate: mods.negate,
            perishable: mods.perishable,
            xattr: mods.xattr,
            dir_only: false,
        };
        let mut pattern = pattern;
        if let (Some(shorter), true) = (pattern.strip_suffix(b"/"), pattern.len() > 1) {
            pattern = shorter;
            traits.dir_only = true;
        }
        self.xattr_rules |= traits.xattr;
        let rule = match place.owner {
            Owner::Daemon => {
                traits.absolute |= pattern.contains(&b'/');
                if traits.dir_only && sign == Sign::Exclude {
                    traits.dir_only = false;
                    let pattern = [pattern, b"/***"].concat();
                    Rule::new(sign, traits, &pattern, &pattern)
                } else {
                    Rule::new(sign, traits, pattern, pattern)
                }
            }
            Owner::PerDir { prefix: Some(prefix), .. } if !traits.absolute && pattern.starts_with(b"/") => {
                traits.absolute = true;
                let wild = path::has_wildcard(pattern);
                let prefix = if wild { path::escape_wildcards(prefix) } else { prefix.to_vec() };
                Rule::new(sign, traits, &[&prefix, pattern].concat(), pattern)
            }
            _ => Rule::new(sign, traits, pattern, pattern),
        };
        self.put(rule, place)
    }

    /// Appends a rule, within the session's limits.
    pub(super) fn put(&mut self, rule: Rule, place: &mut Place) -> Result<(), FilterError> {
        place.list.push(rule);
        let rules = place.list.len().saturating_add(self.levels_rules);
        let bytes = place.list.bytes().saturating_add(self.levels_bytes);
        if rules > limits::FILTER_RULES || bytes > limits::FILTER_BYTES { Err(too_many()) } else { Ok(()) }
    }
}

/// Patterns that CVS ignores.
const CVS: &[u8] =
    b"RCS SCCS CVS CVS.adm RCSLOG cvslog.* tags TAGS .make.state .nse_depinfo *~ #* .#* ,* _$* *$ *.old *.bak \
    *.BAK *.orig *.rej .del-* *.a *.olb *.o *.obj *.so *.exe *.Z *.elc *.ln core .svn/ .git/ .hg/ .bzr/";

/// Numbered lines: they end at LF, CR or CRLF, with `from0` at NUL only.
fn lines(contents: &[u8], from0: bool) -> impl Iterator<Item = (usize, &[u8])> {
    let mut number = 0usize;
    let mut after_cr = false;
    let ends = move |b: &u8| if from0 { *b == 0 } else { *b == b'\n' || *b == b'\r' };
    contents.split_inclusive(ends).filter_map(move |line| {
        let lone_lf = after_cr && line == b"\n";
        after_cr = !from0 && line.ends_with(b"\r");
        if lone_lf {
            return None;
        }
        number = number.saturating_add(1);
        Some((number, line.split_last().filter(|(last, _)| ends(last)).map_or(line, |(_, line)| line)))
    })
}

pub(super) fn too_many() -> FilterError {
    FilterError { text: b"too many filter rules".to_vec(), exit: 22 }
}

/// The note for a rule that is dropped; at most 100 bytes of it are shown.
pub(super) fn over_long(rule: &[u8]) -> Note {
    let shown = rule.get(..100).unwrap_or(rule);
    Note { text: [b"discarding over-long filter: ", shown].concat(), io_error: false }
}
