//! `auth users`: who may log in, and what for. Also the splitting of conf lists.

use crate::filter::wildmatch::match_simple;

/// What a rule says about writing, in place of `read only`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// `:ro`
    ReadOnly,
    /// `:rw`
    ReadWrite,
}

/// What the first matching rule says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// No rule matched (log: `no matching rule`).
    NoRule,
    /// The rule refuses (log: `denied by rule`).
    Denied,
    /// The user may log in, given the secret.
    Allowed {
        /// What the rule says about writing.
        access: Option<Access>,
        /// The group by which an `@` rule matched: its secret is accepted too.
        group: Option<Vec<u8>>,
    },
}

/// Finds the first rule of `auth users` (expanded) that matches. `groups` gives the names of a system user's groups, the primary
/// one included; none for a user that does not exist. It is asked at most once.
///
/// An empty list, which means that no login is needed, is the caller's case: here it is [`Judgement::NoRule`].
pub fn judge(auth_users: &[u8], user: &[u8], groups: &mut dyn FnMut(&[u8]) -> Vec<Vec<u8>>) -> Judgement {
    let mut known: Option<Vec<Vec<u8>>> = None;
    for rule in conf_list(auth_users) {
        let mut parts = rule.splitn(2, |&byte| byte == b':');
        let pattern = parts.next().unwrap_or_default();
        let option = parts.next().unwrap_or_default().to_ascii_lowercase();
        let group = match pattern.strip_prefix(b"@") {
            None if match_simple(pattern, user) => None,
            None => continue,
            Some(pattern) => {
                let known = known.get_or_insert_with(|| groups(user));
                match known.iter().find(|group| match_simple(pattern, group)) {
                    Some(group) => Some(group.clone()),
                    None => continue,
                }
            }
        };
        let access = match option.as_slice() {
            [b'd', ..] => return Judgement::Denied,
            [b'r', b'o', ..] => Some(Access::ReadOnly),
            [b'r', b'w', ..] => Some(Access::ReadWrite),
            _ => None,
        };
        return Judgement::Allowed { access, group };
    }
    Judgement::NoRule
}

/// Whether a user name can stand in a secrets file: `#` begins a comment there, `@` a group (log: `invalid username`).
#[must_use]
pub fn is_valid_name(user: &[u8]) -> bool {
    !matches!(user.first(), None | Some(b'#' | b'@'))
}

/// The items of a conf list (`auth users`, `gid`): between commas when the list begins with one, else between blanks and
/// commas. Empty items are dropped.
pub fn conf_list(list: &[u8]) -> impl Iterator<Item = &[u8]> {
    let list = list.trim_ascii_start();
    let commas_only = list.starts_with(b",");
    list.split(move |byte| *byte == b',' || (!commas_only && matches!(byte, b' ' | b'\t' | b'\r' | b'\n')))
        .map(<[u8]>::trim_ascii)
        .filter(|item| !item.is_empty())
}

#[cfg(test)]
mod tests {
    use super::{Access, Judgement, conf_list, is_valid_name, judge};

    fn items(list: &str) -> Vec<String> {
        conf_list(list.as_bytes()).map(|item| String::from_utf8(item.to_vec()).unwrap()).collect()
    }

    fn ask(rules: &str, user: &str) -> Judgement {
        judge(rules.as_bytes(), user.as_bytes(), &mut |user| {
            let groups: &[&str] = match user {
                b"bob" => &["bob", "backup ops", "users"],
                b"zoe" => &["users"],
                _ => &[],
            };
            groups.iter().map(|group| group.as_bytes().to_vec()).collect()
        })
    }

    fn allowed(access: Option<Access>, group: Option<&str>) -> Judgement {
        Judgement::Allowed { access, group: group.map(|name| name.as_bytes().to_vec()) }
    }

    #[test]
    fn a_list_splits_at_blanks_or_at_commas_only() {
        assert_eq!(items("a b,c\td\r\n,, e"), ["a", "b", "c", "d", "e"]);
        assert_eq!(items(" , No Body:deny,@Media Team:ro , *"), ["No Body:deny", "@Media Team:ro", "*"]);
        assert_eq!(items(", ,"), [""; 0]);
    }

    #[test]
    fn the_first_rule_that_matches_is_final() {
        assert_eq!(ask("al:rw bo:rw ro:ro *:deny", "al"), allowed(Some(Access::ReadWrite), None));
        assert_eq!(ask("al:rw bo:rw ro:ro *:deny", "ro"), allowed(Some(Access::ReadOnly), None));
        assert_eq!(ask("al:rw bo:rw ro:ro *:deny", "eve"), Judgement::Denied);
        assert_eq!(ask("*:deny al:rw", "al"), Judgement::Denied);
        assert_eq!(ask("pi", "eve"), Judgement::NoRule);
        assert_eq!(ask("pi", "Pi"), Judgement::NoRule);
    }

    #[test]
    fn a_comma_list_keeps_its_deny_rules() {
        let rules = ", eve:deny, @backup ops:ro, ann:rw, @users";
        assert_eq!(ask(rules, "eve"), Judgement::Denied);
        assert_eq!(ask(rules, "bob"), allowed(Some(Access::ReadOnly), Some("backup ops")));
        assert_eq!(ask(rules, "ann"), allowed(Some(Access::ReadWrite), None));
        assert_eq!(ask(rules, "zoe"), allowed(None, Some("users")));
        assert_eq!(ask(rules, "stranger"), Judgement::NoRule);
        assert_eq!(ask(", @No Body:deny, *", "No"), allowed(None, None));
    }

    #[test]
    fn an_option_is_told_by_its_first_letters() {
        assert_eq!(ask("a:Denied", "a"), Judgement::Denied);
        assert_eq!(ask("a:ROnly", "a"), allowed(Some(Access::ReadOnly), None));
        assert_eq!(ask("a:r", "a"), allowed(None, None));
        assert_eq!(ask("a:", "a"), allowed(None, None));
        assert_eq!(ask("a::deny", "a"), allowed(None, None));
    }

    #[test]
    fn a_user_cannot_pose_as_a_comment_or_a_group() {
        assert!(is_valid_name(b"pi"));
        for name in ["", "#pi", "@users"] {
            assert!(!is_valid_name(name.as_bytes()));
        }
    }
}
