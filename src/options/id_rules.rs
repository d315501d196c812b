//! `--usermap` and `--groupmap`: whose files become whose.

use crate::escape::Escaped;
use crate::filter::wildmatch::match_simple;
use crate::limits::ID_RULES;

/// What a rule applies to.
#[derive(Clone, Debug, PartialEq, Eq)]
enum From {
    /// Numbers, both ends included.
    Numbers(u32, u32),
    /// A name with wildcards.
    Pattern(Vec<u8>),
    /// A name; the empty one stands for ids without a name.
    Name(Vec<u8>),
}

/// Rules in their order: the first that matches counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IdRules {
    rules: Vec<(From, u32)>,
}

impl IdRules {
    /// Reads the value of `option` (for messages: `usermap` or `groupmap`). `number_of` knows the names of this system;
    /// rules with names that it does not know are left out, with a line each to `unknown`.
    ///
    /// # Errors
    /// The line for the client, with stock's words. As with stock the text is read from its end.
    pub fn parse(
        option: &str,
        text: &[u8],
        number_of: &mut dyn FnMut(&[u8]) -> Option<u32>,
        unknown: &mut dyn FnMut(String),
    ) -> Result<Self, String> {
        let mut rules = Vec::new();
        for item in text.rsplit(|byte| *byte == b',') {
            if rules.len() >= ID_RULES {
                return Err(format!("--{option} has more than {ID_RULES} rules"));
            }
            let colon = item.iter().position(|byte| *byte == b':');
            let Some((from, to)) = colon.and_then(|at| Some((item.get(..at)?, item.get(at.checked_add(1)?..)?))) else {
                return Err(format!("No colon found in --{option}: {}", Escaped(item)));
            };
            if to.is_empty() {
                return Err(format!("No name found after colon --{option}: {}", Escaped(item)));
            }
            let from = from_of(option, from)?;
            if to.iter().all(u8::is_ascii_digit) {
                rules.push((from, number(to)?));
            } else if let Some(id) = number_of(to) {
                rules.push((from, id));
            } else {
                unknown(format!("Unknown --{option} name on receiver: {}", Escaped(to)));
            }
        }
        rules.reverse();
        Ok(Self { rules })
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// What the sender's `id` becomes here; `name` is empty where it has none. `None`: no rule matches.
    #[must_use]
    pub fn find(&self, id: u32, name: &[u8]) -> Option<u32> {
        let matches = |from: &From| match from {
            From::Numbers(low, high) => (*low..=*high).contains(&id),
            From::Pattern(pattern) => match_simple(pattern, name),
            From::Name(wanted) => wanted == name,
        };
        self.rules.iter().find(|(from, _)| matches(from)).map(|(_, to)| *to)
    }
}

fn from_of(option: &str, text: &[u8]) -> Result<From, String> {
    if text.first().is_some_and(u8::is_ascii_digit) {
        let (low, high) = match text.iter().position(|byte| *byte == b'-').and_then(|at| text.split_at_checked(at)) {
            Some((low, high)) => (low, high.get(1..).unwrap_or_default()),
            None => (text, text),
        };
        let digits = |part: &[u8]| !part.is_empty() && part.iter().all(u8::is_ascii_digit);
        if !digits(low) || !digits(high) {
            return Err(format!("Invalid number in --{option}: {}", Escaped(text)));
        }
        return Ok(From::Numbers(number(low)?, number(high)?));
    }
    if text.iter().any(|byte| matches!(byte, b'*' | b'?' | b'[')) {
        return Ok(From::Pattern(text.to_vec()));
    }
    Ok(From::Name(text.to_vec()))
}

fn number(digits: &[u8]) -> Result<u32, String> {
    let parsed = std::str::from_utf8(digits).ok().and_then(|text| text.parse().ok());
    parsed.ok_or_else(|| format!("Invalid ID number: {}", Escaped(digits)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(text: &str) -> (Result<IdRules, String>, Vec<String>) {
        let mut unknown = Vec::new();
        let mut numbers = |name: &[u8]| match name {
            b"daemon" => Some(1),
            b"bin" => Some(2),
            _ => None,
        };
        (IdRules::parse("usermap", text.as_bytes(), &mut numbers, &mut |line| unknown.push(line)), unknown)
    }

    #[test]
    fn the_first_rule_that_matches_counts() {
        let (rules, _) = rules("0-99:daemon,wayne:7,w*:8,:9,*:bin");
        let rules = rules.unwrap();
        for (id, name, wanted) in
            [(0, "root", 1), (99, "", 1), (100, "wayne", 7), (100, "willi", 8), (5000, "", 9), (5000, "x", 2)]
        {
            assert_eq!(rules.find(id, name.as_bytes()), Some(wanted), "{id} {name}");
        }
    }

    #[test]
    fn numbers_do_not_match_wildcards_and_no_rule_is_no_answer() {
        let (rules, _) = rules("[0-9]*:5,200:6");
        let rules = rules.unwrap();
        assert_eq!((rules.find(100, b""), rules.find(200, b"x"), rules.find(7, b"x")), (None, Some(6), None));
    }

    #[test]
    fn a_name_nobody_has_here_leaves_its_rule_out() {
        let (parsed, unknown) = rules("0:nosuch,0:7");
        assert_eq!(parsed.unwrap().find(0, b""), Some(7));
        assert_eq!(unknown, ["Unknown --usermap name on receiver: nosuch"]);
    }

    #[test]
    fn what_is_wrong_is_said_in_the_words_that_clients_know() {
        for (text, line) in [
            ("0", "No colon found in --usermap: 0"),
            ("a,b", "No colon found in --usermap: b"),
            ("0:1,", "No colon found in --usermap: "),
            ("", "No colon found in --usermap: "),
            ("0:", "No name found after colon --usermap: 0:"),
            ("0-x:1", "Invalid number in --usermap: 0-x"),
            ("1-2-3:1", "Invalid number in --usermap: 1-2-3"),
            ("12abc:1", "Invalid number in --usermap: 12abc"),
            ("4294967296:1", "Invalid ID number: 4294967296"),
            ("0:4294967296", "Invalid ID number: 4294967296"),
        ] {
            assert_eq!(rules(text).0, Err(line.to_owned()), "{text}");
        }
        assert!(rules(&"1:2,".repeat(100_000)).0.is_err());
        assert!(rules("5-1:1").0.is_ok_and(|rules| rules.find(3, b"").is_none()));
        assert!(rules("-1:5").0.is_ok_and(|rules| rules.find(3, b"-1") == Some(5)));
    }
}
