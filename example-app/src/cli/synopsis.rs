//! Synopses: how commands are called, in a line each.

use clap::{Arg, Command};

use super::table::Row;

/// Returns how a command is called: `-rm [-f] [-r|-R] … <src> ...`.
pub(super) fn synopsis(row: &Row) -> String {
    let command = (row.options)(Command::new(row.name));
    let options: Vec<_> = command.get_arguments().filter_map(bracketed).collect();
    let usage = row.usage.replace("{options}", &options.join(" "));
    format!("-{} {}", row.name, usage.trim_start()).trim_end().to_owned()
}

/// Returns an option and its value, in brackets unless it is required.
pub(super) fn bracketed(argument: &Arg) -> Option<String> {
    let name = with_value(&names(argument)?.join("|"), argument);
    Some(if argument.is_required_set() { name } else { format!("[{name}]") })
}

/// Returns a name of an option with its value: `-t <thread count>`, or `-p[topax]` if the value
/// follows it directly, or is left out.
pub(super) fn with_value(name: &str, argument: &Arg) -> String {
    match value(argument) {
        None => name.to_owned(),
        Some(value) if argument.is_require_equals_set() => {
            format!("{name}[{}]", value.trim_matches(['<', '>']))
        }
        Some(value) => format!("{name} {value}"),
    }
}

/// Returns the names of an option as Hadoop writes them; `None` for a positional argument.
pub(super) fn names(argument: &Arg) -> Option<Vec<String>> {
    if let Some(short) = argument.get_short() {
        let others = argument.get_all_short_aliases().unwrap_or_default();
        let all = core::iter::once(short).chain(others);
        return Some(all.map(|short| format!("-{short}")).collect());
    }
    let long = argument.get_long()?;
    // Hadoop's own are flags of one word, or have a capital.
    let is_flag = !argument.get_action().takes_values() && !long.contains('-');
    let is_hadoops = is_flag || long.contains(|letter: char| letter.is_ascii_uppercase());
    Some(vec![if is_hadoops { format!("-{long}") } else { format!("--{long}") }])
}

/// Returns the name of an option as clap has it: `--long`, or `-s` if it has no other; `None` for a
/// positional argument.
pub(super) fn dashed(argument: &Arg) -> Option<String> {
    let long = argument.get_long().map(|long| format!("--{long}"));
    long.or_else(|| argument.get_short().map(|short| format!("-{short}")))
}

/// Returns the value of an option: its possible values, or else a name for it.
pub(super) fn value(argument: &Arg) -> Option<String> {
    if !argument.get_action().takes_values() {
        return None;
    }
    let possible = possible_values(argument);
    if !possible.is_empty() {
        return Some(possible.join("|"));
    }
    let name = argument.get_value_names().and_then(<[_]>::first).map(ToString::to_string);
    let name = name.unwrap_or_else(|| argument.get_id().as_str().to_ascii_uppercase());
    Some(format!("<{name}>"))
}

/// Returns the values that an option takes, if it takes only some.
pub(super) fn possible_values(argument: &Arg) -> Vec<String> {
    if !argument.get_action().takes_values() {
        return Vec::new();
    }
    let possible = argument.get_possible_values();
    possible.iter().map(|value| value.get_name().to_owned()).collect()
}
