//! `--info=…`: what the server says in words, and from which level of `-v` on.
//!
//! Source: stock 3.5.0 as daemon. What is not asked for follows the count of `-v`; nothing rises above what the module's
//! `max verbosity` stands for.

/// The kinds of remarks that a server makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remark {
    /// Backups that were made.
    Backup,
    /// Names of what was made or changed without data.
    Name,
    /// Devices and specials that are left out.
    NonRegular,
    /// Sources that were removed.
    Remove,
    /// Files that an option leaves alone.
    Skip,
    /// Symlinks that lead elsewhere.
    Unsafe,
}

/// All of them, with their words and the `-v` that brings them.
const REMARKS: [(Remark, &[u8], u8); 6] = [
    (Remark::Backup, b"backup", 2),
    (Remark::Name, b"name", 1),
    (Remark::NonRegular, b"nonreg", 0),
    (Remark::Remove, b"remove", 2),
    (Remark::Skip, b"skip", 2),
    (Remark::Unsafe, b"symsafe", 1),
];

/// What a client asked for, by word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Asked([Option<bool>; REMARKS.len()]);

impl Asked {
    /// Reads one word, in lower case, with its level; `all` and `none` are words for all of them.
    pub(super) fn read(&mut self, word: &[u8], level: u8) {
        for ((_, name, _), asked) in REMARKS.iter().zip(&mut self.0) {
            match word {
                b"none" => *asked = Some(false),
                b"all" => *asked = Some(level > 0),
                _ if word == *name => *asked = Some(level > 0),
                _ => {}
            }
        }
    }

    /// Whether a remark is made, with `verbose` times `-v` in a module that allows `most`.
    pub fn tells(&self, remark: Remark, verbose: u8, most: u8) -> bool {
        let mut all = REMARKS.iter().zip(&self.0);
        all.any(|((this, _, since), asked)| *this == remark && most >= *since && asked.unwrap_or(verbose >= *since))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_count_more_than_v_and_the_module_more_than_words() {
        let mut asked = Asked::default();
        assert!(
            asked.tells(Remark::NonRegular, 0, 1)
                && !asked.tells(Remark::Skip, 1, 9)
                && asked.tells(Remark::Skip, 2, 9)
        );
        assert!(!asked.tells(Remark::Skip, 2, 1));
        asked.read(b"skip", 1);
        asked.read(b"nonreg", 0);
        assert!(
            asked.tells(Remark::Skip, 0, 2)
                && !asked.tells(Remark::Skip, 0, 1)
                && !asked.tells(Remark::NonRegular, 2, 9)
        );
        asked.read(b"none", 1);
        assert!(!asked.tells(Remark::Skip, 2, 9));
    }
}
