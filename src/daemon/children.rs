//! Workers: started, counted, reaped, their ends told in words.

use std::collections::HashMap;
use std::ffi::OsString;
use std::io;
use std::net::IpAddr;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

use crate::cli::LOGIN_VARIABLE;
use crate::net::fatal::exit;
use crate::os::fds::{own_path, own_program};

/// How a worker is started: this very program, by a descriptor of itself, so that an upgrade never mixes versions.
pub(super) struct Worker {
    program: Option<OwnedFd>,
    /// Where it lies, for when it cannot be started by its descriptor.
    path: Option<PathBuf>,
    words: Vec<OsString>,
    /// User and password of `serve`, as the environment carries them.
    login: Option<OsString>,
}

impl Worker {
    /// A worker with these words behind the program's name.
    pub fn new(words: Vec<Vec<u8>>, login: Option<Vec<u8>>) -> Self {
        Self {
            program: own_program(),
            path: own_path(),
            words: words.into_iter().map(OsString::from_vec).collect(),
            login: login.map(OsString::from_vec),
        }
    }

    /// Starts one on a connection. Returns its process number.
    pub fn start(&self, connection: OwnedFd) -> io::Result<u32> {
        if let Some(program) = &self.program {
            let path = format!("/proc/self/fd/{}", program.as_raw_fd());
            if let Ok(pid) = self.spawn(path.into(), connection.try_clone()?) {
                return Ok(pid);
            }
        }
        let path = self.path.as_ref().ok_or(io::ErrorKind::NotFound)?;
        self.spawn(path.into(), connection)
    }

    fn spawn(&self, program: OsString, connection: OwnedFd) -> io::Result<u32> {
        let output = connection.try_clone()?;
        let mut command = Command::new(program);
        command.args(&self.words).stdin(Stdio::from(connection)).stdout(Stdio::from(output));
        if let Some(login) = &self.login {
            command.env(LOGIN_VARIABLE, login);
        }
        command.spawn().map(|child| child.id())
    }
}

/// The workers that run.
#[derive(Default)]
pub(super) struct Children {
    running: HashMap<u32, IpAddr>,
}

impl Children {
    /// One more.
    pub fn add(&mut self, pid: u32, peer: IpAddr) {
        self.running.insert(pid, peer);
    }

    /// How many run.
    pub fn count(&self) -> usize {
        self.running.len()
    }

    /// How many run for one address.
    pub fn count_of(&self, peer: IpAddr) -> usize {
        self.running.values().filter(|addr| **addr == peer).count()
    }

    /// Collects those that ended; an end that nobody would expect gets a line.
    pub fn reap(&mut self) {
        loop {
            match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
                Ok(WaitStatus::Exited(pid, code)) => self.ended(pid, &exit_words(code)),
                Ok(WaitStatus::Signaled(pid, signal, _)) => {
                    let line = format!(
                        "was ended by {signal}; what it left unfinished is removed by the next transfer that finds it"
                    );
                    self.ended(pid, &Some(line));
                }
                Ok(WaitStatus::StillAlive) | Err(_) => return,
                Ok(_) => {}
            }
        }
    }

    fn ended(&mut self, pid: Pid, words: &Option<String>) {
        let Ok(pid) = u32::try_from(pid.as_raw()) else { return };
        let Some(peer) = self.running.remove(&pid) else { return };
        match words {
            Some(words) => log::warn!("worker {pid} for {peer} {words}"),
            None => log::debug!("worker {pid} for {peer} ended"),
        }
    }

    /// Asks all to stop.
    pub fn stop(&self) {
        for pid in self.running.keys().filter_map(|pid| i32::try_from(*pid).ok()) {
            let _ = kill(Pid::from_raw(pid), Signal::SIGTERM);
        }
    }
}

/// What an exit code says, if it is worth a line of the listener: what a session ended with is in its own lines.
fn exit_words(code: i32) -> Option<String> {
    let known = u8::try_from(code).ok().filter(|code| exit::meaning(*code) != "unexplained error");
    match (code, known) {
        (0, _) | (_, Some(_)) => None,
        (134, _) => Some("broke down (this is a bug)".to_owned()),
        (code, None) => Some(format!("ended with status {code}")),
    }
}
