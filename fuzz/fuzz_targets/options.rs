//! A client's arguments, NUL between them; with `-s` in them the same list serves as the second one.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use tinyrsyncd::options::{self, Context, RefuseList};

static REFUSE: LazyLock<RefuseList> =
    LazyLock::new(|| RefuseList::parse(b"delete* !delete-during compress", &mut drop));

fuzz_target!(|input: (bool, bool, u8, &[u8])| {
    let (daemon, unescape, version, bytes) = input;
    let args: Vec<Vec<u8>> = bytes.split(|&b| b == 0).map(<[u8]>::to_vec).collect();
    let protocol = if daemon { Some(27 + u32::from(version % 6)) } else { None };
    let context = Context { daemon, protocol, refuse: &REFUSE, unescape };
    let parsed = options::parse(&args, &context);
    if let Some(error) = &parsed.error {
        assert!(!error.text.contains('\n'), "an error spoofs a second line: {:?}", error.text);
    }
    if parsed.options.secluded {
        let _ = options::parse_secluded(parsed, &args, &Context { unescape: false, ..context });
    }
});
