//! The line that the log gets for a transferred file: the escapes of `log format`.

use super::context::Context;
use super::grouped;
use crate::escape::Escaped;
use crate::flist::{Entry, Kind};
use crate::hash::{Algorithm, FileSpec};
use crate::wire::item::iflags;

/// What a line is about.
pub struct Logged<'a> {
    /// `send`, `recv` or `del.`.
    pub operation: &'a str,
    /// Name in the file list.
    pub name: &'a [u8],
    /// Name from the module's root.
    pub path: &'a [u8],
    /// The entry.
    pub entry: &'a Entry,
    /// Item flags.
    pub iflags: u16,
    /// What `%L` adds: arrow and target.
    pub arrow: &'a [u8],
    /// Bytes that went over the connection for the file.
    pub moved: u64,
    /// Bytes that went the other way.
    pub back: u64,
    /// The file's checksum; empty = none is known.
    pub sum: &'a [u8],
    /// A line about a deletion.
    pub deleted: bool,
}

impl<'a> Logged<'a> {
    /// An item that a sender dealt with.
    pub fn sent(name: &'a [u8], entry: &'a Entry, iflags: u16, moved: u64) -> Self {
        Self {
            operation: "send",
            name,
            path: name,
            entry,
            iflags,
            arrow: b"",
            moved,
            back: 0,
            sum: b"",
            deleted: false,
        }
    }

    /// An item that a receiver dealt with.
    pub fn received(name: &'a [u8], entry: &'a Entry, iflags: u16, moved: u64) -> Self {
        Self { operation: "recv", ..Self::sent(name, entry, iflags, moved) }
    }
}

/// Whether items without data get a line too: the format shows what changed.
pub fn wants_items(format: &[u8]) -> bool {
    format.windows(2).any(|pair| pair == b"%i")
}

/// Whether a record says that something changed.
pub fn is_change(flags: u16) -> bool {
    flags & (iflags::SIGNIFICANT | iflags::LOCAL_CHANGE) != 0
}

/// Logs an item.
pub fn write(ctx: &Context, format: &[u8], item: &Logged) {
    log::info!("{}", Escaped(&line(ctx, format, item)));
}

/// A whole line.
pub fn line(ctx: &Context, format: &[u8], item: &Logged) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = format;
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        if byte != b'%' {
            out.push(byte);
            continue;
        }
        let width_len = tail.iter().take_while(|b| matches!(b, b'-' | b'\'' | b'0'..=b'9')).count();
        let (spec, tail) = tail.split_at_checked(width_len).unwrap_or((b"", tail));
        let Some((&letter, tail)) = tail.split_first() else {
            out.push(b'%');
            out.extend_from_slice(spec);
            break;
        };
        rest = tail;
        match value(ctx, item, letter) {
            Some(Value::Text(text)) => pad(&mut out, spec, &text, b' '),
            Some(Value::Number(number)) => pad(&mut out, spec, number.to_string().as_bytes(), fill_of(spec)),
            Some(Value::Amount(number)) => pad(&mut out, spec, grouped::written(number, spec).as_bytes(), b' '),
            None => {
                out.push(b'%');
                out.extend_from_slice(spec);
                out.push(letter);
            }
        }
    }
    out
}

/// What stands for an escape.
enum Value {
    Text(Vec<u8>),
    /// Filled up with zeros if the width begins with one.
    Number(u32),
    /// Written with units or groups of digits if apostrophes ask for it.
    Amount(u64),
}

fn value(ctx: &Context, item: &Logged, letter: u8) -> Option<Value> {
    let text = match letter {
        b'a' => ctx.peer_addr.clone().into_bytes(),
        b'h' => ctx.peer_host.clone().into_bytes(),
        b'm' => ctx.module.clone(),
        b'P' => ctx.module_path.clone(),
        b'u' => ctx.user.clone(),
        b'p' => return Some(Value::Number(std::process::id())),
        b'o' => item.operation.as_bytes().to_vec(),
        b'f' if item.path.is_empty() => b".".to_vec(),
        b'f' => item.path.strip_suffix(b"/").unwrap_or(item.path).to_vec(),
        b'n' => {
            let mut name = item.name.to_vec();
            if item.entry.is_dir() {
                name.push(b'/');
            }
            name
        }
        b'L' => item.arrow.to_vec(),
        b'l' => return Some(Value::Amount(item.entry.size)),
        b'b' => return Some(Value::Amount(item.moved)),
        b'c' => return Some(Value::Amount(item.back)),
        b'C' => checksum(ctx, item),
        b'i' => itemized(ctx, item),
        b'B' => permissions(item.entry.mode),
        b'U' => return Some(Value::Number(if ctx.options.owner { item.entry.uid } else { 0 })),
        b'G' if ctx.options.group => return Some(Value::Number(item.entry.gid)),
        b'G' => b"DEFAULT".to_vec(),
        b't' => crate::os::time::now_text().into_bytes(),
        b'M' => crate::os::time::text(item.entry.mtime).replace(' ', "-").into_bytes(),
        b'%' => b"%".to_vec(),
        _ => return None,
    };
    Some(Value::Text(text))
}

/// Hexadecimal; blanks where none is known.
fn checksum(ctx: &Context, item: &Logged) -> Vec<u8> {
    let algorithm = match ctx.list_sum {
        FileSpec::Plain(algorithm) if ctx.options.checksum => algorithm,
        _ => ctx.block_sum.algorithm,
    };
    if item.sum.is_empty() || algorithm == Algorithm::None {
        return vec![b' '; algorithm.digest_len().saturating_mul(2)];
    }
    // These are numbers: the wire has their last digits first.
    let is_number = matches!(algorithm, Algorithm::Xxh64 | Algorithm::Xxh3 | Algorithm::Xxh128);
    let hex = |byte: &u8| format!("{byte:02x}");
    let text: String =
        if is_number { item.sum.iter().rev().map(hex).collect() } else { item.sum.iter().map(hex).collect() };
    text.into_bytes()
}

fn fill_of(spec: &[u8]) -> u8 {
    let digits = spec.iter().find(|byte| byte.is_ascii_digit());
    if digits == Some(&b'0') && !spec.contains(&b'-') { b'0' } else { b' ' }
}

fn pad(out: &mut Vec<u8>, spec: &[u8], text: &[u8], filler: u8) {
    let digits: Vec<u8> = spec.iter().copied().filter(u8::is_ascii_digit).collect();
    let width = std::str::from_utf8(&digits).ok().and_then(|d| d.parse::<usize>().ok()).unwrap_or(0).min(4096);
    let fill = width.saturating_sub(text.len());
    if spec.contains(&b'-') {
        out.extend_from_slice(text);
        out.extend(std::iter::repeat_n(b' ', fill));
    } else {
        out.extend(std::iter::repeat_n(filler, fill));
        out.extend_from_slice(text);
    }
}

/// The eleven characters of `%i`, from the daemon's view.
fn itemized(ctx: &Context, item: &Logged) -> Vec<u8> {
    if item.deleted {
        return b"*deleting  ".to_vec();
    }
    let flags = item.iflags;
    let entry = item.entry;
    let first = if flags & iflags::TRANSFER != 0 {
        if item.operation == "send" { b'<' } else { b'>' }
    } else if flags & iflags::LOCAL_CHANGE != 0 {
        if flags & iflags::XNAME_FOLLOWS != 0 { b'h' } else { b'c' }
    } else {
        b'.'
    };
    let kind = match entry.kind() {
        Some(Kind::Dir) => b'd',
        Some(Kind::Symlink) => b'L',
        Some(Kind::Device) => b'D',
        Some(Kind::Special) => b'S',
        Some(Kind::File) | None => b'f',
    };
    let mut out = vec![first, kind];
    if ctx.protocol < 29 {
        // Before protocol 29 nobody says what differs.
        out.extend_from_slice(b"?????????");
        return out;
    }
    if flags & iflags::IS_NEW != 0 {
        out.extend_from_slice(b"+++++++++");
        return out;
    }
    for (bit, letter) in [
        (iflags::REPORT_CHANGE, b'c'),
        (iflags::REPORT_SIZE, b's'),
        (iflags::REPORT_TIME, b't'),
        (iflags::REPORT_PERMS, b'p'),
        (iflags::REPORT_OWNER, b'o'),
        (iflags::REPORT_GROUP, b'g'),
        (iflags::REPORT_ATIME, b'u'),
        (0x80, b'a'),
        (iflags::REPORT_XATTR, b'x'),
    ] {
        let letter = match letter {
            // A capital says that the time is the transfer's own.
            b't' if !ctx.options.times || (entry.is_symlink() && flags & iflags::REPORT_TIMEFAIL != 0) => b'T',
            b's' if entry.is_symlink() => b'.',
            letter => letter,
        };
        out.push(if flags & bit != 0 { letter } else { b'.' });
    }
    if matches!(first, b'.' | b'h' | b'c') && out.iter().skip(2).all(|b| *b == b'.') {
        out.truncate(2);
        out.resize(11, b' ');
    }
    out
}

fn permissions(mode: u16) -> Vec<u8> {
    let mut out = Vec::with_capacity(9);
    for (shift, special, letter) in [(6u32, 0o4000u16, b's'), (3, 0o2000, b's'), (0, 0o1000, b't')] {
        let bits = mode >> shift;
        out.push(if bits & 4 != 0 { b'r' } else { b'-' });
        out.push(if bits & 2 != 0 { b'w' } else { b'-' });
        out.push(match (bits & 1 != 0, mode & special != 0) {
            (true, true) => letter,
            (false, true) => letter.to_ascii_uppercase(),
            (true, false) => b'x',
            (false, false) => b'-',
        });
    }
    out
}
