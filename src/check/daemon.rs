//! What `daemon chroot`, `daemon uid` and `daemon gid` make of each connection.

use super::{Check, rules};

impl Check<'_> {
    /// Looks at the three, and notes who serves and from where.
    pub(super) fn daemon(&mut self) {
        let root = self.system.uid() == 0;
        let global = &self.config.global;
        let given = [
            ("daemon chroot", &global.daemon_chroot),
            ("daemon uid", &global.daemon_uid),
            ("daemon gid", &global.daemon_gid),
        ];
        for (name, value) in given {
            let Some(set) = self.places.global(name).filter(|_| !value.is_empty()) else { continue };
            let Some(value) = self.expanded(b"", value) else { continue };
            let spot = self.value_of(set);
            if !root {
                let own = self.system.uid().to_string();
                let rule = if name == "daemon chroot" { &rules::NO_CHROOT } else { &rules::NO_SETUID };
                self.report(rule, spot, &[&value, own.as_bytes()]);
                continue;
            }
            match name {
                "daemon chroot" if self.system.stat(&value).is_ok_and(|meta| meta.is_dir()) => self.base = value,
                "daemon chroot" => self.report(&rules::MISSING, spot, &[&value]),
                "daemon uid" => match self.number_of(&value, |system, name| system.user(name)) {
                    Some(uid) => self.own = uid,
                    None => self.report(&rules::NO_USER, spot, &[&value]),
                },
                _ if self.number_of(&value, |system, name| system.group(name)).is_none() => {
                    self.report(&rules::NO_GROUP, spot, &[&value]);
                }
                _ => {}
            }
        }
    }

    /// Where a path of the file lies on this machine.
    #[inline(never)]
    pub(super) fn at(&self, path: &[u8]) -> Vec<u8> {
        let slash: &[u8] = if self.base.is_empty() || path.first() == Some(&b'/') { b"" } else { b"/" };
        [self.base.as_slice(), slash, path].concat()
    }

    /// Whether a module may be confined by a chroot.
    pub(super) fn may_chroot(&self) -> bool {
        self.own == 0 && self.system.may_chroot()
    }
}
