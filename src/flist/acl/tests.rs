//! Lists as captured from a stock sender, and any list in both directions.

use proptest::prelude::*;

use super::*;

fn read(bytes: &[u8], known: usize) -> Decoded<(Acl, Vec<Vec<u8>>)> {
    let mut r = Reader::new(bytes);
    let Head::Literal(mut acl, count) = Head::read(&mut r, known)? else { panic!("a number") };
    let mut texts = Vec::new();
    for _ in 0..count {
        let (named, text) = Named::read(&mut r)?;
        acl.names.push(named);
        texts.push(text.unwrap_or_default().to_vec());
    }
    assert_eq!(r.rest(), b"");
    Ok((acl, texts))
}

fn names() -> Vec<Named> {
    vec![Named { is_group: false, id: 1000, access: 7 }, Named { is_group: true, id: 5, access: 5 }]
}

/// u:1000:rwx, group::r, g:5:r-x, mask rwx, on a file of mode 0674.
fn captured() -> Acl {
    Acl { user_obj: Some(6), group_obj: Some(4), mask: Some(7), other: Some(4), names: names() }
}

#[test]
fn a_captured_list_reads_and_writes_alike() {
    let mut acl = captured();
    acl.strip(0o674);
    assert_eq!(acl, Acl { group_obj: Some(4), names: names(), ..Acl::default() });
    let with_names = b"\x00\x12\x04\x02\x83\xe8\x1f\x08cloudsdk\x05\x15\x03tty";
    let without = b"\x00\x12\x04\x02\x83\xe8\x1e\x05\x14";
    let mut out = Vec::new();
    acl.put(&mut out, &mut |named| Some(if named.is_group { b"tty".to_vec() } else { b"cloudsdk".to_vec() }));
    assert_eq!(out, with_names);
    assert_eq!(read(with_names, 0), Ok((acl.clone(), vec![b"cloudsdk".to_vec(), b"tty".to_vec()])));
    let mut out = Vec::new();
    acl.put(&mut out, &mut |_| None);
    assert_eq!(out, without);
    acl.complete(0o100674);
    assert_eq!(acl, captured());
}

#[test]
fn a_captured_default_list_travels_whole() {
    let bytes = b"\x00\x1f\x07\x05\x05\x00\x01\x83\xe8\x16";
    let names = vec![Named { is_group: false, id: 1000, access: 5 }];
    let acl = Acl { user_obj: Some(7), group_obj: Some(5), mask: Some(5), other: Some(0), names };
    let mut out = Vec::new();
    acl.put(&mut out, &mut |_| None);
    assert_eq!(out, bytes);
    assert_eq!(read(bytes, 0).map(|(acl, _)| acl), Ok(acl));
}

#[test]
fn a_trivial_list_is_two_octets_and_then_one() {
    let mut trivial = Acl { user_obj: Some(6), group_obj: Some(4), other: Some(4), ..Acl::default() };
    trivial.strip(0o644);
    assert!(trivial.is_empty());
    let mut out = Vec::new();
    trivial.put(&mut out, &mut |_| None);
    put_known(&mut out, 0);
    assert_eq!(out, [0, 0, 1]);
    assert_eq!(Head::read(&mut Reader::new(&[1]), 1), Ok(Head::Known(0)));
}

#[test]
fn lists_that_are_none_are_refused() {
    for bytes in [&b"\x01"[..], b"\x02", b"\xf0\xff\xff\xff\xff", b"\x00\x01\x08", b"\x00\x01\x7f"] {
        assert!(matches!(Head::read(&mut Reader::new(bytes), 0), Err(Fault::Malformed(_))), "{bytes:x?}");
    }
    // A million names are announced, none are read.
    assert!(matches!(Head::read(&mut Reader::new(b"\x00\x10\xcf\x42\x40"), 0), Err(Fault::Malformed(_))));
    assert!(matches!(Named::read(&mut Reader::new(b"\x05\x20")), Err(Fault::Malformed(_))));
    assert_eq!(Named::read(&mut Reader::new(b"\x05\x15\x03tt")), Err(Fault::NeedMore));
}

#[test]
fn the_disk_has_the_kernels_form() {
    let value = captured().to_disk();
    let entries = [
        "01000600ffffffff",
        "02000700e8030000",
        "04000400ffffffff",
        "0800050005000000",
        "10000700ffffffff",
        "20000400ffffffff",
    ];
    let hex: String = value.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hex, format!("02000000{}", entries.concat()));
    assert_eq!(Acl::from_disk(&value), Some(captured()));
    assert_eq!(Acl::from_disk(&value[..10]), None);
    assert_eq!(Acl::from_disk(b"\x01\0\0\0"), None);
}

#[test]
fn the_kept_form_is_stocks() {
    let names = vec![Named { is_group: false, id: 1000, access: 7 }];
    let acl = Acl { group_obj: Some(4), mask: Some(7), names, ..Acl::default() };
    let bytes = [0x80, 0, 0, 0, 4, 0, 0, 0, 7, 0, 0, 0, 0x80, 0, 0, 0, 0xe8, 3, 0, 0, 7, 0, 0, 0x80];
    assert_eq!(acl.to_kept(), bytes);
    assert_eq!(Acl::from_kept(&bytes), Some(acl));
    assert_eq!(Acl::from_kept(&bytes[..20]), None);
}

#[test]
fn two_names_that_become_one_keep_their_order() {
    let [user, group] = [names()[0], names()[1]];
    let twice = Named { access: 1, ..user };
    let mut acl = Acl { names: vec![group, user, twice], ..captured() };
    acl.sort();
    assert_eq!(acl.names, [user, twice, group]);
    assert_eq!(Acl::from_disk(&acl.to_disk()), Some(acl));
}

#[test]
fn what_is_missing_comes_from_the_mode() {
    let mut sent = Acl { names: names(), ..Acl::default() };
    sent.complete(0o751);
    assert_eq!((sent.user_obj, sent.group_obj, sent.mask, sent.other), (Some(7), Some(5), Some(5), Some(1)));
    let mut default = Acl { user_obj: Some(7), names: names(), ..Acl::default() };
    default.complete_default(0o750);
    assert_eq!((default.group_obj, default.mask, default.other), (Some(5), Some(7), Some(0)));
    assert_eq!(default.permissions(), 0o770);
    let mut none = Acl::default();
    none.complete_default(0o750);
    assert!(none.is_empty());
}

prop_compose! {
    fn any_named()(is_group: bool, id: u32, access in 0u8..8) -> Named {
        Named { is_group, id, access }
    }
}

prop_compose! {
    fn any_acl()(objects: [Option<u8>; 4], names in prop::collection::vec(any_named(), 0..20)) -> Acl {
        let [user_obj, group_obj, mask, other] = objects.map(|object| object.map(|bits| bits & 7));
        let mut names = names;
        names.sort_unstable();
        names.dedup_by_key(|named| (named.is_group, named.id));
        Acl { user_obj, group_obj, mask, other, names }
    }
}

proptest! {
    #[test]
    fn any_list_comes_back(acl in any_acl(), named: bool) {
        let mut out = Vec::new();
        acl.put(&mut out, &mut |_| named.then(|| b"who".to_vec()));
        prop_assert_eq!(read(&out, 7).map(|(acl, _)| acl), Ok(acl.clone()));
        prop_assert_eq!(Acl::from_disk(&acl.to_disk()), Some(acl.clone()));
        prop_assert_eq!(Acl::from_kept(&acl.to_kept()), Some(acl));
    }

    #[test]
    fn stripping_loses_nothing_that_the_mode_keeps(acl in any_acl(), mode in 0u32..0o777) {
        let mut whole = acl;
        whole.complete(mode);
        let mut back = whole.clone();
        back.strip(mode);
        back.complete(mode);
        // A mask that stands alone is kept; one that the names need comes back.
        prop_assert_eq!(back, whole);
    }

    #[test]
    fn any_bytes_are_read_without_a_panic(bytes: Vec<u8>, known in 0usize..10) {
        let mut r = Reader::new(&bytes);
        if let Ok(Head::Literal(_, count)) = Head::read(&mut r, known) {
            for _ in 0..count {
                if Named::read(&mut r).is_err() {
                    break;
                }
            }
        }
        let _ = (Acl::from_disk(&bytes), Acl::from_kept(&bytes));
    }
}
