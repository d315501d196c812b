//! What a file is built on: the record that generator and receiver share about it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::places::Places;
use crate::fs::tree;
use crate::wire::item::{BASIS_DEST, iflags};

/// The file whose blocks were described to the sender.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Basis {
    /// The target itself.
    #[default]
    Target,
    /// The same name in an alternate directory.
    Alternate(u8),
    /// The part that an interrupted transfer left.
    Partial,
    /// The target's backup: the target is overwritten in place.
    Backup,
    /// A similar name beside the target, or in the same directory below an alternate one.
    Similar {
        /// Last component of its name.
        leaf: Vec<u8>,
        /// The alternate directory.
        alternate: Option<u8>,
    },
}

/// Basis type of a part.
pub const PARTIAL: u8 = 0x81;
/// First basis type of a similar name.
const SIMILAR: u8 = 0x83;

impl Basis {
    /// The basis type of the wire.
    pub fn code(&self) -> u8 {
        match self {
            Self::Target => BASIS_DEST,
            Self::Alternate(at) => *at,
            Self::Partial => PARTIAL,
            Self::Backup => 0x82,
            Self::Similar { alternate: None, .. } => SIMILAR,
            Self::Similar { alternate: Some(at), .. } => (SIMILAR + 1).saturating_add(*at),
        }
    }

    /// Item flags that announce what follows, the basis type if it is said, the name if there is one.
    pub fn announced(&self) -> (u16, Option<u8>, Option<&[u8]>) {
        match self {
            Self::Target => (0, None, None),
            Self::Similar { leaf, .. } => {
                (iflags::BASIS_TYPE_FOLLOWS | iflags::XNAME_FOLLOWS, Some(self.code()), Some(leaf))
            }
            _ => (iflags::BASIS_TYPE_FOLLOWS, Some(self.code()), None),
        }
    }

    /// Where it lies, from the module's root, for target `name` in the destination.
    pub fn path(&self, places: &Places, name: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::Target => Some(places.full(name)),
            Self::Alternate(at) => places.alternate(*at, name),
            Self::Partial => places.partial(name),
            Self::Backup => places.backup(name),
            Self::Similar { leaf, alternate } => {
                let (dir, _) = tree::split(name);
                let similar = if dir.is_empty() { leaf.clone() } else { [dir, b"/", leaf].concat() };
                match alternate {
                    None => Some(places.full(&similar)),
                    Some(at) => places.alternate(*at, &similar),
                }
            }
        }
    }
}

/// The basis of each file in flight, unless it is the target. The receiver goes by this, whatever the peer says.
#[derive(Debug, Default)]
pub struct Asked(Mutex<HashMap<i32, Basis>>);

impl Asked {
    /// Notes what the request for `ndx` is based on.
    pub fn note(&self, ndx: i32, basis: Basis) {
        let mut asked = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if basis == Basis::Target {
            asked.remove(&ndx);
        } else {
            asked.insert(ndx, basis);
        }
    }

    /// What the answer for `ndx` is based on.
    pub fn take(&self, ndx: i32) -> Basis {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&ndx).unwrap_or_default()
    }
}
