//! One value into its place, and what happens to strings that were never set.

use std::collections::BTreeSet;

use crate::escape::Escaped;

use super::expand::{ExpandError, Vars, expand};
use super::scan::{boolean, facility, integer, switch, sync};
use super::table::{Kind, PARAMETERS, Parameter};
use super::types::{Global, ModuleValues, Text};

/// Values of a module (or the defaults for modules) while files are read.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    pub values: ModuleValues,
    /// Strings that were set, be it to nothing; a new module inherits this with the values.
    pub written: BTreeSet<&'static str>,
}

/// One assignment.
pub struct Setting<'a> {
    pub parameter: &'static Parameter,
    pub value: &'a [u8],
}

/// Puts a value in its place. `Some(text)` is a line for the log: the value was bad, and the old one stays.
///
/// Numbers and switches are expanded here, strings when they are used.
pub fn assign(
    setting: &Setting<'_>,
    global: &mut Global,
    draft: &mut Draft,
    vars: Vars<'_>,
) -> Result<Option<String>, ExpandError> {
    let Setting { parameter, value } = *setting;
    let name = parameter.name;
    let values = &mut draft.values;
    let mut bad = None;
    match parameter.kind {
        Kind::GlobalText(target) => *target(global) = Text(value.to_vec()),
        Kind::Text(target) => {
            draft.written.insert(name);
            *target(values) = Text(value.to_vec());
        }
        Kind::Path(target) => {
            draft.written.insert(name);
            *target(values) = Text(without_slashes(value).to_vec());
        }
        Kind::Name => {}
        Kind::GlobalInt(_) | Kind::Int(_) => {
            let text = expand(value, vars)?;
            let (number, whole) = integer(&text);
            let fits = match parameter.kind {
                Kind::GlobalInt(target) => target(global, number),
                Kind::Int(target) => target(values, number),
                _ => true,
            };
            if !(whole && fits) {
                bad = Some(("integer", text));
            }
        }
        Kind::Bool(_) | Kind::GlobalBool(_) => {
            let text = expand(value, vars)?;
            match (boolean(&text), &parameter.kind) {
                (Some(yes), Kind::Bool(target)) => *target(values) = yes,
                (Some(yes), Kind::GlobalBool(target)) => *target(global) = yes,
                _ => bad = Some(("boolean", text)),
            }
        }
        Kind::Switch(target) => {
            let text = expand(value, vars)?;
            match switch(&text) {
                None => bad = Some(("boolean", text)),
                Some(state) => *target(values) = state,
            }
        }
        Kind::Sync => {
            let text = expand(value, vars)?;
            match sync(&text) {
                None => bad = Some(("sync (never, close or end)", text)),
                Some(when) => values.sync = when,
            }
        }
        Kind::Facility => {
            let text = expand(value, vars)?;
            match facility(&text) {
                None => bad = Some(("syslog facility", text)),
                Some(name) => values.syslog_facility = Text(name.into()),
            }
        }
    }
    Ok(bad.map(|(kind, text)| format!("Badly formed {kind} in configuration file: \"{}\".", Escaped(&text))))
}

/// A string that neither the module nor a default in force at its creation has set takes the value that stands in the global
/// part at the end. One with a built-in default (`lock file`, `log format`, `syslog tag`) counts as set.
pub fn settle(draft: &mut Draft, last: &mut ModuleValues, built_in: &mut ModuleValues) {
    let Draft { values, written } = draft;
    for parameter in &PARAMETERS {
        let (Kind::Text(target) | Kind::Path(target)) = parameter.kind else { continue };
        if !written.contains(parameter.name) && target(built_in).is_empty() {
            target(values).clone_from(target(last));
        }
    }
}

fn without_slashes(mut path: &[u8]) -> &[u8] {
    while let [shorter @ .., b'/'] = path
        && !shorter.is_empty()
    {
        path = shorter;
    }
    path
}
