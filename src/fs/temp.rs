//! Names of the hidden temporaries that files are written into: `.name.XXXXXX` beside the target.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use super::tree::split;
use crate::limits::MAXNAME;

/// Random characters of a temporary's name.
const RANDOM: usize = 6;
const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// The temporary's name for `leaf`, with randomness from `seed`. A leading dot of the leaf is dropped first; a long leaf
/// is cut so that the whole stays a legal name, not inside a UTF-8 sequence.
pub fn name(leaf: &[u8], mut seed: u64) -> Vec<u8> {
    let stem = leaf.strip_prefix(b".").unwrap_or(leaf);
    let room = MAXNAME - 1 - RANDOM - 2;
    let mut cut = stem.len().min(room);
    if cut < stem.len() {
        while cut > 0 && stem.get(cut).is_some_and(|b| b & 0xc0 == 0x80) {
            cut -= 1;
        }
    }
    let stem = stem.get(..cut).unwrap_or(stem);
    let stem = stem.strip_suffix(b".").unwrap_or(stem);
    let mut out = Vec::with_capacity(stem.len() + RANDOM + 2);
    out.push(b'.');
    out.extend_from_slice(stem);
    out.push(b'.');
    for _ in 0..RANDOM {
        let pick = usize::try_from(seed % 62).unwrap_or(0);
        seed /= 62;
        out.push(ALPHABET.get(pick).copied().unwrap_or(b'x'));
    }
    out
}

/// A fresh temporary's name beside `path`.
pub fn beside(path: &[u8]) -> Vec<u8> {
    let (dir, leaf) = split(path);
    let temp = name(leaf, seed());
    if dir.is_empty() { temp } else { [dir, b"/", &temp].concat() }
}

/// Whether `name` has the form of a temporary for `leaf`: what an interrupted worker leaves behind.
pub fn is_left_over(candidate: &[u8], leaf: &[u8]) -> bool {
    let stem = name(leaf, 0);
    let Some(fixed) = stem.len().checked_sub(RANDOM) else { return false };
    candidate.len() == stem.len()
        && candidate.get(..fixed) == stem.get(..fixed)
        && candidate.get(fixed..).is_some_and(|tail| tail.iter().all(u8::is_ascii_alphanumeric))
}

/// Whether `name` could be a temporary of any file: its leaf, if so.
pub fn leaf_of(candidate: &[u8]) -> Option<&[u8]> {
    let body = candidate.strip_prefix(b".")?;
    let at = body.len().checked_sub(RANDOM + 1)?;
    let (stem, tail) = body.split_at_checked(at)?;
    let (dot, random) = tail.split_first()?;
    (*dot == b'.' && !stem.is_empty() && random.iter().all(u8::is_ascii_alphanumeric)).then_some(stem)
}

/// A number for [`name`] that nobody guesses: the system's randomness is asked once, the rest is mixed from it.
pub fn seed() -> u64 {
    static START: OnceLock<u64> = OnceLock::new();
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let start = *START.get_or_init(|| {
        let mut bytes = [0; 8];
        if getrandom::fill(&mut bytes).is_err() {
            bytes = u64::from(std::process::id()).to_le_bytes();
        }
        u64::from_le_bytes(bytes)
    });
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let mut mixed = start.wrapping_add(count.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_temporary_is_hidden_and_recognised() {
        let temp = name(b"photo.jpg", 12345);
        assert!(temp.starts_with(b".photo.jpg."));
        assert_eq!(temp.len(), b"photo.jpg".len() + 8);
        assert!(is_left_over(&temp, b"photo.jpg"));
        assert!(!is_left_over(&temp, b"photo.jp"));
        assert!(!is_left_over(b".photo.jpg.bak", b"photo.jpg"));
        assert_eq!(leaf_of(&temp), Some(&b"photo.jpg"[..]));
        assert_eq!(leaf_of(b".bashrc"), None);
    }

    #[test]
    fn a_dot_file_and_a_name_of_255_bytes_stay_legal() {
        assert!(name(b".profile", 1).starts_with(b".profile."));
        let long = [b'n'; 255];
        assert!(name(&long, 1).len() <= 255);
        let umlauts = "ü".repeat(127);
        let temp = name(umlauts.as_bytes(), 7);
        assert!(temp.len() <= 255 && std::str::from_utf8(&temp).is_ok());
    }
}
