//! The process that runs hooks: it does what its table of commands says, when the worker tells it that it is time.

use std::net::IpAddr;
use std::os::unix::net::UnixStream;

use super::converter::Converter;
use super::message::{Answer, Ask, answer, read_ask};
use super::run::{Environment, shell, with_input, with_output};
use crate::config::{Config, Module, expand_command};
use crate::limits::{AUTH_LINE, HOST_NAME};
use crate::net::fatal::exit;
use crate::os;
use crate::os::split::Other;
use crate::session::demote::demote;
use crate::session::enter::seen_path;
use crate::session::module::{Full, Slot, lock_slot};
use crate::session::settings::Peer;
use crate::session::variables::Known;

/// The exit code of a worker that failed between login and request: hooks are told 255 then.
pub const FAILED_EARLY: u8 = 255;

struct Helper<'c> {
    config: &'c Config,
    worker_id: u32,
    slot: Option<Slot>,
    /// What hooks are told, once a module was entered.
    environment: Environment,
    pre: Vec<u8>,
    post: Vec<u8>,
    conversion: Vec<u8>,
    converter: Option<Converter>,
}

/// Serves the worker until it ends, then runs `post-xfer exec`. Returns the worker's exit code.
pub fn run(config: &Config, worker: Other, mut stream: UnixStream) -> i32 {
    // What a hook leaves running must not keep the connection open.
    os::detach::let_go_of_peer();
    let able = demote(&config.global).is_ok();
    let mut helper = Helper {
        config,
        worker_id: worker.id(),
        slot: None,
        environment: Vec::new(),
        pre: Vec::new(),
        post: Vec::new(),
        conversion: Vec::new(),
        converter: None,
    };
    while let Ok((what, payload)) = read_ask(&mut stream) {
        let (word, text) = if able {
            helper.act(what, &payload)
        } else {
            (Answer::Refused, b"the process for hooks could not give up its rights".to_vec())
        };
        if answer(&mut stream, word, &text).is_err() {
            break;
        }
    }
    drop(stream);
    let status = worker.wait();
    if let Some(converter) = helper.converter.take() {
        converter.stop();
    }
    if !helper.post.is_empty() {
        helper.finish(status);
    }
    match (status & 0x7f, status >> 8 & 0xff) {
        (0, code) if code == i32::from(FAILED_EARLY) => i32::from(exit::START_CLIENT),
        (0, code) => code,
        (signal, _) => 128 + signal,
    }
}

impl Helper<'_> {
    fn act(&mut self, what: Ask, payload: &[u8]) -> (Answer, Vec<u8>) {
        let outcome = match what {
            Ask::Slot => self.take_slot(payload),
            Ask::Enter => self.enter(payload),
            Ask::Request => self.request(payload),
            Ask::Name => self
                .converter
                .as_mut()
                .and_then(|converter| converter.ask(payload))
                .ok_or(Trouble::Failed(-1, Vec::new())),
        };
        match outcome {
            Ok(text) => (Answer::Done, text),
            Err(Trouble::Failed(status, text)) => (Answer::Failed, [&status.to_le_bytes()[..], &text].concat()),
            Err(Trouble::Refused(text)) => (Answer::Refused, text),
        }
    }

    fn module(&self, payload: &[u8]) -> Option<&Module> {
        let number = u32::from_le_bytes(*payload.first_chunk::<4>()?);
        self.config.modules.get(usize::try_from(number).ok()?)
    }

    fn take_slot(&mut self, payload: &[u8]) -> Result<Vec<u8>, Trouble> {
        let module = self.module(payload).filter(|_| self.slot.is_none()).ok_or_else(Trouble::odd)?;
        match lock_slot(module) {
            Ok(slot) => self.slot = slot,
            Err(Full::All) => return Err(Trouble::Failed(0, Vec::new())),
            Err(Full::NoFile(why)) => return Err(Trouble::Refused(why)),
        }
        Ok(Vec::new())
    }

    fn enter(&mut self, payload: &[u8]) -> Result<Vec<u8>, Trouble> {
        if !self.environment.is_empty() {
            return Err(Trouble::odd());
        }
        let module = self.module(payload).ok_or_else(Trouble::odd)?;
        let mut parts = payload.get(4..).unwrap_or_default().splitn(4, |byte| *byte == 0);
        let mut part = || parts.next().unwrap_or_default();
        let (addr, host, user, early_input) = (part(), part(), part(), part());
        let peer = peer(addr, host).filter(|_| is_user(user)).ok_or_else(Trouble::odd)?;
        let known = Known { user: Some(user), ..Known::of(&peer, &module.name) };
        let path = known.expanded(&module.path).map_err(|_| Trouble::odd())?;
        let path = seen_path(&path);
        let pid = if module.post_xfer_exec.is_empty() { self.worker_id } else { std::process::id() };
        // The first hook runs before its number is settled, as far as its command goes.
        let early_known = Known { path: Some(&path), ..known };
        let known = Known { pid: Some(pid), ..early_known };
        let command = |text: &[u8], known: &Known| {
            expand_command(text, &|name| known.variable(name))
                .map_err(|refusal| Trouble::Refused(refusal.to_string().into_bytes()))
        };
        let post = command(&module.post_xfer_exec, &known)?;
        let environment: Environment = ["MODULE_NAME", "MODULE_PATH", "HOST_ADDR", "HOST_NAME", "USER_NAME", "PID"]
            .iter()
            .map(|name| format!("RSYNC_{name}"))
            .map(|name| {
                let value = known.variable(name.as_bytes()).unwrap_or_default();
                (name, value)
            })
            .collect();
        let early = command(&module.early_exec, &early_known);
        let (pre, conversion) = (command(&module.pre_xfer_exec, &known), command(&module.name_converter, &known));
        (self.post, self.environment) = (post, environment);
        let early = early?;
        (self.pre, self.conversion) = (pre?, conversion?);
        if early.is_empty() {
            return Ok(Vec::new());
        }
        let mut environment = self.environment.clone();
        environment.push(("RSYNC_REQUEST".to_owned(), b"(NONE)".to_vec()));
        match with_input(&early, &environment, early_input) {
            Some(0) => Ok(Vec::new()),
            status => Err(Trouble::Failed(status.unwrap_or(-1), Vec::new())),
        }
    }

    fn request(&mut self, payload: &[u8]) -> Result<Vec<u8>, Trouble> {
        let mut environment = self.environment.clone();
        let values = payload.strip_suffix(b"\0").unwrap_or(payload).split(|byte| *byte == 0);
        for (at, value) in values.enumerate() {
            let name = match at.checked_sub(1) {
                None => "RSYNC_REQUEST".to_owned(),
                Some(number) => format!("RSYNC_ARG{number}"),
            };
            environment.push((name, value.to_vec()));
        }
        if !self.pre.is_empty() {
            match with_output(&self.pre, &environment) {
                Some((0, _)) => {}
                Some((status, printed)) => return Err(Trouble::Failed(status, printed)),
                None => return Err(Trouble::Failed(-1, Vec::new())),
            }
        }
        if !self.conversion.is_empty() && self.converter.is_none() {
            self.converter = Converter::start(&self.conversion, &environment);
        }
        Ok(Vec::new())
    }

    fn finish(&mut self, status: i32) {
        let code = if status >= 0 && status & 0x7f == 0 { status >> 8 } else { -1 };
        let mut environment = std::mem::take(&mut self.environment);
        for (name, number) in [("RSYNC_RAW_STATUS", status), ("RSYNC_EXIT_STATUS", code)] {
            environment.push((name.to_owned(), number.to_string().into_bytes()));
        }
        if let Err(error) = shell(&self.post, &environment).status() {
            log::error!("post-xfer exec failed: {error}");
        }
    }
}

/// Why a hook did not do what it should.
enum Trouble {
    /// Its status, and what it printed.
    Failed(i32, Vec<u8>),
    /// It was not run, and why.
    Refused(Vec<u8>),
}

impl Trouble {
    /// The worker asks for what no sound worker asks for.
    fn odd() -> Self {
        Self::Refused(b"the worker asked its hooks for something odd".to_vec())
    }
}

fn peer(addr: &[u8], host: &[u8]) -> Option<Peer> {
    let addr: IpAddr = std::str::from_utf8(addr).ok()?.parse().ok()?;
    let host = std::str::from_utf8(host).ok().filter(|host| host.len() <= HOST_NAME)?;
    let sound = host.bytes().all(|byte| byte.is_ascii_graphic());
    sound.then(|| Peer { addr, host: host.to_owned() })
}

fn is_user(user: &[u8]) -> bool {
    user.len() <= AUTH_LINE && user.iter().all(|byte| *byte >= 0x20 && *byte != 0x7f)
}
