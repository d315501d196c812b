//! ACLs: from the wire, from disk, from the kept form; what is read is written alike.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tinyrsyncd::flist::acl::{Head, Named};
use tinyrsyncd::flist::Acl;
use tinyrsyncd::wire::Reader;

fuzz_target!(|input: (u8, u16, &[u8])| {
    let (known, mode, bytes) = input;
    let mut r = Reader::new(bytes);
    if let Ok(Head::Literal(mut acl, count)) = Head::read(&mut r, usize::from(known)) {
        for _ in 0..count {
            let Ok((named, _)) = Named::read(&mut r) else { return };
            acl.names.push(named);
        }
        same_again(&acl);
        acl.sort();
        acl.complete(u32::from(mode));
        assert_eq!(Acl::from_disk(&acl.to_disk()).as_ref(), Some(&acl));
        acl.strip(u32::from(mode));
        assert_eq!(Acl::from_kept(&acl.to_kept()), Some(acl));
    }
    for acl in [Acl::from_disk(bytes), Acl::from_kept(bytes)].into_iter().flatten() {
        same_again(&acl);
        let _ = acl.permissions();
    }
});

fn same_again(acl: &Acl) {
    let mut out = Vec::new();
    acl.put(&mut out, &mut |_| None);
    let mut r = Reader::new(&out);
    let Ok(Head::Literal(mut again, count)) = Head::read(&mut r, 0) else { panic!("a list became a number") };
    for _ in 0..count {
        again.names.push(Named::read(&mut r).unwrap().0);
    }
    assert_eq!(&again, acl);
}
