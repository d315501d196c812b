//! A push: the first list, the destination, then generator and receiver side by side.

use std::collections::VecDeque;
use std::sync::Arc;

use super::context::Context;
use super::destination::{self, Destination, Shape};
use super::files_from::{FilesFrom, Forwarding};
use super::generator::{Generator, Start};
use super::id_map::IdsHere;
use super::notes::Notes;
use super::patch::Inflow;
use super::places::Places;
use super::prune;
use super::receive_list::ListReader;
use super::receiver::Receiver;
use super::say::Troubles;
use super::xattrs::XattrNames;
use crate::escape::Escaped;
use crate::filter::Filters;
use crate::flist::{Extra, Segment};
use crate::fs::{Root, Tree};
use crate::net::fatal::{Fatal, exit};
use crate::net::{Link, Receive};
use crate::wire::frame::Code;
use crate::wire::ndx::{FLIST_EOF, FLIST_OFFSET, Ndx};

/// What a session comes to: what there is to answer for, and the size of everything listed, bytes.
pub type Outcome = Result<(Troubles, u64), Fatal>;

/// Receives into `path` (from the module's root). The connection comes back for a last word, unless a half is lost.
pub fn receive(
    ctx: &Context,
    mut link: Link,
    root: &Arc<Root>,
    mut filters: Filters,
    path: &[u8],
    files_from: Option<FilesFrom>,
) -> (Option<Link>, Outcome) {
    match begin(ctx, &mut link, root, &mut filters, path, files_from) {
        Ok(begun) => side_by_side(ctx, link, filters, begun),
        Err(fatal) => (Some(link), Err(fatal)),
    }
}

/// What is known before the first request.
struct Begun<'c> {
    lists: ListReader<'c>,
    read: Vec<Arc<Segment>>,
    ndx: Ndx,
    eof: bool,
    place: Destination,
    places: Places,
}

/// Reads the first list and finds the destination.
fn begin<'c>(
    ctx: &'c Context,
    link: &mut Link,
    root: &Arc<Root>,
    filters: &mut Filters,
    path: &[u8],
    files_from: Option<FilesFrom>,
) -> Result<Begun<'c>, Fatal> {
    log::info!("receiving file list");
    let mut unknown = Vec::new();
    let _ = ctx.xattr_names.set(XattrNames::new(ctx, filters));
    let ids = IdsHere::new(ctx, &mut |line| unknown.push(line))?;
    for line in unknown {
        super::say::error(link, line.as_bytes());
    }
    let mut lists = ListReader::new(ctx, ids);
    let mut ndx = Ndx::new(ctx.protocol);
    let mut eof = !ctx.codec.inc;
    let mut both_ways = Forwarding::new(link, files_from, ctx);
    let first = lists.first(&mut both_ways);
    both_ways.finish();
    let first = first?;
    for line in std::mem::take(&mut lists.unfit) {
        // The name in it is the peer's own, and goes back as it came.
        log::error!("{}", Escaped(&line));
        link.output.text_as_is(Code::ErrorXfer, &line);
    }
    let mut count = first.entries.len();
    let first_is_dir = first.entries.first().is_some_and(|entry| entry.is_dir());
    let mut read: Vec<Segment> = vec![first];
    if ctx.codec.inc && count == 1 {
        // One entry alone does not tell a file from a tree: the next list is sent unasked.
        match link.decode(|r| ndx.read(r))? {
            FLIST_EOF => eof = true,
            next if next <= FLIST_OFFSET => {
                let segment = lists.announced(link, next)?;
                count += segment.entries.len();
                read.push(segment);
            }
            other => return Err(Fatal::protocol(&format!("file index {other} before the file list was complete"))),
        }
    }
    let place = destination::choose(ctx, link, root, filters, path, &Shape { count, first_is_dir })?;
    filters.set_transfer_root(place.tree.base());
    let places = Places::find(ctx, link, root, filters, place.tree.base())?;
    if ctx.options.prune_empty_dirs {
        for segment in &mut read {
            prune::empty_directories(segment, filters);
        }
    }
    let read = read.into_iter().map(Arc::new).collect();
    Ok(Begun { lists, read, ndx, eof, place, places })
}

/// The two halves, each with its own half of the connection, until both are done.
fn side_by_side(ctx: &Context, link: Link, filters: Filters, begun: Begun) -> (Option<Link>, Outcome) {
    let Begun { lists, read, ndx, eof, place, places } = begun;
    let whole = || Tree::new(place.tree.root().clone(), b"");
    let Link { input, output } = link;
    let io_error = if ctx.options.ignore_errors { 0 } else { lists.io_error };
    let clock = output.clock().clone();
    let notes = Notes::default();
    let receiver = Receiver {
        ctx,
        notes: &notes,
        input,
        lists,
        live: VecDeque::from(read.clone()),
        ndx,
        whole: whole(),
        places: &places,
        delayed: Vec::new(),
        held: Default::default(),
        local_name: place.local_name.clone(),
        eof,
        inflow: Inflow::new(ctx),
        phase: 0,
        extra: Extra::default(),
        value_bytes: 0,
    };
    let generator = Generator::new(Start {
        ctx,
        notes: &notes,
        out: output,
        whole: whole(),
        places: &places,
        tree: place.tree,
        filters,
        lists: read,
        eof,
        local_name: place.local_name,
        made: place.made,
        io_error,
    });
    let (input, (output, troubles, result)) = std::thread::scope(|scope| {
        let reading = scope.spawn(|| match own_directory(ctx) {
            Ok(()) => receiver.run(),
            Err(fatal) => receiver.fail(fatal),
        });
        let ended = generator.run();
        clock.stop();
        // A receiver that waits for more wakes at once where the connection is a socket, within a second where it is not.
        if ended.2.is_err() {
            let _ = rustix::net::shutdown(ended.0.fd(), rustix::net::Shutdown::Read);
        }
        let input = reading.join();
        clock.resume();
        (input, ended)
    });
    match input {
        Ok((input, size)) => (Some(Link { input, output }), result.map(|()| (troubles, size))),
        Err(_) => (None, Err(Fatal::broken(exit::STREAM_IO, "the receiver ended without a word"))),
    }
}

/// Attributes are set in the working directory: the halves must not share theirs.
fn own_directory(ctx: &Context) -> Result<(), Fatal> {
    if !ctx.codec.has_extras() && !ctx.fake {
        return Ok(());
    }
    crate::os::identity::own_directory().map_err(|errno| {
        Fatal::new(exit::START_CLIENT, format!("cannot have a working directory for each thread: {errno}"))
    })
}
