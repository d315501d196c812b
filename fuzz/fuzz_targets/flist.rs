//! A file list of any protocol and form, up to its end: read, kept, ordered.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tinyrsyncd::flist::decode::{Next, Position};
use tinyrsyncd::flist::{Codec, HardLink, Record, Segment, State};
use tinyrsyncd::wire::Reader;

fuzz_target!(|input: (u8, u16, &[u8])| {
    let (version, bits, bytes) = input;
    let codec = form(27 + u32::from(version % 6), bits);
    let (mut state, mut record) = (State::default(), Record::default());
    let mut segment = Segment::new(i32::from(codec.inc), None, codec.sum_len);
    segment.keeps_extras = codec.has_extras();
    let mut r = Reader::new(bytes);
    loop {
        let at = Position { start: segment.start, count: u32::try_from(segment.entries.len()).unwrap() };
        match codec.read(&mut r, &mut state, at, &mut record) {
            Ok(Next::Entry) => {}
            Ok(Next::Repeated(position)) => {
                if segment.repeat_into(position, &mut record).is_err() {
                    return;
                }
                codec.repeated(&mut state, &record);
            }
            Ok(Next::End(_)) => break,
            Err(_) => return,
        }
        assert!(record.name.len() < 4096);
        keep(&mut segment, &record, at);
    }
    segment.sort(&codec);
    segment.drop_duplicates(&codec);
    segment.publish();
    read_all(&segment);
});

fn form(protocol: u32, bits: u16) -> Codec {
    let on = |n: u16| bits & 1 << n != 0;
    let new = protocol >= 30;
    Codec {
        protocol,
        varint_flags: new && on(0),
        safe_flist: new && on(1),
        id0_names: new && on(2),
        inc: new && on(3),
        owner: on(4),
        group: on(5),
        links: on(6),
        devices: on(7),
        specials: on(8),
        hard_links: on(9),
        atimes: on(12),
        acls: false,
        xattrs: false,
        relative: on(10),
        sum_len: if on(11) { 16 } else { 0 },
    }
}

/// Stores a record under its name, cut at the last slash.
fn keep(segment: &mut Segment, record: &Record, at: Position) {
    let cut = record.name.iter().rposition(|&b| b == b'/');
    let (dir, base) = match cut {
        Some(cut) => (record.name.get(..cut).unwrap(), record.name.get(cut + 1..).unwrap()),
        None => (&b""[..], record.name.as_slice()),
    };
    let dir = segment.dirs.intern(dir);
    let group = match record.hard_link {
        HardLink::First => u64::try_from(at.start).ok().map(|start| start + u64::from(at.count)),
        HardLink::Member(group) => u64::try_from(group).ok(),
        HardLink::No | HardLink::DevIno(..) => None,
    };
    segment.push(record, dir, base, group).unwrap();
}

fn read_all(segment: &Segment) {
    let mut name = Vec::new();
    for (at, entry) in segment.entries.iter().enumerate() {
        segment.name_into(entry, &mut name);
        let _ = (segment.target(entry), segment.rdev(entry), segment.sum(at), segment.group(at));
    }
}
