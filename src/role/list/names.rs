//! `--files-from`: names instead of arguments.

use super::Lister;
use super::args::strip_root;
use crate::filter::path::sanitise;
use crate::flist::Segment;
use crate::net::Link;
use crate::net::fatal::Fatal;
use crate::role::files_from::{FilesFrom, NameStream};

impl Lister<'_> {
    /// Lists the names of `source`, which lie below the first of the client's paths. None of them leads out of it.
    pub(super) fn names(
        &mut self,
        link: &mut Link,
        segment: &mut Segment,
        paths: &[Vec<u8>],
        source: FilesFrom,
    ) -> Result<(), Fatal> {
        let from_client = matches!(source, FilesFrom::Client { .. });
        let mut names = NameStream::begin(source, link, self.ctx.protocol)?;
        let within = paths.first().map(|path| strip_root(path).to_vec()).unwrap_or_default();
        while let Some(name) = names.next(link)? {
            let name = match self.ctx.charset {
                Some(charset) if from_client => charset.from_wire(&name).unwrap_or(name),
                _ => name,
            };
            let name = sanitise(&name, b"", 0, self.ctx.options.relative);
            self.argument(link, segment, &within, &name)?;
        }
        Ok(())
    }
}
