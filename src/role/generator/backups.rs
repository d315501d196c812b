//! `-b` on the side that decides: items replaced or removed, and files that are overwritten in place.

use rustix::io::Errno;

use super::Generator;
use crate::fs::{Meta, tree};
use crate::net::fatal::{Fatal, exit};
use crate::options::Remark;
use crate::role::backup::{self, Failure, Reason};
use crate::role::basis::Basis;
use crate::role::content;
use crate::role::say::{failed, info, words};

impl Generator<'_> {
    /// Keeps what a name holds under another one, if backups are wanted. A failure is the end of the session: the old
    /// item would be lost.
    pub(in crate::role) fn back_up(&mut self, name: &[u8], reason: Reason) -> Result<(), Fatal> {
        if self.ctx.options.dry_run {
            if let Some(to) = self.places.backup(name)
                && self.tree.lstat(name).is_ok()
            {
                self.tell_backup(name, &to);
            }
            return Ok(());
        }
        match self.try_back_up(name, reason) {
            Ok(_) => Ok(()),
            Err(failure) => Err(self.no_backup(name, &failure)),
        }
    }

    /// The same for a caller that can do without. `false`: no backup is wanted, or there is nothing to back up.
    pub(in crate::role) fn try_back_up(&mut self, name: &[u8], reason: Reason) -> Result<bool, Failure> {
        let Some(made) = backup::make(self.ctx, self.places, &mut self.whole, name, reason)? else { return Ok(false) };
        self.tell_backup(name, &made.to);
        self.tell_removed(&made.removed);
        Ok(true)
    }

    /// What was in a backup's way is told like any other deletion.
    pub(super) fn tell_removed(&mut self, removed: &[(Vec<u8>, Meta)]) {
        for (name, meta) in removed {
            self.report_deleted(name, meta);
        }
    }

    fn tell_backup(&mut self, name: &[u8], to: &[u8]) {
        if self.ctx.tells(Remark::Backup) {
            let line = words(&[b"backed up ", name, b" to ", &backup::shown(self.places, to)]);
            info(&mut self.out, &line);
        }
    }

    fn no_backup(&self, name: &[u8], failure: &Failure) -> Fatal {
        let (from, to) = (self.shown(name), self.ctx.shown(b"", &failure.to));
        let what = words(&[failure.call.as_bytes(), b" ", &from, b" -> ", &to]);
        Fatal::new(exit::FILE_IO, failed("generator", &what, failure.errno))
    }

    /// `--inplace -b`: the file is copied to its backup before it is written over; the copy is what the sender is told of.
    pub(super) fn back_up_in_place(&mut self, name: &[u8]) -> Result<Basis, Fatal> {
        let Some(to) = self.places.backup(name) else { return Ok(Basis::Target) };
        let (full, parent) = (self.places.full(name), tree::split(&to).0.to_vec());
        let mut removed = Vec::new();
        backup::make_parents(self.ctx, self.places, &mut self.whole, &parent)
            .and_then(|()| backup::clear(&mut self.whole, &to, &mut removed))
            .and_then(|()| self.copy_to_backup(&full, &to))
            .map_err(|errno| self.no_backup(name, &Failure { call: "copy", to: to.clone(), errno }))?;
        self.tell_backup(name, &to);
        let removed: Vec<_> = removed.iter().map(|(full, meta)| (backup::shown(self.places, full), *meta)).collect();
        self.tell_removed(&removed);
        Ok(Basis::Backup)
    }

    fn copy_to_backup(&mut self, full: &[u8], to: &[u8]) -> Result<(), Errno> {
        let (from, meta) = self.whole.open_file(full)?;
        let target = self.whole.create(to, 0o600)?;
        content::copy(&from, &target)?;
        backup::dress(self.ctx, &mut self.whole, full, to, &meta)
    }
}
