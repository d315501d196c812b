//! One connection, stage by stage. Each stage is a type made from the one before it, and gives power away on the way:
//!
//! 1. [`greeting::Greeted`]: configuration read, greetings exchanged, module known, hosts and login checked;
//! 2. [`enter::Entered`]: module opened as a directory handle, chroot, identity dropped and read back;
//! 3. [`negotiate::Negotiated`]: arguments parsed, protocol set up, output framed;
//! 4. [`run`]: the role.

pub mod arguments;
mod attributes;
pub mod daemon_rules;
pub mod demote;
pub mod ending;
pub mod enter;
pub mod greeting;
pub mod hooks;
pub mod list_file;
pub mod login;
pub mod module;
pub mod negotiate;
pub mod own_rules;
pub mod proxy;
mod request;
pub mod run;
pub mod settings;
pub mod variables;

use std::os::fd::{AsFd, OwnedFd};

use crate::net::Link;
use crate::net::fatal::exit;
use crate::os;
use hooks::Part;
use settings::{Transport, WorkerSettings};

/// Serves the connection on standard input and output. Returns the exit code: rsync's.
pub fn serve_connection(settings: &WorkerSettings) -> i32 {
    let config = greeting::load(settings);
    let parted = match &config {
        Ok(config) => hooks::split(config),
        Err(_) => Ok(Part::Worker(None)),
    };
    let begun = match parted {
        Ok(Part::Done(code)) => return code,
        Ok(Part::Worker(hooks)) => config.map(|config| (config, hooks)),
        Err(end) => Err(end),
    };
    os::identity::renounce();
    let (stdin, stdout) = (rustix::stdio::stdin(), rustix::stdio::stdout());
    let output = if settings.transport == Transport::Inetd { stdin } else { stdout };
    let halves = stdin.try_clone_to_owned().and_then(|read| Ok((read, output.try_clone_to_owned()?)));
    let Ok((read, write)) = halves else { return i32::from(exit::SOCKET_IO) };
    let restore = [&read, &write].map(NonBlocking::set);
    let mut link = Link::new(read, write);
    let greeted = begun.and_then(|(config, hooks)| greeting::greet(settings, &config, hooks, &mut link));
    let code = match greeted {
        Ok(greeted) => converse(greeted, link),
        Err(end) => end.finish(&mut link),
    };
    drop(restore);
    if os::signal::stopped() {
        ending::log_exit(exit::SIGNAL, "Receiver");
        return i32::from(exit::SIGNAL);
    }
    i32::from(code)
}

fn converse(greeted: greeting::Greeted, mut link: Link) -> u8 {
    let hooked = greeted.hooks.is_some() && !greeted.module.post_xfer_exec.is_empty();
    let entered = match greeted.enter(&mut link) {
        Ok(entered) => entered,
        Err(end) => {
            let code = end.finish(&mut link);
            return if hooked && code == exit::START_CLIENT { hooks::FAILED_EARLY } else { code };
        }
    };
    match entered.negotiate(&mut link) {
        Ok(negotiated) => run::run(negotiated, link),
        Err(end) => end.finish(&mut link),
    }
}

/// Puts a descriptor into non-blocking mode, and back at the end: over ssh others share it.
struct NonBlocking {
    fd: Option<OwnedFd>,
    before: rustix::fs::OFlags,
}

impl NonBlocking {
    fn set(fd: &OwnedFd) -> Self {
        let before = rustix::fs::fcntl_getfl(fd).unwrap_or(rustix::fs::OFlags::empty());
        let _ = rustix::fs::fcntl_setfl(fd, before | rustix::fs::OFlags::NONBLOCK);
        Self { fd: fd.as_fd().try_clone_to_owned().ok(), before }
    }
}

impl Drop for NonBlocking {
    fn drop(&mut self) {
        if let Some(fd) = &self.fd {
            let _ = rustix::fs::fcntl_setfl(fd, self.before);
        }
    }
}
