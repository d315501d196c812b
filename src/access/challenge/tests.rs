use super::{AuthDigest, DIGEST_LIST, challenge, choose, response, verify};
use crate::access::secrets::Candidates;

/// Password `secret`, challenge `ABCdef+/123`: from an independent program; a stock 3.5.0 client gave the same for sha512, md5 and both md4.
const VECTORS: [(AuthDigest, &str); 6] = [
    (AuthDigest::Sha512, "Ah+MJIXEvxlpP87Lyer7RuR1KooiLddAJIkPFptfdzlhxUwnm/UDWSv2a9E2Ql91rymEmuZcKM2mir5ZB9M2Xw"),
    (AuthDigest::Sha256, "77ZdlF/QD88nXF3O8e4cUnBF66C7bWZxBBvskDWMGFU"),
    (AuthDigest::Sha1, "SYPtsjTbd7BaaUmQujxWSb3+NkU"),
    (AuthDigest::Md5, "ljsD865xnwDtKBxnDaqjVA"),
    (AuthDigest::Md4, "gn01V+3q37DnzLvSGCkb6w"),
    (AuthDigest::OldMd4, "p6rglGMS/DNccJPYmho5jw"),
];
const CHALLENGE: &[u8] = b"ABCdef+/123";

fn both<'a>(user: Option<&'a [u8]>, group: Option<&'a [u8]>) -> Candidates<'a> {
    Candidates { user, group, overlong: 0 }
}

#[test]
fn a_stock_client_with_the_right_password_gets_in() {
    for (digest, answer) in VECTORS {
        assert_eq!(response(digest, b"secret", CHALLENGE).as_str(), answer, "{digest:?}");
        assert!(verify(digest, &both(Some(b"secret"), None), CHALLENGE, answer.as_bytes()), "{digest:?}");
        assert!(verify(digest, &both(Some(b"other"), Some(b"secret")), CHALLENGE, answer.as_bytes()), "{digest:?}");
    }
}

#[test]
fn anything_else_stays_out() {
    for (digest, answer) in VECTORS {
        let answer = answer.as_bytes();
        let found = both(Some(b"secret"), None);
        assert!(!verify(digest, &both(Some(b"Secret"), Some(b"")), CHALLENGE, answer));
        assert!(!verify(digest, &both(None, None), CHALLENGE, answer));
        assert!(!verify(digest, &found, b"ABCdef+/124", answer));
        assert!(!verify(digest, &found, CHALLENGE, b""));
        assert!(!verify(digest, &found, CHALLENGE, answer.get(..answer.len() - 1).unwrap()));
        assert!(!verify(digest, &found, CHALLENGE, &[answer, b"="].concat()));
        let mut flipped = answer.to_vec();
        *flipped.last_mut().unwrap() ^= 1;
        assert!(!verify(digest, &found, CHALLENGE, &flipped));
    }
}

#[test]
fn no_secret_is_not_the_empty_secret() {
    let empty = response(AuthDigest::Sha256, b"", CHALLENGE);
    assert!(!verify(AuthDigest::Sha256, &both(None, None), CHALLENGE, empty.as_bytes()));
    assert!(verify(AuthDigest::Sha256, &both(Some(b""), None), CHALLENGE, empty.as_bytes()));
}

#[test]
fn the_digest_is_the_strongest_of_both_lists() {
    for (list, digest) in [
        (DIGEST_LIST, Some(AuthDigest::Sha512)),
        ("md5 sha512", Some(AuthDigest::Sha512)),
        (" blake3  SHA256 md5 ", Some(AuthDigest::Sha256)),
        ("md4", Some(AuthDigest::Md4)),
        ("blake3", None),
    ] {
        assert_eq!(choose(Some(list.as_bytes()), 32), digest, "{list}");
    }
    assert_eq!(choose(None, 31), Some(AuthDigest::Md5));
    assert_eq!(choose(Some(b" "), 30), Some(AuthDigest::Md5));
    assert_eq!(choose(None, 29), Some(AuthDigest::OldMd4));
}

#[test]
fn every_name_of_the_greeting_can_be_chosen() {
    for name in DIGEST_LIST.split(' ') {
        assert_eq!(choose(Some(name.as_bytes()), 31).unwrap().name(), name);
    }
}

#[test]
fn a_challenge_has_the_size_of_its_digest_and_depends_on_every_random_byte() {
    let random: [u8; 32] = std::array::from_fn(|i| u8::try_from(i).unwrap());
    assert_eq!(challenge(AuthDigest::Md5, &random).as_str(), "tP/LI3N87DFaSk0aoqYgzg");
    for (digest, answer) in VECTORS {
        let text = challenge(digest, &random);
        assert_eq!(text.len(), answer.len());
        for at in 0..32 {
            let mut other = random;
            other[at] ^= 1;
            assert_ne!(challenge(digest, &other), text);
        }
    }
}
