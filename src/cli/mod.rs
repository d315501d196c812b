//! argv → mode.

mod check_options;
mod daemon_options;
mod help;
mod restrict_options;
mod secrets_options;
mod serve_options;

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};

pub use daemon_options::DaemonOptions;
pub use serve_options::{LOGIN_VARIABLE, ServeOptions};

use crate::options;
use crate::session::settings::{ShellSettings, WorkerSettings};

/// What this process is to do.
#[derive(Clone, Debug)]
pub enum Mode {
    /// Serve one directory without a configuration.
    Serve(ServeOptions),
    /// The daemon: a listener, or one connection when standard input is a socket.
    Daemon(DaemonOptions),
    /// The daemon's protocol on standard input and output, over a remote shell.
    ShellDaemon(DaemonOptions),
    /// A transfer on standard input and output, over a remote shell, without modules.
    Shell(ShellSettings),
    /// One connection that the listener accepted.
    Worker(WorkerSettings),
    /// The resolver process: prints what a name or address stands for.
    Resolve(String),
    /// Tell what is wrong with a configuration.
    Check(crate::check::Options),
    /// Edit a secrets file.
    Secrets(crate::secrets::Options),
    /// Complain and end with this exit code.
    Refuse(String, i32),
    /// Print a text and end well.
    Print(String),
}

/// Words on the command line that cannot be meant: the text says what to do instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Usage(pub String);

/// Reads the command line; the program's name comes first, since it may say what is meant.
///
/// # Errors
/// What is wrong with it, in one or two lines.
pub fn parse(args: Vec<OsString>) -> Result<Mode, Usage> {
    let mut words: Vec<Vec<u8>> = args.into_iter().map(OsStringExt::into_vec).collect();
    let program = if words.is_empty() { Vec::new() } else { words.remove(0) };
    let program = program.rsplit(|byte| *byte == b'/').next().unwrap_or_default().to_vec();
    let original = std::env::var_os("SSH_ORIGINAL_COMMAND").map(OsStringExt::into_vec);
    if program == b"rrsync" || words.first().is_some_and(|word| word == b"--restrict") {
        return restrict_options::parse(&program, &words, original);
    }
    let has = |flag: &str| words.iter().any(|word| word == flag.as_bytes());
    match words.first().map(Vec::as_slice) {
        Some(b"serve") if has("--help") || has("-h") => return Ok(Mode::Print(help::general())),
        Some(b"serve") => return serve_options::parse(words.get(1..).unwrap_or_default()).map(Mode::Serve),
        Some(b"secrets") => return secrets_options::parse(words.get(1..).unwrap_or_default()),
        Some(b"check") => return Ok(check_options::parse(words.get(1..).unwrap_or_default())),
        Some(b"--worker") => return worker(words.get(1..).unwrap_or_default()),
        Some(flag) if flag == crate::os::names::RESOLVE_FLAG.as_bytes() => {
            let question = words.get(1).cloned().unwrap_or_default();
            return Ok(Mode::Resolve(String::from_utf8_lossy(&question).into_owned()));
        }
        _ => {}
    }
    if has("--version") || (has("-V") && words.len() == 1) {
        return Ok(Mode::Print(help::version()));
    }
    if has("--daemon") {
        if has("--help") || has("-h") {
            return Ok(Mode::Print(help::daemon()));
        }
        let server = has("--server");
        if server && let Some(original) = &original {
            fits_daemon(&words, original)?;
        }
        let options = daemon_options::parse(&words)?;
        return Ok(if server { Mode::ShellDaemon(options) } else { Mode::Daemon(options) });
    }
    if words.first().is_some_and(|word| word == b"--server") {
        let program = String::from_utf8_lossy(&program).into_owned();
        return Ok(Mode::Shell(ShellSettings { program, vector: words, original, restriction: None }));
    }
    if words.is_empty() || has("--help") || has("-h") {
        return Ok(Mode::Print(help::general()));
    }
    if has("--no-detach") || words.iter().any(|word| word.starts_with(b"--config")) {
        return Err(Usage("Daemon option(s) used without --daemon.\n(Type \"tinyrsyncd --daemon --help\" for assistance with daemon mode.)".to_owned()));
    }
    let first = words.first().map(|word| String::from_utf8_lossy(word).into_owned()).unwrap_or_default();
    Err(Usage(format!("tinyrsyncd: {first}: not a command (try: tinyrsyncd serve DIR, or tinyrsyncd --help)")))
}

/// A client that asked for a path, where a forced command serves modules.
fn fits_daemon(words: &[Vec<u8>], original: &[u8]) -> Result<(), Usage> {
    let asked = options::command::server_vector(options::command::split(original));
    match options::fit(words, &asked) {
        Some(options::Fit::Misfit(text)) => Err(Usage(format!("rsync: {text}"))),
        _ => Ok(()),
    }
}

fn worker(words: &[Vec<u8>]) -> Result<Mode, Usage> {
    use crate::session::settings::{ConfigFrom, Transport};
    if words.first().is_some_and(|word| word == b"serve") {
        let options = serve_options::parse(words.get(1..).unwrap_or_default())?;
        let login = std::env::var_os(serve_options::LOGIN_VARIABLE).and_then(|login| {
            let login = login.as_bytes().to_vec();
            let at = login.iter().position(|b| *b == b':')?;
            Some((login.get(..at)?.to_vec(), login.get(at + 1..)?.to_vec()))
        });
        return Ok(Mode::Worker(WorkerSettings {
            config: ConfigFrom::Serve(options.module(login)),
            transport: Transport::Listener,
            foreground: true,
            bwlimit: 0,
            log_file: None,
            log_format: None,
            protocol: 0,
        }));
    }
    let options = daemon_options::parse(words)?;
    Ok(Mode::Worker(options.worker(Transport::Listener)))
}

#[cfg(test)]
mod tests;
