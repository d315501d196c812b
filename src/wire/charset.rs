//! Names between the module's character set and the UTF-8 of the wire (`--iconv`).
//!
//! Source: captures of stock 3.5.0: with `--iconv` names, symlink targets, lists of names and messages travel in UTF-8, rules
//! as they are. A name that has no counterpart is an error for that name.

/// A character set that names can be kept in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charset {
    /// UTF-8: nothing changes, but what is no UTF-8 is refused.
    Utf8,
    /// ASCII.
    Ascii,
    /// ISO 8859-1.
    Latin1,
    /// One of the tables of encoding_rs.
    #[cfg(feature = "charsets")]
    Table(&'static encoding_rs::Encoding),
}

/// Why a name cannot be converted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// It ends in the middle of a character.
    Incomplete,
    /// A byte, or a character, has no counterpart.
    Invalid,
}

impl Unfit {
    /// As a message says it.
    pub fn text(self) -> &'static str {
        match self {
            Self::Incomplete => "Invalid argument",
            Self::Invalid => "Invalid or incomplete multibyte or wide character",
        }
    }
}

impl Charset {
    /// The set of this name, in any case.
    pub fn named(name: &[u8]) -> Option<Self> {
        match name.to_ascii_lowercase().as_slice() {
            b"utf-8" | b"utf8" => Some(Self::Utf8),
            b"ascii" | b"us-ascii" | b"us" | b"iso646-us" | b"ansi_x3.4-1968" | b"ansi_x3.4-1986" | b"646" => {
                Some(Self::Ascii)
            }
            b"iso-8859-1" | b"iso8859-1" | b"iso88591" | b"iso_8859-1" | b"latin1" | b"l1" | b"8859_1" | b"cp819" => {
                Some(Self::Latin1)
            }
            _ => Self::from_tables(name),
        }
    }

    #[cfg(feature = "charsets")]
    fn from_tables(name: &[u8]) -> Option<Self> {
        let table = encoding_rs::Encoding::for_label(name)?;
        // Some labels stand for tables that only decode.
        (table.output_encoding() == table).then_some(Self::Table(table))
    }

    #[cfg(not(feature = "charsets"))]
    fn from_tables(_: &[u8]) -> Option<Self> {
        None
    }

    /// A name of this set, in UTF-8.
    ///
    /// # Errors
    /// See [`Unfit`].
    pub fn to_wire(self, name: &[u8]) -> Result<Vec<u8>, Unfit> {
        match self {
            Self::Utf8 => utf8(name).map(|_| name.to_vec()),
            Self::Ascii if name.is_ascii() => Ok(name.to_vec()),
            Self::Ascii => Err(Unfit::Invalid),
            Self::Latin1 => Ok(name.iter().map(|byte| char::from(*byte)).collect::<String>().into_bytes()),
            #[cfg(feature = "charsets")]
            Self::Table(table) => table
                .decode_without_bom_handling_and_without_replacement(name)
                .map(|text| text.into_owned().into_bytes())
                .ok_or(Unfit::Invalid),
        }
    }

    /// A name in UTF-8, in this set.
    ///
    /// # Errors
    /// See [`Unfit`].
    pub fn from_wire(self, name: &[u8]) -> Result<Vec<u8>, Unfit> {
        let text = utf8(name)?;
        match self {
            Self::Utf8 => Ok(name.to_vec()),
            Self::Ascii if name.is_ascii() => Ok(name.to_vec()),
            Self::Ascii => Err(Unfit::Invalid),
            Self::Latin1 => {
                text.chars().map(|character| u8::try_from(u32::from(character)).map_err(|_| Unfit::Invalid)).collect()
            }
            #[cfg(feature = "charsets")]
            Self::Table(table) => {
                let (bytes, _, lossy) = table.encode(text);
                if lossy { Err(Unfit::Invalid) } else { Ok(bytes.into_owned()) }
            }
        }
    }

    /// A text of this set in UTF-8, as far as it can be: what cannot stays as it is.
    pub fn to_wire_or_same(self, text: &[u8]) -> Vec<u8> {
        self.to_wire(text).unwrap_or_else(|_| text.to_vec())
    }
}

fn utf8(name: &[u8]) -> Result<&str, Unfit> {
    std::str::from_utf8(name).map_err(|error| {
        let rest = name.get(error.valid_up_to()..).unwrap_or_default();
        if error.error_len().is_none() || is_cut_old_form(rest) { Unfit::Incomplete } else { Unfit::Invalid }
    })
}

/// Whether a text ends within a character of five or six bytes, as UTF-8 once had them: iconv still knows these.
fn is_cut_old_form(rest: &[u8]) -> bool {
    match rest.split_first() {
        Some((0xf5..=0xfd, more)) => more.len() < 4 && more.iter().all(|byte| byte & 0xc0 == 0x80),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ALL: [Charset; 3] = [Charset::Utf8, Charset::Ascii, Charset::Latin1];

    #[test]
    fn names_of_sets_are_known_in_any_case() {
        for (name, set) in [
            ("UTF-8", Charset::Utf8),
            ("utf8", Charset::Utf8),
            ("Latin1", Charset::Latin1),
            ("US-ASCII", Charset::Ascii),
        ] {
            assert_eq!(Charset::named(name.as_bytes()), Some(set));
        }
        assert_eq!(Charset::named(b"klingon"), None);
        assert_eq!(Charset::named(b""), None);
    }

    #[test]
    fn what_has_no_counterpart_is_refused() {
        assert_eq!(Charset::Utf8.to_wire(b"lat\xe9"), Err(Unfit::Incomplete));
        assert_eq!(Charset::Utf8.to_wire(b"\xffx"), Err(Unfit::Invalid));
        assert_eq!(Charset::Ascii.to_wire(b"\xc3\xa9"), Err(Unfit::Invalid));
        assert_eq!(Charset::Latin1.to_wire(b"lat\xe9").unwrap(), "lat\u{e9}".as_bytes());
        assert_eq!(Charset::Latin1.from_wire("\u{20ac}".as_bytes()), Err(Unfit::Invalid));
        assert_eq!(Charset::Ascii.from_wire("\u{e9}".as_bytes()), Err(Unfit::Invalid));
    }

    #[cfg(feature = "charsets")]
    #[test]
    fn tables_convert_both_ways_or_not_at_all() {
        let koi = Charset::named(b"KOI8-R").unwrap();
        assert_eq!(koi.from_wire("\u{43c}".as_bytes()).unwrap(), b"\xcd");
        assert_eq!(koi.to_wire(b"\xcd").unwrap(), "\u{43c}".as_bytes());
        assert_eq!(koi.from_wire("\u{4e2d}".as_bytes()), Err(Unfit::Invalid));
        let shift_jis = Charset::named(b"Shift_JIS").unwrap();
        assert_eq!(shift_jis.to_wire(b"\x93"), Err(Unfit::Invalid));
        assert_eq!(Charset::named(b"UTF-16"), None);
    }

    proptest! {
        #[test]
        fn what_leaves_comes_back(name: Vec<u8>) {
            for set in ALL {
                if let Ok(wire) = set.to_wire(&name) {
                    prop_assert!(std::str::from_utf8(&wire).is_ok());
                    prop_assert_eq!(set.from_wire(&wire), Ok(name.clone()));
                }
            }
        }

        #[test]
        fn what_arrives_goes_back_alike(name: String) {
            for set in ALL {
                if let Ok(local) = set.from_wire(name.as_bytes()) {
                    prop_assert_eq!(set.to_wire(&local), Ok(name.clone().into_bytes()));
                }
            }
        }
    }
}
