//! A secrets file, a client's list of digests and its answer to the challenge.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tinyrsyncd::access::challenge::{challenge, choose, response, verify};
use tinyrsyncd::access::secrets::candidates;

fuzz_target!(|input: (&[u8], &[u8], &[u8], &[u8], bool)| {
    let (file, user, list, answer, old) = input;
    let found = candidates(file, user, Some(b"group"));
    let list = (!list.is_empty()).then_some(list);
    let Some(digest) = choose(list, if old { 29 } else { 31 }) else { return };
    let asked = challenge(digest, &[7; 32]);
    if found.is_empty() {
        assert!(!verify(digest, &found, asked.as_bytes(), answer), "somebody without a secret came in");
    }
    if let Some(secret) = found.user {
        let right = response(digest, secret, asked.as_bytes());
        assert!(verify(digest, &found, asked.as_bytes(), right.as_bytes()), "the right password is refused");
    }
});
