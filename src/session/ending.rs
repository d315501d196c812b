//! How a connection ends before, or instead of, its transfer.

use crate::escape::Escaped;
use crate::net::Link;
use crate::net::fatal::{Fatal, exit};
use crate::wire::Put;

/// An early end.
#[derive(Debug)]
pub enum End {
    /// Nothing more to do: a listing, say.
    Done,
    /// One line of text for the client, in the handshake's form: `@ERROR: …`.
    Refused {
        /// The line, without its newline.
        line: Vec<u8>,
        /// The worker's exit code.
        exit: u8,
    },
    /// The connection ends without a word; the log has the reason.
    Silent(u8),
    /// The connection is no use any more; the log gets the reason.
    Closed(Fatal),
}

impl End {
    /// Refuses with `@ERROR: ` and a text.
    pub fn refuse(text: &[u8]) -> Self {
        Self::Refused { line: [b"@ERROR: ", text].concat(), exit: exit::START_CLIENT }
    }

    /// Says the last word and returns the exit code.
    pub fn finish(self, link: &mut Link) -> u8 {
        match self {
            Self::Done => {
                link.drain();
                0
            }
            Self::Refused { line, exit } => {
                link.put(&line);
                link.put(b"\n");
                link.drain();
                exit
            }
            Self::Silent(exit) => exit,
            // Whoever only looks whether somebody listens is no matter for the log.
            Self::Closed(fatal) if fatal.text.starts_with(b"connection unexpectedly closed (0 ") => fatal.exit,
            Self::Closed(fatal) => {
                log_fatal(&fatal, "Receiver");
                log_exit(fatal.exit, "Receiver");
                fatal.exit
            }
        }
    }
}

impl From<Fatal> for End {
    fn from(fatal: Fatal) -> Self {
        Self::Closed(fatal)
    }
}

/// Logs why a session ended; that a connection broke is said in stock's words.
pub fn log_fatal(fatal: &Fatal, role: &str) {
    let text = Escaped(&fatal.text);
    if fatal.logged {
        return;
    }
    if fatal.text.starts_with(b"connection unexpectedly closed") {
        log::error!("rsync: {text} [{role}]");
    } else if !fatal.text.is_empty() {
        log::error!("{text}");
    }
}

/// The line that says with which code a session ended.
pub fn exit_line(code: u8, role: &str) -> String {
    let kind = if code == exit::VANISHED { "warning" } else { "error" };
    format!(
        "rsync {kind}: {} (code {code}) at tinyrsyncd(0) [{role}={}]",
        exit::meaning(code),
        env!("CARGO_PKG_VERSION")
    )
}

/// Logs that line.
pub fn log_exit(code: u8, role: &str) {
    log::error!("{}", exit_line(code, role));
}
