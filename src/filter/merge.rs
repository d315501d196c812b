//! Per-directory merge files: which are looked for, and the rules they have added on the way down to the current directory.

use super::filters::{Filters, Note};
use super::list::{Nested, RuleList, Verdict};
use super::load::{Owner, Place, Reader, Source, too_many};
use super::parse::{FilterError, Mods, Template};
use super::path;
use super::rule::{Action, Query, Rule};
use crate::limits;

/// One name of per-directory file, with the rules found so far.
#[derive(Clone, Debug)]
pub struct Merger {
    base: Vec<u8>,
    mods: Mods,
    /// The name with its directories, until the parents of the first directory have been read.
    parents: Option<Vec<u8>>,
    /// A rule of the peer, not of the module, asked for it.
    user: bool,
    /// Depth of the directory whose file asked for it.
    born: Option<usize>,
    /// Its rule was cleared.
    retired: bool,
    /// From the outermost directory inwards; the innermost rules come first.
    levels: Vec<Level>,
}

/// The rules of one file.
#[derive(Clone, Debug)]
struct Level {
    depth: usize,
    rules: RuleList,
    /// What outer directories say does not count.
    cut: bool,
}

impl Merger {
    /// Name of the file, without directories.
    pub(super) fn base(&self) -> &[u8] {
        &self.base
    }

    pub(super) fn check(&self, query: &Query, nested: Nested) -> Verdict {
        for level in self.levels.iter().rev() {
            let verdict = level.rules.check(query, nested);
            if verdict != Verdict::None || level.cut {
                return verdict;
            }
        }
        Verdict::None
    }

    pub(super) fn retire(&mut self) {
        self.retired = true;
    }
}

impl Filters {
    /// Reads the per-directory files of `dir`, which is `depth` directories below the transfer root; rules of directories at
    /// that depth and deeper are forgotten first. `read` gets a path from the module root and answers the contents of a regular
    /// file, or `None`. Without per-directory rules this does nothing.
    ///
    /// # Errors
    /// A bad rule in a file (exit 1), a file that it merges is missing (exit 11), too many rules (exit 22).
    pub fn enter_dir(
        &mut self,
        dir: &[u8],
        depth: usize,
        read: &mut dyn FnMut(&[u8]) -> Option<Vec<u8>>,
    ) -> Result<(), FilterError> {
        self.leave_to(depth);
        if self.mergers.is_empty() {
            return Ok(());
        }
        let here = path::join(&self.root, dir);
        let mut source = Source::new(Reader::PerDir { read, here: &here });
        let mut index = 0usize;
        // Files that are read here may name further ones, which are then read here as well.
        while let Some(merger) = self.mergers.get_mut(index) {
            if let Some(name) = merger.parents.take() {
                self.read_parents(index, &name, &here, depth, &mut source)?;
            }
            self.read_level(index, &here, depth, &mut source)?;
            index = index.saturating_add(1);
        }
        Ok(())
    }

    /// Forgets the per-directory rules of directories at `depth` and deeper.
    pub fn leave_to(&mut self, depth: usize) {
        while self.mergers.last().is_some_and(|merger| merger.born.is_some_and(|born| born >= depth)) {
            if let Some(merger) = self.mergers.pop() {
                merger.levels.iter().for_each(|level| self.discount(level));
            }
        }
        for index in 0..self.mergers.len() {
            while let Some(level) =
                self.mergers.get_mut(index).and_then(|merger| merger.levels.pop_if(|level| level.depth >= depth))
            {
                self.discount(&level);
            }
        }
    }

    /// Takes up a dir-merge rule: puts its place in the list, unless that file name is being read already.
    pub(super) fn register(&mut self, name: &[u8], mods: Mods, place: &mut Place) -> Result<(), FilterError> {
        let name = name.strip_suffix(b"/").unwrap_or(name);
        let base = name.rsplit(|&b| b == b'/').next().unwrap_or(name);
        let known = self.mergers.iter().any(|merger| !merger.retired && merger.base == base);
        if known || matches!(base, b"" | b"." | b"..") {
            return Ok(());
        }
        if self.mergers.len() >= limits::MERGERS {
            return Err(too_many());
        }
        let (user, born) = match place.owner {
            Owner::Daemon => (false, None),
            Owner::User => (true, None),
            Owner::PerDir { depth, user, .. } => (user, Some(depth)),
        };
        let index = self.mergers.len();
        let parents = name.contains(&b'/').then(|| name.to_vec());
        let base = base.to_vec();
        self.mergers.push(Merger { base, mods, parents, user, born, retired: false, levels: Vec::new() });
        self.put(Rule::list(Action::PerDir(index), mods.perishable), place)
    }

    /// Reads the file in the directories above `here`, from the one its name starts at.
    fn read_parents(
        &mut self,
        index: usize,
        name: &[u8],
        here: &[u8],
        depth: usize,
        source: &mut Source,
    ) -> Result<(), FilterError> {
        let full = if name.starts_with(b"/") { name.to_vec() } else { path::join(here, name) };
        let full = path::sanitise(&full, b"", 0, false);
        let top = full.iter().rposition(|&b| b == b'/').and_then(|slash| full.get(..slash)).unwrap_or_default();
        let Some(below) = here.strip_prefix(top) else {
            return Ok(());
        };
        if !(top.is_empty() || below.is_empty() || below.starts_with(b"/")) {
            return Ok(());
        }
        if top.is_empty() && !here.is_empty() {
            self.read_level(index, b"", depth, source)?;
        }
        for (at, _) in here.iter().enumerate().skip(top.len().max(1)).filter(|&(_, &b)| b == b'/') {
            self.read_level(index, here.get(..at).unwrap_or_default(), depth, source)?;
        }
        Ok(())
    }

    /// Reads one file: directory `dir` from the module root.
    fn read_level(&mut self, index: usize, dir: &[u8], depth: usize, source: &mut Source) -> Result<(), FilterError> {
        let Some(merger) = self.mergers.get(index).filter(|merger| !merger.retired) else {
            return Ok(());
        };
        let (mods, user) = (merger.mods, merger.user);
        let file = path::join(dir, &merger.base);
        let mut level = Level { depth, rules: RuleList::default(), cut: mods.no_inherit };
        if let Some(contents) = self.merge_contents(&file, dir, source) {
            let prefix = if dir.is_empty() { Vec::new() } else { [b"/", dir].concat() };
            let owner = Owner::PerDir { depth, prefix: Some(&prefix), user };
            let mut place = Place { list: &mut level.rules, owner, cut: level.cut };
            self.load_file(&file, &contents, &Template::of_file(mods), &mut place, source)?;
            level.cut = place.cut;
        }
        if level.cut || !level.rules.is_empty() {
            self.levels_rules = self.levels_rules.saturating_add(level.rules.len());
            self.levels_bytes = self.levels_bytes.saturating_add(level.rules.bytes());
            if let Some(merger) = self.mergers.get_mut(index) {
                merger.levels.push(level);
            }
        }
        Ok(())
    }

    fn merge_contents(&mut self, file: &[u8], dir: &[u8], source: &mut Source) -> Option<Vec<u8>> {
        if file.len() >= limits::MAXPATH {
            let text = [b"cannot add local filter rules in long-named directory: ", dir].concat();
            self.notes.push(Note { text, io_error: true });
            return None;
        }
        if self.daemon_hides_path(file, false) {
            return None;
        }
        match &mut source.reader {
            Reader::PerDir { read, .. } => read(file),
            Reader::Daemon(_) | Reader::Refuse => None,
        }
    }

    fn discount(&mut self, level: &Level) {
        self.levels_rules = self.levels_rules.saturating_sub(level.rules.len());
        self.levels_bytes = self.levels_bytes.saturating_sub(level.rules.bytes());
    }
}
