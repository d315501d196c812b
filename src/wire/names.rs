//! A list of names (`--files-from`): pieces of bytes in, names out; and the form in which a file of names is passed on.
//!
//! Source: captures of stock 3.5.0. In a file, lines end with a newline or a carriage return, with `--from0` with a NUL; empty
//! lines and lines that begin with `#` or `;` do not count. On the wire each name ends with a NUL, and an empty one ends the list.

/// What a list looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A file of lines.
    Lines,
    /// A file of names that end with NUL.
    Nul,
    /// What a peer sends: as [`Form::Nul`], but nothing is left out, and an empty name ends the list.
    Wire,
    /// What a peer sends that was not told to end names with NUL: lines count too.
    WireLines,
}

impl Form {
    fn ends(self, byte: u8) -> bool {
        byte == 0 && !matches!(self, Form::Lines)
            || matches!(byte, b'\n' | b'\r') && matches!(self, Form::Lines | Form::WireLines)
    }

    fn sent_by_peer(self) -> bool {
        matches!(self, Form::Wire | Form::WireLines)
    }
}

/// What a piece of a list yields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The piece is used up.
    More,
    /// A name.
    Name(Vec<u8>),
    /// The end that a peer marks.
    End,
}

/// Takes a list apart, whatever its pieces are.
#[derive(Clone, Debug)]
pub struct Names {
    form: Form,
    longest: usize,
    name: Vec<u8>,
}

impl Names {
    /// A list of which nothing is known yet. Of a name longer than `longest` bytes the rest is dropped: nothing has such a name.
    pub fn new(form: Form, longest: usize) -> Self {
        Self { form, longest, name: Vec::new() }
    }

    /// Takes from the front of `piece`. Returns how many bytes were used, and what they came to.
    pub fn step(&mut self, piece: &[u8]) -> (usize, Step) {
        let mut used = 0usize;
        let form = self.form;
        for line in piece.split_inclusive(|byte| form.ends(*byte)) {
            used = used.saturating_add(line.len());
            let Some((_, text)) = line.split_last().filter(|(last, _)| form.ends(**last)) else {
                self.add(line);
                break;
            };
            self.add(text);
            let name = std::mem::take(&mut self.name);
            match name.first() {
                None if form.sent_by_peer() => return (used, Step::End),
                None => {}
                Some(b'#' | b';') if !form.sent_by_peer() => {}
                Some(_) => return (used, Step::Name(name)),
            }
        }
        (used, Step::More)
    }

    /// A last name without an end.
    pub fn rest(&mut self) -> Option<Vec<u8>> {
        Some(std::mem::take(&mut self.name)).filter(|name| !matches!(name.first(), None | Some(b'#' | b';')))
    }

    fn add(&mut self, text: &[u8]) {
        let room = self.longest.saturating_sub(self.name.len());
        self.name.extend_from_slice(text.get(..room).unwrap_or(text));
    }
}

/// Passes a file of names on: ends become NUL, several of them one. Its own end has to be put by [`PassOn::end`].
#[derive(Clone, Debug)]
pub struct PassOn {
    form: Form,
    ended: bool,
}

impl PassOn {
    /// Nothing was passed on yet.
    pub fn new(form: Form) -> Self {
        Self { form, ended: true }
    }

    /// The wire form of a piece of the file.
    pub fn piece(&mut self, piece: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(piece.len());
        for byte in piece {
            let end = self.form.ends(*byte) || *byte == 0;
            if !(end && self.ended) {
                out.push(if end { 0 } else { *byte });
            }
            self.ended = end;
        }
        out
    }

    /// What ends the list: the end of a last name that has none, and an empty name.
    pub fn end(&self) -> &'static [u8] {
        if self.ended { &[0] } else { &[0, 0] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(form: Form, pieces: &[&[u8]]) -> (Vec<Vec<u8>>, bool) {
        let (mut names, mut found) = (Names::new(form, 10), Vec::new());
        for piece in pieces {
            let mut rest = *piece;
            while !rest.is_empty() {
                let (used, step) = names.step(rest);
                rest = &rest[used..];
                match step {
                    Step::Name(name) => found.push(name),
                    Step::End => return (found, true),
                    Step::More => assert!(rest.is_empty()),
                }
            }
        }
        found.extend(names.rest());
        (found, false)
    }

    fn texts(form: Form, text: &[u8]) -> Vec<String> {
        all(form, &[text]).0.into_iter().map(|name| String::from_utf8(name).unwrap()).collect()
    }

    #[test]
    fn remarks_and_empty_lines_of_a_file_are_no_names() {
        assert_eq!(texts(Form::Lines, b"# c\n; d\n\r\n a \r\nb\n\nc"), [" a ", "b", "c"]);
        assert_eq!(texts(Form::Nul, b"#x\0a\nb\0\0c\0"), ["a\nb", "c"]);
    }

    #[test]
    fn a_peer_may_name_anything_and_says_when_it_is_done() {
        assert_eq!(
            all(Form::Wire, &[b"#x\0;y\0a\nb\0\0rest"]),
            (vec![b"#x".to_vec(), b";y".to_vec(), b"a\nb".to_vec()], true)
        );
        assert_eq!(all(Form::Wire, &[b"a\0b"]), (vec![b"a".to_vec(), b"b".to_vec()], false));
    }

    #[test]
    fn an_endless_name_takes_no_memory() {
        assert_eq!(texts(Form::Lines, b"0123456789abcdef\nx"), ["0123456789", "x"]);
    }

    #[test]
    fn what_is_passed_on_has_one_end_for_each_name() {
        for (file, wire) in [(&b"a\nb\r\n\n#c\n"[..], &b"a\0b\0#c\0\0"[..]), (b"\n\na", b"a\0\0"), (b"", b"\0")] {
            let mut pass = PassOn::new(Form::Lines);
            let mut out = pass.piece(file);
            out.extend_from_slice(pass.end());
            assert_eq!(out, wire);
        }
    }

    proptest! {
        #[test]
        fn where_the_pieces_are_cut_does_not_matter(text: Vec<u8>, cut: usize, lines: bool) {
            let form = if lines { Form::Lines } else { Form::Wire };
            let (a, b) = text.split_at(cut % (text.len() + 1));
            prop_assert_eq!(all(form, &[&text]), all(form, &[a, b]));
            let mut pass = PassOn::new(form);
            let mut whole = PassOn::new(form);
            prop_assert_eq!([pass.piece(a), pass.piece(b)].concat(), whole.piece(&text));
            prop_assert_eq!(pass.end(), whole.end());
        }

        #[test]
        fn names_survive_the_way_to_the_peer(names in prop::collection::vec("[^\0\n\r#;][^\0\n\r]{0,5}", 0..9)) {
            let file = names.iter().flat_map(|name| [name.as_bytes(), b"\n"]).collect::<Vec<_>>().concat();
            let mut pass = PassOn::new(Form::Lines);
            let wire = [&pass.piece(&file)[..], pass.end()].concat();
            let cut = |name: &String| name.as_bytes()[..name.len().min(10)].to_vec();
            prop_assert_eq!(all(Form::Wire, &[&wire]), (names.iter().map(cut).collect(), true));
        }
    }
}
