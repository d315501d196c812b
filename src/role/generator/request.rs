//! Asking for data: the record, and the basis described block by block.

use std::os::fd::OwnedFd;
use std::sync::Arc;

use rustix::io::Errno;

use super::Generator;
use super::differences::Spot;
use crate::delta::block::{Sizing, head};
use crate::flist::{Entry, Segment};
use crate::fs::Meta;
use crate::hash::{Algorithm, block_sums};
use crate::net::Fatal;
use crate::options::Remark;
use crate::role::basis::Basis;
use crate::role::content;
use crate::role::say::{error, words};
use crate::wire::Put;
use crate::wire::item::iflags;
use crate::wire::sum_head::SumHead;

/// Bytes of a basis read and hashed at a time; whole blocks of it.
const BASIS_PIECE: usize = 256 << 10;

/// A file whose data is asked for.
pub(super) struct Wanted<'a> {
    pub entry: &'a Entry,
    /// Its name in the destination.
    pub name: &'a [u8],
    /// What stands there.
    pub here: Option<&'a Meta>,
    /// What the record says the differences to.
    pub compared: Option<Meta>,
    /// What the sender is told of.
    pub basis: Option<(Basis, Meta)>,
    /// It came out wrong once.
    pub redo: bool,
}

impl Generator<'_> {
    /// Asks for data. The basis, if there is one, is described block by block.
    pub(super) fn request(&mut self, segment: &Arc<Segment>, at: usize, wanted: &Wanted) -> Result<(), Fatal> {
        let options = &self.ctx.options;
        let mut flags = match &wanted.compared {
            Some(meta) => {
                let basis = wanted.basis.as_ref().filter(|_| !wanted.redo);
                let path = basis.and_then(|(basis, _)| basis.path(self.places, wanted.name));
                let spot = path.as_ref().map_or(Spot::Here(wanted.name), |path| Spot::Full(path));
                self.differences(wanted.entry, spot, meta, true)
            }
            None => self.new_flags(),
        };
        if options.checksum {
            flags |= iflags::REPORT_CHANGE;
        }
        self.transfer_begins(segment, at);
        let whole = options.whole_file == Some(true) || self.ctx.block_sum.algorithm == Algorithm::None;
        let mut basis = wanted.basis.as_ref().map(|(basis, _)| basis.clone()).unwrap_or_default();
        if options.dry_run && !options.only_write_batch {
            self.ask(segment, at, flags, basis);
            return Ok(());
        }
        if options.inplace && !wanted.redo && basis == Basis::Target && wanted.here.is_some() {
            basis = self.back_up_in_place(wanted.name)?;
        }
        let size = wanted.basis.as_ref().map_or(0, |(_, meta)| meta.size);
        let opened = if whole || size == 0 { None } else { Some(self.open_basis(&basis, wanted.name)) };
        let opened = match opened {
            Some(Err(errno)) => {
                let shown = self.shown(wanted.name);
                let reason = crate::fs::strerror(errno);
                let line =
                    words(&[b"rsync: [generator] failed to open ", &shown, b", continuing: ", reason.as_bytes()]);
                error(&mut self.out, &line);
                (flags, basis) = (self.new_flags(), Basis::Target);
                None
            }
            Some(Ok(opened)) => Some(opened),
            None => None,
        };
        self.ask(segment, at, flags, basis.clone());
        match opened {
            Some((fd, size)) => {
                let line = format!("generating and sending sums for {}", segment.index(at));
                self.ctx.trace_text(&mut self.out, Remark::Search, &line);
                self.put_sums(&fd, size, wanted.redo)
            }
            None => {
                SumHead::default().put(&mut self.out);
                Ok(())
            }
        }
    }

    fn open_basis(&mut self, basis: &Basis, name: &[u8]) -> Result<(OwnedFd, u64), Errno> {
        let path = basis.path(self.places, name).ok_or(Errno::NOENT)?;
        let opened = if self.ctx.options.place.write_devices && *basis == Basis::Target {
            self.whole.open_file_or_device(&path)
        } else {
            self.whole.open_file(&path)
        };
        opened.map(|(fd, meta)| (fd, meta.size))
    }

    /// The head, and what it announces: with `--append` nothing, for the sender skips what is here.
    fn put_sums(&mut self, fd: &OwnedFd, size: u64, redo: bool) -> Result<(), Fatal> {
        let sizing = Sizing {
            protocol: self.ctx.protocol,
            block_size: self.ctx.options.block_size,
            digest_len: self.ctx.block_sum.algorithm.digest_len(),
            redo,
        };
        let head = head(size, &sizing);
        self.ctx.trace(&mut self.out, Remark::Search, &|| {
            let SumHead { count, blength, s2length, remainder } = head;
            format!("count={count} rem={remainder} blength={blength} s2length={s2length} flength={size}").into_bytes()
        });
        head.put(&mut self.out);
        if self.ctx.options.place.append > 0 && !redo {
            return Ok(());
        }
        let block = usize::try_from(head.blength).unwrap_or(usize::MAX).max(1);
        let strong_len = usize::try_from(head.s2length).unwrap_or(0);
        let whole_blocks = (BASIS_PIECE / block).max(1).saturating_mul(block);
        let mut buffer = vec![0; whole_blocks];
        let mut left = size;
        while left > 0 {
            let want = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
            let piece = buffer.get_mut(..want).unwrap_or_default();
            fill(fd, piece);
            left = left.saturating_sub(u64::try_from(want).unwrap_or(0));
            let out = &mut self.out;
            block_sums(&self.ctx.block_sum, piece, block, &mut |sum1, strong| {
                out.put(&sum1.to_le_bytes());
                out.put(strong.as_slice().get(..strong_len).unwrap_or_default());
            });
            self.out.flush_if_full()?;
            self.tick()?;
        }
        Ok(())
    }
}

/// Fills a piece from a file; what is missing becomes zeros.
fn fill(fd: &OwnedFd, piece: &mut [u8]) {
    let mut filled = 0;
    while let Some(room) = piece.get_mut(filled..).filter(|room| !room.is_empty()) {
        match content::read(fd, room) {
            Ok(0) | Err(_) => {
                room.fill(0);
                return;
            }
            Ok(n) => filled += n,
        }
    }
}
