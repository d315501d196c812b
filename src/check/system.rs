//! What the rules ask of the machine; in tests, of a made-up one.

use std::cell::RefCell;

use rustix::fs::Access;
use rustix::io::Errno;

use crate::fs::Meta;
use crate::os::{self, operator};

/// A user with groups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Who {
    /// User.
    pub uid: u32,
    /// Groups, the primary one first; none: as they are.
    pub gids: Vec<u32>,
    /// How the user is called: by name, else by number.
    pub name: Vec<u8>,
}

/// Facts.
pub trait System {
    /// The user that asks.
    fn uid(&self) -> u32;
    /// Whether this user may chroot.
    fn may_chroot(&self) -> bool;
    /// A variable of the environment.
    fn variable(&self, name: &[u8]) -> Option<Vec<u8>>;
    /// What a path leads to.
    ///
    /// # Errors
    /// What the system says.
    fn stat(&self, path: &[u8]) -> Result<Meta, Errno>;
    /// The path without symlinks; as it is where it leads nowhere.
    fn real(&self, path: &[u8]) -> Vec<u8>;
    /// The contents of a file of at most so many bytes, and its metadata.
    ///
    /// # Errors
    /// What the system says; EFBIG for a longer file.
    fn read(&self, path: &[u8], longest: usize) -> Result<(Vec<u8>, Meta), Errno>;
    /// Whether a user may do that.
    ///
    /// # Errors
    /// Why not.
    fn may(&self, who: &Who, path: &[u8], access: Access) -> Result<(), Errno>;
    /// The number of a user.
    fn user(&self, name: &[u8]) -> Option<u32>;
    /// The name of a user.
    fn user_name(&self, uid: u32) -> Option<Vec<u8>>;
    /// The number of a group.
    fn group(&self, name: &[u8]) -> Option<u32>;
    /// The groups of a user.
    fn groups_of(&self, user: &[u8]) -> Vec<u32>;
    /// Whether a host of this name has an address.
    fn resolves(&self, host: &[u8]) -> bool;
}

/// This machine. Who is who is asked once a name: a file may have many modules.
pub struct Real {
    uid: u32,
    held: Vec<nix::unistd::Gid>,
    users: Known<Vec<u8>, Option<u32>>,
    groups: Known<Vec<u8>, Option<u32>>,
    dirs: Known<Vec<u8>, Vec<u8>>,
    names: Known<u32, Option<Vec<u8>>>,
}

impl Real {
    /// As the effective user.
    #[must_use]
    pub fn new() -> Self {
        Self {
            uid: rustix::process::geteuid().as_raw(),
            held: os::identity::supplementary(),
            users: Known::default(),
            groups: Known::default(),
            dirs: Known::default(),
            names: Known::default(),
        }
    }
}

/// What was asked before: few things, so that a list is enough.
struct Known<K, V>(RefCell<Vec<(K, V)>>);

impl<K, V> Default for Known<K, V> {
    fn default() -> Self {
        Self(RefCell::default())
    }
}

impl<K, V: Clone> Known<K, V> {
    fn get<Q: PartialEq + ?Sized>(&self, key: &Q, ask: impl FnOnce() -> (K, V)) -> V
    where
        K: std::borrow::Borrow<Q>,
    {
        let mut known = self.0.borrow_mut();
        if let Some((_, value)) = known.iter().find(|(asked, _)| asked.borrow() == key) {
            return value.clone();
        }
        let (key, value) = ask();
        known.push((key, value.clone()));
        value
    }
}

impl Default for Real {
    fn default() -> Self {
        Self::new()
    }
}

impl System for Real {
    fn uid(&self) -> u32 {
        self.uid
    }

    fn may_chroot(&self) -> bool {
        os::identity::chroot(b"/").is_ok()
    }

    fn variable(&self, name: &[u8]) -> Option<Vec<u8>> {
        std::env::var_os(std::str::from_utf8(name).ok()?).map(std::ffi::OsString::into_encoded_bytes)
    }

    fn stat(&self, path: &[u8]) -> Result<Meta, Errno> {
        rustix::fs::stat(path).map(Meta::from)
    }

    fn real(&self, path: &[u8]) -> Vec<u8> {
        // Modules often lie side by side: the way to them is looked at once.
        let (parent, leaf) = crate::fs::tree::split(path);
        let is_link = || rustix::fs::readlink(path, Vec::new()).is_ok();
        if parent.is_empty() || matches!(leaf, b"" | b"." | b"..") || is_link() {
            return operator::real(path);
        }
        let parent = self.dirs.get(parent, || (parent.to_vec(), operator::real(parent)));
        let slash: &[u8] = if parent == b"/" { b"" } else { b"/" };
        [parent.as_slice(), slash, leaf].concat()
    }

    fn read(&self, path: &[u8], longest: usize) -> Result<(Vec<u8>, Meta), Errno> {
        operator::read(path, longest)
    }

    fn may(&self, who: &Who, path: &[u8], access: Access) -> Result<(), Errno> {
        os::identity::as_user(who.uid, &who.gids, &self.held, || rustix::fs::access(path, access))?
    }

    fn user(&self, name: &[u8]) -> Option<u32> {
        self.users.get(name, || (name.to_vec(), os::ids::user_id(name)))
    }

    fn user_name(&self, uid: u32) -> Option<Vec<u8>> {
        self.names.get(&uid, || (uid, os::ids::user_name(uid)))
    }

    fn group(&self, name: &[u8]) -> Option<u32> {
        self.groups.get(name, || (name.to_vec(), os::ids::group_id(name)))
    }

    fn groups_of(&self, user: &[u8]) -> Vec<u32> {
        os::ids::group_ids_of(user)
    }

    fn resolves(&self, host: &[u8]) -> bool {
        os::names::forward(host).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::{Real, System};
    use crate::os::operator;

    #[test]
    fn a_way_that_is_known_leads_to_the_same_place() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name).into_os_string().into_encoded_bytes();
        std::fs::create_dir_all(dir.path().join("a/b")).unwrap();
        std::os::unix::fs::symlink("a/b", dir.path().join("link")).unwrap();
        std::os::unix::fs::symlink("a", dir.path().join("way")).unwrap();
        let real = Real::new();
        for name in ["a", "a/b", "link", "way", "way/b", "way/b", "a/./b", "a/..", "link/", "."] {
            assert_eq!(real.real(&at(name)), operator::real(&at(name)), "{name}");
        }
        assert_eq!(real.real(&at("way/none")), [operator::real(&at("a")).as_slice(), b"/none"].concat());
        assert_eq!(real.real(b"/"), b"/");
        assert_eq!(real.real(b"/tmp"), operator::real(b"/tmp"));
    }
}
