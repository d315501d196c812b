//! Whole sessions over a tree in memory: what a pull shows and what a deletion leaves, as stock was seen to do it.

use super::{Default_, FileError, FilterError, Filters, Side};
use std::collections::BTreeMap;

/// Path → contents; `None` is a directory. Written as `a/f b/ .rules=- *.o|+ x`, with `~` for a blank and `|` for a new line.
struct Tree(BTreeMap<String, Option<String>>);

impl Tree {
    fn new(text: &str) -> Self {
        let mut tree = BTreeMap::new();
        for item in text.split(' ').filter(|item| !item.is_empty()) {
            let (path, contents) = item.split_once('=').unwrap_or((item, item));
            let contents = contents.replace('~', " ").replace('|', "\n") + "\n";
            for (at, _) in path.match_indices('/') {
                tree.insert(path[..at].to_owned(), None);
            }
            if !path.ends_with('/') {
                tree.insert(path.to_owned(), Some(contents));
            }
        }
        Self(tree)
    }

    fn read(&self, path: &[u8]) -> Option<Vec<u8>> {
        self.0.get(std::str::from_utf8(path).unwrap()).cloned().flatten().map(String::into_bytes)
    }

    fn entries(&self, dir: &str) -> Vec<(String, bool)> {
        let below = if dir.is_empty() { String::new() } else { format!("{dir}/") };
        let names = self.0.iter().filter_map(|(path, contents)| Some((path.strip_prefix(&below)?, contents.is_none())));
        names.filter(|(name, _)| !name.contains('/')).map(|(name, is_dir)| (name.to_owned(), is_dir)).collect()
    }
}

fn join(dir: &str, name: &str) -> String {
    if dir.is_empty() { name.to_owned() } else { format!("{dir}/{name}") }
}

/// The names that a pull of `root` shows.
fn pull(tree: &str, root: &str, filters: &mut Filters) -> Result<String, FilterError> {
    fn scan(
        tree: &Tree,
        root: &str,
        dir: &str,
        depth: usize,
        filters: &mut Filters,
        out: &mut Vec<String>,
    ) -> Result<(), FilterError> {
        filters.enter_dir(dir.as_bytes(), depth, &mut |path| tree.read(path))?;
        for (name, is_dir) in tree.entries(join(root, dir).trim_end_matches('/')) {
            let name = join(dir, &name);
            if !filters.hides(name.as_bytes(), is_dir) {
                out.push(if is_dir { format!("{name}/") } else { name.clone() });
                if is_dir {
                    scan(tree, root, &name, depth + 1, filters, out)?;
                    filters.leave_to(depth + 1);
                }
            }
        }
        Ok(())
    }
    let mut out = Vec::new();
    filters.set_transfer_root(root.as_bytes());
    scan(&Tree::new(tree), root, "", 0, filters, &mut out)?;
    out.sort();
    Ok(out.join(" "))
}

/// What is left of `tree` after a deletion pass over a sender's `dirs` that hold nothing else; `root` is the destination.
fn delete(tree: &str, root: &str, dirs: &[&str], filters: &mut Filters) -> String {
    struct Pass<'a>(Tree, &'a str, &'a [&'a str]);

    impl Pass<'_> {
        fn run(&self, dir: &str, depth: usize, doomed: bool, filters: &mut Filters) -> Vec<String> {
            let Self(tree, root, dirs) = self;
            let mut left = Vec::new();
            filters.enter_dir(dir.as_bytes(), depth, &mut |path| tree.read(path)).unwrap();
            for (leaf, is_dir) in tree.entries(join(root, dir).trim_end_matches('/')) {
                let name = join(dir, &leaf);
                let (sent, kept) = (dirs.contains(&&*name), filters.protects(name.as_bytes(), is_dir, doomed));
                let path = join(root, &name) + if is_dir { "/" } else { "" };
                let before = left.len();
                if kept && is_dir {
                    let below = tree.0.iter().filter(|(below, _)| below.starts_with(&path));
                    left.extend(below.map(|(below, file)| below.clone() + if file.is_none() { "/" } else { "" }));
                } else if is_dir {
                    left.extend(self.run(&name, depth + 1, doomed || !sent, filters));
                    filters.leave_to(depth + 1);
                }
                if kept || sent || left.len() > before {
                    left.push(path);
                }
            }
            left
        }
    }

    filters.set_transfer_root(root.as_bytes());
    let mut left = Pass(Tree::new(tree), root, dirs).run("", 0, false, filters);
    left.sort();
    left.join(" ")
}

/// A sender's filters from records.
fn rules(records: &[&str]) -> Filters {
    with_rules(Side::Sender, records)
}

fn with_rules(side: Side, records: &[&str]) -> Filters {
    let mut filters = Filters::new(side, 31);
    records.iter().for_each(|record| assert_eq!(filters.add_wire_rule(record.as_bytes()), Ok(None)));
    filters
}

const T: &str = "a/f.c a/f.o a/sub/g.o a/sub/h.c b/x.o b/keep/z top.o top.c";

mod daemon;
mod deletion;
mod per_dir;
mod pulls;
