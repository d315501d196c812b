//! `--files-from`: names from the peer, or from a file of the module; and such a file on its way to a sender over there.

use std::os::fd::{AsFd, OwnedFd};

use rustix::io::Errno;

use super::context::Context;
use crate::limits::{CHUNK, MAXPATH};
use crate::net::fatal::{Fatal, exit};
use crate::net::poll::wait;
use crate::net::{Input, Link, Receive};
use crate::wire::charset::Charset;
use crate::wire::names::{Form, Names, PassOn, Step};
use crate::wire::{Fault, Put};

/// Where the names are.
#[derive(Debug)]
pub enum FilesFrom {
    /// The client has them.
    Client {
        /// It ends them with NUL.
        nul: bool,
    },
    /// A file of the module has them.
    File {
        /// Open for reading.
        fd: OwnedFd,
        /// They end with NUL.
        nul: bool,
    },
}

/// What a sender lists: paths from the module's root.
#[derive(Debug)]
pub struct Wanted {
    /// The paths; with `files_from` the first is where its names are looked for.
    pub paths: Vec<Vec<u8>>,
    /// Names instead of paths.
    pub files_from: Option<FilesFrom>,
}

/// Names, one after the other.
pub(super) struct NameStream {
    names: Names,
    source: FilesFrom,
    buf: Vec<u8>,
    used: usize,
    done: bool,
    /// The frames of the input were taken off, and have to come back.
    raw: bool,
}

impl NameStream {
    /// A stream of which nothing was read yet. Below protocol 31 a client's names stand outside the frames: what comes next on
    /// `link` is the first of them.
    pub fn begin(source: FilesFrom, link: &mut Link, protocol: u32) -> Result<Self, Fatal> {
        let form = match &source {
            FilesFrom::Client { nul: true } => Form::Wire,
            FilesFrom::Client { nul: false } => Form::WireLines,
            FilesFrom::File { nul: true, .. } => Form::Nul,
            FilesFrom::File { nul: false, .. } => Form::Lines,
        };
        let from_client = matches!(source, FilesFrom::Client { .. });
        let raw = from_client && protocol < 31 && link.input.framed();
        if raw {
            link.input.set_framed(false)?;
        }
        Ok(Self { names: Names::new(form, MAXPATH), source, buf: Vec::new(), used: 0, done: false, raw })
    }

    /// The next name.
    pub fn next(&mut self, link: &mut Link) -> Result<Option<Vec<u8>>, Fatal> {
        if self.done {
            return Ok(None);
        }
        let name = match &self.source {
            FilesFrom::Client { .. } => self.next_of_client(link)?,
            FilesFrom::File { .. } => self.next_of_file()?,
        };
        self.done = name.is_none();
        if self.done && self.raw {
            link.input.set_framed(true)?;
        }
        Ok(name)
    }

    fn next_of_client(&mut self, link: &mut Link) -> Result<Option<Vec<u8>>, Fatal> {
        loop {
            let names = &mut self.names;
            let step = link.decode(|r| {
                let piece = r.rest();
                if piece.is_empty() {
                    return Err(Fault::NeedMore);
                }
                let (used, step) = names.step(piece);
                r.take(used).map(|_| step)
            })?;
            match step {
                Step::Name(name) => return Ok(Some(name)),
                Step::End => return Ok(None),
                Step::More => {}
            }
        }
    }

    fn next_of_file(&mut self) -> Result<Option<Vec<u8>>, Fatal> {
        loop {
            let (used, step) = self.names.step(self.buf.get(self.used..).unwrap_or_default());
            self.used = self.used.saturating_add(used);
            match step {
                Step::Name(name) => return Ok(Some(name)),
                Step::End => return Ok(None),
                Step::More => {}
            }
            let FilesFrom::File { fd, .. } = &self.source else { return Ok(None) };
            self.used = 0;
            if !read_piece(fd, &mut self.buf)? {
                return Ok(self.names.rest());
            }
        }
    }
}

/// Reads the next piece of a file of names. `false`: there is none.
fn read_piece(fd: &OwnedFd, buf: &mut Vec<u8>) -> Result<bool, Fatal> {
    buf.resize(CHUNK, 0);
    loop {
        match rustix::io::read(fd, &mut *buf) {
            Ok(n) => {
                buf.truncate(n);
                return Ok(n > 0);
            }
            Err(Errno::INTR) => {}
            Err(errno) => {
                let text = format!("read error in the files-from file: {}", crate::fs::strerror(errno));
                return Err(Fatal::new(exit::FILE_IO, text));
            }
        }
    }
}

/// A connection on which, while a file list is read, the names that it is made from are sent.
pub(super) struct Forwarding<'l> {
    link: &'l mut Link,
    protocol: u32,
    file: Option<OwnedFd>,
    pass: PassOn,
    buf: Vec<u8>,
    charset: Option<Charset>,
    /// A name of which only the beginning was read.
    part: Vec<u8>,
}

impl<'l> Forwarding<'l> {
    /// Sends the names of `from`, if that is a file. Below protocol 31 they stand outside the frames.
    pub fn new(link: &'l mut Link, from: Option<FilesFrom>, ctx: &Context) -> Self {
        let (file, form) = match from {
            Some(FilesFrom::File { fd, nul }) => (Some(fd), if nul { Form::Nul } else { Form::Lines }),
            _ => (None, Form::Lines),
        };
        let (protocol, charset) = (ctx.protocol, ctx.charset);
        Self { link, protocol, file, pass: PassOn::new(form), buf: Vec::new(), charset, part: Vec::new() }
    }

    /// The list is read, or cannot be read: what comes next on the connection is framed in any case.
    pub fn finish(mut self) {
        if self.file.is_some() {
            self.end();
        }
    }

    /// Puts more names into the output. `false`: all of them are there.
    fn pump(&mut self) -> Result<bool, Fatal> {
        let Some(fd) = &self.file else { return Ok(false) };
        if self.link.output.full() {
            return Ok(true);
        }
        if read_piece(fd, &mut self.buf)? {
            let wire = self.pass.piece(&self.buf);
            match self.charset {
                None => self.link.put(&wire),
                Some(_) => self.put_converted(&wire, false),
            }
            return Ok(true);
        }
        self.put_converted(&[], true);
        self.end();
        Ok(false)
    }

    /// Names are converted when they are whole.
    fn put_converted(&mut self, piece: &[u8], last: bool) {
        self.part.extend_from_slice(piece);
        while let Some(at) = self.part.iter().position(|byte| *byte == 0) {
            let rest = self.part.split_off(at.saturating_add(1));
            let name = std::mem::replace(&mut self.part, rest);
            let name = self.link.output.converted(&name).into_owned();
            self.link.put(&name);
        }
        if last || self.part.len() > MAXPATH {
            let name = self.link.output.converted(&self.part).into_owned();
            self.link.put(&name);
            self.part.clear();
        }
    }

    fn end(&mut self) {
        self.link.put(self.pass.end());
        self.link.output.set_framed(self.protocol);
        self.file = None;
    }
}

impl Receive for Forwarding<'_> {
    fn input(&mut self) -> &mut Input {
        &mut self.link.input
    }

    /// Both directions move: the peer sends an entry for each name that it reads.
    fn wait_input(&mut self) -> Result<(), Fatal> {
        while self.pump()? {
            if self.link.output.write_some()? {
                continue;
            }
            let link = &mut *self.link;
            if link.input.ended() {
                return Err(link.input.unexpected_end());
            }
            link.clock().check()?;
            let ready = wait(Some(link.input.fd().as_fd()), Some(link.output.fd().as_fd()), link.clock().patience())?;
            if ready.readable && link.input.read_some()? {
                return Ok(());
            }
        }
        self.link.wait_input()
    }
}
