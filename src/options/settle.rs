//! The rules between options, applied once the whole vector is read.

use crate::hash::Algorithm;

use super::compress;
use super::draft::{Deletes, Draft};
use super::fault::Fault;
use super::place;
use super::refuse::RefuseList;
use super::table;
use super::types::{DeleteWhen, Options};

/// Protocol from which an unspecific `--delete` works during the transfer.
const DELETE_DURING_SINCE: u32 = 30;

/// Protocol from which `--append` does not verify what is there.
pub(super) const APPEND_SINCE: u32 = 30;

/// Puts the last touches to the options, and finds what only the whole vector shows to be wrong.
pub(super) fn settle(draft: &mut Draft, refuse: &RefuseList) {
    let end = draft.position.saturating_add(1);
    refused_by_consequence(draft, refuse, end);
    compress::settle(draft);
    delete_time(draft, refuse, end);
    place::settle(draft, end);

    let options = &mut draft.options;
    // A listing of a directory's contents, a list of names; recursion covers what --dirs asks for.
    let names = options.files_from.is_some();
    options.dirs = !options.recurse && (options.dirs || options.list_only || names);
    options.relative |= names && !draft.no_relative;
    // What an interrupted update in place leaves behind is kept anyway.
    options.partial |= options.inplace;
    if draft.no_inc_recurse {
        options.caps.inc_recurse = false;
    }
    if let Some((transfer, list)) = options.checksum_choice {
        if transfer == Some(Algorithm::None) {
            options.whole_file = Some(true);
        }
        if list == Some(Algorithm::None) && options.checksum {
            draft.fail_at(end, Fault::ChecksumNone);
        }
    }
    let options = &draft.options;
    if options.delete != DeleteWhen::No && !options.recurse && !options.dirs {
        draft.fail_at(end, Fault::DeleteAlone);
    }
}

/// Refusals that depend on the direction, or on what was left out.
fn refused_by_consequence(draft: &mut Draft, refuse: &RefuseList, end: usize) {
    if let Some(at) = draft.removes_at
        && draft.options.sender
        && let Some(delete) = refused(refuse, "delete")
    {
        draft.fail_at(at, delete);
    }
    if let Some(no_iconv) = refused(refuse, "no-iconv").filter(|_| !draft.options.iconv) {
        draft.fail_at(end, no_iconv);
    }
}

fn refused(refuse: &RefuseList, name: &str) -> Option<Fault> {
    table::by_long(name.as_bytes()).filter(|_| refuse.refuses(name)).map(|found| Fault::Refused(found.named()))
}

/// Which time to delete the vector means.
fn delete_time(draft: &mut Draft, refuse: &RefuseList, end: usize) {
    let Deletes { unspecific, before, during, delay, after } = draft.deletes;
    draft.options.delete = match (before, during, after) {
        (false, false, false) if !unspecific => DeleteWhen::No,
        (false, false, false) => {
            if refuse.refuses("delete-before") {
                if let Some(both) = refused(refuse, "delete-during").and_then(|_| refused(refuse, "delete-before")) {
                    draft.fail_at(end, both);
                }
                DeleteWhen::During
            } else if refuse.refuses("delete-during") {
                DeleteWhen::Before
            } else {
                draft.options.delete_by_protocol = draft.protocol.is_none();
                by_protocol(draft.protocol.unwrap_or(DELETE_DURING_SINCE))
            }
        }
        (true, false, false) => DeleteWhen::Before,
        (false, true, false) if delay => DeleteWhen::Delay,
        (false, true, false) => DeleteWhen::During,
        (false, false, true) => DeleteWhen::After,
        _ => {
            draft.fail_at(end, Fault::DeleteTwice);
            DeleteWhen::Before
        }
    };
}

fn by_protocol(protocol: u32) -> DeleteWhen {
    if protocol < DELETE_DURING_SINCE { DeleteWhen::Before } else { DeleteWhen::During }
}

impl Options {
    /// Fixes what hangs on the protocol version, where that is known after the vector only: the time of an unspecific
    /// `--delete` (before the transfer up to 29, during it from 30 on, unless a time was named), and that `--append` verifies
    /// up to 29.
    pub fn settle_protocol(&mut self, protocol: u32) {
        if self.place.append > 0 && protocol < APPEND_SINCE {
            self.place.append = 2;
        }
        if std::mem::take(&mut self.delete_by_protocol) {
            self.delete = by_protocol(protocol);
        }
    }
}
