//! One module: its directory, its user, and the programs and files it needs.

use rustix::fs::Access;
use rustix::io::Errno;

use super::rules;
use super::structure::{has_comment, is_quoted};
use super::{Check, Spot, Who};
use crate::access::users::conf_list;
use crate::config::{Module, Switch};
use crate::escape::Escaped;
use crate::fs::strerror;

/// Words that a shell knows by itself.
const BUILT_IN: &[&str] = &[
    ".", ":", "[", "case", "cd", "command", "echo", "eval", "exec", "exit", "export", "false", "for", "if", "printf",
    "read", "set", "test", "trap", "true", "ulimit", "umask", "until", "wait", "while",
];
/// Where programs are looked for when the environment says nothing.
const PATH: &[u8] = b"/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

impl Check<'_> {
    pub(super) fn module(&mut self, number: usize, module: &Module) {
        for (name, needed) in rules::NEEDS {
            // Only what this module or its own defaults say: a global line may be there for other modules.
            let own = self.places.own(number).iter().find(|set| set.name == *name && !set.value.is_empty()).copied();
            let there = self.places.source(number, needed, true);
            if let Some(set) = own
                && there.is_none_or(|set| {
                    set.value.is_empty() || [&b"no"[..], b"false", b"0"].contains(&set.value.as_slice())
                })
            {
                self.report(&rules::IN_VAIN, self.line_of(set), &[name.as_bytes(), needed.as_bytes()]);
            }
        }
        let root = self.own == 0;
        if module.use_chroot == Switch::Yes && !self.may_chroot() {
            let own = self.own.to_string();
            self.report(&rules::NO_CHROOT, self.spot(number, "use chroot"), &[b"", own.as_bytes()]);
        }
        if module.write_only && module.read_only && !grants_writing(&module.auth_users) {
            self.report(&rules::WRITE_ONLY, self.spot(number, "write only"), &[]);
        }
        let who = self.who(number, module, root);
        self.directory(number, module, who.as_ref());
        if module.max_connections > 0
            && let Some(set) = self.places.source(number, "lock file", true)
            && let Some(path) = self.expanded(&module.name, &set.value)
        {
            self.parent(set, &self.at(&path));
        }
        for name in ["early exec", "pre-xfer exec", "post-xfer exec", "name converter"] {
            self.hook(number, name);
        }
        self.login(number, module);
        self.hosts(number, module);
    }

    /// The module's user and groups, found as a connection finds them; `None` where that is not possible here.
    fn who(&mut self, number: usize, module: &Module, root: bool) -> Option<Who> {
        let own = self.own;
        let name = self.expanded(&module.name, &module.uid)?;
        let list = self.expanded(&module.name, &module.gid)?;
        let spot = self.spot(number, "uid");
        let name: &[u8] = if name.is_empty() && root { b"nobody" } else { &name };
        let uid = if name.is_empty() { Some(own) } else { self.number_of(name, |s, name| s.user(name)) };
        let Some(uid) = uid else {
            self.report(&rules::NO_USER, spot, &[name]);
            return None;
        };
        if !root && uid != own {
            self.report(&rules::NO_SETUID, spot, &[name, own.to_string().as_bytes()]);
            return None;
        }
        let mut gids = Vec::new();
        let spot = self.spot(number, "gid");
        if list.is_empty() && root {
            let fallback = [&b"nogroup"[..], b"nobody"].iter().find_map(|name| self.system.group(name));
            gids.push(fallback.unwrap_or(65534));
        } else if !list.is_empty() && !root {
            self.report(&rules::NO_SETUID, spot, &[&list, own.to_string().as_bytes()]);
        }
        for (at, name) in conf_list(&list).enumerate() {
            if at == 0 && name == b"*" {
                let user = self.system.user_name(uid).unwrap_or_default();
                gids.extend(self.system.groups_of(&user));
                continue;
            }
            match self.number_of(name, |s, name| s.group(name)) {
                Some(gid) => gids.push(gid),
                None => self.report(&rules::NO_GROUP, spot, &[name]),
            }
        }
        Some(Who { uid, gids, name: self.called(uid) })
    }

    #[inline(never)]
    pub(super) fn number_of(&self, name: &[u8], look_up: fn(&dyn super::System, &[u8]) -> Option<u32>) -> Option<u32> {
        if !name.is_empty() && name.iter().all(u8::is_ascii_digit) {
            return std::str::from_utf8(name).ok()?.parse().ok();
        }
        look_up(self.system, name)
    }

    /// What a user is called.
    #[inline(never)]
    pub(super) fn called(&self, uid: u32) -> Vec<u8> {
        self.system.user_name(uid).unwrap_or_else(|| uid.to_string().into_bytes())
    }

    fn directory(&mut self, number: usize, module: &Module, who: Option<&Who>) {
        let spot = self.spot(number, "path");
        if module.path.is_empty() {
            return self.report(&rules::NO_PATH, spot, &[&module.name]);
        }
        let Some(path) = self.expanded(&module.name, &module.path) else { return };
        if path.first() != Some(&b'/') {
            self.report(&rules::RELATIVE, spot, &[&path]);
        }
        let path = self.at(&path);
        let real = self.system.real(&path);
        let missing = self.disks.missing(&path).or_else(|| self.disks.missing(&real));
        if let Some(point) = missing {
            return self.report(&rules::UNMOUNTED, spot, &[&path, &point]);
        }
        let meta = match self.system.stat(&path) {
            Ok(meta) if meta.is_dir() => meta,
            Ok(_) => return self.report(&rules::NO_DIRECTORY, spot, &[&path]),
            Err(Errno::NOENT) if is_quoted(&path) || has_comment(&path) => {
                return self.report(&rules::MISSING_ODD, spot, &[&path]);
            }
            Err(Errno::NOENT) => return self.report(&rules::MISSING, spot, &[&path]),
            Err(errno) => return self.report(&rules::UNSEEN, spot, &[&path, strerror(errno).as_bytes()]),
        };
        if module.require_mount && !self.disks.is_point(&real) {
            self.report(&rules::NO_MOUNT, spot, &[&path]);
        }
        let writes = !module.read_only || grants_writing(&module.auth_users);
        if let Some(who) = who {
            let owner = self.called(meta.uid);
            // Asked at once: to be another user for a moment takes its time.
            let all = Access::READ_OK | Access::WRITE_OK | Access::EXEC_OK;
            let on_read_only = self.disks.under(&real).is_some_and(|mount| mount.read_only);
            let fine = writes && !on_read_only && self.system.may(who, &path, all).is_ok();
            if !fine && self.can_enter(spot, who, &path, &owner, !module.write_only) && writes {
                self.can_write(spot, who, &path, &real, &owner);
            }
        }
        if writes {
            self.disk(spot, &path, &real, module.fake_super);
            self.temp_dir(number, module, &path);
        }
        self.serve(real, number);
    }

    /// Whether the user gets in, and reads if that is wanted.
    fn can_enter(&mut self, spot: Spot<'_>, who: &Who, path: &[u8], owner: &[u8], reads: bool) -> bool {
        let wanted = if reads { Access::READ_OK | Access::EXEC_OK } else { Access::EXEC_OK };
        if self.system.may(who, path, wanted) != Err(Errno::ACCESS) {
            return true;
        }
        let slashes = path.iter().enumerate().skip(1).filter(|(_, b)| **b == b'/').map(|(at, _)| at);
        let on_the_way = slashes.filter_map(|at| path.get(..at));
        let closed =
            on_the_way.into_iter().find(|dir| self.system.may(who, dir, Access::EXEC_OK) == Err(Errno::ACCESS));
        match closed {
            Some(dir) => {
                let keeper = self.system.stat(dir).map(|meta| self.called(meta.uid)).unwrap_or_default();
                self.report(&rules::NO_PASS, spot, &[path, &who.name, owner, dir, &keeper]);
            }
            None => self.report(&rules::NO_READ, spot, &[path, &who.name, owner]),
        }
        false
    }

    fn can_write(&mut self, spot: Spot<'_>, who: &Who, path: &[u8], real: &[u8], owner: &[u8]) {
        let disk = self.disks.under(real).filter(|mount| mount.read_only).map(|mount| mount.point.clone());
        match (disk, self.system.may(who, path, Access::WRITE_OK | Access::EXEC_OK)) {
            (Some(point), _) => self.report(&rules::READ_ONLY_DISK, spot, &[path, &point]),
            (None, Err(Errno::ROFS)) => self.report(&rules::READ_ONLY_DISK, spot, &[path, path]),
            (None, Err(Errno::ACCESS)) => self.report(&rules::NO_WRITE, spot, &[path, &who.name, owner]),
            _ => {}
        }
    }

    /// `temp dir` is seen from the module, chroot or not.
    fn temp_dir(&mut self, number: usize, module: &Module, path: &[u8]) {
        let Some(temp) = self.expanded(&module.name, &module.temp_dir).filter(|temp| !temp.is_empty()) else { return };
        let inside = [path, b"/", temp.strip_prefix(b"/").unwrap_or(&temp)].concat();
        if !self.system.stat(&inside).is_ok_and(|meta| meta.is_dir()) {
            self.report(&rules::NO_TEMP_DIR, self.spot(number, "temp dir"), &[&inside]);
        }
    }

    /// The program that a hook begins with, if that can be told.
    fn hook(&mut self, number: usize, name: &str) {
        let Some(set) = self.places.source(number, name, true) else { return };
        let command = set.value.trim_ascii();
        let word = command.split(|b| b.is_ascii_whitespace() || b";&|<>()".contains(b)).next().unwrap_or_default();
        let odd = |b: &u8| b"'\"`$\\{}!*?=~%#".contains(b);
        let Ok(program) = std::str::from_utf8(word) else { return };
        if word.is_empty() || word.iter().any(odd) || BUILT_IN.contains(&program) {
            return;
        }
        let own = self.own;
        let who = Who { uid: own, gids: Vec::new(), name: Vec::new() };
        let spot = self.value_of(set);
        if word.contains(&b'/') {
            let word = &self.at(word);
            match self.system.stat(word) {
                Err(_) => self.report(&rules::NO_HOOK, spot, &[word]),
                Ok(meta) if !meta.is_file() || self.system.may(&who, word, Access::EXEC_OK).is_err() => {
                    self.report(&rules::DEAD_HOOK, spot, &[word]);
                }
                Ok(_) => {}
            }
            return;
        }
        let dirs = self.system.variable(b"PATH").unwrap_or_else(|| PATH.to_vec());
        let found =
            dirs.split(|b| *b == b':').any(|dir| self.system.stat(&self.at(&[dir, b"/", word].concat())).is_ok());
        if !found {
            self.report(&rules::NO_HOOK, spot, &[Escaped(word).to_string().as_bytes()]);
        }
    }
}

/// Whether a login may write whatever `read only` says.
fn grants_writing(auth_users: &[u8]) -> bool {
    conf_list(auth_users).any(|rule| {
        let option = rule.iter().position(|b| *b == b':').and_then(|at| rule.get(at.saturating_add(1)..));
        option.is_some_and(|option| option.len() >= 2 && option.to_ascii_lowercase().starts_with(b"rw"))
    })
}
