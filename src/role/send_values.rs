//! Long values of extended attributes that a receiver asks for with its request for an entry.

use super::request::Request;
use super::sender::Sender;
use crate::flist::xattr::{Datum, Numbers, put_len};
use crate::flist::{Extra, Segment};
use crate::limits::CHUNK;
use crate::net::{Fatal, Receive};
use crate::wire::Put;

/// What is asked for: numbers and names of attributes.
pub(super) type Asked = Vec<(u32, Vec<u8>)>;

impl Sender<'_, '_> {
    /// Reads the requests behind a record; `None` where it has none.
    pub(super) fn read_asked(&mut self, request: &Request, segment: i32) -> Result<Option<Asked>, Fatal> {
        if !self.lister.ctx.has_values(request.iflags) {
            return Ok(None);
        }
        let Extra { xattrs, .. } = self.live.at(segment).map(|live| live.extra(request.ndx)).unwrap_or_default();
        let mut numbers = Numbers::default();
        let mut asked = Asked::new();
        while let Some(number) = self.link.decode(|r| numbers.read(r))? {
            numbers.advance(number);
            let item = xattrs.as_ref().and_then(|set| set.item(number));
            match item.map(|item| (&item.name, &item.datum)) {
                Some((name, Datum::Long(long))) if long.ask() => asked.push((number, name.clone())),
                _ => {
                    return Err(Fatal::protocol(
                        "request for an attribute's value that there is none of, or a second one",
                    ));
                }
            }
        }
        Ok(Some(asked))
    }

    /// The record back, and the values that were asked for behind it.
    pub(super) fn echo(&mut self, request: &Request, segment: i32, asked: Option<Asked>) -> Result<(), Fatal> {
        request.echo(self.link, self.lister.ctx.protocol, &mut self.write_ndx);
        let Some(asked) = asked else { return Ok(()) };
        let mut numbers = Numbers::default();
        let place = self.live.at(segment).map(|live| self.place_of(live, request.ndx));
        for (number, attribute) in asked {
            let value =
                place.as_ref().map(|(base, name, as_link)| self.lister.xattr_value(*base, name, *as_link, &attribute));
            let value = value.unwrap_or_default();
            numbers.put(self.link, number);
            put_len(self.link, value.len());
            for piece in value.chunks(CHUNK) {
                self.link.put(piece);
                self.link.flush_if_full()?;
            }
        }
        Numbers::put_end(self.link);
        Ok(())
    }

    /// Working directory and name of an index, and whether it is a symlink.
    pub(super) fn place_of(&self, live: &Segment, ndx: i32) -> (u16, Vec<u8>, bool) {
        let mut name = Vec::new();
        match (live.position(ndx).and_then(|at| live.entries.get(at)), &live.parent) {
            (Some(entry), _) => {
                live.name_into(entry, &mut name);
                (live.dirs.base(entry.dir), name, entry.is_symlink())
            }
            (None, Some(parent)) => (self.lister.base_of(parent.number), parent.path.clone(), false),
            (None, None) => {
                let base = live.entries.first().map_or(0, |entry| live.dirs.base(entry.dir));
                (base, b".".to_vec(), false)
            }
        }
    }
}
