//! `auth users` against a name that a peer sent.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tinyrsyncd::access::users::{Judgement, conf_list, is_valid_name, judge};

fuzz_target!(|input: (&[u8], &[u8], &[u8])| {
    let (rules, user, group) = input;
    let judged = judge(rules, user, &mut |_| vec![group.to_vec()]);
    if conf_list(rules).next().is_none() {
        assert!(!matches!(judged, Judgement::Allowed { .. }), "nobody is allowed, and somebody came in");
    }
    let _ = is_valid_name(user);
});
