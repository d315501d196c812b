//! The module's own filter rules: their files are read before the chroot, the rules are built once the role is known.

use std::collections::HashMap;

use super::ending::End;
use super::variables::Known;
use crate::config::Module;
use crate::escape::Escaped;
use crate::filter::{Default_, FileError, FilterError, Filters, Side};
use crate::fs::strerror;
use crate::limits::CONFIG_BYTES;
use crate::os::operator;

/// Texts of the five parameters.
#[derive(Default)]
pub struct DaemonRules {
    filter: Vec<u8>,
    include_from: Option<Vec<u8>>,
    include: Vec<u8>,
    exclude_from: Option<Vec<u8>>,
    exclude: Vec<u8>,
    /// Files that `merge` rules of `filter` name.
    files: HashMap<Vec<u8>, Vec<u8>>,
}

impl DaemonRules {
    /// Reads what the module names, and builds the rules once to see that they can be built.
    pub fn read(module: &Module, known: &Known, protocol: u32) -> Result<Self, End> {
        let value = |text: &[u8]| known.expanded(text);
        let mut rules = Self {
            filter: value(&module.filter)?,
            include_from: file(module, &value(&module.include_from)?, "include")?,
            include: value(&module.include)?,
            exclude_from: file(module, &value(&module.exclude_from)?, "exclude")?,
            exclude: value(&module.exclude)?,
            files: HashMap::new(),
        };
        let mut files = HashMap::new();
        let tried = rules.fill(&mut Filters::new(Side::Sender, protocol), &mut |path| {
            let (contents, _) =
                operator::read(path, CONFIG_BYTES).map_err(|errno| FileError { text: strerror(errno).into_bytes() })?;
            files.insert(path.to_vec(), contents.clone());
            Ok(contents)
        });
        if let Err(error) = tried {
            log::error!("module {}: {}", Escaped(&module.name), Escaped(&error.text));
            return Err(End::refuse(b"the module's filter rules have an error; the server's log tells which"));
        }
        rules.files = files;
        Ok(rules)
    }

    /// The rules for a role.
    pub fn build(&self, side: Side, protocol: u32) -> Result<Filters, FilterError> {
        let mut filters = Filters::new(side, protocol);
        self.fill(&mut filters, &mut |path| self.files.get(path).cloned().ok_or_else(FileError::missing))?;
        Ok(filters)
    }

    fn fill(&self, filters: &mut Filters, files: &mut crate::filter::ReadFile) -> Result<(), FilterError> {
        filters.add_daemon_filter(&self.filter, files)?;
        if let Some(lines) = &self.include_from {
            filters.add_daemon_lines(lines, Default_::Include)?;
        }
        filters.add_daemon_words(&self.include, Default_::Include)?;
        if let Some(lines) = &self.exclude_from {
            filters.add_daemon_lines(lines, Default_::Exclude)?;
        }
        filters.add_daemon_words(&self.exclude, Default_::Exclude)
    }
}

fn file(module: &Module, path: &[u8], kind: &str) -> Result<Option<Vec<u8>>, End> {
    if path.is_empty() {
        return Ok(None);
    }
    operator::read(path, CONFIG_BYTES).map(|(contents, _)| Some(contents)).map_err(|errno| {
        log::error!(
            "module {}: failed to open {kind} file {}: {}",
            Escaped(&module.name),
            Escaped(path),
            strerror(errno)
        );
        End::refuse(b"the module's filter rules have an error; the server's log tells which")
    })
}
