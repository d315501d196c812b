//! The bytes of one file → headers, parameters and directives, each with its place.

use super::scan::is_blank;

/// A place in a file, both numbers from 1; the column counts bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Line.
    pub line: u32,
    /// Column.
    pub column: u32,
}

/// One logical line. Names have their white space collapsed.
#[derive(Debug, PartialEq, Eq)]
pub enum Line {
    /// `[name]`
    Header { name: Vec<u8> },
    /// `name = value`; the place is that of the value.
    Parameter { name: Vec<u8>, value: Vec<u8>, at: Place },
    /// `&word value`
    Directive { word: Vec<u8>, value: Vec<u8> },
    /// A line that is skipped, with the log line that says so.
    Skipped { message: &'static str, text: Vec<u8> },
}

/// What makes a file unreadable, with the text so far.
#[derive(Debug, PartialEq, Eq)]
pub struct Malformed {
    pub at: Place,
    pub message: &'static str,
    pub text: Vec<u8>,
    /// It was to be a header.
    pub header: bool,
}

/// Reads one file, line by line, so that nothing behind the point where the reader stops can fail.
pub struct Lexer<'a> {
    rest: &'a [u8],
    at: Place,
}

impl<'a> Lexer<'a> {
    pub fn new(text: &'a [u8]) -> Self {
        Self { rest: text, at: Place { line: 1, column: 1 } }
    }

    /// Whether the next logical line is a section header: it is not read, so its form does not matter.
    pub fn header_is_next(&mut self) -> bool {
        self.skip_to_text() == Some(b'[')
    }

    /// The next logical line and where it begins; `None` at the end.
    pub fn next(&mut self) -> Result<Option<(Place, Line)>, Malformed> {
        let first = self.skip_to_text();
        let at = self.at;
        let line = match first {
            None => return Ok(None),
            Some(b'[') => self.header(at)?,
            Some(b'&') => self.directive(),
            Some(_) => self.parameter(at)?,
        };
        Ok(Some((at, line)))
    }

    /// Past the line whose form was wrong.
    pub fn skip_malformed(&mut self) {
        while self.at.column != 1 && self.bump().is_some() {}
    }

    /// Skips blank lines and comments, and backslashes that begin a line. `None` at the end, which may be a NUL.
    fn skip_to_text(&mut self) -> Option<u8> {
        loop {
            self.skip_blanks();
            match self.peek()? {
                0 => return None,
                b'\n' | b'\\' => _ = self.bump(),
                b'#' | b';' => {
                    while !matches!(self.peek()?, b'\n' | 0) {
                        self.bump();
                    }
                }
                byte => return Some(byte),
            }
        }
    }

    fn header(&mut self, at: Place) -> Result<Line, Malformed> {
        self.bump();
        let (name, end) = self.name(b"]");
        let message = match end {
            NameEnd::Line => Some("Badly formed line in config file: "),
            NameEnd::File => Some("Unexpected EOF in the config file: "),
            NameEnd::Found(_) if name.is_empty() => Some("Empty section name in config file."),
            NameEnd::Found(_) if name.contains(&b'/') => Some("Warning: invalid section name in configuration file: "),
            NameEnd::Found(_) => None,
        };
        if let Some(message) = message {
            return Err(Malformed { at, message, text: name, header: true });
        }
        while !matches!(self.peek(), None | Some(b'\n')) {
            self.bump();
        }
        Ok(Line::Header { name })
    }

    fn directive(&mut self) -> Line {
        self.bump();
        let (word, end) = self.name(b" \t=");
        // Without a value it is no directive, but a line of no form, like any other.
        let message = match end {
            NameEnd::Line => "Ignoring badly formed line in config file: ",
            NameEnd::File => "Unexpected end-of-file at: ",
            NameEnd::Found(_) => "",
        };
        if !message.is_empty() {
            return Line::Skipped { message, text: [b"&", word.as_slice()].concat() };
        }
        self.skip_blanks();
        if end != NameEnd::Found(b'=') && self.peek() == Some(b'=') {
            self.bump();
        }
        let (value, _) = self.value();
        Line::Directive { word, value }
    }

    fn parameter(&mut self, at: Place) -> Result<Line, Malformed> {
        let (name, end) = self.name(b"=");
        match end {
            NameEnd::Line => Ok(Line::Skipped { message: "Ignoring badly formed line in config file: ", text: name }),
            NameEnd::File => Ok(Line::Skipped { message: "Unexpected end-of-file at: ", text: name }),
            NameEnd::Found(_) if name.is_empty() => {
                let message = "Invalid parameter name in config file.";
                Err(Malformed { at, message, text: Vec::new(), header: false })
            }
            NameEnd::Found(_) => {
                let (value, at) = self.value();
                Ok(Line::Parameter { name, value, at })
            }
        }
    }

    /// Reads up to one of `ends` and past it. Runs of white space become one blank, none at the ends; a backslash that ends a line
    /// goes, and the name continues on the next.
    fn name(&mut self, ends: &[u8]) -> (Vec<u8>, NameEnd) {
        let mut name = Vec::new();
        let stop = loop {
            match self.bump() {
                None => break NameEnd::File,
                // A blank ends a name only where it begins a run of white space.
                Some(byte) if ends.contains(&byte) && !(is_blank(byte) && name.ends_with(b" ")) => {
                    break NameEnd::Found(byte);
                }
                Some(b'\n') => {
                    trim_end(&mut name);
                    if name.pop_if(|last| *last == b'\\').is_none() {
                        break NameEnd::Line;
                    }
                }
                Some(byte) if !is_blank(byte) => name.push(byte),
                Some(_) if matches!(name.last(), None | Some(b' ')) => {}
                Some(_) => name.push(b' '),
            }
        };
        trim_end(&mut name);
        (name, stop)
    }

    /// A value and its place: verbatim to the end of the line and of the lines that a backslash joins to it, without carriage
    /// returns and white space at the ends; what stood before a backslash stays. A NUL cuts it, as it does in C.
    fn value(&mut self) -> (Vec<u8>, Place) {
        self.skip_blanks();
        let at = self.at;
        let mut value = Vec::new();
        let mut joined = 0;
        while let Some(byte) = self.bump() {
            match byte {
                b'\n' => {
                    let kept = value.iter().rposition(|&byte| !is_blank(byte));
                    match kept {
                        Some(last) if value.get(last) == Some(&b'\\') => {
                            value.truncate(last);
                            joined = last;
                        }
                        _ => break,
                    }
                }
                b'\r' => {}
                _ => value.push(byte),
            }
        }
        while value.len() > joined && value.pop_if(|last| is_blank(*last)).is_some() {}
        if let Some(nul) = value.iter().position(|&byte| byte == 0) {
            value.truncate(nul);
        }
        (value, at)
    }

    fn skip_blanks(&mut self) {
        while self.peek().is_some_and(is_blank) {
            self.bump();
        }
    }

    fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    fn bump(&mut self) -> Option<u8> {
        let (&byte, rest) = self.rest.split_first()?;
        self.rest = rest;
        if byte == b'\n' {
            self.at = Place { line: self.at.line.saturating_add(1), column: 1 };
        } else {
            self.at.column = self.at.column.saturating_add(1);
        }
        Some(byte)
    }
}

#[derive(PartialEq, Eq)]
enum NameEnd {
    /// By this byte.
    Found(u8),
    Line,
    File,
}

fn trim_end(text: &mut Vec<u8>) {
    while text.pop_if(|last| is_blank(*last)).is_some() {}
}
