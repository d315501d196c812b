//! Hooks and the name converter run in a process of their own, which keeps the daemon's rights. It exists only where the
//! configuration names one. The process that was there before the peer's first byte is the one that waits; the worker is its
//! child, so that `post-xfer exec` runs however the worker ends. The worker names a hook and what it is told, never a command.

mod converter;
mod helper;
mod message;
mod run;

use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, PoisonError};

use super::ending::End;
use super::module::{self, Full};
use super::settings::Peer;
use crate::config::{Config, Module};
use crate::net::fatal::{Fatal, exit};
use crate::os;
use crate::os::split::Side;
use crate::role::names::Ask as AskName;
pub use helper::FAILED_EARLY;
use message::{Answer, Ask, fields};

/// Which of the two this process became.
pub enum Part {
    /// The worker. Without a helper there are no hooks.
    Worker(Option<Hooks>),
    /// The helper, when all is done; with the exit code of the worker.
    Done(i32),
}

/// The worker's end of the talk with the helper.
#[derive(Clone, Debug)]
pub struct Hooks {
    stream: Arc<Mutex<UnixStream>>,
}

/// Splits off a worker if any module has hooks.
pub fn split(config: &Config) -> Result<Part, End> {
    let switched_off = std::env::var_os("RSYNC_NO_XFER_EXEC").is_some();
    if switched_off || !config.modules.iter().any(has_any) {
        return Ok(Part::Worker(None));
    }
    match os::split::split() {
        Ok(Side::New(stream)) => Ok(Part::Worker(Some(Hooks { stream: Arc::new(Mutex::new(stream)) }))),
        Ok(Side::Old(worker, stream)) => Ok(Part::Done(helper::run(config, worker, stream))),
        Err(errno) => {
            log::error!("fork failed: {errno}");
            Err(End::refuse(b"fork failed"))
        }
    }
}

fn has_any(module: &Module) -> bool {
    [&module.early_exec, &module.pre_xfer_exec, &module.post_xfer_exec, &module.name_converter]
        .iter()
        .any(|command| !command.is_empty())
}

impl Hooks {
    /// Takes one of the module's places for as long as the helper lives.
    pub fn take_slot(&self, number: usize, module: &Module) -> Result<(), End> {
        match self.ask(Ask::Slot, &module_number(number)) {
            Some((Answer::Done, _)) => Ok(()),
            Some((Answer::Failed, _)) => Err(module::slot_end(Full::All, module)),
            Some((Answer::Refused, text)) => Err(module::slot_end(Full::NoFile(text), module)),
            None => Err(gone("slot")),
        }
    }

    /// Into the module: `early exec` runs, `post-xfer exec` is due.
    pub fn enter(
        &self,
        number: usize,
        module: &Module,
        peer: &Peer,
        user: &[u8],
        early_input: &[u8],
    ) -> Result<(), End> {
        if !has_any(module) {
            return Ok(());
        }
        let addr = peer.addr.to_string();
        let mut payload = module_number(number).to_vec();
        payload.extend(fields([addr.as_bytes(), peer.host.as_bytes(), user]));
        payload.extend_from_slice(early_input);
        match self.ask(Ask::Enter, &payload) {
            Some((Answer::Done, _)) => Ok(()),
            Some((Answer::Failed, status)) => {
                log::error!("rsync: [Receiver] early exec failed: status {}", failure(&status).0);
                Err(End::refuse(b"early exec failed"))
            }
            Some((Answer::Refused, text)) => Err(End::Closed(Fatal::broken(exit::UNSUPPORTED, text))),
            None => Err(gone("early exec")),
        }
    }

    /// The request is known: `pre-xfer exec` may refuse it. What it prints is for client and log.
    pub fn request(&self, module: &Module, request: &[u8], args: &[Vec<u8>]) -> Result<(), Fatal> {
        if !has_any(module) {
            return Ok(());
        }
        let payload = fields(std::iter::once(request).chain(args.iter().map(Vec::as_slice)));
        match self.ask(Ask::Request, &payload) {
            Some((Answer::Done, _)) => Ok(()),
            Some((Answer::Failed, payload)) => {
                let (status, printed) = failure(&payload);
                let colon = if printed.is_empty() { "" } else { ":\n" };
                let text = [format!("pre-xfer exec returned failure ({status}){colon}").as_bytes(), printed].concat();
                Err(told(text))
            }
            Some((Answer::Refused, text)) => Err(told(text)),
            None => Err(told(b"pre-xfer exec returned failure (-1)".to_vec())),
        }
    }

    fn ask(&self, what: Ask, payload: &[u8]) -> Option<(Answer, Vec<u8>)> {
        let mut stream = self.stream.lock().unwrap_or_else(PoisonError::into_inner);
        message::ask(&mut *stream, what, payload).ok()?;
        message::read_answer(&mut *stream).ok()
    }
}

impl AskName for Hooks {
    fn ask(&self, question: &[u8]) -> Option<Vec<u8>> {
        self.ask(Ask::Name, question).filter(|(answer, _)| *answer == Answer::Done).map(|(_, text)| text)
    }
}

/// A refusal of a hook, which the caller logs.
fn told(text: Vec<u8>) -> Fatal {
    Fatal { logged: true, ..Fatal::new(exit::UNSUPPORTED, text) }
}

fn module_number(number: usize) -> [u8; 4] {
    u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes()
}

/// Status and text of a hook that failed.
fn failure(payload: &[u8]) -> (i32, &[u8]) {
    payload.split_first_chunk::<4>().map_or((-1, payload), |(status, printed)| (i32::from_le_bytes(*status), printed))
}

fn gone(what: &str) -> End {
    log::error!("the process for hooks is gone");
    End::refuse(format!("{what} preparation failed").as_bytes())
}
