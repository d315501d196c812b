//! Where the bytes of a configuration come from.

/// What a path leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A regular file.
    File,
    /// A directory.
    Dir,
    /// Anything else.
    Other,
}

/// Where files come from. Errors are what is printed: `No such file or directory (2)`.
///
/// The implementation opens operator files by its own rules (whose symlinks it follows) and reads at most
/// [`crate::limits::CONFIG_BYTES`] of one.
pub trait Source {
    /// The bytes of a file.
    ///
    /// # Errors
    /// The file cannot be opened or read.
    fn read(&self, path: &[u8]) -> Result<Vec<u8>, String>;
    /// The names in a directory, in any order; `.` and `..` may be among them.
    ///
    /// # Errors
    /// The directory cannot be read.
    fn list_dir(&self, path: &[u8]) -> Result<Vec<Vec<u8>>, String>;
    /// What the path leads to, symlinks followed.
    ///
    /// # Errors
    /// The path cannot be looked at.
    fn kind(&self, path: &[u8]) -> Result<Kind, String>;
}
