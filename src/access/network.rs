//! Numeric addresses and networks of the hosts lists.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A network, or one address. IPv4 is held in its IPv6-mapped form, and told apart by `v4`.
#[derive(Debug, PartialEq, Eq)]
pub struct Network<'a> {
    v4: bool,
    address: u128,
    mask: u128,
    /// Interface of a link-local address; without one, the peer's does not matter.
    scope: Option<&'a [u8]>,
}

/// Why a token that looks like an address is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadNetwork {
    /// Not a numeric address: IPv4 in four decimal parts, IPv6, or IPv6 with `%scope`.
    Address,
    /// The part behind `/` is neither a number of bits that exists nor an address of the same family.
    Mask,
}

/// Bits of the mapped form before an IPv4 address.
const MAPPED_BITS: u32 = 96;
/// Those bits as a mask.
const MAPPED_MASK: u128 = !(u32::MAX as u128);

impl<'a> Network<'a> {
    /// Whether a token is to be read as an address: it has a colon, or only digits and dots before its first slash.
    pub fn looks_numeric(token: &[u8]) -> bool {
        token.contains(&b':') || before_slash(token).iter().all(|byte| byte.is_ascii_digit() || *byte == b'.')
    }

    /// Reads `address`, `address/bits` or `address/mask`.
    pub fn parse(token: &'a [u8]) -> Result<Self, BadNetwork> {
        let base = before_slash(token);
        let suffix = token.get(base.len()..).and_then(|rest| rest.strip_prefix(b"/"));
        let (digits, scope) = match base.iter().position(|&byte| byte == b'%') {
            Some(at) => (base.get(..at).unwrap_or_default(), base.get(at.saturating_add(1)..)),
            None => (base, None),
        };
        let address = parse_address(digits).ok_or(BadNetwork::Address)?;
        if scope.is_some_and(|scope| scope.is_empty() || address.is_ipv4()) {
            return Err(BadNetwork::Address);
        }
        let mask = match suffix {
            None => u128::MAX,
            Some(suffix) => parse_mask(suffix, address).ok_or(BadNetwork::Mask)?,
        };
        let bits = mapped(address);
        // An IPv6 network whose mask reaches into the mapped part is one of IPv4 addresses, however it is written.
        let v4 = address.is_ipv4()
            || (bits & MAPPED_MASK == mapped(Ipv4Addr::UNSPECIFIED.into()) && mask & MAPPED_MASK == MAPPED_MASK);
        Ok(Self { v4, address: bits, mask, scope })
    }

    /// Whether an address lies in the network. An IPv4-mapped one counts as IPv4.
    pub fn contains(&self, address: IpAddr, scope: Option<&[u8]>) -> bool {
        let address = address.to_canonical();
        let in_scope = match (self.scope, scope) {
            (None, _) => true,
            (Some(wanted), Some(scope)) => wanted.eq_ignore_ascii_case(scope),
            (Some(_), None) => false,
        };
        self.v4 == address.is_ipv4() && (mapped(address) ^ self.address) & self.mask == 0 && in_scope
    }
}

fn before_slash(token: &[u8]) -> &[u8] {
    token.split(|&byte| byte == b'/').next().unwrap_or_default()
}

fn parse_address(text: &[u8]) -> Option<IpAddr> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

fn parse_mask(text: &[u8], address: IpAddr) -> Option<u128> {
    if text.iter().any(|byte| matches!(byte, b'.' | b':')) {
        return match (address, parse_address(text)?) {
            (IpAddr::V4(_), IpAddr::V4(mask)) => Some(MAPPED_MASK | u128::from(mask.to_bits())),
            (IpAddr::V6(_), IpAddr::V6(mask)) => Some(mask.to_bits()),
            _ => None,
        };
    }
    // `u32` would take a leading plus sign.
    if !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let bits: u32 = std::str::from_utf8(text).ok()?.parse().ok()?;
    let (ahead, width) = if address.is_ipv4() { (MAPPED_BITS, 32) } else { (0, 128) };
    if bits > width {
        return None;
    }
    let zeros = 128u32.checked_sub(ahead)?.checked_sub(bits)?;
    Some(u128::MAX.checked_shl(zeros).unwrap_or(0))
}

fn mapped(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().to_bits(),
        IpAddr::V6(v6) => Ipv6Addr::to_bits(v6),
    }
}

#[cfg(test)]
mod tests {
    use super::{BadNetwork, Network};

    fn within(token: &str, address: &str) -> bool {
        let (address, scope) = address.split_once('%').map_or((address, None), |(a, s)| (a, Some(s.as_bytes())));
        Network::parse(token.as_bytes()).unwrap().contains(address.parse().unwrap(), scope)
    }

    #[test]
    fn a_network_holds_its_addresses_and_no_others() {
        for (token, inside, outside) in [
            ("192.0.2.7", "192.0.2.7", "192.0.2.8"),
            ("192.168.0.0/16", "192.168.255.1", "192.169.0.1"),
            ("192.168.3.4/16", "192.168.0.1", "10.0.0.1"),
            ("10.0.0.0/255.0.0.0", "10.9.8.7", "11.0.0.0"),
            ("10.0.0.1/255.0.0.255", "10.9.8.1", "10.9.8.2"),
            ("0.0.0.0/0", "203.0.113.1", "::1"),
            ("::/0", "2001:db8::1", "127.0.0.1"),
            ("2001:db8::/32", "2001:db8:1::5", "2001:db9::"),
            ("fe80::/ffff:ffff::", "fe80::9", "fe81::9"),
            ("192.0.2.7/32", "192.0.2.7", "192.0.2.6"),
            ("::1/128", "::1", "::2"),
        ] {
            assert!(within(token, inside), "{token} {inside}");
            assert!(!within(token, outside), "{token} {outside}");
        }
    }

    #[test]
    fn a_mapped_address_is_ipv4_in_the_list_and_in_the_peer() {
        assert!(within("192.0.2.0/24", "::ffff:192.0.2.1"));
        assert!(within("::ffff:192.0.2.1", "192.0.2.1"));
        assert!(within("::ffff:192.0.2.0/120", "192.0.2.9"));
        assert!(within("::ffff:0:0/96", "192.0.2.9"));
        assert!(!within("::ffff:0:0/96", "::1"));
        assert!(!within("::ffff:0:0/95", "192.0.2.9"));
    }

    #[test]
    fn a_scope_counts_only_where_it_is_written() {
        assert!(within("fe80::1", "fe80::1%eth0"));
        assert!(within("fe80::1%eth0", "fe80::1%eth0"));
        assert!(within("fe80::1%eth0/64", "fe80::2%Eth0"));
        assert!(!within("fe80::1%eth0", "fe80::1%eth1"));
        assert!(!within("fe80::1%eth0", "fe80::1"));
    }

    #[test]
    fn odd_spellings_are_malformed_and_not_guessed() {
        for token in ["127.1", "010.0.0.1", "1.2.3.4.5", "256.0.0.1", "...", "fe80::1::2", "1.2.3.4%eth0", "::1%", "/8"]
        {
            assert_eq!(Network::parse(token.as_bytes()), Err(BadNetwork::Address), "{token}");
        }
        for token in [
            "127.0.0.1/33",
            "127.0.0.1/",
            "127.0.0.1/x",
            "::1/129",
            "::1/-1",
            "::1/+5",
            "1.2.3.4/ffff::",
            "1.2.3.4/8/8",
        ] {
            assert_eq!(Network::parse(token.as_bytes()), Err(BadNetwork::Mask), "{token}");
        }
    }

    #[test]
    fn a_name_is_not_taken_for_an_address() {
        for name in ["nas.example.org", "*", "1x", "a/8", "192.168.*"] {
            assert!(!Network::looks_numeric(name.as_bytes()), "{name}");
        }
        for numeric in ["1.2.3.4", "1.2.3.4/x", "::", "127.1", "fe80::1%eth0/64"] {
            assert!(Network::looks_numeric(numeric.as_bytes()), "{numeric}");
        }
    }
}
