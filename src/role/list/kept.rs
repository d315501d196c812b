//! `--fake-super`: attributes that should say what an entry is, and do not.

use super::Lister;
use crate::net::Link;
use crate::net::fatal::{Fatal, exit};
use crate::role::say::{file_error, words};

impl Lister<'_> {
    /// What is kept about an entry makes no sense: with what the system says instead, a backup would be wrong unnoticed.
    pub(super) fn broken_attribute(&mut self, base: u16, name: &[u8]) -> Fatal {
        let shown = self.shown(base, name);
        let tree = self.bases.get_mut(usize::from(base));
        let value = tree.and_then(|tree| tree.kept_trouble(name)).and_then(Result::ok).unwrap_or_default();
        let text = words(&[b"Corrupt user.rsync.%stat xattr attached to ", &shown, b": \"", &value, b"\""]);
        Fatal::new(exit::FILE_IO, text)
    }

    /// What is kept cannot be read: the client learns that owner and mode are not those. Whatever all may read is not asked for.
    pub(super) fn tell_unreadable(&mut self, link: &mut Link, base: u16, name: &[u8], mode: u32) {
        if mode & 0o444 == 0o444 {
            return;
        }
        let tree = self.bases.get_mut(usize::from(base));
        if let Some(Err(errno)) = tree.and_then(|tree| tree.kept_trouble(name)) {
            let (shown, reason) = (self.shown(base, name), crate::fs::strerror(errno));
            let what = b"rsync: [sender] failed to read xattr user.rsync.%stat for ";
            file_error(link, &mut self.troubles, &words(&[what, &shown, b": ", reason.as_bytes()]));
        }
    }
}
