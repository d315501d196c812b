//! The text behind `e` in the short bundle: what the client can do.

use super::types::Capabilities;

/// Reads `.iLsfxCIvu`: a version of a pre-release client or just a dot, then letters in any order; unknown ones mean
/// nothing. A text without the dot is not a capability string (a remote shell's command, say) and yields none.
pub(super) fn capabilities(text: &[u8]) -> Capabilities {
    let mut caps = Capabilities::default();
    let digits = text.iter().take_while(|b| b.is_ascii_digit()).count();
    let Some((b'.', rest)) = text.get(digits..).and_then(|t| t.split_first().map(|(b, rest)| (*b, rest))) else {
        return caps;
    };
    for letter in rest {
        match letter {
            b'i' => caps.inc_recurse = true,
            b'L' => caps.symlink_times = true,
            b's' => caps.symlink_iconv = true,
            b'f' => caps.safe_flist = true,
            b'x' => caps.avoid_xattr_optim = true,
            b'C' => caps.seed_fix = true,
            b'I' => caps.inplace_partial = true,
            b'v' => caps.varint_flags = true,
            b'V' => caps.varint_flags_prerelease = true,
            b'u' => caps.id0_names = true,
            _ => {}
        }
    }
    caps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_of_each_client_generation_are_known() {
        let all = capabilities(b".iLsfxCIvu");
        assert!(all.inc_recurse && all.symlink_times && all.safe_flist && all.avoid_xattr_optim);
        assert!(all.seed_fix && all.inplace_partial && all.varint_flags && all.id0_names);
        assert!(!all.varint_flags_prerelease);
        let old = capabilities(b".iL");
        assert_eq!(old, Capabilities { inc_recurse: true, symlink_times: true, ..Capabilities::default() });
        assert_eq!(capabilities(b"31.14V"), Capabilities { varint_flags_prerelease: true, ..Capabilities::default() });
    }

    #[test]
    fn no_letter_means_no_ability() {
        for text in [&b"."[..], b"", b"ssh -i vault", b"31", b".ZQ9"] {
            assert_eq!(capabilities(text), Capabilities::default(), "{text:?}");
        }
    }
}
