//! `--info=…` and `--debug=…`: what the server says in words, and from which level of `-v` on.
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
    /// How files will travel.
    Delta,
    /// Rules that decided about a name.
    Filter,
    /// Passes of deletion.
    Deletion,
    /// What all searches came to.
    Totals,
    /// What each search does.
    Search,
    /// What the sender is at.
    Sending,
    /// What the generator is at.
    Generating,
    /// What the receiver is at.
    Receiving,
}

/// Which option has a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Talk {
    /// `--info`.
    Info,
    /// `--debug`.
    Debug,
}

/// A kind of remark: option, word and level that ask for it, and the `-v` that brings it.
type Row = (Remark, Talk, &'static [u8], u8, u8);

const REMARKS: [Row; 14] = [
    (Remark::Backup, Talk::Info, b"backup", 1, 2),
    (Remark::Name, Talk::Info, b"name", 1, 1),
    (Remark::NonRegular, Talk::Info, b"nonreg", 1, 0),
    (Remark::Remove, Talk::Info, b"remove", 1, 2),
    (Remark::Skip, Talk::Info, b"skip", 1, 2),
    (Remark::Unsafe, Talk::Info, b"symsafe", 1, 1),
    (Remark::Delta, Talk::Debug, b"flist", 1, 2),
    (Remark::Filter, Talk::Debug, b"filter", 1, 2),
    (Remark::Deletion, Talk::Debug, b"del", 1, 2),
    (Remark::Totals, Talk::Debug, b"deltasum", 1, 2),
    (Remark::Search, Talk::Debug, b"deltasum", 2, 3),
    (Remark::Sending, Talk::Debug, b"send", 1, 3),
    (Remark::Generating, Talk::Debug, b"genr", 1, 3),
    (Remark::Receiving, Talk::Debug, b"recv", 1, 3),
];

/// What a client asked for, by word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Asked([Option<bool>; REMARKS.len()]);

impl Asked {
    /// Reads one word, in lower case, with its level; `all` and `none` are words for all of the option's.
    pub(super) fn read(&mut self, talk: Talk, word: &[u8], level: u8) {
        let level = if word == b"none" { 0 } else { level };
        for ((_, option, name, from, _), asked) in REMARKS.iter().zip(&mut self.0) {
            if talk == *option && (word == *name || word == b"all" || word == b"none") {
                *asked = Some(level >= *from);
            }
        }
    }

    /// Whether a remark is made, with `verbose` times `-v` in a module that allows `most`.
    pub fn tells(&self, remark: Remark, verbose: u8, most: u8) -> bool {
        let mut all = REMARKS.iter().zip(&self.0);
        all.any(|((this, .., since), asked)| *this == remark && most >= *since && asked.unwrap_or(verbose >= *since))
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
        asked.read(Talk::Info, b"skip", 1);
        asked.read(Talk::Info, b"nonreg", 0);
        assert!(
            asked.tells(Remark::Skip, 0, 2)
                && !asked.tells(Remark::Skip, 0, 1)
                && !asked.tells(Remark::NonRegular, 2, 9)
        );
        asked.read(Talk::Info, b"none", 1);
        assert!(!asked.tells(Remark::Skip, 2, 9));
    }
    #[test]
    fn a_level_brings_what_stands_below_it() {
        let mut asked = Asked::default();
        assert!(asked.tells(Remark::Totals, 2, 2) && !asked.tells(Remark::Search, 2, 9));
        asked.read(Talk::Debug, b"deltasum", 2);
        assert!(asked.tells(Remark::Search, 0, 3) && !asked.tells(Remark::Search, 0, 2));
        asked.read(Talk::Info, b"none", 1);
        assert!(asked.tells(Remark::Totals, 0, 2));
        asked.read(Talk::Debug, b"all", 1);
        assert!(!asked.tells(Remark::Search, 3, 9) && asked.tells(Remark::Sending, 0, 3));
    }
}
