//! A command of the operator: run by the shell, with what it is told in its environment.

use std::ffi::{OsStr, OsString};
use std::io::{Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitStatus, Stdio};

use crate::limits::HOOK_OUTPUT;

/// Variables for a hook: name and value.
pub type Environment = Vec<(String, Vec<u8>)>;

/// The command, ready to start.
pub fn shell(command: &[u8], environment: &Environment) -> Command {
    let program = std::env::var_os("RSYNC_SHELL").unwrap_or_else(|| OsString::from("/bin/sh"));
    let mut shell = Command::new(program);
    // Its input is this process's, which leads nowhere: in a chroot there may be no such place to open.
    shell.arg("-c").arg(OsStr::from_bytes(command));
    for (name, value) in environment {
        shell.env(name, OsStr::from_bytes(value));
    }
    shell
}

/// Runs it with `input` as its standard input. What it prints goes to the log of whoever started the daemon.
pub fn with_input(command: &[u8], environment: &Environment, input: &[u8]) -> Option<i32> {
    let mut child = shell(command, environment).stdin(Stdio::piped()).spawn().ok()?;
    if let Some(mut stdin) = child.stdin.take() {
        // A hook need not read it.
        let _ = stdin.write_all(input);
    }
    child.wait().ok().map(status)
}

/// Runs it and takes what it prints, as far as that is wanted.
pub fn with_output(command: &[u8], environment: &Environment) -> Option<(i32, Vec<u8>)> {
    let mut child = shell(command, environment).stdout(Stdio::piped()).spawn().ok()?;
    let mut printed = Vec::new();
    if let Some(stdout) = child.stdout.take() {
        let most = u64::try_from(HOOK_OUTPUT).unwrap_or(u64::MAX);
        let _ = stdout.take(most).read_to_end(&mut printed);
    }
    let status = status(child.wait().ok()?);
    let mut text = Vec::with_capacity(printed.len());
    for (at, byte) in printed.iter().enumerate() {
        if *byte != b'\r' || printed.get(at.saturating_add(1)) != Some(&b'\n') {
            text.push(*byte);
        }
    }
    Some((status, text))
}

/// The status as stock shows it: that of a shell in a process of its own, which ends with 1 when the command is killed.
fn status(status: ExitStatus) -> i32 {
    match status.code() {
        Some(code) => code << 8,
        None if status.signal().is_some() => 1 << 8,
        None => -1,
    }
}
