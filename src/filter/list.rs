//! A list of rules and how it answers: the first rule that matches decides.

use super::merge::Merger;
use super::rule::{Action, Query, Rule, Sign};

/// What a list says about a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// No rule matched: the name is included.
    None,
    /// Included by a rule.
    Include,
    /// Excluded by a rule.
    Exclude,
}

/// The lists that a place in a list can stand for.
#[derive(Clone, Copy)]
pub(super) struct Nested<'a> {
    /// Per-directory lists; [`Action::PerDir`] counts into it. A list refers only to ones behind its own.
    pub mergers: &'a [Merger],
    /// The CVS list.
    pub cvs: &'a RuleList,
}

/// Rules in order.
#[derive(Clone, Debug, Default)]
pub struct RuleList {
    rules: Vec<Rule>,
    bytes: usize,
}

impl RuleList {
    /// No rules.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Number of rules.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// Bytes of all patterns.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn push(&mut self, rule: Rule) {
        self.bytes = self.bytes.saturating_add(rule.bytes());
        self.rules.push(rule);
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    pub(super) fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.rules.iter()
    }

    /// Numbers of the per-directory lists that have a place here.
    pub(super) fn mergers(&self) -> impl Iterator<Item = usize> {
        self.rules.iter().filter_map(|rule| match rule.action {
            Action::PerDir(index) => Some(index),
            _ => None,
        })
    }

    /// The first answer, in order.
    #[must_use]
    pub(super) fn check(&self, query: &Query, nested: Nested) -> Verdict {
        for rule in &self.rules {
            if query.doomed && rule.traits.perishable {
                continue;
            }
            let verdict = match rule.action {
                Action::Plain(Sign::Include) if rule.matches(query) => Verdict::Include,
                Action::Plain(Sign::Exclude) if rule.matches(query) => Verdict::Exclude,
                Action::Plain(_) => Verdict::None,
                Action::Cvs => nested.cvs.check(query, nested),
                Action::PerDir(index) => match nested.mergers.get(index) {
                    Some(merger) => merger.check(query, nested),
                    None => Verdict::None,
                },
            };
            if verdict != Verdict::None {
                return verdict;
            }
        }
        Verdict::None
    }
}
