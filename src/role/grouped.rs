//! Numbers as a log's readers want them: digits in groups, or with a unit.

/// A number as the apostrophes before its letter ask: none = digits, one = groups of three, two = units of 1000, three = units
/// of 1024. What is smaller than a unit has none.
pub fn written(number: u64, spec: &[u8]) -> String {
    let unit = match spec.iter().filter(|byte| **byte == b'\'').count() {
        0 => return number.to_string(),
        1 => return grouped(number),
        2 => 1000u64,
        _ => 1024,
    };
    let mut scale = 1u64;
    let mut name = ' ';
    for letter in "KMGTP".chars() {
        match scale.checked_mul(unit) {
            Some(next) if number >= next => (scale, name) = (next, letter),
            _ => break,
        }
    }
    if scale == 1 {
        return number.to_string();
    }
    let hundredths = (u128::from(number) * 100 + u128::from(scale) / 2) / u128::from(scale);
    format!("{}.{:02}{name}", hundredths / 100, hundredths % 100)
}

fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::written;

    // The numbers were written by a stock 3.5.0 daemon.
    #[test]
    fn large_numbers_are_easy_to_read() {
        for (number, spec, text) in [
            (4096, "", "4096"),
            (4096, "'", "4,096"),
            (4096, "''", "4.10K"),
            (4096, "'''", "4.00K"),
            (999, "''", "999"),
            (1_234_567, "'", "1,234,567"),
            (1_234_567, "''", "1.23M"),
            (1_234_567, "'''", "1.18M"),
        ] {
            assert_eq!(written(number, spec.as_bytes()), text, "{number} {spec}");
        }
    }
}
