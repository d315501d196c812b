use std::net::IpAddr;

use super::{Decision, Peer, decide};

/// What is decided, and what is logged; the resolver knows `nas.example.org`, and fails for the rest.
fn ask(allow: &str, deny: &str, address: &str, name: &str) -> (Decision, Vec<String>) {
    let (address, scope) = address.split_once('%').map_or((address, None), |(a, s)| (a, Some(s.as_bytes().to_vec())));
    let peer = Peer { addr: address.parse().unwrap(), scope, name: name.as_bytes() };
    let mut lines = Vec::new();
    let decision = decide(
        allow.as_bytes(),
        deny.as_bytes(),
        &peer,
        &mut |name| (name == b"nas.example.org").then(|| vec!["192.0.2.7".parse::<IpAddr>().unwrap()]),
        &mut |line| lines.push(line),
    );
    (decision, lines)
}

fn admits(allow: &str, deny: &str, address: &str, name: &str) -> bool {
    ask(allow, deny, address, name).0 == Decision::Allow
}

const NOBODY: &str = "UNDETERMINED";

#[test]
fn the_lists_default_as_documented() {
    for (allow, deny, expected) in [
        ("", "", true),
        ("192.0.2.1", "", true),
        ("192.0.2.2", "", false),
        ("", "192.0.2.1", false),
        ("", "192.0.2.2", true),
        ("192.0.2.1", "*", true),
        ("192.0.2.2", "*", false),
        ("192.0.2.2", "192.0.2.3", true),
        (",", "", false),
    ] {
        assert_eq!(admits(allow, deny, "192.0.2.1", NOBODY), expected, "allow={allow} deny={deny}");
    }
}

#[test]
fn a_lan_module_is_for_the_lan() {
    let lan = "192.168.0.0/16 fd00::/8 fe80::/10 ::1";
    for (address, expected) in
        [("::1", true), ("192.168.7.7", true), ("fe80::1%eth0", true), ("fd12::1", true), ("127.0.0.1", false)]
    {
        assert_eq!(admits(lan, "", address, NOBODY), expected, "{address}");
    }
    assert!(admits("127.0.0.0/255.0.0.0", "*", "127.0.0.1", NOBODY));
    assert!(!admits("127.0.0.0/255.0.0.0", "*", "::1", NOBODY));
    assert!(admits("127.0.0.0/8", "", "::ffff:127.0.0.1", NOBODY));
}

#[test]
fn a_proxied_peer_is_judged_by_its_own_address() {
    assert!(admits("203.0.113.0/24", "", "203.0.113.7", "UNKNOWN"));
    assert!(!admits("203.0.113.0/24", "", "198.51.100.7", "UNKNOWN"));
}

#[test]
fn names_match_by_wildcard_without_case() {
    assert!(admits("*.Example.ORG", "", "192.0.2.9", "Host.example.org"));
    assert!(!admits("*.example.org", "", "192.0.2.9", "example.org"));
    assert!(!admits("*.example.org", "", "192.0.2.9", NOBODY));
    assert!(admits("h[A-C]st?", "", "192.0.2.9", "hbst1"));
    assert!(!admits("", "bad,\t*.evil.net", "192.0.2.9", "x.evil.net"));
}

#[test]
fn a_plain_name_is_looked_up() {
    assert!(admits("nas.example.org", "", "192.0.2.7", NOBODY));
    assert!(admits("nas.example.org", "", "::ffff:192.0.2.7", NOBODY));
    assert!(!admits("nas.example.org", "", "192.0.2.8", NOBODY));
    assert!(!admits("", "nas.example.org", "192.0.2.7", NOBODY));
    assert!(admits("", "nas.example.org", "192.0.2.8", NOBODY));
}

#[test]
fn a_name_that_cannot_be_resolved_denies_and_never_admits() {
    let (decision, lines) = ask("", "does.not.exist.invalid", "192.0.2.1", NOBODY);
    assert_eq!(decision, Decision::Deny);
    assert!(lines[0].contains("does.not.exist.invalid"));
    assert!(!admits("does.not.exist.invalid", "", "192.0.2.1", NOBODY));
}

#[test]
fn without_forward_lookup_a_name_is_only_compared() {
    let peer = Peer { addr: "192.0.2.7".parse().unwrap(), scope: None, name: b"UNKNOWN" };
    let decision = decide(b"", b"nas.example.org", &peer, &mut |_| Some(Vec::new()), &mut |line| panic!("{line}"));
    assert_eq!(decision, Decision::Allow);
}

#[test]
fn peers_without_a_name_can_be_shut_out_alone() {
    let list = "unknown undetermined";
    assert!(!admits("", list, "127.0.0.1", "UNDETERMINED"));
    assert!(!admits("", list, "127.0.0.1", "UNKNOWN"));
    assert!(!admits("", list, "127.0.0.1", ""));
    assert!(admits("", list, "127.0.0.1", "localhost"));
}

#[test]
fn a_netgroup_denies_and_never_admits() {
    let (decision, lines) = ask("", "@Trusted", "192.0.2.1", NOBODY);
    assert_eq!(decision, Decision::Deny);
    assert!(lines[0].starts_with("netgroups are not supported: @trusted"));
    let (decision, lines) = ask("@trusted", "", "192.0.2.1", "@trusted");
    assert_eq!((decision, lines.len()), (Decision::Deny, 1));
}

#[test]
fn what_is_malformed_is_said_and_decided_against_the_peer() {
    let (decision, lines) = ask("127.0.0.1/33", "", "127.0.0.1", NOBODY);
    assert_eq!(decision, Decision::Deny);
    assert!(lines[0].starts_with("malformed mask in 127.0.0.1/33"));
    let (decision, lines) = ask("127.1", "", "127.0.0.1", NOBODY);
    assert_eq!(decision, Decision::Deny);
    assert!(lines[0].starts_with("error matching address 127.1: "));
    assert!(!admits("", "127.0.0.1/33", "192.0.2.1", NOBODY));
    assert!(!admits("", "010.0.0.1", "192.0.2.1", NOBODY));
}

#[test]
fn only_what_is_a_name_goes_to_the_resolver() {
    let peer = Peer { addr: "192.0.2.1".parse().unwrap(), scope: None, name: b"x" };
    let list = b"10.0.0.1 fe80::1 10.0.0.0/8 *.org a?c [ab] @g unknown name/24 plain";
    let mut asked = Vec::new();
    let mut resolve = |name: &[u8]| {
        asked.push(name.to_vec());
        Some(Vec::new())
    };
    decide(list, b"", &peer, &mut resolve, &mut |_| {});
    assert_eq!(asked, [b"plain".to_vec()]);
}
