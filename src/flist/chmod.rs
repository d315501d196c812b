//! `--chmod`: changes to the permissions of what is listed or received, as text.
//!
//! Items are separated by commas: `[DF]octal`, or `[DFugoa]…(+|-|=)` with permissions (`rwxXst`) or one class to copy
//! (`u`, `g`, `o`) behind. Without a class the umask holds bits back.

use crate::limits::CHMOD_ITEMS;

/// What an item touches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Only {
    #[default]
    Everything,
    Dirs,
    Files,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Op {
    Add,
    Remove,
    Set,
}

/// The permissions behind an operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    /// `rwx` as three bits, `X`, `s`, `t`.
    Bits { rwx: u32, x_if_any: bool, set_id: bool, sticky: bool },
    /// Those of a class: how far its bits are to the left.
    Copy(u32),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    Octal(u32),
    Symbolic {
        /// A one in the lowest bit of each class; 0 = no class was named.
        classes: u32,
        op: Op,
        what: What,
    },
}

/// A list of changes, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chmod {
    items: Vec<(Only, Change)>,
}

const USER: u32 = 0o100;
const GROUP: u32 = 0o010;
const OTHER: u32 = 0o001;
const ALL: u32 = USER | GROUP | OTHER;

impl Chmod {
    /// Reads a text; `None` where any part of it is wrong, or there is none.
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<Self> {
        let mut items = Vec::new();
        for item in text.split(|byte| *byte == b',') {
            if items.len() >= CHMOD_ITEMS {
                return None;
            }
            items.push(parse_item(item)?);
        }
        Some(Self { items })
    }

    /// Whether there is nothing to change.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Adds the changes of another list behind these.
    pub fn append(&mut self, more: &Chmod) {
        self.items.extend_from_slice(&more.items);
    }

    /// A mode's permission bits after all changes; the type bits stay.
    #[must_use]
    pub fn apply(&self, mode: u32, is_dir: bool, umask: u32) -> u32 {
        let skipped = if is_dir { Only::Files } else { Only::Dirs };
        // `X` asks for the mode as it was before the first change.
        let runs = is_dir || mode & 0o111 != 0;
        let mut bits = mode & 0o7777;
        for (_, change) in self.items.iter().filter(|(only, _)| *only != skipped) {
            bits = match change {
                Change::Octal(octal) => *octal,
                Change::Symbolic { classes, op, what } => symbolic(bits, runs, umask, *classes, *op, *what),
            };
        }
        (mode & !0o7777) | bits
    }
}

fn parse_item(item: &[u8]) -> Option<(Only, Change)> {
    let mut only = Only::Everything;
    let mut classes = 0;
    let mut rest = item;
    loop {
        let (byte, tail) = rest.split_first()?;
        match byte {
            b'D' | b'F' => {
                let wanted = if *byte == b'D' { Only::Dirs } else { Only::Files };
                if only != Only::Everything && only != wanted {
                    return None;
                }
                only = wanted;
            }
            b'u' => classes |= USER,
            b'g' => classes |= GROUP,
            b'o' => classes |= OTHER,
            b'a' => classes |= ALL,
            b'0'..=b'7' if classes == 0 => return Some((only, Change::Octal(octal(rest)?))),
            b'+' | b'-' | b'=' => {
                let op = match byte {
                    b'+' => Op::Add,
                    b'-' => Op::Remove,
                    _ => Op::Set,
                };
                return Some((only, Change::Symbolic { classes, op, what: what(tail, classes)? }));
            }
            _ => return None,
        }
        rest = tail;
    }
}

fn octal(digits: &[u8]) -> Option<u32> {
    let mut value = 0u32;
    for digit in digits {
        let digit = digit.checked_sub(b'0').filter(|digit| *digit < 8)?;
        value = value.checked_mul(8)?.checked_add(u32::from(digit)).filter(|value| *value <= 0o7777)?;
    }
    Some(value)
}

fn what(text: &[u8], classes: u32) -> Option<What> {
    if let [class @ (b'u' | b'g' | b'o')] = text {
        return Some(What::Copy(match class {
            b'u' => 6,
            b'g' => 3,
            _ => 0,
        }));
    }
    let (mut rwx, mut x_if_any, mut set_id, mut sticky) = (0, false, false, false);
    for byte in text {
        match byte {
            b'r' => rwx |= 4,
            b'w' => rwx |= 2,
            b'x' => rwx |= 1,
            b'X' => x_if_any = true,
            b's' => {
                set_id = true;
                // Without a class that has a set-id bit, an `s` forgets a `t` before it.
                sticky &= classes & (USER | GROUP) != 0;
            }
            b't' => sticky = true,
            _ => return None,
        }
    }
    Some(What::Bits { rwx, x_if_any, set_id, sticky })
}

fn symbolic(mode: u32, runs: bool, umask: u32, classes: u32, op: Op, what: What) -> u32 {
    let touched = if classes == 0 { ALL } else { classes };
    let held_back = if classes == 0 { umask & 0o777 } else { 0 };
    let (rwx, special) = match what {
        What::Copy(shift) => (mode >> shift & 7, 0),
        What::Bits { rwx, x_if_any, set_id, sticky } => {
            // With an `X` in the item an `x` has no say of its own.
            let rwx = if x_if_any { rwx & !1 } else { rwx };
            let x = u32::from(x_if_any && runs);
            let set_id = match (set_id, classes & USER != 0, classes & GROUP != 0) {
                (false, ..) => 0,
                (true, true, true) => 0o6000,
                (true, false, true) => 0o2000,
                (true, ..) => 0o4000,
            };
            (rwx | x, set_id | if sticky { 0o1000 } else { 0 })
        }
    };
    // One bit a class, spread over the three bits of each: no carries.
    let spread = |ones: u32, rwx: u32| (0..3).filter(|at| rwx >> at & 1 != 0).fold(0, |all, at| all | ones << at);
    let bits = spread(touched, rwx) & !held_back | special;
    match op {
        Op::Add => mode | bits,
        Op::Remove => mode & !bits,
        Op::Set => {
            let mut cleared = spread(touched, 7);
            // A copy takes the special bits of its classes along; where one is set, the set-id bits of named classes go.
            let (taken, sticky) = match what {
                What::Copy(_) => (touched, 0o1000),
                What::Bits { .. } if special != 0 => (classes, 0),
                What::Bits { .. } => (0, 0),
            };
            for (class, bit) in [(USER, 0o4000), (GROUP, 0o2000), (OTHER, sticky)] {
                if taken & class != 0 {
                    cleared |= bit;
                }
            }
            mode & !cleared | bits
        }
    }
}

#[cfg(test)]
mod tests;
