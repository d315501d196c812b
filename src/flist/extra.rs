//! What is sent about an entry under options that few clients use: kept beside the entries, only where it is.

use std::sync::Arc;

use super::acl::Acl;
use super::xattr;

/// The rest of an entry.
#[derive(Clone, Debug, Default)]
pub struct Extra {
    /// `-U`: time of the last access, seconds; of no meaning for a directory.
    pub atime: i64,
    /// `-A`: who may do what, as far as the mode does not tell. `None` without the option, and for a symlink.
    pub access: Option<Arc<Acl>>,
    /// `-A`: what new entries of a directory get.
    pub default: Option<Arc<Acl>>,
    /// `-X`: extended attributes.
    pub xattrs: Option<Arc<xattr::Set>>,
}

impl PartialEq for Extra {
    fn eq(&self, other: &Self) -> bool {
        let same_set = match (&self.xattrs, &other.xattrs) {
            (Some(a), Some(b)) => Arc::ptr_eq(a, b),
            (a, b) => a.is_none() && b.is_none(),
        };
        (self.atime, &self.access, &self.default) == (other.atime, &other.access, &other.default) && same_set
    }
}

impl Eq for Extra {}
