//! `-help` and `-usage`, in Hadoop's layout.

use clap::Arg;

use super::grammar;
use super::synopsis::{names, possible_values, synopsis, with_value};
use super::table::{COMMANDS, Row, row};
use crate::system::standard_streams::write_stderr;
use crate::system::{ExitStatus, standard_streams};

/// As wide as Hadoop's.
const WIDTH: usize = 82;

/// Prints what commands do; of all, with their usage before it, if none is named.
pub(super) fn help(names: &[String]) -> ExitStatus {
    if names.is_empty() {
        let helps: Vec<_> = COMMANDS.iter().map(help_of).collect();
        return print(&format!("{}\n\n{}", usage_of_all(), helps.join("\n")));
    }
    of_each(names, "help", |row| help_of(row) + "\n")
}

/// Prints how commands are called; all, if none is named.
pub(super) fn usage(names: &[String]) -> ExitStatus {
    if names.is_empty() {
        return print(&(usage_of_all() + "\n"));
    }
    of_each(names, "usage", |row| usage_of(row) + "\n")
}

/// Prints a text for each of the named commands.
fn of_each(names: &[String], asked: &str, text_of: impl Fn(&Row) -> String) -> ExitStatus {
    let mut text = String::new();
    for name in names {
        let Some(row) = row(name.trim_start_matches('-')) else {
            message!("-{asked}: `{name}': Unknown command");
            write_stderr(format_args!("{}\n", usage_of_all()));
            return ExitStatus::Usage;
        };
        text.push_str(&text_of(row));
    }
    print(&text)
}

/// Returns how a command is called.
pub(super) fn usage_of(row: &Row) -> String {
    format!("Usage: rolefs [options] {}", synopsis(row))
}

/// Returns how all commands are called.
pub(super) fn usage_of_all() -> String {
    let lines = COMMANDS.iter().map(|row| format!("\n\t[{}]", synopsis(row)));
    lines.fold("Usage: rolefs [options]".to_owned(), |all, line| all + &line)
}

/// Returns the help of a command: the synopsis, what it does, its options in two columns, examples.
pub(super) fn help_of(row: &Row) -> String {
    let mut lines = vec![format!("{} :", synopsis(row))];
    lines.extend(wrapped(row.about, WIDTH - 2).into_iter().map(|line| format!("  {line}")));
    let options = grammar::options(row);
    let options: Vec<_> =
        options.iter().filter_map(|option| Some((name(option)?, option))).collect();
    let width = options.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
    lines.extend((!options.is_empty()).then(String::new));
    for (name, option) in options {
        let described = wrapped(&described(option), WIDTH.saturating_sub(width + 4).max(30));
        for (index, line) in described.iter().enumerate() {
            let name = if index == 0 { name.as_str() } else { "" };
            lines.push(format!("  {name:<width$}  {line}"));
        }
    }
    lines.push(String::new());
    lines.extend(grammar::examples(row).lines().map(|line| format!("  {line}")));
    lines.join("\n") + "\n"
}

/// Returns the first name of an option, and the name of its value.
fn name(option: &Arg) -> Option<String> {
    let name = names(option)?.into_iter().next()?;
    if possible_values(option).is_empty() {
        return Some(with_value(&name, option));
    }
    // The values are listed with the help.
    let value = option.get_value_names().and_then(<[_]>::first)?;
    Some(format!("{name} <{value}>"))
}

/// Returns the help of an option, the values that it takes, its default, and its variable.
fn described(option: &Arg) -> String {
    let help = option.get_help().map(ToString::to_string).unwrap_or_default();
    let possible = possible_values(option).join(", ");
    let takes_value = option.get_action().takes_values();
    let default = option.get_default_values().iter().filter(|_| takes_value);
    let default = default.map(|value| value.display().to_string()).collect::<Vec<_>>().join(", ");
    let variable = option.get_env().map(|name| name.display().to_string()).unwrap_or_default();
    let more = [("Possible values", possible), ("Default", default), ("Variable", variable)];
    let more = more.iter().filter(|(_, text)| !text.is_empty());
    more.fold(help, |all, (name, text)| {
        let stop = if all.is_empty() || all.ends_with(['.', '?', '!']) { "" } else { "." };
        format!("{all}{stop} {name}: {text}.").trim_start().to_owned()
    })
}

fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if line.len() + 1 + word.len() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// Writes text to stdout.
pub(super) fn print(text: &str) -> ExitStatus {
    ExitStatus::of_printed("rolefs", standard_streams::print(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_every_option_and_gives_an_example_of_every_command() {
        for row in COMMANDS {
            let help = help_of(row);
            for option in grammar::options(row) {
                let name = name(&option).unwrap();
                assert!(help.contains(&format!("\n  {name} ")), "{}: {name}: {help}", row.name);
            }
            assert!(!row.about.is_empty() && !row.examples.is_empty(), "{}", row.name);
        }
    }

    #[test]
    fn ends_sentences_and_repeats_no_names() {
        for row in COMMANDS {
            for option in grammar::options(row) {
                let described = described(&option);
                for more in ["Possible values:", "Default:", "Variable:"] {
                    let before = described.split_once(more).map_or(".", |(before, _)| before);
                    assert!(before.trim_end().ends_with('.'), "{}: {described}", row.name);
                }
                for name in names(&option).unwrap() {
                    assert!(!described.contains(&format!("(also: {name}")), "{described}");
                }
            }
        }
        let whoami = help_of(row("whoami").unwrap());
        assert!(whoami.contains("The format. Possible values: text, json."), "{whoami}");
    }

    #[test]
    fn lists_possible_values_and_defaults() {
        let help = help_of(row("sign").unwrap());
        let words = help.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(
            words.contains(
                "Possible values: canonical-request, string-to-sign, signature, authorization, \
             request, url, curl. Default: request."
            ),
            "{help}"
        );
        assert!(help.contains("\n    rolefs -sign --service s3 "), "{help}");
    }

    #[test]
    fn prints_the_layout_of_hadoop() {
        assert_eq!(
            help_of(row("mkdir").unwrap()),
            "-mkdir [-p] <path> ... :\n  Create a directory in specified location.\n\n  \
             -p  Do not fail if the directory already exists\n\n  \
             Examples:\n    rolefs -mkdir -p s3a://bucket/a/b\n"
        );
        assert_eq!(
            usage_of(row("rm").unwrap()),
            "Usage: rolefs [options] -rm [-f] [-r|-R] [-skipTrash] [-safely] [-json] \
             [-quiet] <src> ..."
        );
    }
}
