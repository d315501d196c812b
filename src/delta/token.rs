//! Plain tokens: a literal run, a block of the basis, or the end of the file.

use crate::limits::LITERAL_MAX;
use crate::wire::sum_head::SumHead;
use crate::wire::{Decoded, Fault, Put, Reader};

/// One token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token {
    /// This many literal bytes follow.
    Literal(u32),
    /// A block of the basis.
    Block(u32),
    /// The file is complete.
    End,
}

impl Token {
    /// Reads a token; a block must exist in `head`.
    pub fn read(r: &mut Reader, head: &SumHead) -> Decoded<Self> {
        let value = r.i32()?;
        match u32::try_from(value) {
            Ok(0) => Ok(Self::End),
            Ok(len) if len <= LITERAL_MAX => Ok(Self::Literal(len)),
            Ok(_) => Err(Fault::Protocol("literal run too long")),
            Err(_) => {
                let index = value.unsigned_abs().wrapping_sub(1);
                if index < head.count {
                    Ok(Self::Block(index))
                } else {
                    Err(Fault::Protocol("block token out of range"))
                }
            }
        }
    }

    /// Writes a token (of a literal run: its length only).
    pub fn put(self, out: &mut impl Put) {
        let value = match self {
            Self::End => 0,
            Self::Literal(len) => i32::try_from(len).unwrap_or(0),
            Self::Block(index) => i32::try_from(index).unwrap_or(i32::MAX).saturating_add(1).wrapping_neg(),
        };
        out.put(&value.to_le_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_the_captured_bytes() {
        let head = SumHead { count: 4, blength: 700, s2length: 2, remainder: 300 };
        for (token, bytes) in [
            (Token::Block(0), [0xff, 0xff, 0xff, 0xff]),
            (Token::Block(3), [0xfc, 0xff, 0xff, 0xff]),
            (Token::Literal(90), [0x5a, 0, 0, 0]),
            (Token::End, [0; 4]),
        ] {
            let mut out = Vec::new();
            token.put(&mut out);
            assert_eq!(out, bytes);
            assert_eq!(Token::read(&mut Reader::new(&bytes), &head), Ok(token));
        }
    }

    #[test]
    fn a_block_that_was_never_offered_is_refused() {
        let head = SumHead { count: 4, blength: 700, s2length: 2, remainder: 300 };
        for value in [-5, i32::MIN] {
            assert!(matches!(Token::read(&mut Reader::new(&value.to_le_bytes()), &head), Err(Fault::Protocol(_))));
        }
        assert!(Token::read(&mut Reader::new(&(-1i32).to_le_bytes()), &SumHead::default()).is_err());
    }
}
