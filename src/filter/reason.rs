//! Which rule decided about a name: for a client that asks.

use super::filters::Filters;
use super::list::{Nested, RuleList, Verdict};
use super::rule::{Action, Query, Rule, Sign};

/// What stands in place of a rule that was read from a file: whoever cannot read the file does not learn it this way.
const FROM_FILE: &[u8] = b"<rule from a file read earlier>";

/// The rule that decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// It left the name out.
    pub excludes: bool,
    /// Its pattern, and where the rule comes from if not from the peer's own list.
    pub pattern: Vec<u8>,
}

impl Filters {
    /// Which rule of the peer's decides about a name; `None` if none does.
    #[must_use]
    pub fn reason(&self, name: &[u8], is_dir: bool, inside_doomed: bool) -> Option<Reason> {
        let query = self.query(name, is_dir, inside_doomed);
        decide(self.user_list(), &query, self.nested(), &|rule| rule.text())
    }
}

fn decide(list: &RuleList, query: &Query, nested: Nested, shown: &dyn Fn(&Rule) -> Vec<u8>) -> Option<Reason> {
    list.rules().filter(|rule| !(query.doomed && rule.traits.perishable)).find_map(|rule| match rule.action {
        Action::Plain(sign) => {
            rule.matches(query).then(|| Reason { excludes: sign == Sign::Exclude, pattern: shown(rule) })
        }
        Action::Cvs => {
            let reason = decide(nested.cvs, query, nested, shown)?;
            Some(Reason { pattern: [&reason.pattern, &b" [global CVS]"[..]].concat(), ..reason })
        }
        Action::PerDir(index) => {
            let merger = nested.mergers.get(index)?;
            let excludes = match merger.check(query, nested) {
                Verdict::None => return None,
                verdict => verdict == Verdict::Exclude,
            };
            Some(Reason { excludes, pattern: [FROM_FILE, b" [per-dir ", merger.base(), b"]"].concat() })
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::Side;

    #[test]
    fn the_first_rule_that_matches_is_named() {
        let mut filters = Filters::new(Side::Sender, 31);
        for rule in ["+ b*", "- *.o", "- /d/"] {
            filters.add_rule(rule.as_bytes()).unwrap();
        }
        let told = |name: &str, is_dir| {
            filters
                .reason(name.as_bytes(), is_dir, false)
                .map(|reason| (reason.excludes, String::from_utf8(reason.pattern).unwrap()))
        };
        assert_eq!(told("x/a.o", false), Some((true, "*.o".into())));
        assert_eq!(told("b.o", false), Some((false, "b*".into())));
        assert_eq!(told("d", true), Some((true, "/d/".into())));
        assert_eq!(told("d", false), None);
    }
}
