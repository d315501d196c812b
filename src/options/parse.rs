//! Reads the argument vector: bundles, long options, values, paths.

use std::collections::VecDeque;

use super::compress;
use super::draft::Draft;
use super::fault::Fault;
use super::refuse::RefuseList;
use super::settle::settle;
use super::table::{self, Action, Found, Value};
use super::types::Options;

/// Where a vector comes from.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// A daemon's client sent it; otherwise it is the process's own, over a remote shell.
    pub daemon: bool,
    /// The protocol version, where it is known before the arguments (a daemon's greeting).
    pub protocol: Option<u32>,
    /// What the module refuses.
    pub refuse: &'a RefuseList,
    /// Take `\X` for `X` up to the `.`: the first list of a daemon, since clients escape values for a shell there too.
    pub unescape: bool,
}

/// Why a client is turned away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OptionError {
    /// The complete line for the client, without its newline.
    pub text: String,
    /// The exit code to report: 4 in a daemon, 1 over a remote shell.
    pub exit: u8,
}

/// A vector that was read to its end.
#[derive(Clone, Debug)]
pub struct Parsed {
    /// What it says, also where it is wrong: the protocol setup has to be done before the error can be told.
    pub options: Options,
    /// The first thing wrong with it.
    pub error: Option<OptionError>,
    draft: Box<Draft>,
}

/// Reads a vector (without a program name). With `-s` in it, `options.secluded` is set, `options.paths` is empty, and
/// [`parse_secluded`] goes on with the second list.
#[must_use]
pub fn parse(args: &[Vec<u8>], ctx: &Context<'_>) -> Parsed {
    let mut draft = Draft::new(ctx.protocol);
    read(args, ctx, ctx.unescape, &mut draft);
    if draft.options.secluded {
        draft.options.paths.clear();
        draft.positional_seen = false;
    }
    finish(draft, ctx)
}

/// Goes on with the second list of `-s`, without its first word (the program's name): options of both lists count, paths of
/// this one only. The error is the first of both lists.
#[must_use]
pub fn parse_secluded(first: Parsed, second: &[Vec<u8>], ctx: &Context<'_>) -> Parsed {
    let mut draft = *first.draft;
    read(second, ctx, false, &mut draft);
    finish(draft, ctx)
}

/// Reads the process's own vector, over a remote shell: nothing is refused, the protocol is not known yet.
#[must_use]
pub fn parse_own(args: &[Vec<u8>]) -> Parsed {
    parse(args, &Context { daemon: false, protocol: None, refuse: &RefuseList::default(), unescape: false })
}

/// The same for the second list of `-s`.
#[must_use]
pub fn parse_secluded_own(first: Parsed, second: &[Vec<u8>]) -> Parsed {
    let context = Context { daemon: false, protocol: None, refuse: &RefuseList::default(), unescape: false };
    parse_secluded(first, second, &context)
}

/// Applies the rules between options to a copy, so that a second list can still go on from the draft.
fn finish(draft: Draft, ctx: &Context<'_>) -> Parsed {
    let mut settled = draft.clone();
    settle(&mut settled, ctx.refuse);
    let error = settled.fault.map(|(_, fault)| OptionError { text: fault.line(), exit: fault.exit(ctx.daemon) });
    Parsed { options: settled.options, error, draft: Box::new(draft) }
}

fn read(args: &[Vec<u8>], ctx: &Context<'_>, unescape: bool, draft: &mut Draft) {
    let options_end = if unescape { args.iter().position(|arg| arg == b".").unwrap_or(args.len()) } else { 0 };
    let mut queue: VecDeque<Vec<u8>> =
        args.iter().enumerate().map(|(n, arg)| if n < options_end { unescaped(arg) } else { arg.clone() }).collect();
    let mut only_paths = false;
    while let Some(arg) = queue.pop_front() {
        draft.position = draft.position.saturating_add(1);
        match arg.as_slice() {
            b"--" if !only_paths => only_paths = true,
            [b'-', b'-', name @ ..] if !only_paths => long_option(name, &arg, &mut queue, ctx, draft),
            [b'-', letters @ ..] if !only_paths && !letters.is_empty() => bundle(letters, &mut queue, ctx, draft),
            _ => {
                // The first plain argument is the `.` that stands between options and paths.
                if draft.positional_seen || arg != b"." {
                    draft.options.paths.push(arg);
                }
                draft.positional_seen = true;
            }
        }
    }
}

/// An argument as it was before its client escaped it for a shell: `\\X` stands for `X`.
#[must_use]
pub fn unescaped(arg: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(arg.len());
    let mut bytes = arg.iter();
    while let Some(byte) = bytes.next() {
        out.push(if *byte == b'\\' { *bytes.next().unwrap_or(byte) } else { *byte });
    }
    out
}

fn long_option(text: &[u8], sent: &[u8], queue: &mut VecDeque<Vec<u8>>, ctx: &Context<'_>, draft: &mut Draft) {
    let (name, value) = match text.iter().position(|b| *b == b'=').and_then(|at| text.split_at_checked(at)) {
        Some((name, rest)) => (name, rest.get(1..)),
        None => (text, None),
    };
    let Some(found) = table::by_long(name) else { return fail(draft, Fault::Unknown(sent.to_vec())) };
    match (found.row.value, value) {
        (Value::None, None) => apply(&found, sent, &[], ctx, draft),
        (Value::None, Some(_)) => fail(draft, Fault::NeedlessArgument(sent.to_vec())),
        (Value::Required, Some(value)) => apply(&found, sent, value, ctx, draft),
        (Value::Required, None) => match queue.pop_front() {
            Some(value) => apply(&found, sent, &value, ctx, draft),
            None => fail(draft, Fault::MissingArgument(sent.to_vec())),
        },
    }
}

fn bundle(letters: &[u8], queue: &mut VecDeque<Vec<u8>>, ctx: &Context<'_>, draft: &mut Draft) {
    let mut rest = letters;
    while let Some((letter, tail)) = rest.split_first() {
        draft.position = draft.position.saturating_add(1);
        let sent = [b'-', *letter];
        let Some(found) = table::by_letter(*letter) else {
            fail(draft, Fault::Unknown(sent.to_vec()));
            rest = tail;
            continue;
        };
        match (found.row.value, tail) {
            (Value::None, [b'=', ..]) => return fail(draft, Fault::NeedlessArgument([b"-", rest].concat())),
            (Value::None, _) => apply(&found, &sent, &[], ctx, draft),
            (Value::Required, []) => {
                return match queue.pop_front() {
                    Some(value) => apply(&found, &sent, &value, ctx, draft),
                    None => fail(draft, Fault::MissingArgument(sent.to_vec())),
                };
            }
            (Value::Required, [b'=', value @ ..] | value) => {
                return apply(&found, &[b"-", rest].concat(), value, ctx, draft);
            }
        }
        rest = tail;
    }
}

fn fail(draft: &mut Draft, fault: Fault) {
    draft.fail_at(draft.position, fault);
}

/// Carries one option out. A refused one still sets its field: the setup that precedes the error message depends on it.
fn apply(found: &Found, sent: &[u8], value: &[u8], ctx: &Context<'_>, draft: &mut Draft) {
    if matches!(found.row.action, Action::Compress) {
        return compress(found, sent, value, ctx, draft);
    }
    if let Some(name) = ctx.refuse.refusal(found) {
        fail(draft, Fault::Refused(name));
    }
    match found.row.action {
        Action::Flag(set) => set(draft),
        Action::Read(read) => {
            if let Err(fault) = read(draft, value) {
                fail(draft, fault.of(found.named(), sent, value));
            }
        }
        Action::Unsupported => fail(draft, Fault::Unsupported(found.named())),
        Action::Internal => fail(draft, Fault::Hack),
        Action::Harmless | Action::Compress => {}
    }
}

/// An option that is refused only along with `--compress` is judged at the end: the vector may still switch it off.
fn compress(found: &Found, sent: &[u8], value: &[u8], ctx: &Context<'_>, draft: &mut Draft) {
    if let Some(name) = ctx.refuse.refusal(found) {
        if ctx.refuse.refuses_by_name(found) {
            fail(draft, Fault::Refused(name));
        } else {
            compress::refuse_later(draft, Fault::Refused(name));
        }
    }
    let option = found.row.long.first().copied().unwrap_or_default();
    if let Err(fault) = compress::take(draft, option, value) {
        fail(draft, fault.of(found.named(), sent, value));
    }
}

#[cfg(test)]
mod tests;
