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
pub mod shell;
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
    let both_ways = settings.transport == Transport::Inetd;
    let Some(Connection { mut link, restore }) = Connection::of_stdio(both_ways) else {
        return i32::from(exit::SOCKET_IO);
    };
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

/// The connection on standard input and output.
struct Connection {
    link: Link,
    restore: [NonBlocking; 2],
}

impl Connection {
    /// `both_ways`: standard input carries both directions.
    fn of_stdio(both_ways: bool) -> Option<Self> {
        let (stdin, stdout) = (rustix::stdio::stdin(), rustix::stdio::stdout());
        let read = stdin.try_clone_to_owned().ok()?;
        let write = if both_ways { stdin } else { stdout }.try_clone_to_owned().ok()?;
        let restore = [&read, &write].map(NonBlocking::set);
        Some(Self { link: Link::new(read, write), restore })
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
