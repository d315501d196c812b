//! Files, directories, sections and overrides → one [`Config`].

use std::collections::HashMap;

use crate::escape::Escaped;
use crate::limits::{CONFIG_BYTES, CONFIG_DEPTH};

use super::assign::{Draft, Setting, assign, settle};
use super::error::ConfigError;
use super::expand::Vars;
use super::lex::{Lexer, Line, Place};
use super::nearest::nearest;
use super::scan::{folded, same_name};
use super::table::{Kind as Type, lookup};
use super::types::{Config, Global, Module};

/// What a path leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A regular file.
    File,
    /// A directory.
    Dir,
    /// Anything else.
    Other,
}

/// Where files come from. Errors are what is printed: `No such file or directory (2)`.
///
/// The implementation opens operator files by its own rules (whose symlinks it follows) and reads at most
/// [`CONFIG_BYTES`] of one.
pub trait Source {
    /// The bytes of a file.
    ///
    /// # Errors
    /// The file cannot be opened or read.
    fn read(&self, path: &[u8]) -> Result<Vec<u8>, String>;
    /// The names in a directory, in any order; `.` and `..` may be among them.
    ///
    /// # Errors
    /// The directory cannot be read.
    fn list_dir(&self, path: &[u8]) -> Result<Vec<Vec<u8>>, String>;
    /// What the path leads to, symlinks followed.
    ///
    /// # Errors
    /// The path cannot be looked at.
    fn kind(&self, path: &[u8]) -> Result<Kind, String>;
}

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
    let mut loader = Loader {
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
        budget: CONFIG_BYTES,
    };
    let whole = Spot { file: Escaped(path).to_string(), at: Place { line: 0, column: 0 } };
    loader.file(path, &whole, 0)?;
    if !loader.overridden {
        loader.override_defaults()?;
    }
    Ok(loader.finish())
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
    warnings: Vec<String>,
    overridden: bool,
    /// Bytes that may still be read: files that include each other cannot multiply without end.
    budget: usize,
}

struct Section {
    name: Vec<u8>,
    place: (String, u32),
    draft: Draft,
}

/// A place with its file.
struct Spot {
    file: String,
    at: Place,
}

impl Spot {
    fn error(&self, message: String) -> ConfigError {
        ConfigError { file: self.file.clone(), line: self.at.line, column: self.at.column, message }
    }
}

/// Whether reading goes on after a file.
#[derive(PartialEq, Eq)]
enum Flow {
    Continue,
    Stop,
}

impl Loader<'_> {
    /// Reads one file; `from` is where it was named.
    fn file(&mut self, path: &[u8], from: &Spot, depth: usize) -> Result<Flow, ConfigError> {
        if depth > CONFIG_DEPTH {
            let message = format!("config files nested deeper than {CONFIG_DEPTH}: \"{}\"", Escaped(path));
            return Err(from.error(message));
        }
        let text = self
            .source
            .read(path)
            .map_err(|why| from.error(format!("unable to open config file \"{}\": {why}", Escaped(path))))?;
        self.budget = self.budget.checked_sub(text.len()).ok_or_else(|| {
            from.error(format!("configuration is larger than {CONFIG_BYTES} bytes at \"{}\"", Escaped(path)))
        })?;
        let mut spot = Spot { file: Escaped(path).to_string(), at: Place { line: 1, column: 1 } };
        let mut lexer = Lexer::new(&text);
        loop {
            if self.scope == Scope::GlobalsOnly && lexer.header_is_next() {
                return Ok(Flow::Stop);
            }
            let next = lexer.next().map_err(|malformed| {
                spot.at = malformed.at;
                spot.error(format!("{}{}", malformed.message, Escaped(&malformed.text)))
            })?;
            let Some((at, line)) = next else { return Ok(Flow::Continue) };
            spot.at = at;
            match line {
                Line::Header { name } => self.header(name, &spot)?,
                Line::Parameter { name, value, at: value_at } => {
                    let value_spot = Spot { file: spot.file.clone(), at: value_at };
                    self.parameter(&name, &value, &spot, &value_spot)?;
                }
                Line::Directive { word, value } => {
                    if self.directive(&word, &value, &spot, depth)? == Flow::Stop {
                        return Ok(Flow::Stop);
                    }
                }
                Line::Skipped { message, text } => self.warn(&spot, &format!("{message}{}", Escaped(&text))),
            }
        }
    }

    fn header(&mut self, name: Vec<u8>, spot: &Spot) -> Result<(), ConfigError> {
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
        if index == self.sections.len() {
            let place = (spot.file.clone(), spot.at.line);
            self.sections.push(Section { name, place, draft: self.defaults.clone() });
        }
        self.current = Some(index);
        Ok(())
    }

    fn parameter(&mut self, name: &[u8], value: &[u8], at: &Spot, value_at: &Spot) -> Result<(), ConfigError> {
        let shown = Escaped(name);
        let Some(parameter) = lookup(name) else {
            let hint = nearest(name).map(|near| format!(" (did you mean \"{near}\"?)")).unwrap_or_default();
            if name.first() != Some(&b'-') {
                self.warn(at, &format!("Unknown Parameter encountered: \"{shown}\""));
            }
            self.warn(at, &format!("IGNORING unknown parameter \"{shown}\"{hint}"));
            return Ok(());
        };
        if parameter.kind.is_global() && self.current.is_some() {
            self.warn(at, &format!("Global parameter {shown} found in module section!"));
            return Ok(());
        }
        if matches!(parameter.kind, Type::Name) {
            self.rename(value, value_at);
            return Ok(());
        }
        let draft = match self.current.and_then(|index| self.sections.get_mut(index)) {
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
        let saved = pushes.then(|| (self.global.clone(), self.defaults.clone()));
        for path in paths {
            if let Some((global, defaults)) = &saved {
                self.restore(global.clone(), defaults.clone())?;
            }
            if self.file(&path, spot, depth.saturating_add(1))? == Flow::Stop {
                return Ok(Flow::Stop);
            }
        }
        if let Some((global, defaults)) = saved {
            self.restore(global, defaults)?;
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

    /// Back to the global part as it was before an `&include`.
    fn restore(&mut self, global: Global, defaults: Draft) -> Result<(), ConfigError> {
        self.global = global;
        self.defaults = defaults;
        self.current = None;
        if self.overridden { self.override_defaults() } else { Ok(()) }
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
            self.parameter(name, value.trim_ascii_start(), &spot, &spot)?;
        }
        Ok(())
    }

    fn warn(&mut self, spot: &Spot, text: &str) {
        let Spot { file, at } = spot;
        self.warnings.push(format!("{file}:{}:{}: {text}", at.line, at.column));
    }

    fn finish(mut self) -> Config {
        let last = self.defaults.values;
        let modules = self.sections.into_iter().map(|Section { name, place, mut draft }| {
            settle(&mut draft, &last);
            Module { name, place, values: draft.values }
        });
        let modules = modules.collect();
        self.global.defaults = last;
        Config { global: self.global, modules, warnings: self.warnings }
    }
}
