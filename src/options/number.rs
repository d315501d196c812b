//! Numbers in option values: plain integers, and sizes with a unit.

/// Why a text is no integer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum IntegerFault {
    /// Something that is no digit.
    NotNumber,
    /// Outside of 32 bits.
    OutOfRange,
}

/// A signed 32-bit integer: decimal, `0x…` hexadecimal or `0…` octal, as C's strtol reads it; nothing is 0.
pub(super) fn integer(text: &[u8]) -> Result<i32, IntegerFault> {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    let (radix, digits) = match digits {
        [b'0', b'x' | b'X', rest @ ..] if !rest.is_empty() => (16, rest),
        [b'0', rest @ ..] => (8, rest),
        _ => (10, digits),
    };
    let mut value: i64 = 0;
    for digit in digits {
        let digit = char::from(*digit).to_digit(radix).ok_or(IntegerFault::NotNumber)?;
        value = value.saturating_mul(i64::from(radix)).saturating_add(i64::from(digit));
    }
    let value = if negative { value.saturating_neg() } else { value };
    i32::try_from(value).map_err(|_| IntegerFault::OutOfRange)
}

/// Why a text is no size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SizeFault {
    /// Not a number with a unit.
    Invalid,
    /// Negative, or past 63 bits.
    TooLarge,
}

/// A size in bytes: digits, a fraction, a unit (`b k m g t p`, either case; `K` and `KiB` are 1024, `KB` is 1000), then
/// `+1` or `-1`. Without a unit it counts in `default_unit`. Nothing is 0.
pub(super) fn size(text: &[u8], default_unit: u8) -> Result<u64, SizeFault> {
    let (negative, text) = match text {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, text),
    };
    let (whole, text) = digits(text);
    let (fraction, text) = match text {
        [b'.', rest @ ..] => digits(rest),
        _ => (&[][..], text),
    };
    if whole.is_empty() && fraction.is_empty() && (negative || !text.is_empty()) {
        return Err(SizeFault::Invalid);
    }
    let (unit, text) = match text {
        [unit @ (b'b' | b'B' | b'k' | b'K' | b'm' | b'M' | b'g' | b'G' | b't' | b'T' | b'p' | b'P'), rest @ ..] => {
            (unit.to_ascii_lowercase(), rest)
        }
        _ => (default_unit.to_ascii_lowercase(), text),
    };
    let (base, text) = match text {
        _ if unit == b'b' => (1, text),
        [b'i' | b'I', b'b' | b'B', rest @ ..] => (1024, rest),
        [b'b' | b'B', rest @ ..] => (1000, rest),
        _ => (1024, text),
    };
    let step = match text {
        [] => 0,
        b"+1" => 1,
        b"-1" => -1,
        _ => return Err(SizeFault::Invalid),
    };
    let bytes = scaled(whole, fraction, power(base, unit)).ok_or(SizeFault::TooLarge)?;
    if negative && bytes > 0 {
        return Err(SizeFault::TooLarge);
    }
    let bytes = i64::try_from(bytes).ok().and_then(|n| n.checked_add(step)).ok_or(SizeFault::TooLarge)?;
    u64::try_from(bytes).map_err(|_| SizeFault::TooLarge)
}

fn digits(text: &[u8]) -> (&[u8], &[u8]) {
    let count = text.iter().take_while(|b| b.is_ascii_digit()).count();
    text.split_at_checked(count).unwrap_or((text, &[]))
}

fn power(base: u128, unit: u8) -> u128 {
    let exponent = match unit {
        b'k' => 1,
        b'm' => 2,
        b'g' => 3,
        b't' => 4,
        b'p' => 5,
        _ => 0,
    };
    base.saturating_pow(exponent)
}

/// `whole.fraction` × `unit`, cut to whole bytes; `None` when it leaves 128 bits. Of a fraction the first 18 digits count:
/// a finer one is below a byte.
fn scaled(whole: &[u8], fraction: &[u8], unit: u128) -> Option<u128> {
    let number = |digits: &[u8]| {
        digits.iter().try_fold(0u128, |n, d| n.checked_mul(10)?.checked_add(u128::from(d.checked_sub(b'0')?)))
    };
    let fraction = fraction.get(..18).unwrap_or(fraction);
    let scale = fraction.iter().fold(1u128, |n, _| n.saturating_mul(10));
    let part = number(fraction)?.checked_mul(unit)?.checked_div(scale)?;
    number(whole)?.checked_mul(unit)?.checked_add(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_mean_what_the_manual_says() {
        for (text, bytes) in [
            ("", 0),
            ("10000", 10_000),
            ("1b", 1),
            ("1k", 1024),
            ("1KiB", 1024),
            ("1KB", 1000),
            ("1.5m", 1_572_864),
            ("1.5mb-1", 1_499_999),
            ("2g+1", (2 << 30) + 1),
            ("5PB", 5_000_000_000_000_000),
            ("1t", 1 << 40),
            (".5K", 512),
        ] {
            assert_eq!(size(text.as_bytes(), b'b'), Ok(bytes), "{text}");
        }
        assert_eq!(size(b"9000", b'K'), Ok(9000 * 1024));
        assert_eq!(size(b"9000b", b'K'), Ok(9000));
    }

    #[test]
    fn a_malformed_size_is_not_guessed() {
        for text in ["x", "k", "-", "5qq", "1.5k+2", "1bB", "1k1", "--1", "1.2.3", "+1+1", " 1"] {
            assert_eq!(size(text.as_bytes(), b'b'), Err(SizeFault::Invalid), "{text}");
        }
        for text in ["-5", "99999999999999999999", "0-1", "9999999999999999999999999999999999999999p"] {
            assert_eq!(size(text.as_bytes(), b'b'), Err(SizeFault::TooLarge), "{text}");
        }
    }

    #[test]
    fn integers_are_read_as_c_reads_them() {
        for (text, value) in [("", 0), ("10", 10), ("-3", -3), ("+7", 7), ("0x10", 16), ("010", 8), ("0", 0)] {
            assert_eq!(integer(text.as_bytes()), Ok(value), "{text}");
        }
        for text in ["abc", "1k", "1.5", "08", "."] {
            assert_eq!(integer(text.as_bytes()), Err(IntegerFault::NotNumber), "{text}");
        }
        assert_eq!(integer(b"99999999999"), Err(IntegerFault::OutOfRange));
        assert_eq!(integer(b"-2147483648"), Ok(i32::MIN));
    }
}
