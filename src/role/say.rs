//! Texts for the peer and for the log.

use rustix::io::Errno;

use crate::escape::Escaped;
use crate::fs::strerror;
use crate::net::{Link, Output};
use crate::wire::frame::Code;

/// Who can pass a line to the peer.
pub trait Say {
    /// Queues a line for the peer; without a newline at its end.
    fn tell(&mut self, code: Code, line: &[u8]);
}

impl Say for Output {
    fn tell(&mut self, code: Code, line: &[u8]) {
        self.text(code, line);
    }
}

impl Say for Link {
    fn tell(&mut self, code: Code, line: &[u8]) {
        self.output.text(code, line);
    }
}

/// What a session has to answer for at its end.
#[derive(Clone, Copy, Debug, Default)]
pub struct Troubles {
    /// Bits: 1 general, 2 vanished, 4 deletion limit.
    pub io_error: i32,
    /// An error about a file was reported.
    pub xfer_error: bool,
}

/// io_error bits.
pub mod io_error {
    /// Something could not be read.
    pub const GENERAL: i32 = 1;
    /// Something vanished.
    pub const VANISHED: i32 = 2;
    /// The deletion limit was reached.
    pub const DELETE_LIMIT: i32 = 4;
}

impl Troubles {
    /// The exit code of a session that came to its end.
    pub fn exit_code(&self) -> u8 {
        use crate::net::fatal::exit;
        if self.xfer_error || self.io_error & io_error::GENERAL != 0 {
            exit::PARTIAL
        } else if self.io_error & io_error::VANISHED != 0 {
            exit::VANISHED
        } else if self.io_error & io_error::DELETE_LIMIT != 0 {
            exit::DELETE_LIMIT
        } else {
            0
        }
    }
}

/// An error about a file: the client ends with 23.
pub fn file_error(to: &mut impl Say, troubles: &mut Troubles, line: &[u8]) {
    troubles.xfer_error = true;
    log::error!("{}", Escaped(line));
    to.tell(Code::ErrorXfer, line);
}

/// `rsync: [role] WHAT failed: REASON (N)`.
pub fn failed(role: &str, what: &[u8], errno: Errno) -> Vec<u8> {
    let mut line = format!("rsync: [{role}] ").into_bytes();
    line.extend_from_slice(what);
    line.extend_from_slice(b" failed: ");
    line.extend_from_slice(strerror(errno).as_bytes());
    line
}

/// Joins words of a message.
pub fn words(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

/// A remark for the user of a verbose client; also logged.
pub fn info(to: &mut impl Say, line: &[u8]) {
    log::info!("{}", Escaped(line));
    to.tell(Code::Info, line);
}

/// A warning.
pub fn warning(to: &mut impl Say, line: &[u8]) {
    log::warn!("{}", Escaped(line));
    to.tell(Code::Warning, line);
}

/// An error that is not about a file.
pub fn error(to: &mut impl Say, line: &[u8]) {
    log::error!("{}", Escaped(line));
    to.tell(Code::Error, line);
}
