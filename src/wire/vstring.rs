//! A string with its length in front: one octet up to 127, else two, high first.

use super::{Decoded, Fault, Put, Reader};

/// Reads a vstring of at most `max` bytes.
pub fn read<'a>(r: &mut Reader<'a>, max: usize) -> Decoded<&'a [u8]> {
    let first = r.byte()?;
    let len = match first {
        0..=0x7f => usize::from(first),
        _ => usize::from(u16::from_be_bytes([first & 0x7f, r.byte()?])),
    };
    if len > max {
        return Err(Fault::Malformed("string longer than its field allows"));
    }
    r.take(len)
}

/// Writes a vstring; what exceeds 32767 bytes is cut.
pub fn put(out: &mut impl Put, text: &[u8]) {
    let text = text.get(..0x7fff).unwrap_or(text);
    let [high, low] = u16::try_from(text.len()).unwrap_or(0x7fff).to_be_bytes();
    if high == 0 && low < 0x80 {
        out.put(&[low])
    } else {
        out.put(&[high | 0x80, low])
    }
    out.put(text);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_around_the_second_octet_round_trip() {
        for len in [0usize, 5, 127, 128, 300, 4095] {
            let text = vec![b'x'; len];
            let mut out = Vec::new();
            put(&mut out, &text);
            assert_eq!(out.len(), len + if len < 128 { 1 } else { 2 });
            assert_eq!(read(&mut Reader::new(&out), 4095), Ok(&text[..]));
        }
        let mut out = Vec::new();
        put(&mut out, &[b'x'; 300]);
        assert_eq!(out[..2], [0x81, 0x2c]);
    }

    #[test]
    fn a_length_beyond_the_field_is_refused_before_its_bytes_arrive() {
        assert!(matches!(read(&mut Reader::new(&[0xff, 0xff]), 255), Err(Fault::Malformed(_))));
    }
}
