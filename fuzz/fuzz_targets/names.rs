//! Lists of names: where the pieces are cut does not matter, nothing grows past its bound, and what is passed on is read alike.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tinyrsyncd::wire::names::{Form, Names, PassOn, Step};

const LONGEST: usize = 64;

fuzz_target!(|input: (u8, u16, &[u8])| {
    let (which, cut, bytes) = input;
    let form = [Form::Lines, Form::Nul, Form::Wire, Form::WireLines][usize::from(which % 4)];
    let (a, b) = bytes.split_at(usize::from(cut) % (bytes.len() + 1));
    let whole = read(form, &[bytes]);
    assert_eq!(whole, read(form, &[a, b]));
    assert!(whole.iter().all(|name| name.len() <= LONGEST && !name.is_empty()));
    let mut pass = PassOn::new(form);
    let wire = [&pass.piece(a)[..], &pass.piece(b), pass.end()].concat();
    // The list that arrives ends where it should, whatever the file holds.
    let (mut names, mut used) = (Names::new(Form::Wire, LONGEST), 0);
    loop {
        let (step_used, step) = names.step(&wire[used..]);
        used += step_used;
        if step == Step::End {
            break;
        }
        assert_ne!(step, Step::More);
    }
    assert_eq!(used, wire.len());
});

fn read(form: Form, pieces: &[&[u8]]) -> Vec<Vec<u8>> {
    let (mut names, mut found) = (Names::new(form, LONGEST), Vec::new());
    for piece in pieces {
        let mut rest = *piece;
        while !rest.is_empty() {
            let (used, step) = names.step(rest);
            rest = &rest[used..];
            match step {
                Step::Name(name) => found.push(name),
                Step::End => return found,
                Step::More => assert!(rest.is_empty()),
            }
        }
    }
    found.extend(names.rest());
    found
}
