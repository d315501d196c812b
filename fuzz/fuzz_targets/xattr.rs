//! Sets of extended attributes, requests for their values, and answers.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tinyrsyncd::flist::xattr::{Datum, Head, Item, Numbers, SHORT, Set, read_len};
use tinyrsyncd::wire::Reader;

fuzz_target!(|input: (u8, &[u8])| {
    let (known, bytes) = input;
    let mut r = Reader::new(bytes);
    let mut set = Set::default();
    if let Ok(Head::Literal(count)) = Head::read(&mut r, usize::from(known)) {
        for number in 1..=count {
            let Ok(item) = Item::read(&mut r) else { break };
            assert!(!item.name.is_empty() && !item.name.contains(&0));
            match &item.datum {
                Datum::Short(value) => assert!(value.len() <= SHORT),
                Datum::Long(long) => assert!(long.len > SHORT && long.value().is_none()),
            }
            set.items.push(Item { number, ..item });
        }
    }
    let mut numbers = Numbers::default();
    while let Ok(Some(number)) = numbers.read(&mut r) {
        numbers.advance(number);
        if let Some(Datum::Long(long)) = set.item(number).map(|item| &item.datum) {
            long.ask();
            assert!(long.is_asked() && !long.ask());
        }
        let Ok(len) = read_len(&mut r) else { break };
        if r.take(len).is_err() {
            break;
        }
    }
    let _ = set.memory();
});
