//! What was read where, for whoever explains a configuration rather than uses it.

use super::error::ConfigError;
use super::lex::Place;

/// All that the files say, in the order of reading. A file that is broken in one place is read on behind it.
#[derive(Debug, Default)]
pub struct Trace {
    /// Each file with its text, as often as it was read; the first is the configuration itself.
    pub files: Vec<(String, Vec<u8>)>,
    /// Every assignment to a known parameter.
    pub settings: Vec<Set>,
    /// Every header but `[global]`.
    pub headers: Vec<Header>,
    /// Settings read before the first header of any kind, where the listener stops.
    pub first_header: Option<usize>,
    /// What ends the load for the daemon.
    pub errors: Vec<ConfigError>,
}

/// Where an assignment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// In the global part.
    Global,
    /// In the module with this index.
    Module(usize),
    /// Behind a header that could not be read: it belongs to nothing.
    Lost,
}

/// One assignment.
#[derive(Clone, Debug)]
pub struct Set {
    /// The parameter's own spelling of its name.
    pub name: &'static str,
    /// As written, `%VAR%` not expanded.
    pub value: Vec<u8>,
    /// Index in [`Trace::files`].
    pub file: usize,
    /// Where the line begins.
    pub at: Place,
    /// Where the value begins.
    pub value_at: Place,
    /// Where it counts.
    pub part: Part,
    /// In the global part: the number of headers read when an `&include` that ended took it back.
    pub until: usize,
    /// In the global part: the module that was open when the `&include` above it began.
    pub behind_include: Option<usize>,
}

/// One `[module]`.
#[derive(Clone, Debug)]
pub struct Header {
    /// The module's index.
    pub module: usize,
    /// Its name as spelled here.
    pub name: Vec<u8>,
    /// Index in [`Trace::files`].
    pub file: usize,
    /// Where it stands.
    pub at: Place,
    /// Settings read before it.
    pub born: usize,
}

/// Which line gave which value, sorted so that a file of many modules is looked through once.
pub struct Places<'a> {
    /// Settings of each module.
    own: Vec<Vec<&'a Set>>,
    /// Settings of the global part, with their number.
    global: Vec<(usize, &'a Set)>,
    /// The first header of each module, with its number.
    first: Vec<(usize, &'a Header)>,
}

impl<'a> Places<'a> {
    /// Sorts what was read.
    #[must_use]
    pub fn of(trace: &'a Trace) -> Self {
        let mut places = Self { own: Vec::new(), global: Vec::new(), first: Vec::new() };
        for (number, header) in trace.headers.iter().enumerate() {
            // Modules are numbered in the order of their first headers.
            if header.module == places.first.len() {
                places.first.push((number, header));
                places.own.push(Vec::new());
            }
        }
        for (number, set) in trace.settings.iter().enumerate() {
            match set.part {
                Part::Global => places.global.push((number, set)),
                Part::Module(module) => places.own.get_mut(module).into_iter().for_each(|own| own.push(set)),
                Part::Lost => {}
            }
        }
        places
    }

    /// The first header of a module.
    #[must_use]
    pub fn header(&self, module: usize) -> Option<&'a Header> {
        self.first.get(module).map(|(_, header)| *header)
    }

    /// The settings that stand in a module.
    pub fn own(&self, module: usize) -> &[&'a Set] {
        self.own.get(module).map_or(&[], Vec::as_slice)
    }

    /// The line in force for a global parameter, or for a default at the end of the file.
    #[must_use]
    pub fn global(&self, name: &str) -> Option<&'a Set> {
        self.global.iter().rev().map(|(_, set)| *set).find(|set| set.name == name && set.until == usize::MAX)
    }

    /// The assignment that gives a module's parameter its value, if there is one: the module's own, else the default in force
    /// when the module began; for strings (`late`) else the one at the end of the file.
    #[must_use]
    #[inline(never)]
    pub fn source(&self, module: usize, name: &str, late: bool) -> Option<&'a Set> {
        if let Some(set) = self.own(module).iter().rev().find(|set| set.name == name) {
            return Some(set);
        }
        let &(first, header) = self.first.get(module)?;
        let inherited = |&&(at, set): &&(usize, &Set)| set.name == name && at < header.born && set.until > first;
        let found = self.global.iter().rev().find(inherited).map(|(_, set)| *set);
        found.or_else(|| self.global(name).filter(|_| late))
    }
}
