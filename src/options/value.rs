//! Options whose value needs reading.

use crate::flist::Chmod;
use crate::hash::Algorithm;

use super::draft::Draft;
use super::fault::{Fault, Named};
use super::info::Talk;
use super::number::{self, IntegerFault, SizeFault};
use super::stop::StopAt;
use super::types::RuleKind;

/// What is wrong with a value; the option's name is added by the caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ValueFault {
    /// No integer.
    Integer(IntegerFault),
    /// No size.
    Size(SizeFault),
    /// Above this.
    AboveMax(&'static str),
    /// Below this.
    BelowMin(&'static str),
    /// Its text names no option.
    Other(Fault),
}

impl ValueFault {
    /// The fault of `option`, which was sent as `sent` with the value `value`.
    pub(super) fn of(self, option: Named, sent: &[u8], value: &[u8]) -> Fault {
        match self {
            ValueFault::Integer(IntegerFault::NotNumber) => Fault::NotNumber(sent.to_vec()),
            ValueFault::Integer(IntegerFault::OutOfRange) => Fault::OutOfRange(sent.to_vec()),
            ValueFault::Size(fault) => Fault::Size(option, value.to_vec(), fault),
            ValueFault::AboveMax(max) => Fault::AboveMax(option, value.to_vec(), max),
            ValueFault::BelowMin(min) => Fault::BelowMin(option, value.to_vec(), min),
            ValueFault::Other(fault) => fault,
        }
    }
}

impl From<IntegerFault> for ValueFault {
    fn from(fault: IntegerFault) -> Self {
        ValueFault::Integer(fault)
    }
}

impl From<SizeFault> for ValueFault {
    fn from(fault: SizeFault) -> Self {
        ValueFault::Size(fault)
    }
}

/// What reading a value yields.
pub(super) type Read = Result<(), ValueFault>;

/// `--timeout`: seconds, a negative number is none.
pub(super) fn timeout(draft: &mut Draft, text: &[u8]) -> Read {
    draft.options.timeout_s = u32::try_from(number::integer(text)?).unwrap_or(0);
    Ok(())
}

/// `--modify-window`.
pub(super) fn modify_window(draft: &mut Draft, text: &[u8]) -> Read {
    draft.options.modify_window = i64::from(number::integer(text)?);
    Ok(())
}

/// `--max-delete`: a negative number is none at all.
pub(super) fn max_delete(draft: &mut Draft, text: &[u8]) -> Read {
    draft.options.max_delete = Some(u64::try_from(number::integer(text)?).unwrap_or(0));
    Ok(())
}

/// `--checksum-seed`.
pub(super) fn checksum_seed(draft: &mut Draft, text: &[u8]) -> Read {
    draft.options.checksum_seed = number::integer(text)?;
    Ok(())
}

/// `--max-size`.
pub(super) fn max_size(draft: &mut Draft, text: &[u8]) -> Read {
    draft.options.max_size = Some(number::size(text, b'b')?);
    Ok(())
}

/// `--min-size`.
pub(super) fn min_size(draft: &mut Draft, text: &[u8]) -> Read {
    draft.options.min_size = Some(number::size(text, b'b')?);
    Ok(())
}

/// `--block-size`: at most 128 KiB, 512 MiB before protocol 30.
pub(super) fn block_size(draft: &mut Draft, text: &[u8]) -> Read {
    let (max, shown) = match draft.protocol {
        Some(0..30) => (crate::limits::BLOCK_LEN_MAX_OLD, "512.00M"),
        _ => (crate::limits::BLOCK_LEN_MAX, "128.00K"),
    };
    let bytes = match number::size(text, b'b') {
        Err(SizeFault::TooLarge) => return Err(ValueFault::AboveMax(shown)),
        other => other?,
    };
    let bytes = u32::try_from(bytes).ok().filter(|n| *n <= max).ok_or(ValueFault::AboveMax(shown))?;
    draft.options.block_size = bytes;
    Ok(())
}

/// `--bwlimit`: in KiB unless it has a unit, rounded to KiB.
pub(super) fn bwlimit(draft: &mut Draft, text: &[u8]) -> Read {
    let bytes = number::size(text, b'K')?;
    if (1..512).contains(&bytes) {
        return Err(ValueFault::BelowMin("512 or 0 for unlimited"));
    }
    let kib = bytes.saturating_add(512) >> 10;
    draft.options.bwlimit = u32::try_from(kib).map_err(|_| SizeFault::TooLarge)?;
    Ok(())
}

/// `--max-alloc`: only checked; our memory has ceilings of its own. 0 stands for no limit.
pub(super) fn max_alloc(_: &mut Draft, text: &[u8]) -> Read {
    match number::size(text, b'b')? {
        1..0x10_0000 => Err(ValueFault::BelowMin("1.00M")),
        _ => Ok(()),
    }
}

/// `--stderr`: checked only; all text goes through the connection.
pub(super) fn stderr_mode(_: &mut Draft, text: &[u8]) -> Read {
    // Stock takes any beginning of the three words.
    let known = [&b"errors"[..], b"all", b"client"].iter().any(|mode| !text.is_empty() && mode.starts_with(text));
    if known { Ok(()) } else { Err(ValueFault::Other(Fault::StderrMode(text.to_vec()))) }
}

/// `--info=NAME2,…`; words that mean nothing to a server are passed over, as by stock.
pub(super) fn info(draft: &mut Draft, text: &[u8]) -> Read {
    flags(text, |name, level| {
        draft.options.info.read(Talk::Info, name, level);
        match name {
            b"none" => draft.options.name_level = 0,
            b"name" | b"all" => draft.options.name_level = level,
            _ => {}
        }
    })
}

/// `--debug=NAME2,…`, likewise.
pub(super) fn debug(draft: &mut Draft, text: &[u8]) -> Read {
    flags(text, |name, level| draft.options.info.read(Talk::Debug, name, level))
}

fn flags(text: &[u8], mut each: impl FnMut(&[u8], u8)) -> Read {
    for word in text.split(|b| *b == b',') {
        let letters = word.iter().take_while(|b| !b.is_ascii_digit()).count();
        let Some((name, level)) = word.split_at_checked(letters) else { continue };
        let level = match level {
            [] => 1,
            [digit] => digit.saturating_sub(b'0'),
            _ => 9,
        };
        each(&name.to_ascii_lowercase(), level);
    }
    Ok(())
}

/// `--log-format`, `--out-format`: only whether it holds `%i` or `%I` matters.
pub(super) fn log_format(draft: &mut Draft, text: &[u8]) -> Read {
    let (mut item, mut unchanged) = (false, false);
    let mut rest = text.iter();
    while rest.any(|b| *b == b'%') {
        match rest.find(|b| !matches!(b, b'-' | b'\'' | b'0'..=b'9')) {
            Some(b'i') => item = true,
            Some(b'I') => unchanged = true,
            _ => {}
        }
    }
    draft.options.own_lines = true;
    draft.options.itemize = item || unchanged;
    draft.options.itemize_unchanged = unchanged;
    Ok(())
}

/// `--checksum-choice=A[,B]`: A for the transfer, B for the file list; one name is both; `auto` leaves it open.
pub(super) fn checksum_choice(draft: &mut Draft, text: &[u8]) -> Read {
    let mut names = text.splitn(2, |b| *b == b',');
    let transfer = algorithm(names.next().unwrap_or_default())?;
    let list = names.next().map_or(Ok(transfer), algorithm)?;
    draft.options.checksum_choice = match (transfer, list) {
        (None, None) => None,
        forced => Some(forced),
    };
    Ok(())
}

/// `--skip-compress`: suffixes between slashes.
pub(super) fn skip_compress(draft: &mut Draft, text: &[u8]) -> Read {
    draft.options.skip_compress = text.to_vec();
    Ok(())
}

/// `--compress-threads`: checked only. What is sent does not depend on it, and each thread would cost a session a window
/// and more; there is one.
pub(super) fn compress_threads(_: &mut Draft, text: &[u8]) -> Read {
    number::integer(text)?;
    Ok(())
}

fn algorithm(name: &[u8]) -> Result<Option<Algorithm>, ValueFault> {
    Ok(Some(match name.to_ascii_lowercase().as_slice() {
        b"auto" => return Ok(None),
        b"xxh128" => Algorithm::Xxh128,
        b"xxh3" => Algorithm::Xxh3,
        b"xxh64" | b"xxhash" => Algorithm::Xxh64,
        b"md5" => Algorithm::Md5,
        b"md4" => Algorithm::Md4,
        b"sha1" => Algorithm::Sha1,
        b"none" => Algorithm::None,
        _ => return Err(ValueFault::Other(Fault::ChecksumName(name.to_vec()))),
    }))
}

/// `--files-from`; the last one counts.
pub(super) fn files_from(draft: &mut Draft, text: &[u8]) -> Read {
    draft.options.files_from = Some(text.to_vec());
    Ok(())
}

/// `-e`, `--rsh`: a server's capability string.
pub(super) fn rsh(draft: &mut Draft, text: &[u8]) -> Read {
    draft.options.caps = super::capabilities::capabilities(text);
    Ok(())
}

/// `--chmod`: several are one list.
pub(super) fn chmod(draft: &mut Draft, text: &[u8]) -> Read {
    let more = Chmod::parse(text).ok_or_else(|| ValueFault::Other(Fault::ChmodText(text.to_vec())))?;
    draft.options.chmod.append(&more);
    Ok(())
}

/// `--copy-as`: the last one counts.
pub(super) fn copy_as(draft: &mut Draft, text: &[u8]) -> Read {
    draft.options.copy_as = Some(text.to_vec());
    Ok(())
}

/// `--exclude`.
pub(super) fn exclude(draft: &mut Draft, text: &[u8]) -> Read {
    draft.options.extra_rules.push((RuleKind::Exclude, text.to_vec()));
    Ok(())
}

/// `--include`.
pub(super) fn include(draft: &mut Draft, text: &[u8]) -> Read {
    draft.options.extra_rules.push((RuleKind::Include, text.to_vec()));
    Ok(())
}

/// `--exclude-from`.
pub(super) fn exclude_from(draft: &mut Draft, text: &[u8]) -> Read {
    draft.options.extra_rules.push((RuleKind::ExcludeFrom, text.to_vec()));
    Ok(())
}

/// `--include-from`.
pub(super) fn include_from(draft: &mut Draft, text: &[u8]) -> Read {
    draft.options.extra_rules.push((RuleKind::IncludeFrom, text.to_vec()));
    Ok(())
}

/// `--iconv`: the module's own character set counts, not the client's idea of it.
pub(super) fn iconv(draft: &mut Draft, text: &[u8]) -> Read {
    draft.options.iconv = true;
    draft.options.iconv_charset = text.to_vec();
    Ok(())
}

/// `--confine-root`.
pub(super) fn confine_root(draft: &mut Draft, text: &[u8]) -> Read {
    draft.options.confine_root = Some(text.to_vec());
    Ok(())
}

/// `--log-file`: the last one counts.
pub(super) fn log_file(draft: &mut Draft, text: &[u8]) -> Read {
    draft.options.log_file = Some(text.to_vec());
    Ok(())
}

/// `--log-file-format`.
pub(super) fn log_file_format(draft: &mut Draft, text: &[u8]) -> Read {
    draft.options.log_file_format = Some(text.to_vec());
    Ok(())
}

/// `--protocol`: a daemon's client says it in its greeting.
pub(super) fn protocol(draft: &mut Draft, text: &[u8]) -> Read {
    draft.options.newest_protocol = u32::try_from(number::integer(text)?).unwrap_or(0);
    Ok(())
}

/// `--only-write-batch`: the file is the client's affair.
pub(super) fn only_write_batch(draft: &mut Draft, _: &[u8]) -> Read {
    draft.options.only_write_batch = true;
    draft.options.dry_run = true;
    Ok(())
}

/// `--stop-after`: minutes, at least one.
pub(super) fn stop_after(draft: &mut Draft, text: &[u8]) -> Read {
    let minutes =
        number::integer(text).ok().and_then(|minutes| u64::try_from(minutes).ok()).filter(|minutes| *minutes > 0);
    let minutes = minutes.ok_or_else(|| ValueFault::Other(Fault::StopAfter(text.to_vec())))?;
    draft.options.stop_after_s = minutes.saturating_mul(60);
    Ok(())
}

/// `--stop-at`: a point in time; whether it is still to come is judged by who knows the time.
pub(super) fn stop_at(draft: &mut Draft, text: &[u8]) -> Read {
    let stop = StopAt::read(text).ok_or_else(|| ValueFault::Other(Fault::StopAt(text.to_vec())))?;
    draft.options.stop_at = Some((stop, text.to_vec()));
    Ok(())
}

/// `--filter`.
pub(super) fn filter(draft: &mut Draft, text: &[u8]) -> Read {
    draft.options.extra_rules.push((RuleKind::Filter, text.to_vec()));
    Ok(())
}
