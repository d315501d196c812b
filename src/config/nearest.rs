//! The known name that a misspelt one was meant to be.

use super::scan::folded;
use super::table::PARAMETERS;

/// Most edits (a letter more, less, other, or two swapped) between a name and what is suggested for it.
const EDITS: usize = 3;

/// The nearest known parameter, when it is near: at most three edits, and fewer than half of the letters.
pub fn nearest(name: &[u8]) -> Option<&'static str> {
    let wanted: Vec<u8> = folded(name).collect();
    // Longer than any known name can become by three edits: the table below would only cost memory.
    if wanted.len() > 64 {
        return None;
    }
    PARAMETERS
        .iter()
        .map(|parameter| (edits(&wanted, &folded(parameter.name.as_bytes()).collect::<Vec<u8>>()), parameter.name))
        .filter(|&(edits, _)| edits <= EDITS && edits.saturating_mul(2) < wanted.len())
        .min_by_key(|&(edits, _)| edits)
        .map(|(_, name)| name)
}

/// Optimal string alignment distance, row by row.
fn edits(a: &[u8], b: &[u8]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    let mut previous = None;
    for (i, &x) in a.iter().enumerate() {
        let mut row = vec![i.saturating_add(1)];
        let mut left = None;
        for (j, &y) in b.iter().enumerate() {
            let at = |line: &[usize], index: usize| line.get(index).copied().unwrap_or(usize::MAX);
            let mut best = at(&above, j).saturating_add(usize::from(x != y));
            best = best.min(at(&above, j.saturating_add(1)).saturating_add(1)).min(at(&row, j).saturating_add(1));
            if previous == Some(y) && left == Some(x) {
                best = best.min(at(&before, j.wrapping_sub(1)).saturating_add(1));
            }
            row.push(best);
            left = Some(y);
        }
        before = std::mem::replace(&mut above, row);
        previous = Some(x);
    }
    above.last().copied().unwrap_or(a.len())
}

#[cfg(test)]
mod tests {
    use super::{edits, nearest};

    #[test]
    fn a_slip_of_the_finger_is_understood() {
        assert_eq!(nearest(b"read onyl"), Some("read only"));
        assert_eq!(nearest(b"host allow"), Some("hosts allow"));
        assert_eq!(nearest(b"read_only"), Some("read only"));
        assert_eq!(nearest(b"gdi"), Some("gid"));
        assert_eq!(nearest(b"secret file"), Some("secrets file"));
    }

    #[test]
    fn nothing_is_guessed_from_far() {
        assert_eq!(nearest(b"slp refresh"), None);
        assert_eq!(nearest(b"foo"), None);
        assert_eq!(nearest(b""), None);
        assert_eq!(nearest(&[b'x'; 5000]), None);
    }

    #[test]
    fn the_distance_counts_single_edits() {
        assert_eq!(edits(b"", b"abc"), 3);
        assert_eq!(edits(b"abc", b""), 3);
        assert_eq!(edits(b"abcd", b"abdc"), 1);
        assert_eq!(edits(b"kitten", b"sitting"), 3);
    }
}
