//! The file that `--files-from` names, if it lies here.

use super::enter::Entered;
use crate::filter::Filters;
use crate::fs::Tree;
use crate::fs::strerror;
use crate::net::fatal::{Fatal, exit};
use crate::options::Options;
use crate::role::files_from::FilesFrom;
use crate::role::say::words;

impl Entered {
    /// Opens it. A file that the module hides, or that lies outside, is as good as none.
    pub fn files_from(&self, options: &Options, filters: &Filters) -> Result<Option<FilesFrom>, Fatal> {
        let nul = options.from0;
        let Some(text) = &options.files_from else { return Ok(None) };
        if text == b"-" {
            return Ok(options.sender.then_some(FilesFrom::Client { nul }));
        }
        let path = self.file_of(text);
        if filters.daemon_hides_path(&path, false) {
            return Err(Fatal::new(exit::UNSUPPORTED, "rsync: Your options have been rejected by the server."));
        }
        match Tree::new(self.root.clone(), b"").open_file_following(&path) {
            Ok((fd, _)) => Ok(Some(FilesFrom::File { fd, nul })),
            Err(errno) => {
                let reason = strerror(errno);
                let reason = reason.split(" (").next().unwrap_or_default();
                // The root of a chroot holds all of a path; elsewhere what leads out of the module was cut off it.
                let slash: &[u8] = if text.starts_with(b"/") { b"/" } else { b"" };
                let shown = if self.chroot { text.clone() } else { words(&[slash, &path]) };
                let text = words(&[b"rsync: failed to open files-from file ", &shown, b": ", reason.as_bytes()]);
                Err(Fatal::new(exit::UNSUPPORTED, text))
            }
        }
    }
}
