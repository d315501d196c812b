//! A cursor over received bytes.

/// Why a decoder gave no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The record is not complete yet.
    NeedMore,
    /// The record can never be valid; the text says what was wrong with which field. Stream error, exit 12.
    Malformed(&'static str),
    /// The record is well-formed but breaks the protocol: exit 2.
    Protocol(&'static str),
}

/// What a decoder returns.
pub type Decoded<T> = Result<T, Fault>;

/// Reads fields from the front of a byte slice.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
    len: usize,
}

impl<'a> Reader<'a> {
    /// Starts at the front of `bytes`.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, len: bytes.len() }
    }

    /// Bytes read so far.
    pub fn used(&self) -> usize {
        self.len.saturating_sub(self.rest.len())
    }

    /// All bytes that are left.
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// The next `n` bytes.
    pub fn take(&mut self, n: usize) -> Decoded<&'a [u8]> {
        let (head, tail) = self.rest.split_at_checked(n).ok_or(Fault::NeedMore)?;
        self.rest = tail;
        Ok(head)
    }

    /// The next `N` bytes as an array.
    pub fn array<const N: usize>(&mut self) -> Decoded<[u8; N]> {
        let (head, tail) = self.rest.split_first_chunk::<N>().ok_or(Fault::NeedMore)?;
        self.rest = tail;
        Ok(*head)
    }

    /// One octet.
    pub fn byte(&mut self) -> Decoded<u8> {
        let [byte] = self.array()?;
        Ok(byte)
    }

    /// Two octets, little-endian ("shortint").
    pub fn u16(&mut self) -> Decoded<u16> {
        Ok(u16::from_le_bytes(self.array()?))
    }

    /// Four octets, little-endian ("int").
    pub fn i32(&mut self) -> Decoded<i32> {
        Ok(i32::from_le_bytes(self.array()?))
    }

    /// Four octets, little-endian, unsigned.
    pub fn u32(&mut self) -> Decoded<u32> {
        Ok(u32::from_le_bytes(self.array()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_slice_asks_for_more_and_keeps_its_place() {
        let mut r = Reader::new(&[1, 2, 3]);
        assert_eq!(r.i32(), Err(Fault::NeedMore));
        assert_eq!(r.u16(), Ok(0x0201));
        assert_eq!(r.used(), 2);
        assert_eq!(r.take(2), Err(Fault::NeedMore));
        assert_eq!(r.byte(), Ok(3));
    }
}
