//! What ends a session early.

use crate::wire::Fault;

/// The exit codes of rsync; its man page names them.
pub mod exit {
    /// Syntax or usage error.
    pub const SYNTAX: u8 = 1;
    /// Protocol incompatibility.
    pub const PROTOCOL: u8 = 2;
    /// Errors selecting input or output files.
    pub const FILE_SELECT: u8 = 3;
    /// Requested action not supported.
    pub const UNSUPPORTED: u8 = 4;
    /// Error starting the client-server protocol.
    pub const START_CLIENT: u8 = 5;
    /// Error in socket I/O.
    pub const SOCKET_IO: u8 = 10;
    /// Error in file I/O.
    pub const FILE_IO: u8 = 11;
    /// Error in the protocol data stream.
    pub const STREAM_IO: u8 = 12;
    /// Received SIGUSR1.
    pub const SIGNAL_USR1: u8 = 19;
    /// Received SIGINT, SIGTERM or SIGHUP.
    pub const SIGNAL: u8 = 20;
    /// Not enough memory, or a limit of ours.
    pub const MALLOC: u8 = 22;
    /// Some files were not transferred.
    pub const PARTIAL: u8 = 23;
    /// Some files vanished.
    pub const VANISHED: u8 = 24;
    /// The deletion limit was reached.
    pub const DELETE_LIMIT: u8 = 25;
    /// Timeout.
    pub const TIMEOUT: u8 = 30;

    /// What a code means, in stock's words.
    pub fn meaning(code: u8) -> &'static str {
        match code {
            SYNTAX => "syntax or usage error",
            PROTOCOL => "protocol incompatibility",
            FILE_SELECT => "errors selecting input/output files, dirs",
            UNSUPPORTED => "requested action not supported",
            START_CLIENT => "error starting client-server protocol",
            SOCKET_IO => "error in socket IO",
            FILE_IO => "error in file IO",
            STREAM_IO => "error in rsync protocol data stream",
            SIGNAL_USR1 => "received SIGUSR1",
            SIGNAL => "received SIGINT, SIGTERM, or SIGHUP",
            MALLOC => "error allocating core memory buffers",
            PARTIAL => "some files/attrs were not transferred (see previous errors)",
            VANISHED => "some files vanished before they could be transferred",
            DELETE_LIMIT => "the --max-delete limit stopped deletions",
            TIMEOUT => "timeout in data send/receive",
            _ => "unexplained error",
        }
    }
}

/// A session cannot go on: with which code, and what there is to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fatal {
    /// Exit code.
    pub exit: u8,
    /// Text for peer and log, without a newline; empty when the peer knows already.
    pub text: Vec<u8>,
    /// The peer still listens: it may be told.
    pub tell: bool,
    /// The text has several lines, and the log has them already.
    pub logged: bool,
}

impl Fatal {
    /// A fatal error that the peer is told.
    pub fn new(exit: u8, text: impl Into<Vec<u8>>) -> Self {
        Self { exit, text: text.into(), tell: true, logged: false }
    }

    /// The connection itself is gone or useless: nothing can be told.
    pub fn broken(exit: u8, text: impl Into<Vec<u8>>) -> Self {
        Self { exit, text: text.into(), tell: false, logged: false }
    }

    /// The text in lines.
    pub fn lines(&self) -> impl Iterator<Item = &[u8]> {
        self.text.strip_suffix(b"\n").unwrap_or(&self.text).split(|byte| *byte == b'\n')
    }

    /// The peer broke the protocol.
    pub fn protocol(text: &str) -> Self {
        Self::new(exit::PROTOCOL, text)
    }
}

impl From<Fault> for Fatal {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::NeedMore => Self::broken(exit::STREAM_IO, "record incomplete"),
            Fault::Malformed(text) => Self::new(exit::STREAM_IO, text),
            Fault::Protocol(text) => Self::new(exit::PROTOCOL, text),
        }
    }
}
