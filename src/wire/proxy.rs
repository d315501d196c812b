//! The header by which a proxy names the real peer (PROXY protocol, versions 1 and 2).
//!
//! Source: the protocol's specification, and which headers a stock 3.5.0 daemon takes. It takes no extensions behind the
//! addresses of version 2; here they are skipped.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{Decoded, Fault, Reader};
use crate::limits::PROXY_HEADER;

/// What version 2 begins with.
const SIGNATURE: [u8; 12] = *b"\r\n\r\n\0\r\nQUIT\n";
/// Longest line of version 1, its end included.
const LINE: usize = 107;

const BAD: Fault = Fault::Malformed("no header of the proxy protocol");

/// Reads one header. `None`: the proxy speaks for itself, or cannot tell; the address of the socket holds.
pub fn read(r: &mut Reader) -> Decoded<Option<IpAddr>> {
    if r.byte()? == b'P' { line(r) } else { binary(r) }
}

fn line(r: &mut Reader) -> Decoded<Option<IpAddr>> {
    let rest = r.rest();
    let Some(end) = rest.iter().take(LINE - 1).position(|byte| *byte == b'\n') else {
        return Err(if rest.len() < LINE - 1 { Fault::NeedMore } else { BAD });
    };
    let text = r.take(end)?;
    r.byte()?;
    let text = text.strip_prefix(b"ROXY ").and_then(|text| text.strip_suffix(b"\r")).ok_or(BAD)?;
    if text.starts_with(b"UNKNOWN") {
        return Ok(None);
    }
    let text = std::str::from_utf8(text).map_err(|_| BAD)?;
    let mut words = text.split(' ');
    let mut word = || words.next().ok_or(BAD);
    if !matches!(word()?, "TCP4" | "TCP6") {
        return Err(BAD);
    }
    let (from, to) = (word()?, word()?);
    let ports = [word()?, word()?];
    let is_port = |text: &str| text.parse::<u16>().is_ok_and(|port| port != 0);
    if word().is_ok() || to.parse::<IpAddr>().is_err() || !ports.iter().all(|port| is_port(port)) {
        return Err(BAD);
    }
    from.parse().map(Some).map_err(|_| BAD)
}

fn binary(r: &mut Reader) -> Decoded<Option<IpAddr>> {
    let [head @ .., version, family, high, low] = r.array::<15>()?;
    if SIGNATURE.first() != Some(&b'\r') || SIGNATURE.get(1..) != Some(&head[..]) {
        return Err(BAD);
    }
    let len = usize::from(u16::from_be_bytes([high, low]));
    if len > PROXY_HEADER {
        return Err(BAD);
    }
    let body = r.take(len)?;
    match (version, family) {
        (0x20, _) => Ok(None),
        (0x21, 0x11) => {
            let from = body.first_chunk::<4>().filter(|_| len >= 12).ok_or(BAD)?;
            Ok(Some(IpAddr::V4(Ipv4Addr::from_octets(*from))))
        }
        (0x21, 0x21) => {
            let from = body.first_chunk::<16>().filter(|_| len >= 36).ok_or(BAD)?;
            Ok(Some(IpAddr::V6(Ipv6Addr::from_octets(*from))))
        }
        (0x21, _) => Ok(None),
        _ => Err(BAD),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn from(header: &[u8]) -> Result<Option<String>, Fault> {
        read(&mut Reader::new(header)).map(|addr| addr.map(|addr| addr.to_string()))
    }

    fn v2(version: u8, family: u8, body: &[u8]) -> Vec<u8> {
        let len = u16::try_from(body.len()).unwrap().to_be_bytes();
        [SIGNATURE.as_slice(), &[version, family], &len, body].concat()
    }

    #[test]
    fn the_proxys_word_replaces_the_sockets_address() {
        let v4 = Some("203.0.113.7".to_owned());
        assert_eq!(from(b"PROXY TCP4 203.0.113.7 10.0.0.1 5555 8730\r\n"), Ok(v4.clone()));
        assert_eq!(from(b"PROXY TCP6 2001:db8::7 ::1 1 2\r\n"), Ok(Some("2001:db8::7".to_owned())));
        let body = [203, 0, 113, 7, 10, 0, 0, 1, 1, 2, 3, 4];
        assert_eq!(from(&v2(0x21, 0x11, &body)), Ok(v4.clone()));
        assert_eq!(from(&v2(0x21, 0x11, &[body.as_slice(), &[4, 0, 1, 9]].concat())), Ok(v4));
        assert_eq!(from(&v2(0x21, 0x21, &[7; 36])).unwrap().unwrap(), "707:707:707:707:707:707:707:707");
    }

    #[test]
    fn a_proxy_may_speak_for_itself() {
        for header in [
            b"PROXY UNKNOWN\r\n".to_vec(),
            b"PROXY UNKNOWN x y\r\n".to_vec(),
            v2(0x20, 0, b""),
            v2(0x21, 0x31, &[0; 216]),
        ] {
            assert_eq!(from(&header), Ok(None), "{header:?}");
        }
    }

    #[test]
    fn what_is_no_header_is_refused() {
        for header in [
            b"PROXY TCP4 203.0.113.7 10.0.0.1 0 8730\r\n".to_vec(),
            b"PROXY TCP4 203.0.113.7 10.0.0.1 5555 8730\n".to_vec(),
            b"PROXY  TCP4  203.0.113.7  10.0.0.1 5555 8730\r\n".to_vec(),
            b"PROXY TCP4 203.0.113.7 10.0.0.1 5555 8730 x\r\n".to_vec(),
            b"PROXY TCP4 bad 10.0.0.1 5555 8730\r\n".to_vec(),
            b"@RSYNCD: 31.0 md5 md4\n".to_vec(),
            [b"PROXY UNKNOWN ".as_slice(), &[b'x'; 200]].concat(),
            v2(0x22, 0x11, &[0; 12]),
            v2(0x31, 0x11, &[0; 12]),
            v2(0x21, 0x11, &[0; 11]),
            v2(0x21, 0x21, &[0; 12]),
            [&v2(0x21, 0x11, b"")[..14], &[0xff, 0xff], &[0; 12]].concat(),
        ] {
            assert_eq!(from(&header), Err(BAD), "{header:?}");
        }
    }

    #[test]
    fn half_a_header_waits_for_the_rest() {
        for whole in [b"PROXY TCP4 203.0.113.7 10.0.0.1 5555 8730\r\n".to_vec(), v2(0x21, 0x11, &[1; 12])] {
            for len in 0..whole.len() {
                assert_eq!(from(&whole[..len]), Err(Fault::NeedMore), "{len}");
            }
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(bytes: Vec<u8>, len in 0usize..300) {
            let _ = from(&bytes);
            let _ = from(&[SIGNATURE.as_slice(), &bytes].concat());
            let _ = from(&[b"PROXY TCP4 ".as_slice(), &bytes].concat());
            let _ = from(&v2(0x21, 0x21, &vec![1; len]));
        }
    }
}
