//! `--chmod`, `--usermap`: texts of a peer.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tinyrsyncd::flist::Chmod;
use tinyrsyncd::options::IdRules;

fuzz_target!(|input: (u16, u16, u32, &[u8])| {
    let (mode, umask, id, text) = input;
    let mode = u32::from(mode);
    if let Some(chmod) = Chmod::parse(text) {
        let changed = chmod.apply(mode, mode & 0o170000 == 0o040000, u32::from(umask) & 0o777);
        assert_eq!(changed & !0o7777, mode & !0o7777);
    }
    if let Ok(rules) = IdRules::parse("usermap", text, &mut |name| u32::try_from(name.len()).ok(), &mut |_| {}) {
        let _ = (rules.find(id, b""), rules.find(id, b"root"));
    }
});
