//! Extended attributes: sets of names and values as they travel.
//!
//! A value of more than 32 bytes travels as its MD5 alone; who lacks the value asks for it by the attribute's number in
//! its set, with the request for the entry. A set is sent once and then named by its number; so a value is asked for and
//! sent once, too, whatever the number of entries with that set.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::limits::{XATTR_ITEMS, XATTR_NAME, XATTR_VALUE};
use crate::wire::{Decoded, Fault, Put, Reader, int};

/// Longest value that travels in the list, bytes.
pub const SHORT: usize = 32;

/// A value's MD5.
pub type Digest = [u8; 16];

/// A value in a set.
#[derive(Debug)]
pub enum Datum {
    /// It travelled.
    Short(Vec<u8>),
    /// Its MD5 did.
    Long(Long),
}

/// A value that is not sent with its set.
#[derive(Debug)]
pub struct Long {
    /// Its MD5.
    pub digest: Digest,
    /// Its length in bytes, as announced.
    pub len: usize,
    asked: AtomicBool,
    value: OnceLock<Vec<u8>>,
}

impl Long {
    /// One that nobody asked for yet.
    #[must_use]
    pub fn new(digest: Digest, len: usize) -> Self {
        Self { digest, len, asked: AtomicBool::new(false), value: OnceLock::new() }
    }

    /// Notes that it is asked for; `false` if it was before.
    pub fn ask(&self) -> bool {
        !self.asked.swap(true, Ordering::AcqRel)
    }

    /// Whether it was asked for.
    pub fn is_asked(&self) -> bool {
        self.asked.load(Ordering::Acquire)
    }

    /// The value has come, or was found here.
    pub fn supply(&self, value: Vec<u8>) {
        let _ = self.value.set(value);
    }

    /// The value, once it is known.
    pub fn value(&self) -> Option<&[u8]> {
        self.value.get().map(Vec::as_slice)
    }
}

/// One attribute.
#[derive(Debug)]
pub struct Item {
    /// Its place in the set as it was sent, from 1.
    pub number: u32,
    /// Its name, without a NUL.
    pub name: Vec<u8>,
    /// Its value.
    pub datum: Datum,
}

impl Item {
    /// The value, once it is known.
    pub fn value(&self) -> Option<&[u8]> {
        match &self.datum {
            Datum::Short(value) => Some(value),
            Datum::Long(long) => long.value(),
        }
    }

    /// Reads one; its number is the caller's to set.
    pub fn read(r: &mut Reader) -> Decoded<Self> {
        let name_len = usize::try_from(int::read_varint(r)?).ok().filter(|len| (2..=XATTR_NAME).contains(len));
        let name_len = name_len.ok_or(Fault::Malformed("length of an attribute's name out of range"))?;
        let len = usize::try_from(int::read_varint(r)?).ok().filter(|len| *len <= XATTR_VALUE);
        let len = len.ok_or(Fault::Malformed("an attribute's value is larger than this server allows"))?;
        let name = match r.take(name_len)? {
            [name @ .., 0] if !name.contains(&0) => name.to_vec(),
            _ => return Err(Fault::Malformed("an attribute's name does not end where it should")),
        };
        let datum =
            if len > SHORT { Datum::Long(Long::new(r.array()?, len)) } else { Datum::Short(r.take(len)?.to_vec()) };
        Ok(Self { number: 0, name, datum })
    }
}

/// A set of attributes, by name.
#[derive(Debug, Default)]
pub struct Set {
    /// Its attributes.
    pub items: Vec<Item>,
}

impl Set {
    /// The attribute with a number.
    pub fn item(&self, number: u32) -> Option<&Item> {
        self.items.binary_search_by_key(&number, |item| item.number).ok().and_then(|at| self.items.get(at))
    }

    /// Whether all values are known.
    pub fn is_known(&self) -> bool {
        self.items.iter().all(|item| item.value().is_some())
    }

    /// Bytes of memory in use, roughly.
    pub fn memory(&self) -> usize {
        let item = |item: &Item| item.name.capacity().saturating_add(size_of::<Item>()).saturating_add(SHORT);
        self.items.iter().map(item).sum()
    }
}

/// How a set begins on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Head {
    /// It is the one with this number, from 0.
    Known(usize),
    /// So many attributes follow.
    Literal(u32),
}

impl Head {
    /// Reads the begin of a set; `known` sets were sent before.
    pub fn read(r: &mut Reader, known: usize) -> Decoded<Self> {
        let number = int::read_varint(r)?;
        if number != 0 {
            let number = usize::try_from(number).ok().filter(|number| *number <= known);
            return number
                .map(|number| Self::Known(number.saturating_sub(1)))
                .ok_or(Fault::Malformed("number of an attribute set out of range"));
        }
        let count = u32::try_from(int::read_varint(r)?).ok().filter(|count| *count <= XATTR_ITEMS);
        Ok(Self::Literal(count.ok_or(Fault::Malformed("an entry has more attributes than this server allows"))?))
    }
}

/// Writes a set that was sent before, by its number from 0.
pub fn put_known(out: &mut impl Put, number: usize) {
    int::put_varint(out, i32::try_from(number.saturating_add(1)).unwrap_or(i32::MAX));
}

/// Writes a set: names and values, by name. `digest` makes the MD5 of a long value.
pub fn put_set(out: &mut impl Put, set: &[(Vec<u8>, Vec<u8>)], digest: &mut dyn FnMut(&[u8]) -> Digest) {
    int::put_varint(out, 0);
    put_len(out, set.len());
    for (name, value) in set {
        put_len(out, name.len().saturating_add(1));
        put_len(out, value.len());
        out.put(name);
        out.put(&[0]);
        if value.len() > SHORT {
            out.put(&digest(value));
        } else {
            out.put(value);
        }
    }
}

/// The numbers of one list of requests or answers: each is sent as its distance from the one before.
#[derive(Clone, Copy, Debug, Default)]
pub struct Numbers {
    last: u32,
}

impl Numbers {
    /// Reads the next number; `None` at the end of the list.
    pub fn read(&self, r: &mut Reader) -> Decoded<Option<u32>> {
        let step = int::read_varint(r)?;
        if step == 0 {
            return Ok(None);
        }
        let number = self.last.checked_add_signed(step).filter(|number| *number != 0);
        number.map(Some).ok_or(Fault::Protocol("number of an attribute out of range"))
    }

    /// Goes on behind a number that was read.
    pub fn advance(&mut self, number: u32) {
        self.last = number;
    }

    /// Writes the next number.
    pub fn put(&mut self, out: &mut impl Put, number: u32) {
        let step = i64::from(number).saturating_sub(i64::from(self.last));
        int::put_varint(out, i32::try_from(step).unwrap_or(0));
        self.last = number;
    }

    /// Writes the end of the list.
    pub fn put_end(out: &mut impl Put) {
        out.put(&[0]);
    }
}

/// Writes an answer's length; its bytes follow.
pub fn put_len(out: &mut impl Put, len: usize) {
    int::put_varint(out, i32::try_from(len).unwrap_or(0));
}

/// Reads an answer's length.
pub fn read_len(r: &mut Reader) -> Decoded<usize> {
    let len = usize::try_from(int::read_varint(r)?).ok().filter(|len| *len <= XATTR_VALUE);
    len.ok_or(Fault::Malformed("an attribute's value is larger than this server allows"))
}

#[cfg(test)]
mod tests;
