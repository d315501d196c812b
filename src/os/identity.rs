//! Who this process is, and how it becomes less.

use nix::unistd::{Gid, Uid, getgroups, getresgid, getresuid, setgroups, setresgid, setresuid};

/// Whether the effective user is root.
pub fn is_root() -> bool {
    Uid::effective().is_root()
}

/// The groups this process may give files to: its own and the supplementary ones.
pub fn groups() -> Vec<u32> {
    let mut groups: Vec<u32> = getgroups().unwrap_or_default().into_iter().map(Gid::as_raw).collect();
    groups.push(Gid::effective().as_raw());
    groups
}

/// The effective group.
pub fn group() -> u32 {
    Gid::effective().as_raw()
}

/// What the change of identity failed at, as clients of stock know the word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused {
    /// `setgid failed`, `setgroups failed`, `setuid failed`.
    pub what: &'static str,
    /// Why.
    pub errno: nix::errno::Errno,
}

/// Takes on a user and groups for good: groups first, the user last, then everything is read back, and that root cannot
/// be had again is tried.
///
/// # Errors
/// A step that the kernel refused, or that did not take.
pub fn become_user(uid: Option<u32>, gids: &[u32]) -> Result<(), Refused> {
    let refused = |what| move |errno| Refused { what, errno };
    if let Some(first) = gids.first() {
        let gid = Gid::from_raw(*first);
        let all: Vec<Gid> = gids.iter().copied().map(Gid::from_raw).collect();
        setresgid(gid, gid, gid).map_err(refused("setgid failed"))?;
        setgroups(&all).map_err(refused("setgroups failed"))?;
        let now = getresgid().map_err(refused("setgid failed"))?;
        let held = getgroups().map_err(refused("setgroups failed"))?;
        if [now.real, now.effective, now.saved] != [gid; 3] || held.iter().any(|gid| !all.contains(gid)) {
            return Err(Refused { what: "setgid failed", errno: nix::errno::Errno::EPERM });
        }
    }
    let Some(uid) = uid else { return Ok(()) };
    let uid = Uid::from_raw(uid);
    if uid == Uid::effective() && uid == Uid::current() {
        return Ok(());
    }
    setresuid(uid, uid, uid).map_err(refused("setuid failed"))?;
    let now = getresuid().map_err(refused("setuid failed"))?;
    let root = Uid::from_raw(0);
    if [now.real, now.effective, now.saved] != [uid; 3] || (!uid.is_root() && setresuid(root, root, root).is_ok()) {
        return Err(Refused { what: "setuid failed", errno: nix::errno::Errno::EPERM });
    }
    Ok(())
}

/// The supplementary groups of this process.
pub fn supplementary() -> Vec<Gid> {
    getgroups().unwrap_or_default()
}

/// Does something with the rights of a user and groups, and takes our own back. The saved user stays ours, so that the real
/// one, by which access(2) judges, can be changed as well. `held` are our own supplementary groups ([`supplementary`]). For a
/// process of one thread.
///
/// # Errors
/// A step that the kernel refused.
pub fn as_user<T>(uid: u32, gids: &[u32], held: &[Gid], act: impl FnOnce() -> T) -> Result<T, rustix::io::Errno> {
    let own = Uid::effective();
    if uid == own.as_raw() {
        return Ok(act());
    }
    let number = |errno: nix::errno::Errno| rustix::io::Errno::from_raw_os_error(errno as i32);
    let own_gid = Gid::effective();
    let all: Vec<Gid> = gids.iter().copied().map(Gid::from_raw).collect();
    let first = all.first().copied().unwrap_or(own_gid);
    let uid = Uid::from_raw(uid);
    let taken = setgroups(&all)
        .and_then(|()| setresgid(first, first, own_gid))
        .and_then(|()| setresuid(uid, uid, own))
        .map(|()| act());
    setresuid(own, own, own)
        .and_then(|()| setresgid(own_gid, own_gid, own_gid))
        .and_then(|()| setgroups(held))
        .map_err(number)?;
    taken.map_err(number)
}

/// Nothing this process starts gets more power than it has; it leaves no core file with secrets in it.
pub fn renounce() {
    let _ = rustix::thread::set_no_new_privs(true);
    let none = rustix::process::Rlimit { current: Some(0), maximum: Some(0) };
    let _ = rustix::process::setrlimit(rustix::process::Resource::Core, none);
}

/// The permission bits that new files do not get. Reading it means setting it for a moment: call this before any thread.
pub fn umask() -> u32 {
    let mask = rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o022));
    rustix::process::umask(mask);
    mask.as_raw_mode()
}

/// Changes the process's root directory, and goes there.
///
/// # Errors
/// What the system says.
pub fn chroot(dir: &[u8]) -> Result<(), rustix::io::Errno> {
    if dir == b"/" {
        return rustix::process::chroot("/");
    }
    rustix::process::chdir(dir)?;
    rustix::process::chroot(".")?;
    rustix::process::chdir("/")
}

/// Gives the calling thread a working directory of its own.
///
/// # Errors
/// What the system says.
pub fn own_directory() -> Result<(), nix::errno::Errno> {
    nix::sched::unshare(nix::sched::CloneFlags::CLONE_FS)
}
