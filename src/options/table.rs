//! Every option a client may send: its spellings, whether it takes a value, what it does here.

mod early;
mod late;
mod row;

pub(super) use row::{Action, Row, Value};

use super::fault::Named;

/// All rows, in the order in which the operator's list meets them.
pub(super) fn rows() -> impl Iterator<Item = &'static Row> {
    early::ROWS.iter().chain(late::ROWS)
}

/// One spelling of one row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    /// The row's place in [`rows`].
    pub index: usize,
    /// The row.
    pub row: &'static Row,
    /// Which of its spellings; the letter belongs to spelling 0.
    pub spelling: u32,
}

impl Found {
    /// As a message names it.
    pub(super) fn named(&self) -> Named {
        let long = usize::try_from(self.spelling).ok().and_then(|n| self.row.long.get(n)).copied();
        Named { long, letter: if self.spelling == 0 { self.row.letter } else { None } }
    }
}

/// The first row with the long name `name`, without dashes.
pub(super) fn by_long(name: &[u8]) -> Option<Found> {
    rows().enumerate().find_map(|(index, row)| {
        let spelling = row.long.iter().position(|long| long.as_bytes() == name)?;
        Some(Found { index, row, spelling: u32::try_from(spelling).ok()? })
    })
}

/// The row with the letter `letter`.
pub(super) fn by_letter(letter: u8) -> Option<Found> {
    let (index, row) = rows().enumerate().find(|(_, row)| row.letter == Some(letter))?;
    Some(Found { index, row, spelling: 0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_spelling_stands_for_two_options() {
        let mut long: Vec<_> = rows().flat_map(|row| row.long).collect();
        let mut letters: Vec<_> = rows().filter_map(|row| row.letter).collect();
        let counts = (long.len(), letters.len());
        long.sort();
        long.dedup();
        letters.sort();
        letters.dedup();
        assert_eq!((long.len(), letters.len()), counts);
    }

    #[test]
    fn every_row_has_a_name_and_fits_the_refusal_bits() {
        for row in rows() {
            assert!(!row.long.is_empty() || row.letter.is_some());
            assert!(row.long.len() <= 8, "{:?}", row.long);
        }
    }

    #[test]
    fn a_row_that_takes_no_value_has_no_reader_for_one() {
        for row in rows() {
            match row.action {
                Action::Flag(_) => assert_eq!(row.value, Value::None, "{:?}", row.long),
                Action::Read(_) => assert_eq!(row.value, Value::Required, "{:?}", row.long),
                _ => {}
            }
        }
    }

    #[test]
    fn what_implies_a_refusal_exists() {
        for name in rows().flat_map(|row| row.implied_by) {
            let bytes = name.as_bytes();
            let found = match bytes {
                [letter] => by_letter(*letter),
                _ => by_long(bytes),
            };
            assert!(found.is_some(), "{name}");
        }
    }
}
