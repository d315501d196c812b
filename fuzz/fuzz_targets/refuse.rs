//! The value of `refuse options`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tinyrsyncd::options::RefuseList;

fuzz_target!(|text: &[u8]| {
    let list = RefuseList::parse(text, &mut drop);
    assert!(list.refuses("iconv"), "an operator's text takes back what no daemon allows");
});
