//! The compatibility flags that a server answers to the client's capability letters (protocol 30).

/// Incremental recursion.
pub const INC_RECURSE: i32 = 1 << 0;
/// The server can set symlink times.
pub const SYMLINK_TIMES: i32 = 1 << 1;
/// Symlink targets are converted between character sets when names are; no session of ours converts names, so this says
/// nothing but what a stock server says.
pub const SYMLINK_ICONV: i32 = 1 << 2;
/// The file list's error marker may be used.
pub const SAFE_FLIST: i32 = 1 << 3;
/// No xattr hard-link optimisation.
pub const AVOID_XATTR_OPTIM: i32 = 1 << 4;
/// Seed before data in MD5 block sums.
pub const CHKSUM_SEED_FIX: i32 = 1 << 5;
/// In-place updates in the partial-dir.
pub const INPLACE_PARTIAL_DIR: i32 = 1 << 6;
/// Varint flags in the file list, negotiated strings.
pub const VARINT_FLIST_FLAGS: i32 = 1 << 7;
/// Names for id 0 in the id lists.
pub const ID0_NAMES: i32 = 1 << 8;
