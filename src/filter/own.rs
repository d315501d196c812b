//! Rules that the server's own arguments bring: those may name files of the module.

use super::filters::{Default_, Filters};
use super::load::{Owner, Place, Reader, Source};
use super::parse::{Fault, FilterError, Syntax, Template, parse};
use crate::limits;

impl Filters {
    /// Adds a rule in the new syntax; `read` yields a file that it merges, by its path from the module's root.
    ///
    /// # Errors
    /// A bad rule (exit 1), a file that is not there (exit 11), too many rules (exit 22).
    pub fn add_rule_with(
        &mut self,
        text: &[u8],
        read: &mut dyn FnMut(&[u8]) -> Option<Vec<u8>>,
    ) -> Result<(), FilterError> {
        if text.len() > limits::FILTER_RULE {
            return self.add_rule(text);
        }
        let text = text.split(|&b| b == 0).next().unwrap_or(text);
        let (parsed, _) =
            parse(text, &Template::plain(Syntax::New, false)).map_err(|fault: Fault| fault.describe(text, None))?;
        self.own_list(Reader::PerDir { read, here: b"" }, |filters, place, source| {
            filters.accept(&parsed, text, None, place, source)
        })
    }

    /// Adds the lines of a file of patterns called `name`.
    ///
    /// # Errors
    /// A sign without a pattern (exit 1), too many rules (exit 22).
    pub fn add_lines(&mut self, name: &[u8], contents: &[u8], default: Default_) -> Result<(), FilterError> {
        self.own_list(Reader::Refuse, |filters, place, source| {
            filters.load_file(name, contents, &Template::plain(Syntax::Old(default.into()), false), place, source)
        })
    }

    fn own_list(
        &mut self,
        reader: Reader,
        load: impl FnOnce(&mut Self, &mut Place, &mut Source) -> Result<(), FilterError>,
    ) -> Result<(), FilterError> {
        let mut list = std::mem::take(&mut self.user);
        let loaded =
            load(self, &mut Place { list: &mut list, owner: Owner::User, cut: false }, &mut Source::new(reader));
        self.user = list;
        loaded
    }
}

#[cfg(test)]
mod tests {
    use super::super::Side;
    use super::*;

    #[test]
    fn files_of_the_module_bring_rules() {
        let mut filters = Filters::new(Side::Sender, 31);
        filters.add_lines(b"/ex", b"# all\n+ keep.o\n*.o\n", Default_::Exclude).unwrap();
        filters.add_rule_with(b". /rules", &mut |path| (path == b"rules").then(|| b"- *.c\n".to_vec())).unwrap();
        for (name, hidden) in [("x.o", true), ("keep.o", false), ("x.c", true), ("x", false)] {
            assert_eq!(filters.hides(name.as_bytes(), false), hidden, "{name}");
        }
        assert_eq!(filters.add_rule_with(b". /none", &mut |_| None).unwrap_err().exit, 11);
    }
}
