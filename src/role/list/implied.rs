//! `-R`: the directories above a name travel too, without their contents.

use rustix::io::Errno;

use super::Lister;
use crate::flist::{Segment, xmit};
use crate::net::Link;
use crate::net::fatal::Fatal;

/// Which of them were sent last.
#[derive(Debug, Default)]
pub(super) struct Implied {
    dir: Vec<u8>,
    /// The `.` of names that begin with `./`: once a session.
    dot: bool,
}

impl Implied {
    /// The lengths of the directories of `name` that have to be sent. Stock repeats some of them; its receivers count what they
    /// get, so the same are repeated here.
    fn of(&mut self, name: &[u8]) -> Vec<usize> {
        let Some(end) = name.iter().rposition(|byte| *byte == b'/') else { return Vec::new() };
        let dir = name.get(..end).unwrap_or_default();
        let covered = self.dir.strip_prefix(dir).is_some_and(|rest| matches!(rest.first(), None | Some(b'/')));
        if covered && !self.dir.is_empty() {
            return Vec::new();
        }
        let common = name.iter().zip(&self.dir).take_while(|(a, b)| a == b).count();
        let shared = name.get(..common).and_then(|part| part.iter().rposition(|byte| *byte == b'/')).unwrap_or(0);
        let cuts = name.iter().enumerate().filter(|(at, byte)| **byte == b'/' && *at > shared).map(|(at, _)| at);
        let cuts = cuts.collect();
        self.dir = dir.to_vec();
        cuts
    }
}

impl Lister<'_> {
    /// Sends the directories above `name`, as far as the name before it did not bring them.
    pub(super) fn implied(
        &mut self,
        link: &mut Link,
        segment: &mut Segment,
        base: u16,
        name: &[u8],
        dot: bool,
    ) -> Result<(), Fatal> {
        if self.ctx.protocol < 30 && !self.ctx.options.implied_dirs {
            return Ok(());
        }
        if dot && !std::mem::replace(&mut self.implied.dot, true) {
            self.implied_one(link, segment, base, b".")?;
        }
        for cut in self.implied.of(name) {
            self.implied_one(link, segment, base, name.get(..cut).unwrap_or_default())?;
        }
        Ok(())
    }

    fn implied_one(&mut self, link: &mut Link, segment: &mut Segment, base: u16, name: &[u8]) -> Result<(), Fatal> {
        let stat = self.bases.get_mut(usize::from(base)).ok_or(Errno::NOENT).and_then(|tree| tree.stat(name));
        match stat {
            Ok(meta) => self.put_entry(link, segment, base, name, &meta, xmit::TOP_DIR | xmit::NO_CONTENT_DIR),
            Err(errno) => {
                let shown = self.shown(base, name);
                if errno == Errno::NOENT {
                    self.vanished(link, b"file", &shown);
                } else {
                    self.trouble(link, &[b"readlink_stat(", &shown, b")"], errno);
                }
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What stock 3.5.0 sent for these lists of names.
    #[test]
    fn directories_are_repeated_as_stock_repeats_them() {
        for (names, sent) in [
            (&["t2/f", "t2/g", "t2/b/c", "t2/b/d/e", "t2/f"][..], "t2 t2 t2/b t2/b t2/b/d"),
            (&["t2/f", "a.txt", "t2/g"], "t2"),
            (&["t2", "t2/g", "t2/b/c"], "t2 t2 t2/b"),
            (&["a/b/c/1", "a/b/2", "a/3", "a/b/c/1", "t3/x/y", "t2/b/c"], "a a/b a/b/c t3 t3/x t2 t2/b"),
            (&["a/b/c/1", "a/b2/x"], "a a/b a/b/c a/b2"),
        ] {
            let mut implied = Implied::default();
            let mut got = Vec::new();
            for name in names {
                got.extend(implied.of(name.as_bytes()).into_iter().map(|cut| name.get(..cut).unwrap_or_default()));
            }
            assert_eq!(got.join(" "), sent, "{names:?}");
        }
    }
}
