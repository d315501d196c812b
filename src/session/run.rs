//! The last stage: the role, and the last words.

use std::sync::atomic::Ordering;

use super::ending::{exit_line, log_exit, log_fatal};
use super::enter::Entered;
use super::negotiate::Negotiated;
use crate::filter::Filters;
use crate::limits::FILTER_RULE;
use crate::net::fatal::{Fatal, exit};
use crate::net::{Link, Receive};
use crate::options::DeleteWhen;
use crate::role::Context;
use crate::role::files_from::Wanted;
use crate::role::list::{Lister, merge_file};
use crate::role::push::{self, Outcome};
use crate::role::say::{Troubles, error};
use crate::role::sender::Sender;
use crate::wire::frame::Code;

/// Runs the role to its end. Returns the exit code.
pub fn run(session: Negotiated, mut link: Link) -> u8 {
    let sender = session.ctx.options.sender;
    let protocol = session.ctx.protocol;
    let role = if sender { "sender" } else { "Receiver" };
    let clock = link.clock().clone();
    let mut listed = 0;
    let (link, outcome) = if sender {
        let outcome = send(session, &mut link, &mut listed);
        (Some(link), outcome)
    } else {
        receive(session, link)
    };
    let Some(mut link) = link else {
        log_exit(exit::STREAM_IO, role);
        return exit::STREAM_IO;
    };
    let totals = |size: u64| {
        let (sent, received) = (clock.written.load(Ordering::Relaxed), clock.read.load(Ordering::Relaxed));
        log::info!("sent {sent} bytes  received {received} bytes  total size {size}");
    };
    match outcome {
        Ok((troubles, size)) => {
            let code = troubles.exit_code();
            if sender || code == 0 {
                totals(size);
            }
            let _ = link.flush();
            let _ = rustix::net::shutdown(link.output.fd(), rustix::net::Shutdown::Write);
            code
        }
        Err(fatal) => {
            log_fatal(&fatal, role);
            if sender {
                totals(listed);
            }
            last_words(&mut link, &fatal, protocol, role);
            fatal.exit
        }
    }
}

/// Sends; `listed` becomes the size of everything in the list, also when the session fails.
fn send(session: Negotiated, link: &mut Link, listed: &mut u64) -> Result<(Troubles, u64), Fatal> {
    let Negotiated { entered, ctx, paths, mut filters, files_from, refused } = session;
    if let Some(fatal) = refused {
        return Err(fatal);
    }
    filters.set_home_cvsignore(cvs_words(&entered));
    read_filters(link, &mut filters)?;
    if ctx.options.cvs_exclude {
        filters.add_cvs_defaults().map_err(|error| Fatal::new(error.exit, error.text))?;
    }
    let module = &entered.greeted.module;
    if module.write_only {
        return Err(Fatal::new(exit::SYNTAX, "ERROR: module is write only"));
    }
    if ctx.options.remove_source_files && entered.greeted.read_only {
        let name = if ctx.options.remove_sent_files { "sent" } else { "source" };
        let text = format!("ERROR: --remove-{name}-files cannot be used with a read-only module");
        return Err(Fatal::new(exit::SYNTAX, text));
    }
    say_notes(link, &mut filters);
    let paths = if paths.is_empty() && (ctx.options.recurse || ctx.options.dirs || ctx.options.list_only) {
        vec![b".".to_vec()]
    } else {
        paths
    };
    let lister = Lister::new(&ctx, filters, entered.root.clone());
    let (size, done) = Sender::new(lister, link).run(Wanted { paths, files_from });
    *listed = size;
    done.map(|troubles| (troubles, size))
}

/// What `-C` takes besides its own list: `.cvsignore` in the root of a chroot, and the variable CVSIGNORE.
fn cvs_words(entered: &Entered) -> Vec<u8> {
    let mut words = Vec::new();
    if entered.chroot {
        words = merge_file(&entered.root, b".cvsignore").unwrap_or_default();
        words.push(b'\n');
    }
    words.extend(std::env::var_os("CVSIGNORE").unwrap_or_default().into_encoded_bytes());
    words
}

fn receive(session: Negotiated, mut link: Link) -> (Option<Link>, Outcome) {
    let (entered, paths, files_from) = (session.entered, session.paths, session.files_from);
    let ctx = session.ctx;
    let ready = match session.refused {
        Some(fatal) => Err(fatal),
        None if entered.greeted.read_only => Err(Fatal::new(exit::SYNTAX, "ERROR: module is read only")),
        None => receive_rules(&ctx, &mut link, session.filters),
    };
    match ready {
        Ok(filters) => {
            entered.warn_if_unwritable();
            let path = paths.first().cloned().unwrap_or_default();
            push::receive(&ctx, link, &entered.root, filters, &path, files_from)
        }
        Err(fatal) => (Some(link), Err(fatal)),
    }
}

/// The rules for deletion, if the client sends any.
fn receive_rules(ctx: &Context, link: &mut Link, mut filters: Filters) -> Result<Filters, Fatal> {
    let options = &ctx.options;
    let deletes = options.delete != DeleteWhen::No;
    filters.set_delete_excluded(options.delete_excluded);
    if options.prune_empty_dirs || (deletes && (!options.delete_excluded || ctx.protocol >= 29)) {
        read_filters(link, &mut filters)?;
    }
    if options.cvs_exclude && ctx.protocol < 29 {
        filters.add_cvs_merge_only().map_err(|error| Fatal::new(error.exit, error.text))?;
    }
    say_notes(link, &mut filters);
    Ok(filters)
}

/// The client's rules.
fn read_filters(link: &mut Link, filters: &mut Filters) -> Result<(), Fatal> {
    loop {
        let len = link.decode(|r| r.i32())?;
        if len == 0 {
            return Ok(());
        }
        let len = usize::try_from(len).ok().filter(|len| *len <= FILTER_RULE);
        let Some(len) = len else { return Err(Fatal::new(exit::MALLOC, "buffer overflow: recv_rules")) };
        let rule = link.decode(|r| Ok(r.take(len)?.to_vec()))?;
        let note = filters.add_wire_rule(&rule).map_err(|error| Fatal::new(error.exit, error.text))?;
        if let Some(note) = note {
            error(link, &note);
        }
    }
}

fn say_notes(link: &mut Link, filters: &mut Filters) {
    for note in filters.take_notes() {
        error(link, &note.text);
    }
}

/// Tells the peer why the session ends, with which code, and gives it time to read that.
fn last_words(link: &mut Link, fatal: &Fatal, protocol: u32, role: &str) {
    if fatal.exit != 0 {
        log_exit(fatal.exit, role);
    }
    if link.input.exit_wants_answer() {
        link.output.message(Code::ErrorExit, &[]);
        let _ = link.flush();
        return;
    }
    if !fatal.tell {
        return;
    }
    if fatal.logged {
        fatal.lines().for_each(|line| link.output.text(Code::Error, line));
    } else {
        link.output.text(Code::Error, &fatal.text);
    }
    link.output.text(Code::Error, exit_line(fatal.exit, role).as_bytes());
    if protocol >= 31 {
        link.output.message(Code::ErrorExit, &i32::from(fatal.exit).to_le_bytes());
    }
    link.drain();
}
