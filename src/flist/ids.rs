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

/// Reads one pair; `None` at the end of the list.
pub fn read_pair(r: &mut Reader, protocol: u32, id0_names: bool) -> Decoded<Option<(u32, Vec<u8>)>> {
    let id = u32::from_le_bytes(int::read_varint30(r, protocol)?.to_le_bytes());
    if id == 0 {
        if id0_names {
            let len = usize::from(r.byte()?);
            r.take(len)?;
        }
        return Ok(None);
    }
    let len = usize::from(r.byte()?);
    Ok(Some((id, r.take(len)?.to_vec())))
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

/// Numbers of the sender → numbers here. What is not in it stays as it is; 0 always does.
#[derive(Clone, Debug, Default)]
pub struct IdMap {
    map: HashMap<u32, u32>,
}

impl IdMap {
    /// `wire` means `local` from now on.
    pub fn set(&mut self, wire: u32, local: u32) {
        if wire != 0 && wire != local {
            self.map.insert(wire, local);
        }
    }

    /// The number here.
    pub fn get(&self, wire: u32) -> u32 {
        if self.map.is_empty() { wire } else { self.map.get(&wire).copied().unwrap_or(wire) }
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
        assert_eq!(read_pair(&mut r, 31, true), Ok(Some((1000, b"cloudsdk".to_vec()))));
        assert_eq!(read_pair(&mut r, 31, true), Ok(None));
        assert_eq!(r.used(), out.len());
    }

    #[test]
    fn root_is_never_mapped_by_name() {
        let mut map = IdMap::default();
        map.set(0, 1000);
        map.set(500, 1000);
        assert_eq!([map.get(0), map.get(500), map.get(7)], [0, 1000, 7]);
    }
}
