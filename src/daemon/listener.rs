//! The loop: accept, count, start; signals; an orderly end.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::io::ErrorKind;
use std::net::{IpAddr, TcpListener};
use std::os::fd::{AsFd, OwnedFd};
use std::rc::Rc;
use std::time::{Duration, Instant};

use async_signal::{Signal, Signals};
use rustix::net::SendFlags;
use smol::LocalExecutor;
use smol::stream::StreamExt;

use super::children::{Children, Worker};
use super::pid_file::PidFile;
use super::{Limits, limits, load, notify};
use crate::cli::DaemonOptions;
use crate::config::Config;
use crate::limits::PLACE_WAIT_MS;
use crate::net::fatal::exit;
use crate::os;

/// Pause after an accept that failed for want of descriptors or memory.
const SHORTAGE: Duration = Duration::from_millis(500);

/// How often a connection that waits for a place looks for one.
const GLANCE: Duration = Duration::from_millis(10);
/// How long a refused connection is kept.
const REFUSED: Duration = Duration::from_secs(1);
/// How many of them are kept.
const REFUSED_MAX: usize = 16;

/// The listener's state.
pub(super) struct Listener {
    worker: Worker,
    limits: RefCell<Limits>,
    children: RefCell<Children>,
    /// Connections that were refused: kept for a moment, so that closing them does not destroy the text on its way.
    refused: RefCell<VecDeque<(Instant, OwnedFd)>>,
    /// Since when all places are taken.
    full_since: Cell<Option<Instant>>,
    /// How the configuration was read, and what it said; `None` for `serve`.
    config: RefCell<Option<(DaemonOptions, Config)>>,
}

/// Why the loop ended.
enum Ending {
    /// SIGTERM: exit code 0.
    Terminated,
    /// SIGINT: exit code 20.
    Interrupted,
    /// SIGUSR1: exit code 19.
    Ended,
}

impl Listener {
    /// A listener before its first connection.
    pub fn new(worker: Worker, limits: Limits, config: Option<(DaemonOptions, Config)>) -> Self {
        Self {
            worker,
            limits: RefCell::new(limits),
            children: RefCell::new(Children::default()),
            refused: RefCell::new(VecDeque::new()),
            full_since: Cell::new(None),
            config: RefCell::new(config),
        }
    }

    /// Serves until a signal ends it, then lets running transfers finish. Returns the exit code.
    pub fn run(self, sockets: Vec<TcpListener>, pid_file: Option<&PidFile>) -> i32 {
        let signals = Signals::new([Signal::Term, Signal::Int, Signal::Hup, Signal::Usr1, Signal::Child]);
        let mut signals = match signals {
            Ok(signals) => signals,
            Err(error) => {
                log::error!("cannot watch signals: {error}");
                return i32::from(exit::SOCKET_IO);
            }
        };
        os::log::follow_name();
        let this = Rc::new(self);
        let executor = LocalExecutor::new();
        let ending = smol::block_on(executor.run(async {
            let mut accepting = Vec::new();
            for socket in sockets {
                let listener = this.clone();
                accepting.push(executor.spawn(async move { listener.accept(socket).await }));
            }
            if let Some(period) = notify::watchdog() {
                executor.spawn(async move { Self::watchdog(period).await }).detach();
            }
            notify::ready();
            let ending = this.signals(&mut signals).await;
            // Dropping the tasks closes the listening sockets.
            for task in accepting {
                task.cancel().await;
            }
            if let Some(pid_file) = pid_file {
                pid_file.remove();
            }
            notify::stopping();
            this.finish(&mut signals).await;
            ending
        }));
        match ending {
            Ending::Terminated => {
                log::info!("sent 0 bytes  received 0 bytes  total size 0");
                0
            }
            Ending::Interrupted => {
                log::error!("{}", crate::session::ending::exit_line(exit::SIGNAL, "Receiver"));
                i32::from(exit::SIGNAL)
            }
            Ending::Ended => {
                log::error!("{}", crate::session::ending::exit_line(exit::SIGNAL_USR1, "Receiver"));
                i32::from(exit::SIGNAL_USR1)
            }
        }
    }

    async fn accept(&self, socket: TcpListener) {
        let Ok(socket) = async_net::TcpListener::try_from(socket) else { return };
        loop {
            match socket.accept().await {
                Ok((connection, peer)) => {
                    if let Ok(fd) = connection.as_fd().try_clone_to_owned() {
                        drop(connection);
                        let peer = peer.ip().to_canonical();
                        self.wait_for_place(peer).await;
                        self.start(fd, peer);
                    }
                }
                Err(error) if matches!(error.kind(), ErrorKind::ConnectionAborted | ErrorKind::Interrupted) => {}
                Err(error) => {
                    log::error!("accept failed: {error}; waiting a moment");
                    smol::Timer::after(SHORTAGE).await;
                }
            }
        }
    }

    /// A burst of short connections finds all places taken for a moment: one more waits a little. Once the places have
    /// been taken for that long, nobody waits.
    async fn wait_for_place(&self, peer: IpAddr) {
        let patience = Duration::from_millis(PLACE_WAIT_MS);
        loop {
            let Limits { all, per_address } = *self.limits.borrow();
            let free = {
                let children = self.children.borrow();
                children.count() < all && children.count_of(peer) < per_address
            };
            if free {
                return self.full_since.set(None);
            }
            let since = self.full_since.get().unwrap_or_else(Instant::now);
            self.full_since.set(Some(since));
            if since.elapsed() >= patience {
                return;
            }
            smol::Timer::after(GLANCE).await;
        }
    }

    fn start(&self, connection: OwnedFd, peer: IpAddr) {
        let Limits { all, per_address } = *self.limits.borrow();
        let (running, same) = {
            let children = self.children.borrow();
            (children.count(), children.count_of(peer))
        };
        if running >= all {
            log::warn!("max connections ({all}) reached");
            return self.refuse(connection, all);
        }
        if same >= per_address {
            log::warn!("max connections ({per_address}) from {peer} reached");
            return self.refuse(connection, per_address);
        }
        match self.worker.start(connection) {
            Ok(pid) => {
                log::debug!("worker {pid} started for {peer}");
                self.children.borrow_mut().add(pid, peer);
            }
            Err(error) => log::error!("could not create child server process: {error}"),
        }
    }

    /// Says why, without waiting for anything.
    fn refuse(&self, connection: OwnedFd, limit: usize) {
        let line = format!("@ERROR: max connections ({limit}) reached -- try again later\n");
        let flags = SendFlags::DONTWAIT | SendFlags::NOSIGNAL;
        let _ = rustix::net::send(&connection, line.as_bytes(), flags);
        let _ = rustix::net::shutdown(&connection, rustix::net::Shutdown::Write);
        let mut refused = self.refused.borrow_mut();
        refused.push_back((Instant::now(), connection));
        while refused.len() > REFUSED_MAX || refused.front().is_some_and(|(since, _)| since.elapsed() > REFUSED) {
            refused.pop_front();
        }
    }

    async fn watchdog(period: Duration) {
        loop {
            notify::alive();
            smol::Timer::after(period).await;
        }
    }

    async fn signals(&self, signals: &mut Signals) -> Ending {
        loop {
            match signals.next().await {
                Some(Ok(Signal::Child)) => self.children.borrow_mut().reap(),
                Some(Ok(Signal::Hup)) => self.reload(),
                Some(Ok(Signal::Int)) => return Ending::Interrupted,
                Some(Ok(Signal::Usr1)) => return Ending::Ended,
                Some(Ok(Signal::Term)) | None => return Ending::Terminated,
                _ => {}
            }
        }
    }

    /// SIGHUP: the log file is opened anew, the global part of the configuration read anew.
    fn reload(&self) {
        os::log::reopen();
        let mut kept = self.config.borrow_mut();
        let Some((options, before)) = kept.as_mut() else { return };
        match load(options) {
            Ok(config) => {
                if (&config.global.address, config.global.port) != (&before.global.address, before.global.port) {
                    log::warn!("address or port changed: that takes a restart");
                }
                *self.limits.borrow_mut() = limits(&config);
                *before = config;
                log::info!("configuration read again");
            }
            Err(text) => log::error!("{text}; the configuration stays as it was"),
        }
    }

    /// Running transfers finish; a second signal asks them to stop.
    async fn finish(&self, signals: &mut Signals) {
        self.children.borrow_mut().reap();
        let running = self.children.borrow().count();
        if running > 0 {
            log::info!("waiting for {running} running transfers; a second signal ends them");
        }
        while self.children.borrow().count() > 0 {
            match signals.next().await {
                Some(Ok(Signal::Child)) => self.children.borrow_mut().reap(),
                Some(Ok(Signal::Term | Signal::Int)) => self.children.borrow().stop(),
                Some(_) => {}
                None => return,
            }
        }
    }
}
