//! The command line that a client's remote shell was given, as words.

/// Splits at white space; a backslash keeps the next byte as it is. Nothing is expanded, quotes are bytes like others.
#[must_use]
pub fn split(command: &[u8]) -> Vec<Vec<u8>> {
    let mut words = Vec::new();
    let mut word: Option<Vec<u8>> = None;
    let mut bytes = command.iter().copied();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' => word.get_or_insert_default().extend(bytes.next()),
            byte if byte.is_ascii_whitespace() => words.extend(word.take()),
            byte => word.get_or_insert_default().push(byte),
        }
    }
    words.extend(word);
    words
}

/// A server's vector in such words: from `--server` on. Empty if there is none.
#[must_use]
pub fn server_vector(mut words: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    let start = words.iter().position(|word| word == b"--server").unwrap_or(words.len());
    words.split_off(start)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(command: &str) -> Vec<String> {
        split(command.as_bytes()).into_iter().map(|word| String::from_utf8(word).unwrap()).collect()
    }

    #[test]
    fn backslashes_keep_words_together() {
        assert_eq!(shown(r"rsync --server . a\ b  it's"), ["rsync", "--server", ".", "a b", "it's"]);
        assert_eq!(shown(r"x\* end\"), ["x*", "end"]);
    }

    #[test]
    fn what_stands_before_the_server_goes() {
        let words = split(b"sudo rsync --server --sender -r . /x");
        assert_eq!(server_vector(words).len(), 5);
        assert!(server_vector(split(b"ls -l")).is_empty());
    }

    proptest! {
        #[test]
        fn any_text_is_split(text: Vec<u8>) {
            let _ = server_vector(split(&text));
        }

        #[test]
        fn escaped_words_come_back(words in proptest::collection::vec("[ -~]{1,8}", 0..6)) {
            let escaped = |word: &String| word.chars().flat_map(|c| ['\\', c]).collect::<String>();
            let line = words.iter().map(escaped).collect::<Vec<_>>().join(" ");
            prop_assert_eq!(shown(&line), words);
        }
    }
}
