//! The secrets file: whose lines count, and whether the file may be used at all.

use super::users::is_valid_name;

/// Longest line that counts, in bytes without its end (stock splits longer ones in the middle of a secret).
pub const LINE: usize = 1023;

/// The secrets that are accepted for a login. Either may be right.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Candidates<'a> {
    /// Secret of the first line for the user.
    pub user: Option<&'a [u8]>,
    /// Secret of the first line for the group.
    pub group: Option<&'a [u8]>,
    /// Lines that were passed over because they are too long.
    pub overlong: usize,
}

impl Candidates<'_> {
    /// Whether there is no secret to compare with (log: `secret not found`).
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.user.is_none() && self.group.is_none()
    }
}

/// Which secrets there are, but not what they are: this may end in a log.
impl std::fmt::Debug for Candidates<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Candidates")
            .field("user", &self.user.is_some())
            .field("group", &self.group.is_some())
            .field("overlong", &self.overlong)
            .finish()
    }
}

/// Finds the secrets of `user` (`user:secret`) and of the group by which it was admitted (`@group:secret`). A secret is all
/// that follows the first colon behind the name, blanks at its end too. The first line for a name counts.
#[must_use]
pub fn candidates<'a>(file: &'a [u8], user: &[u8], group: Option<&[u8]>) -> Candidates<'a> {
    let mut found = Candidates::default();
    for line in file.split(|&byte| byte == b'\n').map(without_returns) {
        if line.len() > LINE {
            found.overlong = found.overlong.saturating_add(1);
            continue;
        }
        if is_valid_name(user) {
            found.user = found.user.or_else(|| secret(line, user));
        }
        let by_group = group.and_then(|group| secret(line.strip_prefix(b"@")?, group));
        found.group = found.group.or(by_group);
    }
    found
}

fn secret<'a>(line: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    line.strip_prefix(name)?.strip_prefix(b":")
}

fn without_returns(mut line: &[u8]) -> &[u8] {
    while let Some(shorter) = line.strip_suffix(b"\r") {
        line = shorter;
    }
    line
}

/// Why a secrets file may not be used, as the line for the log; `mode` and `owner_uid` are those of the opened file.
#[must_use]
pub fn file_problem(mode: u32, owner_uid: u32, we_are_root: bool, strict: bool) -> Option<&'static str> {
    if !strict {
        None
    } else if mode & 0o006 != 0 {
        Some("secrets file must not be other-accessible (see strict modes option)")
    } else if we_are_root && owner_uid != 0 {
        Some("secrets file must be owned by root when running as root (see strict modes)")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::{candidates, file_problem};

    #[test]
    fn a_secret_is_everything_behind_the_first_colon() {
        let file = b"pi:backup pass \r\nbo:a:b: c\npi:second\nempty:\n";
        assert_eq!(candidates(file, b"pi", None).user, Some(b"backup pass ".as_slice()));
        assert_eq!(candidates(file, b"bo", None).user, Some(b"a:b: c".as_slice()));
        assert_eq!(candidates(file, b"empty", None).user, Some(b"".as_slice()));
        assert!(candidates(file, b"p", None).is_empty());
        assert!(candidates(file, b"Pi", None).is_empty());
        assert!(candidates(file, b"second", None).is_empty());
    }

    #[test]
    fn a_group_secret_counts_for_its_group_only() {
        let file = b"@ops:one\n@ops:two\nbob:own";
        let found = candidates(file, b"bob", Some(b"ops"));
        assert_eq!((found.user, found.group), (Some(b"own".as_slice()), Some(b"one".as_slice())));
        assert_eq!(candidates(file, b"bob", None).group, None);
        assert_eq!(candidates(file, b"bob", Some(b"op")).group, None);
        assert!(candidates(file, b"@ops", None).is_empty());
    }

    #[test]
    fn a_comment_is_nobodys_secret() {
        assert!(candidates(b"#pi:x\n# a: b\n:y\n", b"pi", None).is_empty());
        assert!(candidates(b"#pi:x\n", b"#pi", None).is_empty());
        assert!(candidates(b":y\n", b"", None).is_empty());
    }

    #[test]
    fn an_overlong_line_is_no_secret_and_hides_no_other() {
        let long = [b"pi:".as_slice(), &[b'x'; 1021]].concat();
        let file = [&long, b"\npi:short\n".as_slice()].concat();
        let found = candidates(&file, b"pi", None);
        assert_eq!((found.user, found.overlong), (Some(b"short".as_slice()), 1));
        let fits = long.get(..1023).unwrap();
        assert_eq!(candidates(fits, b"pi", None).user.map(<[u8]>::len), Some(1020));
    }

    #[test]
    fn secrets_are_not_printed() {
        assert!(!format!("{:?}", candidates(b"pi:hunter2", b"pi", None)).contains("hunter2"));
    }

    #[test]
    fn only_bits_for_others_and_a_foreign_owner_are_a_problem() {
        for mode in [0o600, 0o640, 0o660, 0o671, 0o400] {
            assert_eq!(file_problem(mode, 0, true, true), None, "{mode:o}");
        }
        for mode in [0o644, 0o602, 0o606] {
            assert!(file_problem(mode, 0, true, true).unwrap().contains("other-accessible"), "{mode:o}");
        }
        assert!(file_problem(0o600, 1000, true, true).unwrap().contains("owned by root"));
        assert_eq!(file_problem(0o600, 1000, false, true), None);
        assert_eq!(file_problem(0o666, 1000, true, false), None);
    }
}
