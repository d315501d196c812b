//! A peer's rules in either syntax, and what they say about a name; the last line of the input is that name.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tinyrsyncd::filter::filters::{Filters, Side};

fuzz_target!(|input: (bool, u8, bool, &[u8])| {
    let (sender, version, cvs, bytes) = input;
    let side = if sender { Side::Sender } else { Side::Receiver };
    let mut filters = Filters::new(side, 27 + u32::from(version % 6));
    let mut lines: Vec<&[u8]> = bytes.split(|&b| b == b'\n').collect();
    let name = lines.pop().unwrap_or_default();
    for line in lines {
        if filters.add_wire_rule(line).is_err() {
            return;
        }
    }
    if cvs && filters.add_cvs_defaults().is_err() {
        return;
    }
    for is_dir in [false, true] {
        let _ = filters.hides(name, is_dir);
        let _ = filters.protects(name, is_dir, true);
        let _ = filters.daemon_hides_path(name, is_dir);
    }
    let _ = filters.excludes_xattr(name);
    let _ = filters.take_notes();
});
