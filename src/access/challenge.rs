//! The login exchange: choice of a digest, challenge, response.

use std::hint::black_box;

use base64ct::{Base64Unpadded, Encoding};
use md4::Md4;
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

use super::secrets::Candidates;

/// The digests of the greeting, strongest first.
pub const DIGEST_LIST: &str = "sha512 sha256 sha1 md5 md4";

/// Unpadded base64 of a digest: 86 characters for SHA-512, 22 for the shortest.
pub type Base64 = heapless::String<86>;

/// A digest for the login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthDigest {
    /// SHA-512.
    Sha512,
    /// SHA-256.
    Sha256,
    /// SHA-1.
    Sha1,
    /// MD5.
    Md5,
    /// MD4, agreed on by name.
    Md4,
    /// MD4 over four zero bytes and the rest: protocols below 30, which send no list.
    OldMd4,
}

impl AuthDigest {
    /// The name in the lists.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sha512 => "sha512",
            Self::Sha256 => "sha256",
            Self::Sha1 => "sha1",
            Self::Md5 => "md5",
            Self::Md4 | Self::OldMd4 => "md4",
        }
    }

    fn base64_of(self, parts: &[&[u8]]) -> Base64 {
        match self {
            Self::Sha512 => encode::<Sha512>(parts),
            Self::Sha256 => encode::<Sha256>(parts),
            Self::Sha1 => encode::<Sha1>(parts),
            Self::Md5 => encode::<Md5>(parts),
            Self::Md4 => encode::<Md4>(parts),
            Self::OldMd4 => {
                let mut seeded = Md4::new_with_prefix([0; 4]);
                parts.iter().for_each(|part| seeded.update(part));
                base64(&seeded.finalize())
            }
        }
    }
}

/// Chooses as a stock daemon does: the strongest that the client's list has too. Without a list it is MD5, below protocol 30 the old MD4.
/// `None`: nothing in common (`@ERROR: your client does not support one of our daemon-auth checksums: <list>`, exit 4).
#[must_use]
pub fn choose(client_list: Option<&[u8]>, protocol: u32) -> Option<AuthDigest> {
    use AuthDigest::{Md4, Md5, OldMd4, Sha1, Sha256, Sha512};
    let list = client_list.unwrap_or_default();
    if list.trim_ascii().is_empty() {
        return Some(if protocol >= 30 { Md5 } else { OldMd4 });
    }
    [Sha512, Sha256, Sha1, Md5, Md4]
        .into_iter()
        .find(|ours| list.split(u8::is_ascii_whitespace).any(|name| name.eq_ignore_ascii_case(ours.name().as_bytes())))
}

/// The text behind `@RSYNCD: AUTHREQD `, from fresh random bytes.
#[must_use]
pub fn challenge(digest: AuthDigest, random: &[u8; 32]) -> Base64 {
    digest.base64_of(&[random])
}

/// What a client that knows the password answers, behind its user name.
#[must_use]
pub fn response(digest: AuthDigest, password: &[u8], challenge: &[u8]) -> Base64 {
    digest.base64_of(&[password, challenge])
}

/// Whether `answer` is right for any of the candidates. Takes the same time whichever is right, and whether there are any.
#[must_use]
pub fn verify(digest: AuthDigest, candidates: &Candidates<'_>, challenge: &[u8], answer: &[u8]) -> bool {
    let mut right = false;
    for candidate in [candidates.user, candidates.group] {
        let expected = response(digest, candidate.unwrap_or_default(), challenge);
        right |= same(expected.as_bytes(), answer) & candidate.is_some();
    }
    black_box(right)
}

/// Compares all bytes, wherever they differ first. The length is no secret: it follows from the digest.
fn same(expected: &[u8], answer: &[u8]) -> bool {
    let differing = expected.iter().zip(answer).fold(0, |bits, (a, b)| black_box(bits | (a ^ b)));
    !expected.is_empty() & (expected.len() == answer.len()) & (differing == 0)
}

fn encode<D: Digest>(parts: &[&[u8]]) -> Base64 {
    let mut hash = D::new();
    parts.iter().for_each(|part| hash.update(part));
    base64(&hash.finalize())
}

/// Every digest fits; a text that did not would be empty, which [`same`] takes for no answer.
fn base64(bytes: &[u8]) -> Base64 {
    let mut buffer = [0; 86];
    let text = Base64Unpadded::encode(bytes, &mut buffer).unwrap_or_default();
    Base64::try_from(text).unwrap_or_default()
}

#[cfg(test)]
mod tests;
