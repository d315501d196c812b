//! Why a configuration could not be loaded.

use std::fmt;

use super::lex::Place;
use crate::escape::Escaped;

/// A failure that ends the whole load, and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// The file, as printed in a log; `--dparam` for an override.
    pub file: String,
    /// Line, from 1; 0 when the file as a whole is meant.
    pub line: u32,
    /// Column in bytes, from 1; 0 when the file as a whole is meant.
    pub column: u32,
    /// What is wrong there, in stock's words where stock has some.
    pub message: String,
}

/// `file:line:column: message`, or `file: message` when no line is meant.
impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, column, message } = self;
        if *line == 0 { write!(f, "{file}: {message}") } else { write!(f, "{file}:{line}:{column}: {message}") }
    }
}

impl std::error::Error for ConfigError {}

/// A place with its file.
pub struct Spot {
    /// The file, as printed in a log.
    pub file: String,
    /// Line and column in it.
    pub at: Place,
}

impl Spot {
    /// A file as a whole.
    pub fn whole(path: &[u8]) -> Self {
        Self { file: Escaped(path).to_string(), at: Place { line: 0, column: 0 } }
    }

    /// What is wrong there.
    pub fn error(&self, message: String) -> ConfigError {
        ConfigError { file: self.file.clone(), line: self.at.line, column: self.at.column, message }
    }
}
