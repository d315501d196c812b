//! Sets as captured from a stock sender, and any set in both directions.

use proptest::prelude::*;

use super::*;

fn md5(value: &[u8]) -> Digest {
    use md5::Digest as _;
    md5::Md5::digest(value).into()
}

fn read(bytes: &[u8]) -> Decoded<Set> {
    let mut r = Reader::new(bytes);
    let Head::Literal(count) = Head::read(&mut r, 0)? else { panic!("a number") };
    let mut set = Set::default();
    for number in 1..=count {
        set.items.push(Item { number, ..Item::read(&mut r)? });
    }
    assert_eq!(r.rest(), b"");
    Ok(set)
}

#[test]
fn a_captured_set_reads_and_writes_alike() {
    let list = [(b"user.big".to_vec(), vec![b'B'; 40]), (b"user.s".to_vec(), b"abc".to_vec())];
    let bytes = b"\x00\x02\x09\x28user.big\0\xcc\xb7\x64\xfb\x02\x83\x5a\x3b\x3a\xbe\x29\x5a\x2e\x07\x6e\xb1\x07\x03user.s\0abc";
    let mut out = Vec::new();
    put_set(&mut out, &list, &mut md5);
    assert_eq!(out, bytes);
    let set = read(bytes).unwrap();
    assert_eq!(set.item(2).unwrap().value(), Some(&b"abc"[..]));
    let Datum::Long(long) = &set.item(1).unwrap().datum else { panic!("short") };
    assert_eq!((long.len, long.digest), (40, md5(&[b'B'; 40])));
    assert!(set.item(3).is_none() && set.item(0).is_none());
}

#[test]
fn a_long_value_is_asked_for_once_and_then_known() {
    let long = Long::new([0; 16], 40);
    assert!(long.value().is_none() && long.ask() && !long.ask() && long.is_asked());
    long.supply(b"first".to_vec());
    long.supply(b"second".to_vec());
    assert_eq!(long.value(), Some(&b"first"[..]));
}

#[test]
fn requests_are_steps() {
    let (mut out, mut numbers) = (Vec::new(), Numbers::default());
    for number in [1, 3, 4] {
        numbers.put(&mut out, number);
    }
    Numbers::put_end(&mut out);
    assert_eq!(out, [1, 2, 1, 0]);
    let (mut r, mut numbers, mut got) = (Reader::new(&out), Numbers::default(), Vec::new());
    while let Some(number) = numbers.read(&mut r).unwrap() {
        numbers.advance(number);
        got.push(number);
    }
    assert_eq!(got, [1, 3, 4]);
    assert!(matches!(Numbers::default().read(&mut Reader::new(b"\xf0\xff\xff\xff\xff")), Err(Fault::Protocol(_))));
}

#[test]
fn sets_that_are_none_are_refused() {
    let head = |bytes: &[u8]| Head::read(&mut Reader::new(bytes), 1);
    assert_eq!(head(b"\x01"), Ok(Head::Known(0)));
    for bytes in [&b"\x02"[..], b"\xf0\xff\xff\xff\xff", b"\x00\xcf\x42\x40", b"\x00\xf0\xff\xff\xff\xff"] {
        assert!(matches!(head(bytes), Err(Fault::Malformed(_))), "{bytes:x?}");
    }
    // No name, a name too long, a value of 2 GB, a name without its end, one with two.
    for bytes in [&b"\x01\x00\0"[..], b"\x91\x00\x00", b"\x03\xf0\xff\xff\xff\x7f", b"\x03\x00abc", b"\x04\x00a\0b\0"] {
        assert!(matches!(Item::read(&mut Reader::new(bytes)), Err(Fault::Malformed(_))), "{bytes:x?}");
    }
}

prop_compose! {
    fn any_set()(items in prop::collection::btree_map("[a-z.]{1,20}", prop::collection::vec(any::<u8>(), 0..70), 0..8)) -> Vec<(Vec<u8>, Vec<u8>)> {
        items.into_iter().map(|(name, value)| (name.into_bytes(), value)).collect()
    }
}

proptest! {
    #[test]
    fn any_set_comes_back(list in any_set()) {
        let mut out = Vec::new();
        put_set(&mut out, &list, &mut md5);
        let set = read(&out).unwrap();
        prop_assert_eq!(set.items.len(), list.len());
        for (item, (name, value)) in set.items.iter().zip(&list) {
            prop_assert_eq!(&item.name, name);
            match &item.datum {
                Datum::Short(short) => prop_assert_eq!(short, value),
                Datum::Long(long) => prop_assert!(value.len() > SHORT && long.len == value.len() && long.digest == md5(value)),
            }
        }
    }

    #[test]
    fn any_bytes_are_read_without_a_panic(bytes: Vec<u8>, known in 0usize..10) {
        let mut r = Reader::new(&bytes);
        if let Ok(Head::Literal(count)) = Head::read(&mut r, known) {
            for _ in 0..count {
                if Item::read(&mut r).is_err() {
                    break;
                }
            }
        }
        let mut numbers = Numbers::default();
        while let Ok(Some(number)) = numbers.read(&mut r) {
            numbers.advance(number);
            let _ = read_len(&mut r);
        }
    }
}
