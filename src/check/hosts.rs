//! `hosts allow` and `hosts deny`: words that match nobody, and modules that are open to everybody.

use super::{Check, rules};
use crate::access::network::Network;
use crate::config::Module;

/// Names that are looked up at most: each may take seconds.
const LOOK_UPS: usize = 32;
/// Words of other programs' lists.
const WRAPPER_WORDS: &[&str] = &["all", "any", "except", "known", "local", "none", "paranoid"];

impl Check<'_> {
    pub(super) fn hosts(&mut self, number: usize, module: &Module) {
        for (name, list) in [("hosts allow", &module.hosts_allow), ("hosts deny", &module.hosts_deny)] {
            let Some(list) = self.expanded(&module.name, list) else { continue };
            let list = list.to_ascii_lowercase();
            for token in words(&list) {
                self.token(number, module, name, token);
            }
        }
        let everyone = |list: &[u8]| words(list).any(|word| matches!(word, b"*" | b"0.0.0.0/0" | b"::/0"));
        let closed = !module.hosts_allow.is_empty() && !everyone(&module.hosts_allow) || everyone(&module.hosts_deny);
        let at_home =
            self.config.global.address.split(|b| b", \t".contains(b)).all(|a| a.starts_with(b"127.") || a == b"::1");
        if !module.read_only && module.auth_users.is_empty() && !closed && !at_home {
            self.report(&rules::OPEN, self.spot(number, "read only"), &[&module.name]);
        }
    }

    fn token(&mut self, number: usize, module: &Module, list: &str, token: &[u8]) {
        let wild = token.iter().any(|b| b"*?[".contains(b));
        let rule = if token.starts_with(b"@") {
            &rules::NETGROUP
        } else if Network::looks_numeric(token) {
            if Network::parse(token).is_ok() {
                return;
            }
            &rules::BAD_NETWORK
        } else if wild && token.iter().all(|b| b.is_ascii_digit() || b".*?[]-/".contains(b)) && token != b"*" {
            &rules::NAME_PATTERN
        } else if token.contains(&b'/') {
            &rules::BAD_NETWORK
        } else if matches!(token, b"*" | b"unknown" | b"undetermined") {
            return;
        } else if WRAPPER_WORDS.iter().any(|word| word.as_bytes() == token) {
            &rules::WRAPPER_WORD
        } else if !module.reverse_lookup && (wild || !module.forward_lookup) {
            &rules::NO_LOOKUP
        } else if !wild && module.forward_lookup && !self.resolves(token) {
            &rules::NO_HOST
        } else {
            return;
        };
        self.report(rule, self.within(number, list, token), &[token]);
    }

    fn resolves(&mut self, name: &[u8]) -> bool {
        if let Some((_, known)) = self.hosts.iter().find(|(host, _)| host == name) {
            return *known;
        }
        if self.hosts.len() >= LOOK_UPS {
            return true;
        }
        let there = self.system.resolves(name);
        self.hosts.push((name.to_vec(), there));
        there
    }
}

fn words(list: &[u8]) -> impl Iterator<Item = &[u8]> {
    list.split(|b| matches!(b, b' ' | b',' | b'\t')).filter(|word| !word.is_empty())
}
