//! `--remove-source-files`: what the receiver has goes.

use super::say::{file_error, info, words};
use super::sender::Sender;
use crate::net::Fatal;
use crate::options::Remark;

impl Sender<'_, '_> {
    /// `--remove-source-files`: the receiver has the file; it goes, unless it changed meanwhile.
    pub(super) fn remove_source(&mut self, ndx: i32) -> Result<(), Fatal> {
        if !self.lister.ctx.options.remove_source_files || self.lister.ctx.options.dry_run {
            return Err(Fatal::protocol("success message without --remove-source-files"));
        }
        let Some((start, Some((_, entry)))) = self.live.find(ndx, self.lister.ctx.codec.inc) else { return Ok(()) };
        let Some(live) = self.live.at(start) else { return Ok(()) };
        let mut name = Vec::new();
        live.name_into(&entry, &mut name);
        let base = live.dirs.base(entry.dir);
        let Some(tree) = self.lister.bases.get_mut(usize::from(base)) else { return Ok(()) };
        let now = if self.lister.ctx.options.copy_links { tree.stat(&name) } else { tree.lstat(&name) };
        let done = now.and_then(|now| {
            let same_data =
                !entry.is_file() || (now.size == entry.size && (now.mtime, now.nsec) == (entry.mtime, entry.nsec));
            if now.is_dir() || !same_data { Ok(false) } else { tree.unlink(&name).map(|()| true) }
        });
        match done {
            Ok(true) if self.lister.ctx.tells(Remark::Remove) => info(self.link, &words(&[b"sender removed ", &name])),
            Ok(true) => {}
            Ok(false) => {
                let line = words(&[b"ERROR: Skipping sender remove for changed file: ", &name]);
                file_error(self.link, &mut self.lister.troubles, &line);
            }
            Err(rustix::io::Errno::NOENT) => info(self.link, &words(&[b"sender file already removed: ", &name])),
            Err(errno) => {
                let reason = crate::fs::strerror(errno);
                let line = words(&[b"rsync: [sender] sender failed to remove ", &name, b": ", reason.as_bytes()]);
                file_error(self.link, &mut self.lister.troubles, &line);
            }
        }
        Ok(())
    }
}
