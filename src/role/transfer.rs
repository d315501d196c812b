//! One file on its way to the peer: block sums in, head, tokens and checksum out.

use std::os::fd::OwnedFd;

use super::content;
use super::context::Context;
use super::request::Request;
use super::say::info;
use crate::compress::{EncodeError, Encoder};
use crate::delta::token::Token;
use crate::delta::{BlockTable, Sink, Source, Tally, search};
use crate::hash::{BlockSummer, Hasher, Sum, wrong_sum};
use crate::limits::CHUNK;
use crate::net::fatal::{Fatal, exit};
use crate::net::{Link, Receive};
use crate::options::Remark;
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
    /// What all searches came to.
    pub(super) tally: Tally,
    /// Bytes of file data that were sent.
    pub(super) literal: u64,
}

impl Transfer {
    /// Buffers for a session.
    pub fn new(ctx: &Context) -> Self {
        Self {
            hasher: Hasher::for_file(ctx.file_sum),
            summer: BlockSummer::new(ctx.block_sum),
            window: Vec::new(),
            encoder: None,
            tally: Tally::default(),
            literal: 0,
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
        let traced = ctx.tells(Remark::Search);
        let offset = if append > 0 { table.head.basis_len() } else { 0 };
        let mut tokens = Tokens { link, encoder: self.encoder.as_mut(), literal: 0, offset, matched: offset, traced };
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
            tokens.trace(format_args!("built hash table"));
            tokens.trace(format_args!("hash search b={} len={size}", table.head.blength));
            search(table, &mut self.window, &mut file, &mut tokens)?;
            tokens.trace(format_args!("done hash search"));
        }
        tokens.end()?;
        let Tally { matches, hits, false_alarms } = table.tally;
        tokens.trace(format_args!("sending file_sum"));
        tokens.trace(format_args!("false_alarms={false_alarms} hash_hits={hits} matches={matches}"));
        self.literal = self.literal.saturating_add(tokens.literal);
        self.tally.add(&table.tally);
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
    /// Bytes that were sent as they are.
    literal: u64,
    /// How far the file is described.
    offset: u64,
    /// Where the last block that was found ends.
    matched: u64,
    /// The peer wants to hear of each block that is found.
    traced: bool,
}

impl Sink<Fatal> for Tokens<'_> {
    fn literal(&mut self, bytes: &[u8]) -> Result<(), Fatal> {
        let len = u64::try_from(bytes.len()).unwrap_or(0);
        self.literal = self.literal.saturating_add(len);
        self.offset = self.offset.saturating_add(len);
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
        let (at, last, len) = (self.offset, self.matched, bytes.len());
        let between = at.saturating_sub(last);
        self.trace(format_args!("match at {at} last_match={last} j={index} len={len} n={between}"));
        self.offset = at.saturating_add(u64::try_from(len).unwrap_or(0));
        self.matched = self.offset;
        match &mut self.encoder {
            Some(encoder) => encoder.block(index, bytes, self.link)?,
            None => Token::Block(index).put(self.link),
        }
        if self.link.output.full() { self.link.flush() } else { self.link.tick() }
    }
}

impl Tokens<'_> {
    fn trace(&mut self, line: std::fmt::Arguments) {
        if self.traced {
            info(self.link, line.to_string().as_bytes());
        }
    }

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
