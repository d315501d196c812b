//! `--delete-missing-args`: names that the sender was told of and does not have go here too.

use super::Generator;
use crate::fs::tree;
use crate::net::Fatal;
use crate::options::DeleteWhen;
use crate::role::say::{info, warning, words};

impl Generator<'_> {
    /// Removes what bears the name; a directory that is not empty only if deletion was asked for anyway, or force.
    pub(super) fn missing(&mut self, name: &[u8]) -> Result<(), Fatal> {
        let (parent, _) = tree::split(name);
        if !parent.is_empty() && !self.ctx.codec.inc && !self.parents.contains(parent) {
            warning(&mut self.out, &words(&[b"WARNING: parent dir is absent in the file list: ", parent]));
            return Ok(());
        }
        let Ok(meta) = self.tree.lstat(name) else { return Ok(()) };
        let may_empty = self.ctx.options.delete != DeleteWhen::No || self.ctx.options.force;
        if meta.is_dir() && !may_empty && self.read_sorted(name, |_| true).is_some_and(|found| !found.is_empty()) {
            info(&mut self.out, &words(&[b"cannot delete non-empty directory: ", name]));
            return Ok(());
        }
        let depth = name.iter().filter(|byte| **byte == b'/').count();
        self.delete_item(name, &meta, depth)?;
        self.tree.forget();
        Ok(())
    }
}
