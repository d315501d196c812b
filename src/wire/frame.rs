//! The frame around multiplexed data: low 24 bits length, high 8 bits 7 + message code.

/// A message code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Code {
    /// Stream data.
    Data = 0,
    /// An error about a file: the client ends with 23.
    ErrorXfer = 1,
    /// A text for the user.
    Info = 2,
    /// An error (protocol 30).
    Error = 3,
    /// A warning (protocol 30).
    Warning = 4,
    /// io_error bits of the sender (protocol 30).
    IoError = 22,
    /// The daemon's I/O timeout, seconds (protocol 31).
    IoTimeout = 33,
    /// Keep-alive of protocol 30.
    Noop = 42,
    /// Exit with a code (protocol 31).
    ErrorExit = 86,
    /// A file is in place; its source may be removed.
    Success = 100,
    /// A name was deleted.
    Deleted = 101,
    /// A requested file will not be sent (protocol 30).
    NoSend = 102,
}

/// Length of a frame header, bytes.
pub const HEADER: usize = 4;
/// Added to a code in the header, so that a tag is never zero.
const BASE: u8 = 7;

impl Code {
    /// The code of a header's high octet.
    pub fn from_tag(tag: u8) -> Option<Self> {
        Some(match tag.checked_sub(BASE)? {
            0 => Self::Data,
            1 => Self::ErrorXfer,
            2 => Self::Info,
            3 => Self::Error,
            4 => Self::Warning,
            22 => Self::IoError,
            33 => Self::IoTimeout,
            42 => Self::Noop,
            86 => Self::ErrorExit,
            100 => Self::Success,
            101 => Self::Deleted,
            102 => Self::NoSend,
            _ => return None,
        })
    }
}

/// The header of a frame of `len` payload bytes (at most 2^24 - 1).
pub fn header(code: Code, len: usize) -> [u8; HEADER] {
    let [a, b, c, _] = u32::try_from(len).unwrap_or(u32::MAX).to_le_bytes();
    [a, b, c, BASE.wrapping_add(code as u8)]
}

/// Splits a header into tag and payload length.
pub fn split(header: [u8; HEADER]) -> (u8, usize) {
    let [a, b, c, tag] = header;
    (tag, usize::try_from(u32::from_le_bytes([a, b, c, 0])).unwrap_or(usize::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_the_captured_ones() {
        assert_eq!(header(Code::Data, 5), [5, 0, 0, 7]);
        assert_eq!(header(Code::ErrorExit, 4), [4, 0, 0, 0x5d]);
        assert_eq!(header(Code::Deleted, 1), [1, 0, 0, 0x6c]);
        assert_eq!(split([0x4d, 0, 0, 0x0a]), (0x0a, 77));
    }

    #[test]
    fn every_code_reads_back_and_others_do_not() {
        let known = (0..=255u8).filter_map(Code::from_tag).count();
        assert_eq!(known, 12);
        for tag in 0..=255u8 {
            if let Some(code) = Code::from_tag(tag) {
                assert_eq!(header(code, 0)[3], tag);
            }
        }
    }
}
