//! One finding, and its text.

use super::rules::Rule;
use crate::config::Place;
use crate::escape::Escaped;

/// What is wrong, where, and what mends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule that is broken.
    pub rule: &'static Rule,
    /// The file, as printed.
    pub file: String,
    /// Line and column, from 1.
    pub at: Place,
    /// What is wrong.
    pub message: String,
    /// What mends it.
    pub fix: String,
}

impl PartialEq for Rule {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

impl Eq for Rule {}

impl Finding {
    /// Fills the rule's texts in. A place without a line becomes the first of the file.
    pub fn new(rule: &'static Rule, file: &str, at: Place, words: &[&[u8]]) -> Self {
        let at = Place { line: at.line.max(1), column: at.column.max(1) };
        let (message, fix) = (fill(rule.what, words), fill(rule.fix, words));
        Self { rule, file: file.to_owned(), at, message, fix }
    }
}

/// `$0` becomes the first word, `@0` the same as a shell takes it.
fn fill(text: &str, words: &[&[u8]]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        if !matches!(c, '$' | '@') {
            out.push(c);
            continue;
        }
        let number = rest.next().and_then(|digit| digit.to_digit(10)).and_then(|at| usize::try_from(at).ok());
        let word = number.and_then(|at| words.get(at)).copied().unwrap_or_default();
        let plain = |b: &u8| b.is_ascii_alphanumeric() || b"/._-+,:=%".contains(b);
        let shown = Escaped(word).to_string();
        if c == '$' || word.iter().all(plain) {
            out.push_str(&shown);
        } else {
            out.extend(["'", &shown.replace('\'', "'\\''"), "'"]);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::fill;

    #[test]
    fn words_go_into_their_places_and_cannot_drive_a_terminal() {
        assert_eq!(fill("$1 may not read $0!", &[b"/a\x1b", b"pi"]), "pi may not read /a\\#033!");
        assert_eq!(fill("none: $3", &[]), "none: ");
        assert_eq!(fill("mkdir @0 @1", &[b"/a", b"/it's a"]), "mkdir /a '/it'\\''s a'");
    }
}
