//! What users write, and what comes of it. Facts marked "stock" were asked of a 3.5.0 daemon.

mod examples;
mod includes;
mod lines;
mod positions;
mod traces;
mod values;

use std::collections::BTreeMap;

use super::{Config, ConfigError, Kind, Module, Scope, Source, find, load};

/// A file tree: a path that ends in a slash is a directory.
pub struct Tree(BTreeMap<String, Vec<u8>>);

pub fn tree(files: &[(&str, &str)]) -> Tree {
    Tree(files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect())
}

impl Source for Tree {
    fn read(&self, path: &[u8]) -> Result<Vec<u8>, String> {
        let path = std::str::from_utf8(path).map_err(|_| "Invalid argument (22)".to_owned())?;
        self.0.get(path).cloned().ok_or_else(|| "No such file or directory (2)".to_owned())
    }

    fn list_dir(&self, path: &[u8]) -> Result<Vec<Vec<u8>>, String> {
        let folder = format!("{}/", String::from_utf8_lossy(path).trim_end_matches('/'));
        if self.0.contains_key(&format!("{folder}!")) {
            return Err("Permission denied (13)".to_owned());
        }
        let names = self.0.keys().filter_map(|key| key.strip_prefix(&folder)).filter(|name| !name.is_empty());
        let mut names: Vec<Vec<u8>> = names.filter_map(|rest| rest.split('/').next()).map(|n| n.into()).collect();
        names.dedup();
        names.reverse();
        Ok(names)
    }

    fn kind(&self, path: &[u8]) -> Result<Kind, String> {
        let path = String::from_utf8_lossy(path);
        if path == "/dev/null" {
            return Ok(Kind::Other);
        }
        if self.0.contains_key(path.as_ref()) && !path.ends_with('/') {
            return Ok(Kind::File);
        }
        let folder = format!("{}/", path.trim_end_matches('/'));
        let inside = self.0.keys().any(|key| key.starts_with(&folder));
        if inside { Ok(Kind::Dir) } else { Err("No such file or directory (2)".to_owned()) }
    }
}

pub fn vars(name: &[u8]) -> Option<Vec<u8>> {
    match name {
        b"YES" => Some(b"yes".to_vec()),
        b"SEVEN" => Some(b"7".to_vec()),
        b"BIG" => Some(vec![b'9'; 3000]),
        _ => None,
    }
}

pub fn try_with(files: &Tree, overrides: &[(&str, &str)], scope: Scope) -> Result<Config, ConfigError> {
    let overrides: Vec<(Vec<u8>, Vec<u8>)> =
        overrides.iter().map(|(name, value)| (name.as_bytes().to_vec(), value.as_bytes().to_vec())).collect();
    load(files, b"conf", &overrides, scope, &vars)
}

pub fn whole(files: &Tree) -> Config {
    try_with(files, &[], Scope::Whole).unwrap()
}

pub fn globals(files: &Tree) -> Config {
    try_with(files, &[], Scope::GlobalsOnly).unwrap()
}

pub fn parse(text: &str) -> Config {
    whole(&tree(&[("conf", text)]))
}

pub fn failure(text: &str) -> String {
    try_with(&tree(&[("conf", text)]), &[], Scope::Whole).unwrap_err().to_string()
}

pub fn module<'a>(config: &'a Config, name: &str) -> &'a Module {
    find(config, name.as_bytes()).unwrap_or_else(|| panic!("no module {name}"))
}

pub fn names(config: &Config) -> Vec<String> {
    config.modules.iter().map(|module| show(&module.name)).collect()
}

pub fn show(text: &[u8]) -> String {
    String::from_utf8_lossy(text).into_owned()
}

/// The comment of module `a`, set by this line.
pub fn comment(line: &str) -> String {
    show(&module(&parse(&format!("[a]\n{line}")), "a").comment)
}
