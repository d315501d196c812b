//! The numbers of the wire: longint (below protocol 30), varint and varlong (from 30 on).
//!
//! In a varint the count of leading one bits of the first octet tells how many octets follow beyond the minimum; its other
//! bits are the most significant ones, the following octets come low first.

use super::{Decoded, Fault, Put, Reader};

/// Extra octets by first octet: `TABLE[octet / 4]`.
fn extra(first: u8) -> usize {
    match first {
        0x00..=0x7f => 0,
        0x80..=0xbf => 1,
        0xc0..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf7 => 4,
        0xf8..=0xfb => 5,
        0xfc..=0xff => 6,
    }
}

/// Bits of a first octet that are data when `extra` octets follow.
fn data_mask(extra: usize) -> u8 {
    u8::try_from((0xffu32) >> extra.min(8)).unwrap_or(0)
}

/// A 32-bit pattern in 1 to 5 octets.
pub fn read_varint(r: &mut Reader) -> Decoded<i32> {
    let first = r.byte()?;
    let extra = extra(first);
    if extra > 4 {
        return Err(Fault::Malformed("varint longer than 32 bits"));
    }
    let mut bytes = [0; 5];
    let (low, top) = bytes.split_at_mut(extra);
    low.copy_from_slice(r.take(extra)?);
    if let Some(top) = top.first_mut() {
        *top = first & data_mask(extra);
    }
    let [a, b, c, d, _] = bytes;
    Ok(i32::from_le_bytes([a, b, c, d]))
}

/// Writes a 32-bit pattern in 1 to 5 octets.
pub fn put_varint(out: &mut impl Put, value: i32) {
    put_packed(out, &value.to_le_bytes(), 1);
}

/// A 64-bit pattern in `min` to 9 octets; `min` is 3 or 4 by context.
pub fn read_varlong(r: &mut Reader, min: usize) -> Decoded<i64> {
    let first = r.byte()?;
    let extra = extra(first);
    let low_len = min.saturating_sub(1).saturating_add(extra);
    if low_len > 8 {
        return Err(Fault::Malformed("varlong longer than 64 bits"));
    }
    let mut bytes = [0; 9];
    let (low, top) = bytes.split_at_mut(low_len);
    low.copy_from_slice(r.take(low_len)?);
    if let Some(top) = top.first_mut() {
        *top = first & data_mask(extra);
    }
    let [a, b, c, d, e, f, g, h, _] = bytes;
    Ok(i64::from_le_bytes([a, b, c, d, e, f, g, h]))
}

/// Writes a 64-bit pattern in `min` to 9 octets.
pub fn put_varlong(out: &mut impl Put, value: i64, min: usize) {
    put_packed(out, &value.to_le_bytes(), min);
}

fn put_packed(out: &mut impl Put, bytes: &[u8], min: usize) {
    let significant = bytes.iter().rposition(|&b| b != 0).map_or(0, |last| last.saturating_add(1)).max(min);
    let (kept, _) = bytes.split_at_checked(significant).unwrap_or((bytes, &[]));
    let Some((&top, low)) = kept.split_last() else { return };
    let extra = significant.saturating_sub(min);
    let mut packed = heapless::Vec::<u8, 9>::new();
    // One octet more when the top one does not fit below the marker bits.
    let marker = |ones: usize| !data_mask(ones);
    let room = u8::try_from(0x7fu32 >> extra.min(7)).unwrap_or(0);
    if top > room {
        let _ = packed.push(marker(extra.saturating_add(1)));
        let _ = packed.extend_from_slice(kept);
    } else {
        let _ = packed.push(top | marker(extra));
        let _ = packed.extend_from_slice(low);
    }
    out.put(&packed);
}

/// Below protocol 30: four octets, or `ff ff ff ff` and eight.
pub fn read_longint(r: &mut Reader) -> Decoded<i64> {
    match r.i32()? {
        -1 => Ok(i64::from_le_bytes(r.array()?)),
        small => Ok(i64::from(small)),
    }
}

/// Writes a longint.
pub fn put_longint(out: &mut impl Put, value: i64) {
    match i32::try_from(value) {
        Ok(small) if small >= 0 => out.put(&small.to_le_bytes()),
        _ => {
            out.put(&[0xff; 4]);
            out.put(&value.to_le_bytes());
        }
    }
}

/// varint from protocol 30 on, else an int.
pub fn read_varint30(r: &mut Reader, protocol: u32) -> Decoded<i32> {
    if protocol >= 30 { read_varint(r) } else { r.i32() }
}

/// Writes a varint from protocol 30 on, else an int.
pub fn put_varint30(out: &mut impl Put, protocol: u32, value: i32) {
    if protocol >= 30 { put_varint(out, value) } else { out.put(&value.to_le_bytes()) }
}

/// varlong from protocol 30 on, else a longint.
pub fn read_varlong30(r: &mut Reader, protocol: u32, min: usize) -> Decoded<i64> {
    if protocol >= 30 { read_varlong(r, min) } else { read_longint(r) }
}

/// Writes a varlong from protocol 30 on, else a longint.
pub fn put_varlong30(out: &mut impl Put, protocol: u32, value: i64, min: usize) {
    if protocol >= 30 { put_varlong(out, value, min) } else { put_longint(out, value) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn hex(text: &str) -> Vec<u8> {
        text.split_whitespace().map(|b| u8::from_str_radix(b, 16).unwrap()).collect()
    }

    #[test]
    fn varints_are_the_bytes_a_stock_peer_writes() {
        for (value, bytes) in [
            (0, "00"),
            (127, "7f"),
            (128, "80 80"),
            (255, "80 ff"),
            (300, "81 2c"),
            (510, "81 fe"),
            (16383, "bf ff"),
            (16384, "c0 00 40"),
            (2097151, "df ff ff"),
            (2097152, "e0 00 00 20"),
            (268435455, "ef ff ff ff"),
            (268435456, "f0 00 00 00 10"),
            (2147483647, "f0 ff ff ff 7f"),
            (-1, "f0 ff ff ff ff"),
            (-2, "f0 fe ff ff ff"),
            (500000000, "f0 00 65 cd 1d"),
        ] {
            let mut out = Vec::new();
            put_varint(&mut out, value);
            assert_eq!(out, hex(bytes), "{value}");
            assert_eq!(read_varint(&mut Reader::new(&hex(bytes))), Ok(value));
        }
        assert!(matches!(read_varint(&mut Reader::new(&[0xf8, 0, 0, 0, 0, 0])), Err(Fault::Malformed(_))));
    }

    #[test]
    fn varlongs_are_the_bytes_a_stock_peer_writes() {
        for (value, min, bytes) in [
            (0, 3, "00 00 00"),
            (5, 3, "00 05 00"),
            (65536, 3, "01 00 00"),
            (8388607, 3, "7f ff ff"),
            (8388608, 3, "80 00 00 80"),
            (1704164645, 3, "c0 25 7d 93 65"),
            (1704164645, 4, "65 25 7d 93"),
            (8388608, 4, "00 00 00 80"),
            (4294967295, 4, "80 ff ff ff ff"),
            (5368709120, 3, "c1 00 00 00 40"),
            ((1 << 40) - 1, 3, "e0 ff ff ff ff ff"),
            (1 << 62, 3, "fc 00 00 00 00 00 00 00 40"),
            (1 << 62, 4, "f8 00 00 00 00 00 00 00 40"),
            (-1, 3, "fc ff ff ff ff ff ff ff ff"),
            (-1, 4, "f8 ff ff ff ff ff ff ff ff"),
        ] {
            let mut out = Vec::new();
            put_varlong(&mut out, value, min);
            assert_eq!(out, hex(bytes), "{value} min {min}");
            assert_eq!(read_varlong(&mut Reader::new(&hex(bytes)), min), Ok(value));
        }
    }

    #[test]
    fn longints_switch_to_twelve_bytes_past_31_bits() {
        for (value, bytes) in [
            (5i64, "05 00 00 00"),
            (2147483647, "ff ff ff 7f"),
            (2147483648, "ff ff ff ff 00 00 00 80 00 00 00 00"),
            (-1, "ff ff ff ff ff ff ff ff ff ff ff ff"),
        ] {
            let mut out = Vec::new();
            put_longint(&mut out, value);
            assert_eq!(out, hex(bytes));
            assert_eq!(read_longint(&mut Reader::new(&out)), Ok(value));
        }
    }

    proptest! {
        #[test]
        fn any_number_survives_the_wire(a: i32, b: i64, min in 3usize..=4) {
            let mut out = Vec::new();
            put_varint(&mut out, a);
            put_varlong(&mut out, b, min);
            put_longint(&mut out, b);
            let mut r = Reader::new(&out);
            prop_assert_eq!(read_varint(&mut r), Ok(a));
            prop_assert_eq!(read_varlong(&mut r, min), Ok(b));
            prop_assert_eq!(read_longint(&mut r), Ok(b));
            prop_assert_eq!(r.used(), out.len());
        }

        #[test]
        fn any_bytes_are_read_without_a_panic(bytes: Vec<u8>) {
            let _ = read_varint(&mut Reader::new(&bytes));
            let _ = read_varlong(&mut Reader::new(&bytes), 3);
            let _ = read_varlong(&mut Reader::new(&bytes), 4);
        }
    }
}
