//! Names from elsewhere: the file that `--files-from` names, and the set of characters that names are kept in.

use super::ending::End;
use super::enter::Entered;
use crate::escape::Escaped;
use crate::filter::Filters;
use crate::filter::path::sanitise;
use crate::fs::Tree;
use crate::fs::strerror;
use crate::net::fatal::{Fatal, exit};
use crate::options::Options;
use crate::role::files_from::FilesFrom;
use crate::role::say::words;
use crate::wire::charset::Charset;

impl Entered {
    /// The module's character set, if it has one.
    pub(super) fn charset(&self) -> Result<Option<Charset>, End> {
        let name: &[u8] = &self.greeted.module.charset;
        if name.is_empty() {
            return Ok(None);
        }
        Charset::named(name).map(Some).ok_or_else(|| {
            log::error!("module {}: no such charset: {}", Escaped(&self.greeted.module.name), Escaped(name));
            End::Closed(Fatal::broken(exit::UNSUPPORTED, ""))
        })
    }

    /// Opens it. A file that the module hides, or that lies outside, is as good as none.
    pub fn files_from(&self, options: &Options, filters: &Filters) -> Result<Option<FilesFrom>, Fatal> {
        let nul = options.from0;
        let Some(text) = &options.files_from else { return Ok(None) };
        if text == b"-" {
            return Ok(options.sender.then_some(FilesFrom::Client { nul }));
        }
        let path = sanitise(text, b"", 0, false);
        if filters.daemon_hides_path(&path, false) {
            return Err(Fatal::new(exit::UNSUPPORTED, "rsync: Your options have been rejected by the server."));
        }
        match Tree::new(self.root.clone(), b"").open_file_following(&path) {
            Ok((fd, _)) => Ok(Some(FilesFrom::File { fd, nul })),
            Err(errno) => {
                let reason = strerror(errno);
                let reason = reason.split(" (").next().unwrap_or_default();
                let slash: &[u8] = if text.starts_with(b"/") { b"/" } else { b"" };
                let text = words(&[b"rsync: failed to open files-from file ", slash, &path, b": ", reason.as_bytes()]);
                Err(Fatal::new(exit::UNSUPPORTED, text))
            }
        }
    }
}
