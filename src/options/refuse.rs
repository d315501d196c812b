//! `refuse options`: which options a module does not take.

use super::fault::Named;
use super::table::{self, Found};
use crate::filter::wildmatch::match_simple;

/// Letters that `a` and `archive` stand for in the list.
const ARCHIVE: &[u8] = b"[ardlptgoD]";

/// What an operator refuses, one bit a spelling of the option table. The default refuses nothing: a run over a remote shell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RefuseList {
    /// One byte a row, one bit a spelling.
    rows: Vec<u8>,
    /// For each row the refused option that reaches it, so that a long vector costs no search.
    implied: Vec<Option<Named>>,
}

impl RefuseList {
    /// Reads the value of `refuse options` of a daemon's module: names, letters and wildcards between spaces, `!` takes
    /// back, the last word on an option counts. What no daemon allows is refused as well: device copies unless taken back by
    /// name, and always log files, insecure links, times of creation (Linux cannot set them) and, as long as no charset is
    /// converted, `--iconv`. `log` gets one line
    /// for each item that names no option.
    pub fn parse(text: &[u8], log: &mut dyn FnMut(String)) -> RefuseList {
        Self::of_module(text, false, log)
    }

    /// As [`RefuseList::parse`], but `--iconv` is served if the module has a character set.
    pub fn of_module(text: &[u8], charset: bool, log: &mut dyn FnMut(String)) -> RefuseList {
        let mut list = RefuseList { rows: table::rows().map(|_| 0).collect(), implied: Vec::new() };
        for name in [&b"copy-devices"[..], b"write-devices"] {
            list.apply(name, true);
        }
        for item in text.split(|b| *b == b' ').filter(|item| !item.is_empty()) {
            let (refused, name) = match item {
                [b'!', name @ ..] if !name.is_empty() => (false, name),
                _ => (true, item),
            };
            if !list.apply(name, refused) {
                let name = crate::escape::Escaped(name);
                log(format!("No match for refuse-options string \"{name}\""));
            }
        }
        for name in [&b"log-file*"[..], b"insecure-links", b"crtimes"] {
            list.apply(name, true);
        }
        if !charset {
            list.apply(b"iconv", true);
        }
        list.implied = table::rows().map(|row| list.blamed(row.implied_by)).collect();
        list
    }

    /// Whether the option with this long name (no dashes) or letter is refused by its own name.
    #[must_use]
    pub fn refuses(&self, name: &str) -> bool {
        find(name).is_some_and(|found| self.refuses_by_name(&found))
    }

    /// The name to blame if this spelling may not be used: its own, or that of an option it implies.
    pub(super) fn refusal(&self, found: &Found) -> Option<Named> {
        if self.refuses_by_name(found) {
            return Some(found.named());
        }
        self.implied.get(found.index).copied().flatten()
    }

    /// The first of `names` that is refused.
    fn blamed(&self, names: &[&str]) -> Option<Named> {
        names.iter().filter_map(|name| find(name)).find(|found| self.refuses_by_name(found)).map(|found| found.named())
    }

    /// Whether this spelling is refused by its own name.
    pub(super) fn refuses_by_name(&self, found: &Found) -> bool {
        self.rows.get(found.index).is_some_and(|bits| bits & bit(found.spelling) != 0)
    }

    /// Applies one item; `false` if it names nothing.
    fn apply(&mut self, item: &[u8], refused: bool) -> bool {
        if matches!(item, b"a" | b"archive") {
            return self.apply_wildcard(ARCHIVE, refused);
        }
        if item.iter().any(|b| matches!(b, b'*' | b'?' | b'[')) {
            return self.apply_wildcard(item, refused);
        }
        let found = match item {
            [letter] => table::by_letter(*letter),
            _ => table::by_long(item),
        };
        found.is_some_and(|found| {
            self.set(found.index, u8::MAX, refused);
            true
        })
    }

    fn apply_wildcard(&mut self, pattern: &[u8], refused: bool) -> bool {
        let mut any = false;
        for (index, row) in table::rows().enumerate() {
            let mut bits = 0;
            if row.letter.is_some_and(|letter| match_simple(pattern, &[letter])) {
                bits |= bit(0);
            }
            for (spelling, long) in (0..).zip(row.long) {
                if match_simple(pattern, long.as_bytes()) {
                    bits |= bit(spelling);
                }
            }
            any |= bits != 0;
            self.set(index, bits & !row.exact, refused);
        }
        any
    }

    fn set(&mut self, index: usize, bits: u8, refused: bool) {
        if let Some(row) = self.rows.get_mut(index) {
            *row = if refused { *row | bits } else { *row & !bits };
        }
    }
}

fn find(name: &str) -> Option<Found> {
    match name.as_bytes() {
        [letter] => table::by_letter(*letter),
        long => table::by_long(long),
    }
}

fn bit(spelling: u32) -> u8 {
    1u8.checked_shl(spelling).unwrap_or(0)
}

#[cfg(test)]
mod tests;
