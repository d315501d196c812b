//! What the options on compression come to together.

use super::draft::Draft;
use super::fault::Fault;
use super::number;
use super::types::Compress;
use super::value::Read;
use crate::compress::Method;

/// Compression as asked for so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Asked {
    /// `-z` count.
    times: u8,
    /// The method that was named last, and where.
    choice: Option<(usize, Vec<u8>)>,
    /// The first option that the operator refuses along with `--compress`.
    refused: Option<(usize, Fault)>,
}

/// Takes one of the options that may switch compression on, under its first spelling.
pub(super) fn take(draft: &mut Draft, option: &str, value: &[u8]) -> Read {
    let position = draft.position;
    let asked = &mut draft.compress;
    match option {
        "compress" => asked.times = asked.times.saturating_add(1),
        "old-compress" => asked.choice = Some((position, b"zlib".to_vec())),
        "new-compress" => asked.choice = Some((position, b"zlibx".to_vec())),
        "compress-level" => draft.options.compress_level = Some(number::integer(value)?),
        _ => asked.choice = Some((position, value.to_vec())),
    }
    Ok(())
}

/// `--no-compress`: a level that was asked for stands, and still asks for compression.
pub(super) fn reset(draft: &mut Draft) {
    draft.compress = Asked { refused: draft.compress.refused.take(), ..Asked::default() };
}

/// The operator refuses this option if it comes to compression in the end.
pub(super) fn refuse_later(draft: &mut Draft, fault: Fault) {
    let position = draft.position;
    draft.compress.refused.get_or_insert((position, fault));
}

/// What it comes to: the method that was named; else, with `-z` or a level, one that both sides negotiate. `-zz` is how
/// old clients name zlibx; `auto` takes back whatever was named.
pub(super) fn settle(draft: &mut Draft) {
    let Asked { times, choice, refused } = std::mem::take(&mut draft.compress);
    let level = draft.options.compress_level.is_some();
    let times = if choice.is_some() { times.min(1) } else { times };
    draft.options.compress = match choice.filter(|(_, name)| !name.eq_ignore_ascii_case(b"auto")) {
        Some((at, name)) => match Method::from_name(&name) {
            Some(Method::None) => Compress::No,
            Some(method) => Compress::Forced(method),
            None => {
                draft.fail_at(at, Fault::CompressName(name));
                Compress::No
            }
        },
        None if times > 1 => Compress::Forced(Method::Zlibx),
        None if times > 0 || level => Compress::Negotiated,
        None => Compress::No,
    };
    if draft.options.compress != Compress::No
        && let Some((at, fault)) = refused
    {
        draft.fail_at(at, fault);
    }
}
