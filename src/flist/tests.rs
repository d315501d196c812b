//! Entries as captured from a stock sender, in both directions.

use proptest::prelude::*;

use super::codec::{Codec, End, xmit};
use super::decode::{Next, Position};
use super::extra::Extra;
use super::state::{HardLink, Record, State};
use crate::wire::{Fault, Reader};

fn hex(text: &str) -> Vec<u8> {
    text.split_whitespace().map(|b| u8::from_str_radix(b, 16).unwrap()).collect()
}

fn codec(protocol: u32, varint_flags: bool) -> Codec {
    Codec {
        protocol,
        varint_flags,
        safe_flist: protocol >= 31,
        id0_names: varint_flags,
        inc: varint_flags,
        owner: true,
        group: true,
        links: true,
        devices: true,
        specials: true,
        hard_links: true,
        atimes: false,
        acls: false,
        xattrs: false,
        relative: false,
        sum_len: 0,
        wire_order: false,
    }
}

fn record(name: &str, mode: u32, size: u64) -> Record {
    Record { name: name.into(), mode, size, mtime: 1_700_000_000, ..Record::default() }
}

fn dot() -> Record {
    Record { flags: xmit::TOP_DIR, ..record(".", 0o040755, 4096) }
}

/// Writes `list`, checks the bytes of its last entry, and reads everything back.
fn both_ways(codec: Codec, list: &[Record], last: &str) {
    let (mut out, mut state, mut before) = (Vec::new(), State::default(), 0);
    let start = i32::from(codec.inc);
    for record in list {
        before = out.len();
        codec.put(&mut out, &mut state, record, start);
    }
    assert_eq!(out[before..], hex(last), "protocol {}", codec.protocol);
    let (mut r, mut state) = (Reader::new(&out), State::default());
    let mut got = Record::default();
    for (count, record) in (0u32..).zip(list) {
        let next = codec.read(&mut r, &mut state, Position { start, count }, &mut got).unwrap();
        if let Next::Repeated(at) = next {
            assert_eq!(got.name, record.name);
            codec.repeated(&mut state, &list[usize::try_from(at).unwrap()]);
            continue;
        }
        let expected = Record { flags: got.flags, ..record.clone() };
        assert_eq!(got, expected);
        assert_eq!(got.flags & (xmit::TOP_DIR | xmit::NO_CONTENT_DIR), record.flags);
    }
    assert_eq!(r.used(), out.len());
}

#[test]
fn the_top_directory() {
    let named = Record { user: b"root".to_vec(), group: b"root".to_vec(), ..dot() };
    both_ways(
        codec(31, true),
        std::slice::from_ref(&named),
        "8c 01 01 2e 00 00 10 65 00 f1 53 ed 41 00 00 00 04 72 6f 6f 74 00 04 72 6f 6f 74",
    );
    both_ways(
        Codec { inc: true, ..codec(31, false) },
        &[named],
        "05 0c 01 2e 00 00 10 65 00 f1 53 ed 41 00 00 00 04 72 6f 6f 74 00 04 72 6f 6f 74",
    );
    for protocol in [27, 28, 29] {
        both_ways(
            codec(protocol, false),
            &[dot()],
            "01 01 2e 00 10 00 00 00 f1 53 65 ed 41 00 00 00 00 00 00 00 00 00 00",
        );
    }
}

#[test]
fn a_directory_like_the_one_before() {
    let list = [dot(), record("d2", 0o040755, 4096)];
    both_ways(codec(28, false), &list, "9a 02 64 32 00 10 00 00");
    let inside = [dot(), Record { flags: 0, ..record("d2", 0o040755, 4096) }];
    both_ways(codec(31, true), &inside, "80 9a 02 64 32 00 00 10");
}

#[test]
fn hard_links_of_every_protocol() {
    let first = Record { hard_link: HardLink::First, ..record("hl", 0o100644, 5) };
    let dirs = || [dot(), record("d2", 0o040755, 4096)];
    let [a, b] = dirs();
    let prefixed = Record { name: b"a".to_vec(), ..first.clone() };
    both_ways(codec(31, true), &[a, b, first.clone()], "92 98 02 68 6c 00 05 00 a4 81 00 00");
    let [a, b] = dirs();
    let member = Record { name: b"a.txt".to_vec(), hard_link: HardLink::Member(3), ..first };
    both_ways(codec(31, true), &[a, b, prefixed, member], "82 ba 01 04 2e 74 78 74 03");
    let old = Record { hard_link: HardLink::DevIno(0xfe01, 0x5208a7), ..record("hl", 0o100644, 5) };
    both_ways(
        codec(29, false),
        &[dot(), old.clone()],
        "9c 02 02 68 6c 05 00 00 00 a4 81 00 00 01 fe 00 00 a7 08 52 00",
    );
    both_ways(codec(27, false), &[dot(), old], "98 02 68 6c 05 00 00 00 a4 81 00 00 01 fe 00 00 a7 08 52 00");
}

#[test]
fn nanoseconds_symlinks_and_devices() {
    let abc = Record { nsec: 500_000_000, ..record("abc", 0o100644, 1) };
    both_ways(codec(31, true), &[dot(), abc.clone()], "a0 98 03 61 62 63 00 01 00 f0 00 65 cd 1d a4 81 00 00");
    both_ways(
        Codec { inc: true, ..codec(31, false) },
        &[dot(), abc],
        "9c 20 03 61 62 63 00 01 00 f0 00 65 cd 1d a4 81 00 00",
    );
    let link = Record { target: b"a.txt".to_vec(), ..record("lnk", 0o120777, 5) };
    both_ways(codec(31, true), &[dot(), link], "80 98 03 6c 6e 6b 00 05 00 ff a1 00 00 05 61 2e 74 78 74");
    let device = Record { rdev: (5, 300), ..record("c", 0o020600, 0) };
    both_ways(codec(31, true), &[dot(), device.clone()], "80 98 01 63 00 00 00 80 21 00 00 05 81 2c");
    both_ways(codec(29, false), &[dot(), device.clone()], "98 01 63 00 00 00 00 80 21 00 00 05 00 00 00 2c 01 00 00");
    both_ways(codec(27, false), &[dot(), device], "98 01 63 00 00 00 00 80 21 00 00 2c 05 10 00");
}

#[test]
fn access_times_stand_behind_the_mode() {
    let with = |atime| Record { extra: Extra { atime, ..Extra::default() }, ..record("f", 0o100644, 1) };
    let forms =
        |protocol, varint| Codec { atimes: true, owner: false, group: false, inc: false, ..codec(protocol, varint) };
    both_ways(forms(31, true), &[with(1_600_000_000)], "18 01 66 00 01 00 65 00 f1 53 a4 81 00 00 5f 00 10 5e");
    both_ways(forms(29, false), &[with(1_600_000_000)], "18 01 66 01 00 00 00 00 f1 53 65 a4 81 00 00 5f 00 10 5e");
    let again = Record { name: b"g".to_vec(), ..with(1_600_000_000) };
    both_ways(forms(31, true), &[with(1_600_000_000), again.clone()], "c0 9a 40 01 67 00 01 00");
    // A directory has none, and does not stand between two files with the same.
    let between = Record { name: b"d".to_vec(), ..dot() };
    let between = Record { flags: 0, ..between };
    both_ways(forms(31, true), &[with(1_600_000_000), between, again], "c0 98 40 01 67 00 01 00 a4 81 00 00");
}

#[test]
fn old_flags_of_devices_and_links_are_not_taken_for_names() {
    // Before protocol 30 the bits that announce names say something about devices and links.
    let device = Record { rdev: (1, 3), uid: 7, gid: 8, ..record("nod", 0o020644, 0) };
    both_ways(
        codec(29, false),
        &[dot(), device],
        "84 08 03 6e 6f 64 00 00 00 00 a4 21 00 00 07 00 00 00 08 00 00 00 01 00 00 00 03",
    );
    let link =
        |name: &str, uid| Record { hard_link: HardLink::DevIno(5, 6), uid, gid: uid, ..record(name, 0o100644, 1) };
    both_ways(
        codec(28, false),
        &[link("a", 1), link("b", 2)],
        "86 06 01 62 01 00 00 00 02 00 00 00 02 00 00 00 06 00 00 00",
    );
}

#[test]
fn a_fifo_of_every_protocol() {
    let fifo = record("fifo", 0o010644, 0);
    for (protocol, varint, bytes) in [
        (31, true, "80 98 04 66 69 66 6f 00 00 00 a4 11 00 00"),
        (30, true, "81 98 04 66 69 66 6f 00 00 00 a4 11 00 00 00"),
        (29, false, "9c 09 04 66 69 66 6f 00 00 00 00 a4 11 00 00 00"),
        (27, false, "9c 04 66 69 66 6f 00 00 00 00 a4 11 00 00"),
    ] {
        both_ways(codec(protocol, varint), &[dot(), fifo.clone()], bytes);
    }
}

#[test]
fn the_end_carries_the_error_where_it_may() {
    for (protocol, varint, io_error, bytes) in [
        (31, true, 0, "00 00"),
        (31, true, 1, "00 01"),
        (31, false, 1, "04 10 01"),
        (31, false, 0, "00"),
        (29, false, 1, "00"),
    ] {
        let codec = codec(protocol, varint);
        let mut out = Vec::new();
        codec.put_end(&mut out, io_error);
        assert_eq!(out, hex(bytes));
        let carried = if protocol < 30 { 0 } else { io_error };
        assert_eq!(codec.read_flags(&mut Reader::new(&out)), Ok(Err(End { io_error: carried })));
    }
}

#[test]
fn old_directories_without_flags_are_written_as_stock_does() {
    let list = [dot(), Record { mode: 0o040700, mtime: 5, uid: 1, gid: 2, ..record("t2", 0, 0) }];
    both_ways(codec(28, false), &list, "04 00 02 74 32 00 00 00 00 05 00 00 00 c0 41 00 00 01 00 00 00 02 00 00 00");
    both_ways(
        codec(27, false),
        &list,
        "40 02 00 00 00 74 32 00 00 00 00 05 00 00 00 c0 41 00 00 01 00 00 00 02 00 00 00",
    );
}

#[test]
fn crafted_entries_are_refused() {
    let read = |codec: Codec, bytes: &[u8]| {
        codec.read(
            &mut Reader::new(bytes),
            &mut State::default(),
            Position { start: 1, count: 0 },
            &mut Record::default(),
        )
    };
    let longer_prefix = [0x20, 5, 1, b'x'];
    assert!(matches!(read(codec(31, true), &longer_prefix), Err(Fault::Protocol(_))));
    let bad_mode = hex("18 01 66 00 01 00 65 00 f1 53 a4 f1 00 00");
    assert!(matches!(read(codec(31, true), &bad_mode), Err(Fault::Protocol(_))));
    let link_ahead = hex("82 00 01 66 05");
    assert!(matches!(read(codec(31, true), &link_ahead), Err(Fault::Protocol(_))));
    let no_safe = Codec { safe_flist: false, ..codec(30, false) };
    assert!(matches!(read(no_safe, &[0x04, 0x10, 1]), Err(Fault::Protocol(_))));
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_a_panic(bytes: Vec<u8>, protocol in 27u32..=32, varint: bool) {
        let codec = codec(protocol, varint && protocol >= 30);
        let (mut r, mut state, mut record) = (Reader::new(&bytes), State::default(), Record::default());
        for count in 0.. {
            match codec.read(&mut r, &mut state, Position { start: 1, count }, &mut record) {
                Ok(Next::Entry) => {}
                _ => break,
            }
        }
    }

    #[test]
    fn an_entry_cut_anywhere_changes_nothing(cut in 0usize..27) {
        let whole = hex("8c 01 01 2e 00 00 10 65 00 f1 53 ed 41 00 00 00 04 72 6f 6f 74 00 04 72 6f 6f 74");
        let codec = codec(31, true);
        let (mut state, mut record) = (State::default(), Record::default());
        let at = Position { start: 1, count: 0 };
        prop_assert_eq!(codec.read(&mut Reader::new(&whole[..cut]), &mut state, at, &mut record), Err(Fault::NeedMore));
        prop_assert!(state.name.is_empty() && state.mode == 0);
        prop_assert_eq!(codec.read(&mut Reader::new(&whole), &mut state, at, &mut record), Ok(Next::Entry));
        prop_assert_eq!(&record.user, b"root");
    }
}

#[test]
fn converted_names_are_known_by_the_order_they_came_in() {
    let mut codec = codec(31, true);
    for wire_order in [false, true] {
        codec.wire_order = wire_order;
        let mut segment = super::Segment::new(7, None, 0);
        for name in ["c", "a", "b"] {
            segment.push(&record(name, 0o100644, 1), 0, name.as_bytes(), None).unwrap();
        }
        segment.sort(&codec);
        let indexes: Vec<i32> = (0..3).map(|at| segment.index(at)).collect();
        assert_eq!(indexes, if wire_order { [8, 9, 7] } else { [7, 8, 9] });
        for (at, ndx) in indexes.into_iter().enumerate() {
            assert_eq!(segment.position(ndx), Some(at));
        }
        assert_eq!((segment.position(6), segment.position(10)), (None, None));
    }
}
