//! The lists of user and group names behind a file list.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tinyrsyncd::flist::ids::{IdLists, NO_ID, read_pair};
use tinyrsyncd::wire::Reader;

fuzz_target!(|input: (bool, bool, &[u8])| {
    let (new, id0_names, bytes) = input;
    let protocol = if new { 31 } else { 29 };
    let id0_names = new && id0_names;
    let mut r = Reader::new(bytes);
    let mut lists = IdLists::default();
    while let Ok((id, name)) = read_pair(&mut r, protocol, id0_names) {
        if id == NO_ID {
            lists.zero = name;
            break;
        }
        if !name.is_empty() {
            lists.names.push((id, name));
        }
    }
    let mut out = Vec::new();
    lists.put(&mut out, protocol, id0_names);
    let mut second = Reader::new(&out);
    for pair in &lists.names {
        assert_eq!(read_pair(&mut second, protocol, id0_names).as_ref(), Ok(pair));
    }
    assert_eq!(read_pair(&mut second, protocol, id0_names), Ok((NO_ID, lists.zero)));
});
