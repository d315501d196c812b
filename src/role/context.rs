//! What stays the same through a session.

use std::sync::OnceLock;

use super::flush::Sync;
use super::names::Names;
use super::uncompressed::Uncompressed;
use super::xattrs::XattrNames;
use crate::compress::Compression;
use crate::flist::{Chmod, Codec};
use crate::hash::{BlockSpec, FileSpec};
use crate::options::{Options, Remark};
use crate::wire::charset::Charset;

/// Whether names of users and groups count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Numeric {
    /// They do.
    #[default]
    No,
    /// The client said no: no lists of names travel.
    Client,
    /// The module says no: lists travel, empty.
    Module,
}

/// Facts of one session, fixed before its first file list.
#[derive(Clone, Debug)]
pub struct Context {
    /// What the client asked for.
    pub options: Options,
    /// Negotiated protocol.
    pub protocol: u32,
    /// Form of the file list.
    pub codec: Codec,
    /// Checksum of a transferred file.
    pub file_sum: FileSpec,
    /// Checksum of a block.
    pub block_sum: BlockSpec,
    /// Checksum in the file list (`-c`).
    pub list_sum: FileSpec,
    /// Names are converted between the module's character set and the wire's UTF-8.
    pub charset: Option<Charset>,
    /// Symlink targets are, too.
    pub convert_targets: bool,
    /// How file data is compressed, if it is.
    pub compression: Option<Compression>,
    /// What the sender does not try to compress.
    pub uncompressed: Uncompressed,
    /// Names of users and groups.
    pub numeric: Numeric,
    /// Who knows them.
    pub names: Names,
    /// Module name; empty over a remote shell.
    pub module: Vec<u8>,
    /// The module is the root of a chroot: paths are shown with a slash in front.
    pub chroot: bool,
    /// Symlinks are stored with a prefix that makes them useless here.
    pub munge: bool,
    /// `sync`: when files are flushed to the disk.
    pub sync: Sync,
    /// Over a remote shell: the working directory, absolute; empty for a module.
    pub base: Vec<u8>,
    /// Without munging: targets are cut so that they stay inside.
    pub sanitise: bool,
    /// Parts of interrupted transfers are continued in place.
    pub inplace_partial: bool,
    /// Effective user is root (after the change of identity).
    pub root: bool,
    /// Groups that a process without root may give files to.
    pub groups: Vec<u32>,
    /// Permission bits that new files do not get.
    pub umask: u32,
    /// Changes to the modes that are sent, or that were: the client's, then the module's.
    pub chmod: Chmod,
    /// The module's own changes to what is received: they count whatever the options say about permissions.
    pub incoming_chmod: Chmod,
    /// `--fake-super` is on by the module.
    pub fake: bool,
    /// Which extended attributes count for a receiver; set before it reads the first list.
    pub xattr_names: OnceLock<XattrNames>,
    /// Values of attributes do not travel with hard links.
    pub xattr_optim: bool,
    /// The module leaves out what it cannot read.
    pub ignore_nonreadable: bool,
    /// Verbosity after the module's cap.
    pub verbose: u8,
    /// Verbosity that the module allows.
    pub most_verbose: u8,
    /// Unchanged items are named too.
    pub name_unchanged: bool,
    /// A line for each transferred file goes to the log, in this format.
    pub log_format: Option<Vec<u8>>,
    /// `%a`: the peer's address.
    pub peer_addr: String,
    /// `%h`: its name.
    pub peer_host: String,
    /// `%u`: who logged in.
    pub user: Vec<u8>,
    /// `%P`: the module's path.
    pub module_path: Vec<u8>,
}

/// What a symlink's target begins with on disk when the module munges.
pub const MUNGE_PREFIX: &[u8] = b"/rsyncd-munged/";

impl Context {
    /// Whether the client is told this.
    pub fn tells(&self, remark: Remark) -> bool {
        self.options.info.tells(remark, self.verbose, self.most_verbose)
    }

    /// A path as messages show it: in quotes, from the module's root, with the module's name.
    pub fn shown(&self, cwd: &[u8], name: &[u8]) -> Vec<u8> {
        let mut out = b"\"".to_vec();
        if name.first() != Some(&b'/') {
            if self.chroot || !cwd.is_empty() {
                out.push(b'/');
            }
            out.extend_from_slice(cwd);
            if !cwd.is_empty() && !name.is_empty() {
                out.push(b'/');
            }
        }
        out.extend_from_slice(name);
        out.push(b'"');
        if !self.module.is_empty() {
            out.extend_from_slice(b" (in ");
            out.extend_from_slice(&self.module);
            out.push(b')');
        }
        out
    }

    /// A path from the root, as the client would write it.
    pub fn as_named(&self, path: &[u8]) -> Vec<u8> {
        let Some(base) = self.base.strip_prefix(b"/") else { return path.to_vec() };
        match path.strip_prefix(base).map(|rest| rest.strip_prefix(b"/").unwrap_or(rest)) {
            Some(inside) if inside.len() < path.len() => inside.to_vec(),
            _ => [b"/", path].concat(),
        }
    }

    /// Whether two times are the same to this session, `b` on disk.
    pub fn same_time(&self, a: (i64, u32), b: (i64, u32)) -> bool {
        match self.options.modify_window {
            0 => a.0 == b.0,
            window if window < 0 => a == b,
            window => a.0.abs_diff(b.0) <= window.unsigned_abs(),
        }
    }
}
