//! One file on its way to the peer: block sums in, head, tokens and checksum out.

use std::os::fd::OwnedFd;

use super::content;
use super::context::Context;
use super::request::Request;
use crate::compress::{EncodeError, Encoder};
use crate::delta::token::Token;
use crate::delta::{BlockTable, Sink, Source, search};
use crate::hash::{BlockSummer, Hasher, Sum, wrong_sum};
use crate::limits::CHUNK;
use crate::net::fatal::{Fatal, exit};
use crate::net::{Link, Receive};
use crate::wire::Put;
use crate::wire::item::BASIS_DEST;
use crate::wire::sum_head::SumHead;

/// A file to send.
pub(super) struct Opened<'n> {
    /// Open for reading, at its start.
    pub fd: OwnedFd,
    /// Its length, bytes.
    pub size: u64,
    /// `--append`: 0 no, 1 without, 2 with what the receiver has in the checksum.
    pub append: u8,
    /// Its name, which may say that it does not compress.
    pub name: &'n [u8],
}

/// Buffers and the hash that are used for every file.
pub struct Transfer {
    hasher: Hasher,
    summer: BlockSummer,
    window: Vec<u8>,
    /// Made for the first file.
    encoder: Option<Encoder>,
}

impl Transfer {
    /// Buffers for a session.
    pub fn new(ctx: &Context) -> Self {
        Self {
            hasher: Hasher::for_file(ctx.file_sum),
            summer: BlockSummer::new(ctx.block_sum),
            window: Vec::new(),
            encoder: None,
        }
    }

    /// Reads head and sums of a request.
    /// With `append` no sums follow the head.
    pub(super) fn read_sums(
        &mut self,
        ctx: &Context,
        link: &mut Link,
        request: &Request,
        append: bool,
    ) -> Result<BlockTable, Fatal> {
        let digest_len = ctx.block_sum.algorithm.digest_len();
        let head = link.decode(|r| SumHead::read(r, ctx.protocol, digest_len))?;
        let basis_type = request.basis_type.unwrap_or(BASIS_DEST);
        let in_place = (ctx.options.inplace && basis_type == BASIS_DEST)
            || (ctx.inplace_partial && basis_type == crate::role::basis::PARTIAL);
        let mut table = BlockTable::new(head, self.summer.clone(), in_place);
        let strong_len = usize::try_from(head.s2length).unwrap_or(0);
        let mut strong = [0u8; 32];
        let follow = if append { 0 } else { head.count };
        for _ in 0..follow {
            let sum1 = link.decode(|r| {
                let sum1 = r.u32()?;
                let bytes = r.take(strong_len)?;
                for (to, from) in strong.iter_mut().zip(bytes) {
                    *to = *from;
                }
                Ok(sum1)
            })?;
            table.push(sum1, strong.get(..strong_len).unwrap_or_default());
        }
        Ok(table)
    }

    /// Sends head, tokens and checksum. With the checksum; `false`: the file could not be read to its end; the checksum is wrong on purpose.
    pub(super) fn send(
        &mut self,
        ctx: &Context,
        link: &mut Link,
        table: &mut BlockTable,
        opened: Opened,
    ) -> Result<(bool, Sum), Fatal> {
        let Opened { fd, size, append, name } = opened;
        if let (None, Some(compression)) = (&self.encoder, ctx.compression) {
            self.encoder = Some(Encoder::new(ctx.uncompressed.for_session(compression), ctx.protocol)?);
        }
        let digest_len = ctx.block_sum.algorithm.digest_len();
        let s2length = table.head.s2length.min(u32::try_from(digest_len).unwrap_or(16));
        SumHead { s2length, ..table.head }.put(link);
        self.hasher.reset();
        let mut file = File { fd, left: size, hasher: &mut self.hasher, intact: true };
        if append > 0 {
            self.window.resize(self.window.len().max(CHUNK), 0);
            file.skip(table.head.basis_len(), append > 1, &mut self.window)?;
        }
        if let Some(encoder) = &mut self.encoder {
            encoder.begin(ctx.uncompressed.covers(name));
        }
        let mut tokens = Tokens { link, encoder: self.encoder.as_mut() };
        let searchable = table.head.blength <= crate::limits::BLOCK_LEN_MAX;
        if table.is_empty() || size == 0 || !searchable {
            if self.window.len() < CHUNK {
                self.window.resize(CHUNK, 0);
            }
            let window = self.window.get_mut(..CHUNK).unwrap_or_default();
            loop {
                let n = file.read(window)?;
                if n == 0 {
                    break;
                }
                tokens.literal(window.get(..n).unwrap_or_default())?;
            }
        } else {
            table.seal();
            search(table, &mut self.window, &mut file, &mut tokens)?;
        }
        tokens.end()?;
        let intact = file.intact;
        let sum = self.hasher.finish();
        link.put(if intact { sum } else { wrong_sum(&sum) }.as_slice());
        Ok((intact, sum))
    }
}

/// The file being sent: every byte goes through the checksum once, in order.
struct File<'h> {
    fd: OwnedFd,
    left: u64,
    hasher: &'h mut Hasher,
    intact: bool,
}

impl File<'_> {
    /// Leaves out what the receiver has; `verify`: the checksum covers it all the same.
    fn skip(&mut self, len: u64, verify: bool, window: &mut [u8]) -> Result<(), Fatal> {
        let len = len.min(self.left);
        if !verify {
            let _ = rustix::fs::seek(&self.fd, rustix::fs::SeekFrom::Start(len));
            self.left = self.left.saturating_sub(len);
            return Ok(());
        }
        let mut skipped = 0;
        while skipped < len {
            let want = usize::try_from(len.saturating_sub(skipped)).unwrap_or(usize::MAX).min(window.len());
            let n = self.read(window.get_mut(..want).unwrap_or_default())?;
            skipped = skipped.saturating_add(u64::try_from(n).unwrap_or(0));
        }
        Ok(())
    }
}

impl Source for File<'_> {
    type Error = Fatal;
    fn read(&mut self, into: &mut [u8]) -> Result<usize, Fatal> {
        let want = usize::try_from(self.left).unwrap_or(usize::MAX).min(into.len());
        let Some(room) = into.get_mut(..want).filter(|room| !room.is_empty()) else { return Ok(0) };
        let n = if self.intact { content::read(&self.fd, room).unwrap_or(0) } else { 0 };
        let n = if n == 0 {
            // It shrank, or cannot be read: the promised length is kept with zeros, the checksum will tell.
            self.intact = false;
            room.fill(0);
            want
        } else {
            n
        };
        self.hasher.update(room.get(..n).unwrap_or_default());
        self.left = self.left.saturating_sub(u64::try_from(n).unwrap_or(0));
        Ok(n)
    }
}

/// The way out: plain tokens, or compressed ones.
struct Tokens<'l> {
    link: &'l mut Link,
    encoder: Option<&'l mut Encoder>,
}

impl Sink<Fatal> for Tokens<'_> {
    fn literal(&mut self, bytes: &[u8]) -> Result<(), Fatal> {
        match &mut self.encoder {
            Some(encoder) => encoder.literal(bytes, self.link)?,
            None => {
                Token::Literal(u32::try_from(bytes.len()).unwrap_or(0)).put(self.link);
                self.link.put(bytes);
            }
        }
        self.link.flush_if_full()
    }

    fn block(&mut self, index: u32, bytes: &[u8]) -> Result<(), Fatal> {
        match &mut self.encoder {
            Some(encoder) => encoder.block(index, bytes, self.link)?,
            None => Token::Block(index).put(self.link),
        }
        if self.link.output.full() { self.link.flush() } else { self.link.tick() }
    }
}

impl Tokens<'_> {
    fn end(&mut self) -> Result<(), Fatal> {
        match &mut self.encoder {
            Some(encoder) => encoder.end(self.link)?,
            None => Token::End.put(self.link),
        }
        Ok(())
    }
}

impl From<EncodeError> for Fatal {
    fn from(error: EncodeError) -> Self {
        Self::new(exit::MALLOC, error.0)
    }
}
