//! User and group names: the lists behind a file list, and the numbers they stand for here.

use std::collections::HashMap;

use super::encode::put_short_string;
use crate::wire::{Decoded, Put, Reader, int};

/// One list: pairs of number and name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IdLists {
    /// Non-zero numbers with their names.
    pub names: Vec<(u32, Vec<u8>)>,
    /// The name of id 0, when it travels; it is never used for mapping.
    pub zero: Vec<u8>,
}

/// The id that ends a list.
pub const NO_ID: u32 = 0;

/// Reads one pair. [`NO_ID`] ends the list, with the name of id 0 where that travels.
pub fn read_pair(r: &mut Reader, protocol: u32, id0_names: bool) -> Decoded<(u32, Vec<u8>)> {
    let id = u32::from_le_bytes(int::read_varint30(r, protocol)?.to_le_bytes());
    if id == NO_ID && !id0_names {
        return Ok((NO_ID, Vec::new()));
    }
    let len = usize::from(r.byte()?);
    Ok((id, r.take(len)?.to_vec()))
}

impl IdLists {
    /// Writes the list.
    pub fn put(&self, out: &mut impl Put, protocol: u32, id0_names: bool) {
        for (id, name) in self.names.iter().filter(|(id, name)| *id != 0 && !name.is_empty()) {
            int::put_varint30(out, protocol, i32::from_le_bytes(id.to_le_bytes()));
            put_short_string(out, name);
        }
        int::put_varint30(out, protocol, 0);
        if id0_names {
            put_short_string(out, &self.zero);
        }
    }
}

/// Numbers of the sender → numbers here.
#[derive(Clone, Debug, Default)]
pub struct IdMap {
    map: HashMap<u32, u32>,
}

impl IdMap {
    /// `wire` means `local` from now on, unless it means something already.
    pub fn set(&mut self, wire: u32, local: u32) {
        self.map.entry(wire).or_insert(local);
    }

    /// The number here, if it is known.
    pub fn known(&self, wire: u32) -> Option<u32> {
        if self.map.is_empty() { None } else { self.map.get(&wire).copied() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_the_captured_bytes() {
        let list = IdLists { names: vec![(1000, b"cloudsdk".to_vec())], zero: b"root".to_vec() };
        let mut out = Vec::new();
        list.put(&mut out, 31, true);
        assert_eq!(out, b"\x83\xe8\x08cloudsdk\x00\x04root");
        let mut r = Reader::new(&out);
        assert_eq!(read_pair(&mut r, 31, true), Ok((1000, b"cloudsdk".to_vec())));
        assert_eq!(read_pair(&mut r, 31, true), Ok((NO_ID, b"root".to_vec())));
        assert_eq!(r.used(), out.len());
    }

    #[test]
    fn the_first_meaning_of_a_number_stays() {
        let mut map = IdMap::default();
        map.set(500, 1000);
        map.set(500, 7);
        assert_eq!([map.known(500), map.known(7)], [Some(1000), None]);
    }
}
