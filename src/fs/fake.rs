//! `--fake-super`: owner, mode and device number that this process may not give a file are kept in an attribute of it.
//!
//! Devices, fifos, sockets and symlinks are ordinary files here; a symlink's holds the target. The attribute is there only
//! where it says something else than the file itself.

use rustix::fs::{AtFlags, Mode, OFlags};
use rustix::io::Errno;

use super::meta::Meta;
use super::tree::Tree;
use super::xattr::value_of;
use crate::flist::Kind;
use crate::flist::kind::TYPE_BITS;
use crate::limits::MAXPATH;

/// The attribute: `MODE MAJOR,MINOR UID:GID`, the mode in octal.
const STAT: &[u8] = b"user.rsync.%stat";

impl Tree {
    /// Whether attributes are kept so.
    pub fn is_fake(&self) -> bool {
        self.root().is_fake()
    }

    /// What is kept about an entry, over what the system says.
    pub(super) fn lstat_fake(&mut self, name: &[u8]) -> Result<Meta, Errno> {
        let real = self.lstat_real(name)?;
        if !(real.is_file() || real.is_dir()) {
            return Ok(real);
        }
        let kept = self.xattr(name, STAT);
        kept.map_or(Ok(real), |text| overlay(real, &text))
    }

    /// The same for what a name leads to.
    pub(super) fn stat_fake(&mut self, name: &[u8]) -> Result<Meta, Errno> {
        let path = self.full(name);
        let real = self.root().stat(&path)?;
        if !(real.is_file() || real.is_dir()) {
            return Ok(real);
        }
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY;
        let kept = self.root().open_below(&path, flags, Mode::empty()).and_then(|fd| value_of(fd, STAT));
        kept.map_or(Ok(real), |text| overlay(real, &text))
    }

    /// Why the metadata of an entry is not what is kept: the attribute, if it is broken, or why it cannot be read.
    pub fn kept_trouble(&mut self, name: &[u8]) -> Option<Result<Vec<u8>, Errno>> {
        match self.xattr(name, STAT) {
            Ok(text) => parse(&text).is_none().then_some(Ok(text)),
            Err(Errno::NODATA | Errno::OPNOTSUPP | Errno::NOSYS) => None,
            Err(errno) => Some(Err(errno)),
        }
    }

    /// Owner and group, kept.
    pub(super) fn chown_fake(&mut self, name: &[u8], uid: Option<u32>, gid: Option<u32>) -> Result<(), Errno> {
        let meta = self.lstat_fake(name)?;
        self.keep(name, Meta { uid: uid.unwrap_or(meta.uid), gid: gid.unwrap_or(meta.gid), ..meta })
    }

    /// Permissions, kept; the file itself gets those that do no harm.
    pub(super) fn chmod_fake(&mut self, name: &[u8], mode: u32) -> Result<(), Errno> {
        let meta = self.lstat_fake(name)?;
        self.keep(name, Meta { mode: meta.mode & TYPE_BITS | mode & 0o7777, ..meta })
    }

    /// A file that stands for something else. `content` is a symlink's target.
    pub(super) fn make_fake(&mut self, name: &[u8], mode: u32, rdev: (u32, u32), content: &[u8]) -> Result<(), Errno> {
        let fd = self.create(name, 0o600)?;
        super::write_all(&fd, content)?;
        let real = self.lstat_real(name)?;
        self.keep(name, Meta { mode, rdev, ..real })
    }

    /// The target of a file that stands for a symlink.
    pub(super) fn readlink_fake(&mut self, name: &[u8]) -> Result<Vec<u8>, Errno> {
        if self.lstat_fake(name)?.kind() != Kind::Symlink {
            return Err(Errno::INVAL);
        }
        let (fd, meta) = self.open_file(name)?;
        let len = usize::try_from(meta.size).ok().filter(|len| *len < MAXPATH).ok_or(Errno::NAMETOOLONG)?;
        let mut target = vec![0; len];
        let mut filled = 0usize;
        while let Some(room) = target.get_mut(filled..).filter(|room| !room.is_empty()) {
            match rustix::io::read(&fd, room) {
                Ok(0) => break,
                Ok(n) => filled = filled.saturating_add(n),
                Err(Errno::INTR) => {}
                Err(errno) => return Err(errno),
            }
        }
        target.truncate(filled);
        Ok(target)
    }

    fn keep(&mut self, name: &[u8], wanted: Meta) -> Result<(), Errno> {
        let real = self.lstat_real(name)?;
        if !(real.is_file() || real.is_dir()) {
            // A real symlink has no attributes of users.
            return Ok(());
        }
        let owners = if real.is_dir() { 0o700 } else { 0o600 };
        let harmless = wanted.mode & 0o777 | owners;
        if real.mode & 0o7777 != harmless {
            self.chmod_real(name, harmless)?;
        }
        let same = (real.mode & TYPE_BITS | harmless, real.uid, real.gid) == (wanted.mode, wanted.uid, wanted.gid);
        if same && wanted.rdev == (0, 0) {
            return match self.remove_xattr(name, STAT) {
                Ok(()) | Err(Errno::NODATA) => Ok(()),
                Err(errno) => Err(errno),
            };
        }
        let Meta { mode, rdev: (major, minor), uid, gid, .. } = wanted;
        self.set_xattr(name, STAT, format!("{mode:o} {major},{minor} {uid}:{gid}").as_bytes())
    }

    fn lstat_real(&mut self, name: &[u8]) -> Result<Meta, Errno> {
        let (dir, leaf) = self.place(name)?;
        Ok(rustix::fs::statat(dir, leaf, AtFlags::SYMLINK_NOFOLLOW)?.into())
    }
}

/// What the attribute says over what the system says. What cannot be is left out: a directory stays one, and nothing else
/// becomes one.
///
/// # Errors
/// UCLEAN: the attribute is broken.
fn overlay(real: Meta, text: &[u8]) -> Result<Meta, Errno> {
    let (mode, rdev, uid, gid) = parse(text).ok_or(Errno::UCLEAN)?;
    let kind = Kind::of_mode(mode);
    if kind.is_none() || (kind == Some(Kind::Dir)) != real.is_dir() {
        return Ok(real);
    }
    Ok(Meta { mode, rdev, uid, gid, ..real })
}

fn parse(text: &[u8]) -> Option<(u32, (u32, u32), u32, u32)> {
    let text = std::str::from_utf8(text).ok()?;
    let mut words = text.split(' ');
    let mode = u32::from_str_radix(words.next()?, 8).ok().filter(|mode| *mode <= 0o177_777)?;
    let (major, minor) = words.next()?.split_once(',')?;
    let (uid, gid) = words.next()?.split_once(':')?;
    if words.next().is_some() {
        return None;
    }
    Some((mode, (major.parse().ok()?, minor.parse().ok()?), uid.parse().ok()?, gid.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file() -> Meta {
        let stat = rustix::fs::fstat(tempfile::tempfile().unwrap()).unwrap();
        Meta { mode: 0o100600, ..Meta::from(stat) }
    }

    #[test]
    fn what_stock_wrote_is_read() {
        let device = overlay(file(), b"20644 1,3 0:7").unwrap();
        assert_eq!((device.kind(), device.rdev, device.uid, device.gid), (Kind::Device, (1, 3), 0, 7));
        assert_eq!(overlay(file(), b"104755 0,0 0:0").unwrap().mode, 0o104755);
        assert_eq!(overlay(file(), b"120777 0,0 1:0").unwrap().kind(), Kind::Symlink);
    }

    #[test]
    fn nonsense_is_noticed_and_directories_that_are_none_change_nothing() {
        let here = file();
        assert_eq!(overlay(here, b"40755 0,0 0:0"), Ok(here));
        for text in [&b""[..], b"x 0,0 0:0", b"100644", b"100644 0 0:0", b"100644 0,0 0:0 x", b"100644 0,0 -1:0"] {
            assert_eq!(overlay(here, text), Err(Errno::UCLEAN), "{text:?}");
        }
    }
}
