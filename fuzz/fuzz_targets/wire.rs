//! Numbers, indexes, items, heads, strings, statistics: what is read is written and read again, alike.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tinyrsyncd::wire::frame::{self, Code};
use tinyrsyncd::wire::item::Item;
use tinyrsyncd::wire::ndx::Ndx;
use tinyrsyncd::wire::stats::DeleteStats;
use tinyrsyncd::wire::sum_head::SumHead;
use tinyrsyncd::wire::{Reader, int, vstring};

fuzz_target!(|input: (u8, u8, &[u8])| {
    let (which, version, bytes) = input;
    let protocol = 27 + u32::from(version % 6);
    match which % 8 {
        0 => number(bytes, |r| int::read_varint30(r, protocol), |out, n| int::put_varint30(out, protocol, n)),
        1 => number(bytes, |r| int::read_varlong30(r, protocol, 3), |out, n| int::put_varlong30(out, protocol, n, 3)),
        2 => number(bytes, |r| int::read_varlong30(r, protocol, 4), |out, n| int::put_varlong30(out, protocol, n, 4)),
        3 => requests(bytes, protocol),
        4 => head(bytes, protocol),
        5 => string(bytes),
        6 => number(bytes, DeleteStats::read, |out, stats| stats.put(out)),
        _ => header(bytes),
    }
});

/// All values in `bytes`, one after the other; each survives being written and read again.
fn number<T: PartialEq + Copy + std::fmt::Debug>(
    bytes: &[u8],
    read: impl Fn(&mut Reader) -> Result<T, tinyrsyncd::wire::Fault>,
    put: impl Fn(&mut Vec<u8>, T),
) {
    let mut r = Reader::new(bytes);
    while let Ok(value) = read(&mut r) {
        let mut again = Vec::new();
        put(&mut again, value);
        let mut second = Reader::new(&again);
        assert_eq!(read(&mut second), Ok(value));
        assert_eq!(second.used(), again.len());
    }
}

/// A stream of requests: index and item, with the memory that the indexes share.
fn requests(bytes: &[u8], protocol: u32) {
    let (mut state, mut writer, mut reader) = (Ndx::new(protocol), Ndx::new(protocol), Ndx::new(protocol));
    let mut r = Reader::new(bytes);
    while let Ok(ndx) = state.read(&mut r) {
        let mut out = Vec::new();
        if ndx < 0 {
            writer.put(&mut out, ndx);
            assert_eq!(reader.read(&mut Reader::new(&out)), Ok(ndx));
            continue;
        }
        let Ok(item) = Item::read(&mut r, protocol) else { return };
        item.put(&mut out, protocol, &mut writer, ndx);
        let mut second = Reader::new(&out);
        assert_eq!(reader.read(&mut second), Ok(ndx));
        assert_eq!(Item::read(&mut second, protocol), Ok(item));
    }
}

fn head(bytes: &[u8], protocol: u32) {
    let Ok(head) = SumHead::read(&mut Reader::new(bytes), protocol, 16) else { return };
    let mut out = Vec::new();
    head.put(&mut out);
    assert_eq!(SumHead::read(&mut Reader::new(&out), protocol, 16), Ok(head));
    for index in [0, head.count / 2, head.count.saturating_sub(1)] {
        assert!(head.block_len(index) <= head.blength);
        let _ = head.offset(index);
    }
}

fn string(bytes: &[u8]) {
    let Ok(text) = vstring::read(&mut Reader::new(bytes), usize::MAX) else { return };
    let mut out = Vec::new();
    vstring::put(&mut out, text);
    assert_eq!(vstring::read(&mut Reader::new(&out), usize::MAX), Ok(text));
}

fn header(bytes: &[u8]) {
    let Some(first) = bytes.first_chunk() else { return };
    let (tag, len) = frame::split(*first);
    if let Some(code) = Code::from_tag(tag) {
        assert_eq!(frame::header(code, len), *first);
    }
}
