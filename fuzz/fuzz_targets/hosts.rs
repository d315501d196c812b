//! `hosts allow` and `hosts deny` against an address and a name that a peer's resolver chose.
#![no_main]

use std::net::IpAddr;

use libfuzzer_sys::fuzz_target;
use tinyrsyncd::access::hosts::{Decision, Peer, decide};

fuzz_target!(|input: (&[u8], &[u8], &[u8], [u8; 16], bool)| {
    let (allow, deny, name, address, v6) = input;
    let [a, b, c, d, ..] = address;
    let addr = if v6 { IpAddr::from(address) } else { IpAddr::from([a, b, c, d]) };
    let peer = Peer { addr, scope: v6.then(|| b"eth0".to_vec()), name };
    let mut resolve = |host: &[u8]| (host.len() % 2 == 0).then(|| vec![addr]);
    let decision = decide(allow, deny, &peer, &mut resolve, &mut drop);
    if allow.is_empty() && deny.is_empty() {
        assert_eq!(decision, Decision::Allow);
    }
});
