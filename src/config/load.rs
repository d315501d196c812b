//! Files, directories, sections and overrides → one [`Config`].

use std::collections::HashMap;

use crate::escape::Escaped;
use crate::limits::{CONFIG_BYTES, CONFIG_DEPTH};

use super::assign::{Draft, Setting, assign, settle};
use super::error::{ConfigError, Spot};
use super::expand::Vars;
use super::lex::{Lexer, Line, Place};
use super::nearest::nearest;
use super::scan::{folded, same_name};
use super::source::{Kind, Source};
use super::table::{Kind as Type, lookup};
use super::trace::{Header, Part, Set, Trace};
use super::types::{Config, Global, Module, ModuleValues};

/// How much of the configuration is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The listener: up to the first section header of any kind, also inside an included file. `&include` restores nothing.
    GlobalsOnly,
    /// A connection: everything.
    Whole,
}

/// Loads the configuration at `path`.
///
/// `overrides` are name and value of each `--dparam`. They hold as if written before the first module header, or at the
/// end where there is none; an `&include` that ends restores older values, but not over an override.
///
/// # Errors
/// The file or one it includes cannot be read, or its form is broken so that the rest has no meaning. Unknown parameters and
/// bad values are no errors: they are in [`Config::warnings`].
pub fn load(
    source: &dyn Source,
    path: &[u8],
    overrides: &[(Vec<u8>, Vec<u8>)],
    scope: Scope,
    vars: Vars<'_>,
) -> Result<Config, ConfigError> {
    let mut loader = Loader::new(source, overrides, scope, vars);
    loader.file(path, &Spot::whole(path), 0)?;
    if !loader.overridden {
        loader.override_defaults()?;
    }
    Ok(loader.finish())
}

/// Reads the configuration at `path` to its end, whatever is wrong with it, and tells what was read where. What [`load`]
/// would have failed with is in [`Trace::errors`].
pub fn trace(source: &dyn Source, path: &[u8], vars: Vars<'_>) -> (Config, Trace) {
    let mut loader = Loader::new(source, &[], Scope::Whole, vars);
    loader.trace = Some(Trace::default());
    let failed = loader.file(path, &Spot::whole(path), 0).err();
    let mut trace = loader.trace.take().unwrap_or_default();
    trace.errors.extend(failed);
    (loader.finish(), trace)
}

struct Loader<'a> {
    source: &'a dyn Source,
    overrides: &'a [(Vec<u8>, Vec<u8>)],
    scope: Scope,
    vars: Vars<'a>,
    global: Global,
    defaults: Draft,
    sections: Vec<Section>,
    /// Folded name → index in `sections`.
    by_name: HashMap<Vec<u8>, usize>,
    /// The open module; `None` in the global part.
    current: Option<usize>,
    warnings: Vec<ConfigError>,
    overridden: bool,
    trace: Option<Trace>,
    /// Traced only: the header above could not be read, so that what follows belongs to nothing.
    lost: bool,
    /// Traced only: the module that an `&include` closed.
    closed: Option<usize>,
    /// Bytes that may still be read: files that include each other cannot multiply without end.
    budget: usize,
}

struct Section {
    name: Vec<u8>,
    place: (String, u32),
    draft: Draft,
}

/// Whether reading goes on after a file.
#[derive(PartialEq, Eq)]
enum Flow {
    Continue,
    Stop,
}

impl<'a> Loader<'a> {
    fn new(source: &'a dyn Source, overrides: &'a [(Vec<u8>, Vec<u8>)], scope: Scope, vars: Vars<'a>) -> Self {
        Self {
            source,
            overrides,
            scope,
            vars,
            global: Global::default(),
            defaults: Draft::default(),
            sections: Vec::new(),
            by_name: HashMap::new(),
            current: None,
            warnings: Vec::new(),
            overridden: false,
            trace: None,
            lost: false,
            closed: None,
            budget: CONFIG_BYTES,
        }
    }

    /// Reads one file; `from` is where it was named.
    fn file(&mut self, path: &[u8], from: &Spot, depth: usize) -> Result<Flow, ConfigError> {
        if depth > CONFIG_DEPTH {
            let message = format!("config files nested deeper than {CONFIG_DEPTH}: \"{}\"", Escaped(path));
            // A file that includes itself twice would be reported without end.
            self.forgive(from.error(message))?;
            return Ok(Flow::Stop);
        }
        let text = self
            .source
            .read(path)
            .map_err(|why| from.error(format!("unable to open config file \"{}\": {why}", Escaped(path))))?;
        self.budget = self.budget.checked_sub(text.len()).ok_or_else(|| {
            from.error(format!("configuration is larger than {CONFIG_BYTES} bytes at \"{}\"", Escaped(path)))
        })?;
        let mut spot = Spot { file: Escaped(path).to_string(), at: Place { line: 1, column: 1 } };
        let number = self.trace.as_mut().map_or(0, |trace| {
            trace.files.push((spot.file.clone(), text.clone()));
            trace.files.len().saturating_sub(1)
        });
        let mut lexer = Lexer::new(&text);
        loop {
            if self.scope == Scope::GlobalsOnly && lexer.header_is_next() {
                return Ok(Flow::Stop);
            }
            let (at, line) = match lexer.next() {
                Ok(Some(next)) => next,
                Ok(None) => return Ok(Flow::Continue),
                Err(malformed) => {
                    spot.at = malformed.at;
                    self.forgive(spot.error(format!("{}{}", malformed.message, Escaped(&malformed.text))))?;
                    if malformed.header {
                        (self.lost, self.current) = (true, None);
                    }
                    lexer.skip_malformed();
                    continue;
                }
            };
            spot.at = at;
            match line {
                Line::Header { name } => self.header(name, &spot, number)?,
                Line::Parameter { name, value, at: value_at } => {
                    let value_spot = Spot { file: spot.file.clone(), at: value_at };
                    if let Err(error) = self.parameter(&name, &value, &spot, &value_spot, number) {
                        self.forgive(error)?;
                    }
                }
                Line::Directive { word, value } => {
                    let flow = self.directive(&word, &value, &spot, depth).or_else(|error| {
                        self.forgive(error)?;
                        Ok(Flow::Continue)
                    });
                    if flow? == Flow::Stop {
                        return Ok(Flow::Stop);
                    }
                }
                Line::Skipped { message, text } => self.warn(&spot, &format!("{message}{}", Escaped(&text))),
            }
        }
    }

    /// What ends a load is only noted when the load is traced.
    fn forgive(&mut self, error: ConfigError) -> Result<(), ConfigError> {
        match &mut self.trace {
            Some(trace) => trace.errors.push(error),
            None => return Err(error),
        }
        Ok(())
    }

    fn header(&mut self, name: Vec<u8>, spot: &Spot, file: usize) -> Result<(), ConfigError> {
        (self.lost, self.closed) = (false, None);
        if let Some(trace) = &mut self.trace {
            trace.first_header.get_or_insert(trace.settings.len());
        }
        if same_name(&name, b"global") {
            self.current = None;
            return Ok(());
        }
        if !self.overridden {
            self.current = None;
            self.override_defaults()?;
        }
        let key: Vec<u8> = folded(&name).collect();
        let index = *self.by_name.entry(key).or_insert(self.sections.len());
        if let Some(trace) = &mut self.trace {
            let born = trace.settings.len();
            trace.headers.push(Header { module: index, name: name.clone(), file, at: spot.at, born });
        }
        if index == self.sections.len() {
            let place = (spot.file.clone(), spot.at.line);
            self.sections.push(Section { name, place, draft: self.defaults.clone() });
        }
        self.current = Some(index);
        Ok(())
    }

    fn parameter(
        &mut self,
        name: &[u8],
        value: &[u8],
        at: &Spot,
        value_at: &Spot,
        file: usize,
    ) -> Result<(), ConfigError> {
        let shown = Escaped(name);
        let Some(parameter) = lookup(name) else {
            let hint = nearest(name).map(|near| format!(" (did you mean \"{near}\"?)")).unwrap_or_default();
            if name.first() != Some(&b'-') {
                self.warn(at, &format!("Unknown Parameter encountered: \"{shown}\""));
            }
            self.warn(at, &format!("IGNORING unknown parameter \"{shown}\"{hint}"));
            return Ok(());
        };
        if parameter.kind.is_global() && (self.current.is_some() || self.lost) {
            self.warn(at, &format!("Global parameter {shown} found in module section!"));
            return Ok(());
        }
        if let Some(trace) = &mut self.trace {
            let part = match self.current {
                _ if self.lost => Part::Lost,
                Some(index) => Part::Module(index),
                None => Part::Global,
            };
            let (at, value_at, behind_include) = (at.at, value_at.at, self.closed);
            let (name, value) = (parameter.name, value.to_vec());
            trace.settings.push(Set { name, value, file, at, value_at, part, until: usize::MAX, behind_include });
        }
        if matches!(parameter.kind, Type::Name) {
            self.rename(value, value_at);
            return Ok(());
        }
        let mut nowhere = Draft::default();
        let draft = match self.current.and_then(|index| self.sections.get_mut(index)) {
            _ if self.lost => &mut nowhere,
            Some(section) => &mut section.draft,
            None => &mut self.defaults,
        };
        let setting = Setting { parameter, value };
        let complaint = assign(&setting, &mut self.global, draft, self.vars)
            .map_err(|overflow| value_at.error(overflow.to_string()))?;
        if let Some(text) = complaint {
            self.warn(value_at, &text);
        }
        Ok(())
    }

    /// `name` gives a module another name. Later headers know it by that name only.
    fn rename(&mut self, value: &[u8], at: &Spot) {
        let key: Vec<u8> = folded(value).collect();
        let section = self.current.and_then(|index| Some((index, self.sections.get_mut(index)?)));
        match section {
            Some((index, section))
                if !key.is_empty() && self.by_name.get(&key).is_none_or(|&holder| holder == index) =>
            {
                self.by_name.retain(|_, other| *other != index);
                self.by_name.insert(key, index);
                section.name = value.to_vec();
            }
            _ => self.warn(at, &format!("IGNORING parameter \"name\" with the value \"{}\"", Escaped(value))),
        }
    }

    fn directive(&mut self, word: &[u8], value: &[u8], spot: &Spot, depth: usize) -> Result<Flow, ConfigError> {
        let (pushes, suffix): (bool, &[u8]) = if word.eq_ignore_ascii_case(b"include") {
            (self.scope == Scope::Whole, b".conf")
        } else if word.eq_ignore_ascii_case(b"merge") {
            (false, b".inc")
        } else {
            return Err(spot.error(format!("Unknown directive: &{}.", Escaped(word))));
        };
        let paths = self.targets(value, suffix, spot)?;
        let open = self.current.or(self.closed);
        let mark = self.trace.as_ref().map_or(0, |trace| trace.settings.len());
        let before = self.overridden;
        let saved = pushes.then(|| (self.global.clone(), self.defaults.clone()));
        for path in paths {
            if let Some((global, defaults)) = &saved {
                self.restore(global.clone(), defaults.clone(), mark, before)?;
            }
            let flow = self.file(&path, spot, depth.saturating_add(1)).or_else(|error| {
                self.forgive(error)?;
                Ok(Flow::Continue)
            });
            if flow? == Flow::Stop {
                return Ok(Flow::Stop);
            }
        }
        if let Some((global, defaults)) = saved {
            self.restore(global, defaults, mark, before)?;
            self.closed = open;
        }
        Ok(Flow::Continue)
    }

    /// The files that a directive means, in order.
    fn targets(&mut self, value: &[u8], suffix: &[u8], spot: &Spot) -> Result<Vec<Vec<u8>>, ConfigError> {
        let shown = Escaped(value);
        let unseen =
            |path: &[u8], why: String| spot.error(format!("unable to stat config file \"{}\": {why}", Escaped(path)));
        match self.source.kind(value).map_err(|why| unseen(value, why))? {
            Kind::File => return Ok(vec![value.to_vec()]),
            Kind::Other => {
                return Err(spot.error(format!("config path \"{shown}\" is neither a file nor a directory")));
            }
            Kind::Dir => {}
        }
        let names = self
            .source
            .list_dir(value)
            .map_err(|why| spot.error(format!("unable to open config dir \"{shown}\": {why}")))?;
        let slash: &[u8] = if value.ends_with(b"/") { b"" } else { b"/" };
        let mut paths: Vec<Vec<u8>> =
            names.iter().filter(|name| name.ends_with(suffix)).map(|name| [value, slash, name].concat()).collect();
        paths.sort_unstable();
        let mut files = Vec::with_capacity(paths.len());
        for path in paths {
            if self.source.kind(&path).map_err(|why| unseen(&path, why))? == Kind::File {
                files.push(path);
            }
        }
        Ok(files)
    }

    /// Back to the global part as it was before an `&include`, when `mark` settings had been traced.
    fn restore(&mut self, global: Global, defaults: Draft, mark: usize, before: bool) -> Result<(), ConfigError> {
        self.global = global;
        self.defaults = defaults;
        (self.current, self.closed, self.lost) = (None, None, false);
        if let Some(trace) = &mut self.trace {
            let now = trace.headers.len();
            for set in trace.settings.iter_mut().skip(mark) {
                set.until = set.until.min(now);
            }
        }
        // What the command line set while it was read holds all the same.
        if self.overridden && !before { self.override_defaults() } else { Ok(()) }
    }

    fn override_defaults(&mut self) -> Result<(), ConfigError> {
        self.overridden = true;
        self.current = None;
        let overrides = self.overrides;
        for (number, (name, value)) in (1u32..).zip(overrides) {
            let spot = Spot { file: "--dparam".to_owned(), at: Place { line: number, column: 1 } };
            if lookup(name).is_none() {
                return Err(spot.error(format!("Unknown parameter \"{}\"", Escaped(name))));
            }
            self.parameter(name, value.trim_ascii_start(), &spot, &spot, 0)?;
        }
        Ok(())
    }

    fn warn(&mut self, spot: &Spot, text: &str) {
        self.warnings.push(spot.error(text.to_owned()));
    }

    fn finish(self) -> Config {
        let (mut last, mut built_in) = (self.defaults.values, ModuleValues::default());
        let modules = self.sections.into_iter().map(|Section { name, place, mut draft }| {
            settle(&mut draft, &mut last, &mut built_in);
            Module { name, place, values: draft.values }
        });
        let modules = modules.collect();
        Config { global: Global { defaults: last, ..self.global }, modules, warnings: self.warnings }
    }
}
