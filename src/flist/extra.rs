//! What is sent about an entry under options that few clients use: kept beside the entries, only where it is.

/// The rest of an entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extra {
    /// `-U`: time of the last access, seconds; of no meaning for a directory.
    pub atime: i64,
}
