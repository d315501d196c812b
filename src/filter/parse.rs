//! Rule texts: new syntax, old syntax (peers below protocol 29, `exclude`-style parameters), bare lists of patterns.

use super::rule::Sign;

/// Why a list of rules cannot be used. Ends the session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilterError {
    /// Text for the peer or the log, without role prefix and line end. May hold bytes that a peer chose.
    pub text: Vec<u8>,
    /// Exit status of stock.
    pub exit: u8,
}

/// What a rule text asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// Adds a rule.
    Rule(Sign),
    /// Reads a file now.
    Merge,
    /// Reads a file in each directory.
    DirMerge,
    /// Empties the list.
    Clear,
}

/// Modifiers of a rule text; for merge rules also what their files inherit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mods {
    /// `/`
    pub absolute: bool,
    /// `!`
    pub negate: bool,
    /// `C`
    pub cvs: bool,
    /// `s`
    pub sender: bool,
    /// `r`
    pub receiver: bool,
    /// `p`
    pub perishable: bool,
    /// `x`
    pub xattr: bool,
    /// `e`
    pub exclude_self: bool,
    /// `n`
    pub no_inherit: bool,
    /// `w`
    pub words: bool,
    /// `-` or `+`: the file holds bare patterns.
    pub bare: Option<Sign>,
}

/// A parsed rule text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parsed<'a> {
    /// What to do.
    pub command: Command,
    /// How.
    pub mods: Mods,
    /// Pattern or file name; empty only with `C` and for clear.
    pub pattern: &'a [u8],
}

/// How texts of one source are read.
#[derive(Clone, Copy, Debug)]
pub enum Syntax {
    /// Prefix, modifiers, separator, pattern.
    New,
    /// An optional `+ ` or `- ` before the pattern.
    Old(Sign),
    /// Patterns only; with `true` the item `!` clears.
    Bare(Sign, bool),
}

/// Syntax of a source and what its rules inherit.
#[derive(Clone, Copy, Debug)]
pub struct Template {
    /// How a text is read.
    pub syntax: Syntax,
    /// A pattern ends at white space.
    pub words: bool,
    /// `absolute`, `perishable`, `sender`, `receiver` go over to each rule.
    pub inherit: Mods,
}

impl Template {
    /// A source that inherits nothing.
    #[must_use]
    pub fn plain(syntax: Syntax, words: bool) -> Self {
        Self { syntax, words, inherit: Mods::default() }
    }

    /// The template of the file that a merge rule with these (already inherited) modifiers names.
    #[must_use]
    pub fn of_file(mods: Mods) -> Self {
        let syntax = match mods.bare {
            Some(sign) => Syntax::Bare(sign, mods.cvs),
            None => Syntax::New,
        };
        Self { syntax, words: mods.words, inherit: mods }
    }
}

/// What is wrong with a rule text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// No such rule.
    Unknown,
    /// This byte at this offset.
    Modifier(u8, usize),
    /// No pattern.
    End,
    /// Something behind a clear.
    Trailing,
    /// A side inside a file whose merge rule names one.
    Sided,
}

impl Fault {
    /// Stock's words. `hidden_as` stands in for a text that came from a file, which must not be shown to a peer.
    #[must_use]
    pub fn describe(self, rule: &[u8], hidden_as: Option<&[u8]>) -> FilterError {
        let cause = match (self, hidden_as) {
            (Self::Unknown, _) => b"Unknown filter rule: ".to_vec(),
            (Self::Modifier(..), Some(_)) => b"invalid modifier in filter rule: ".to_vec(),
            (Self::Modifier(byte, at), None) => {
                [b"invalid modifier '", &[byte][..], b"' at position ", at.to_string().as_bytes(), b" in filter rule: "]
                    .concat()
            }
            (Self::End, _) => b"unexpected end of filter rule: ".to_vec(),
            (Self::Trailing, _) => b"'!' rule has trailing characters: ".to_vec(),
            (Self::Sided, _) => b"specified-side merge file contains specified-side filter: ".to_vec(),
        };
        FilterError { text: [&cause, hidden_as.unwrap_or(rule)].concat(), exit: 1 }
    }
}

/// Reads one rule from the start of `text`: (rule, rest of the text). The rest is empty unless the template splits words.
pub fn parse<'a>(text: &'a [u8], template: &Template) -> Result<(Parsed<'a>, &'a [u8]), Fault> {
    let inherited = Mods {
        absolute: template.inherit.absolute,
        perishable: template.inherit.perishable,
        sender: template.inherit.sender,
        receiver: template.inherit.receiver,
        ..Mods::default()
    };
    let clear = Parsed { command: Command::Clear, mods: inherited, pattern: b"" };
    let ends = |rest: &[u8]| rest.first().is_none_or(|&b| template.words && is_space(b));
    match template.syntax {
        Syntax::New => parse_new(text, template, inherited),
        Syntax::Old(_) | Syntax::Bare(_, true) if matches!(text, [b'!', rest @ ..] if ends(rest)) => {
            Ok((clear, text.get(1..).unwrap_or_default()))
        }
        Syntax::Old(default) => {
            let (sign, pattern) = match text {
                [b'+', b' ', pattern @ ..] => (Sign::Include, pattern),
                [b'-', b' ', pattern @ ..] => (Sign::Exclude, pattern),
                _ => (default, text),
            };
            with_pattern(Command::Rule(sign), inherited, pattern, template)
        }
        Syntax::Bare(sign, _) => with_pattern(Command::Rule(sign), inherited, text, template),
    }
}

/// White space as stock's C library sees it.
pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | 9..=13)
}

const LONG: [(&[u8], Command, Side); 9] = [
    (b"clear", Command::Clear, Side::Both),
    (b"dir-merge", Command::DirMerge, Side::Both),
    (b"exclude", Command::Rule(Sign::Exclude), Side::Both),
    (b"hide", Command::Rule(Sign::Exclude), Side::Sender),
    (b"include", Command::Rule(Sign::Include), Side::Both),
    (b"merge", Command::Merge, Side::Both),
    (b"protect", Command::Rule(Sign::Exclude), Side::Receiver),
    (b"risk", Command::Rule(Sign::Include), Side::Receiver),
    (b"show", Command::Rule(Sign::Include), Side::Sender),
];

/// The side that a rule's name implies.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Both,
    Sender,
    Receiver,
}

fn parse_new<'a>(text: &'a [u8], template: &Template, inherited: Mods) -> Result<(Parsed<'a>, &'a [u8]), Fault> {
    let (command, side, rest) = name(text)?;
    let rest = rest.strip_prefix(b",").unwrap_or(rest);
    if command == Command::Clear {
        return match rest.first() {
            Some(&b) if !(template.words && is_space(b)) => Err(Fault::Trailing),
            _ => Ok((Parsed { command, mods: inherited, pattern: b"" }, rest)),
        };
    }
    let mut own = Mods { sender: side == Side::Sender, receiver: side == Side::Receiver, ..inherited };
    if side == Side::Both {
        (own.sender, own.receiver) = (false, false);
    }
    let ends = |b: u8| b == b' ' || b == b'_' || (template.words && is_space(b));
    let length = rest.iter().position(|&b| ends(b)).unwrap_or(rest.len());
    let (letters, rest) = rest.split_at_checked(length).unwrap_or((rest, b""));
    let start = text.len().saturating_sub(rest.len()).saturating_sub(length);
    for (offset, &letter) in letters.iter().enumerate() {
        if !modify(&mut own, letter, command, side) {
            return Err(Fault::Modifier(letter, start.saturating_add(offset)));
        }
    }
    if inherited.sender || inherited.receiver {
        if own.sender || own.receiver {
            return Err(Fault::Sided);
        }
        (own.sender, own.receiver) = (inherited.sender, inherited.receiver);
    }
    let pattern = match rest {
        [b' ' | b'_', pattern @ ..] => pattern,
        _ => rest,
    };
    with_pattern(command, own, pattern, template)
}

/// Name of the rule: (command, side, rest).
fn name(text: &[u8]) -> Result<(Command, Side, &[u8]), Fault> {
    let (&first, rest) = text.split_first().ok_or(Fault::Unknown)?;
    if let Some((long, command, side)) = LONG.into_iter().find(|(long, ..)| long.first() == Some(&first)) {
        let rest = text.strip_prefix(long).ok_or(Fault::Unknown)?;
        return match rest.first() {
            None | Some(b'_' | b',') => Ok((command, side, rest)),
            Some(&b) if is_space(b) => Ok((command, side, rest)),
            Some(_) => Err(Fault::Unknown),
        };
    }
    let (command, side) = match first {
        b'-' => (Command::Rule(Sign::Exclude), Side::Both),
        b'+' => (Command::Rule(Sign::Include), Side::Both),
        b'.' => (Command::Merge, Side::Both),
        b':' => (Command::DirMerge, Side::Both),
        b'H' => (Command::Rule(Sign::Exclude), Side::Sender),
        b'S' => (Command::Rule(Sign::Include), Side::Sender),
        b'P' => (Command::Rule(Sign::Exclude), Side::Receiver),
        b'R' => (Command::Rule(Sign::Include), Side::Receiver),
        b'!' => (Command::Clear, Side::Both),
        _ => return Err(Fault::Unknown),
    };
    Ok((command, side, rest))
}

/// Applies one modifier; false where it has no place.
fn modify(mods: &mut Mods, letter: u8, command: Command, side: Side) -> bool {
    let merge = matches!(command, Command::Merge | Command::DirMerge);
    let free = side == Side::Both;
    match letter {
        b'/' => mods.absolute = true,
        b'p' => mods.perishable = true,
        b'x' => mods.xattr = true,
        b'!' if !merge => mods.negate = true,
        b's' if free => mods.sender = true,
        b'r' if free => mods.receiver = true,
        b'e' if merge => mods.exclude_self = true,
        b'n' if merge => mods.no_inherit = true,
        b'w' if merge => mods.words = true,
        b'-' if merge && mods.bare.is_none() => mods.bare = Some(Sign::Exclude),
        b'+' if merge && mods.bare.is_none() => mods.bare = Some(Sign::Include),
        b'C' if free && mods.bare.is_none() => {
            *mods = Mods { cvs: true, no_inherit: true, words: true, bare: Some(Sign::Exclude), ..*mods };
        }
        _ => return false,
    }
    true
}

fn with_pattern<'a>(
    command: Command,
    mods: Mods,
    text: &'a [u8],
    template: &Template,
) -> Result<(Parsed<'a>, &'a [u8]), Fault> {
    let length = match template.words {
        true => text.iter().position(|&b| is_space(b)).unwrap_or(text.len()),
        false => text.len(),
    };
    let (pattern, rest) = text.split_at_checked(length).unwrap_or((text, b""));
    let pattern = match command {
        Command::Merge | Command::DirMerge if mods.cvs && pattern.is_empty() => b".cvsignore",
        _ => pattern,
    };
    if pattern.is_empty() && !mods.cvs {
        return Err(Fault::End);
    }
    Ok((Parsed { command, mods, pattern }, rest))
}

#[cfg(test)]
mod tests;
