//! `docs/options.md` says of every option in the table what the server makes of it.

use std::fs;

#[test]
fn every_option_of_the_table_is_documented() {
    let documented = fs::read_to_string("docs/options.md").unwrap();
    let mut missing = Vec::new();
    for file in ["early", "late"] {
        let source = fs::read_to_string(format!("src/options/table/{file}.rs")).unwrap();
        for line in source.lines().map(str::trim) {
            let Some((_, names)) = line.split_once("(&[\"") else { continue };
            let name = names.split('"').next().unwrap();
            // What takes another option back is documented with it.
            if !name.starts_with("no-") && !names_option(&documented, name) {
                missing.push(name.to_owned());
            }
        }
    }
    assert!(missing.is_empty(), "not in docs/options.md: {missing:?}");
}

/// Whether a text has the option, not just a longer one.
fn names_option(text: &str, name: &str) -> bool {
    text.split("--").skip(1).any(|rest| {
        rest.strip_prefix(name).is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '-'))
    })
}
