//! What worker and helper say to each other: a word, a length, so many bytes.

use std::io::{self, Read, Write};

use crate::limits::HOOK_MESSAGE;

/// What the worker asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// A place among the module's connections, held until `post-xfer exec` has run. The module's number.
    Slot,
    /// The module is entered: `post-xfer exec` is due from now on, `early exec` runs. Module's number, address, host, user,
    /// early input.
    Enter,
    /// The request is known: `pre-xfer exec` runs, then the name converter starts. Request and arguments.
    Request,
    /// A question for the name converter.
    Name,
}

/// What the helper answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is done; with what was asked for.
    Done,
    /// The hook failed: four bytes of its status, little endian, then what it printed. Or, for a slot: none is free.
    Failed,
    /// It is not done at all, and why.
    Refused,
}

const ASKS: [(u8, Ask); 4] = [(1, Ask::Slot), (2, Ask::Enter), (3, Ask::Request), (4, Ask::Name)];
const ANSWERS: [(u8, Answer); 3] = [(1, Answer::Done), (2, Answer::Failed), (3, Answer::Refused)];

/// Sends a question.
pub fn ask(to: &mut impl Write, what: Ask, payload: &[u8]) -> io::Result<()> {
    put(to, code(&ASKS, what), payload)
}

/// Sends an answer.
pub fn answer(to: &mut impl Write, what: Answer, payload: &[u8]) -> io::Result<()> {
    put(to, code(&ANSWERS, what), payload)
}

/// Reads a question.
pub fn read_ask(from: &mut impl Read) -> io::Result<(Ask, Vec<u8>)> {
    get(from, &ASKS)
}

/// Reads an answer.
pub fn read_answer(from: &mut impl Read) -> io::Result<(Answer, Vec<u8>)> {
    get(from, &ANSWERS)
}

fn code<T: Copy + PartialEq>(table: &[(u8, T)], what: T) -> u8 {
    table.iter().find(|(_, known)| *known == what).map_or(0, |(code, _)| *code)
}

fn put(to: &mut impl Write, code: u8, payload: &[u8]) -> io::Result<()> {
    let len = u32::try_from(payload.len()).map_err(|_| io::ErrorKind::InvalidData)?;
    let mut bytes = vec![code];
    bytes.extend_from_slice(&len.to_le_bytes());
    bytes.extend_from_slice(payload);
    to.write_all(&bytes)
}

fn get<T: Copy>(from: &mut impl Read, table: &[(u8, T)]) -> io::Result<(T, Vec<u8>)> {
    let mut head = [0; 5];
    from.read_exact(&mut head)?;
    let [code, len @ ..] = head;
    let len = usize::try_from(u32::from_le_bytes(len)).unwrap_or(usize::MAX);
    let known = table.iter().find(|(known, _)| *known == code).map(|(_, what)| *what);
    let what = known.filter(|_| len <= HOOK_MESSAGE).ok_or(io::ErrorKind::InvalidData)?;
    let mut payload = vec![0; len];
    from.read_exact(&mut payload)?;
    Ok((what, payload))
}

/// Values, each with a NUL behind it.
pub fn fields<'a>(values: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut out = Vec::new();
    for value in values {
        out.extend(value.iter().copied().filter(|byte| *byte != 0));
        out.push(0);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_arrives() {
        let mut bytes = Vec::new();
        ask(&mut bytes, Ask::Name, b"usr bin").unwrap();
        answer(&mut bytes, Answer::Failed, b"").unwrap();
        let mut from = bytes.as_slice();
        assert_eq!(read_ask(&mut from).unwrap(), (Ask::Name, b"usr bin".to_vec()));
        assert_eq!(read_answer(&mut from).unwrap(), (Answer::Failed, Vec::new()));
    }

    #[test]
    fn a_message_beyond_the_limit_or_of_no_kind_is_no_message() {
        for bytes in [&[4, 255, 255, 255, 0][..], &[9, 0, 0, 0, 0], &[4, 2, 0, 0, 0, 1]] {
            assert!(read_ask(&mut &bytes[..]).is_err(), "{bytes:?}");
        }
    }
}
