//! The words of a command line in the form that clap expects: Hadoop's shell has options with one
//! dash and many letters, and commands that look like options. clap has neither.

use std::ffi::OsString;

use super::grammar::grammar;
use super::table::row;
use crate::command::generic_options::WITH_ONE_DASH;

/// The words in the form that clap expects, and the command among them as it was written.
#[derive(Debug)]
pub(super) struct Words {
    pub(super) all: Vec<OsString>,
    pub(super) command: Option<String>,
    /// The number of words up to the command.
    generic: usize,
}

impl Words {
    /// Returns whether an option precedes the command.
    pub(super) fn has_before_command(&self, option: &str) -> bool {
        let name = |word: &OsString| Some(word.to_str()?.split('=').next()? == option);
        self.all.iter().take(self.generic).any(|word| name(word) == Some(true))
    }
}

/// Takes the dash off the command, and gives a second one to options of many letters.
pub(super) fn translate(arguments: impl IntoIterator<Item = OsString>) -> Words {
    let clap = grammar();
    let takes_value = |option: &str| {
        clap.get_arguments().any(|argument| {
            argument.get_long() == Some(option) && argument.get_action().takes_values()
        })
    };
    let mut all = Vec::new();
    let mut command = None;
    let mut arguments = arguments.into_iter();
    all.extend(arguments.next());
    while let Some(word) = arguments.next() {
        let Some(text) = word.to_str() else {
            all.push(word);
            continue;
        };
        if let Some(row) = text.strip_prefix("--").and_then(row).filter(|row| row.has_two_dashes())
        {
            command = Some(row.name.to_owned());
            all.push(row.name.into());
            break;
        }
        if let Some(option) = text.strip_prefix("--") {
            let takes_value = takes_value(option);
            all.push(word);
            all.extend(takes_value.then(|| arguments.next()).flatten());
        } else if let Some(definition) = text.strip_prefix("-D") {
            let is_alone = definition.is_empty();
            all.push(word);
            all.extend(is_alone.then(|| arguments.next()).flatten());
        } else if let Some(option) =
            text.strip_prefix('-').filter(|name| WITH_ONE_DASH.contains(name))
        {
            let takes_value = takes_value(option);
            all.push(format!("--{option}").into());
            all.extend(takes_value.then(|| arguments.next()).flatten());
        } else if text == "-h" {
            all.push("--help".into());
        } else if matches!(text, "-version" | "version") {
            all.push("--version".into());
        } else if text == "-V" {
            all.push(word);
        } else {
            command = Some(text.trim_start_matches('-').to_owned());
            all.push(text.trim_start_matches('-').into());
            break;
        }
    }
    let generic = all.len();
    let options = command.as_deref().and_then(|command| clap.find_subcommand(command));
    all.extend(arguments.map(|word| with_second_dash(word, options)));
    Words { all, command, generic }
}

/// Gives a second dash to an option of many letters, which has one in Hadoop: `-skipTrash`.
fn with_second_dash(word: OsString, command: Option<&clap::Command>) -> OsString {
    let name = word.to_str().and_then(|word| word.strip_prefix('-')).filter(|name| name.len() > 1);
    let is_option = |name: &str| {
        command.is_some_and(|command| {
            command.get_arguments().any(|argument| argument.get_long() == Some(name))
        })
    };
    // The letters right behind an option that takes some, or none: Hadoop's `-ptopax`.
    let with_letters = |name: &str| {
        let (first, letters) = name.split_at_checked(1)?;
        let is_it = |argument: &clap::Arg| {
            argument.is_require_equals_set() && argument.get_short() == first.chars().next()
        };
        let is_letters = letters.chars().all(|letter| letter.is_ascii_lowercase());
        let is_one = is_letters && command?.get_arguments().any(is_it);
        is_one.then(|| format!("-{first}={letters}"))
    };
    match name {
        Some(name) if is_option(name) => format!("--{name}").into(),
        Some(name) => with_letters(name).map_or(word, Into::into),
        None => word,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn translated(words: &[&str]) -> Vec<OsString> {
        translate(words.iter().map(OsString::from)).all
    }

    #[test]
    fn translates_hadoops_words_for_clap() {
        for (words, expected) in [
            (&["rolefs", "-put", "-f", "a", "-"][..], &["rolefs", "put", "-f", "a", "-"][..]),
            (&["rolefs", "put", "-put", "d"], &["rolefs", "put", "-put", "d"]),
            (
                &["rolefs", "--region", "-ls", "-sandbox", "-ls", "-R"],
                &["rolefs", "--region", "-ls", "--sandbox", "ls", "-R"],
            ),
            (&["rolefs", "--region=r", "-cat", "-x"], &["rolefs", "--region=r", "cat", "-x"]),
            (&["rolefs", "-h"], &["rolefs", "--help"]),
            (&["rolefs", "-version"], &["rolefs", "--version"]),
            (&["rolefs", "version"], &["rolefs", "--version"]),
            (&["rolefs", "-help", "ls"], &["rolefs", "help", "ls"]),
            (
                &["rolefs", "-fs", "s3a://b", "-rm", "-r", "-skipTrash", "-x", "-safely"],
                &["rolefs", "--fs", "s3a://b", "rm", "-r", "--skipTrash", "-x", "--safely"],
            ),
            (
                &["rolefs", "-D", "a=b", "-Dc=d", "-conf", "-x", "-showConfig", "-D"],
                &["rolefs", "-D", "a=b", "-Dc=d", "--conf", "-x", "showConfig", "-D"],
            ),
            (&["rolefs", "-put", "-resume", "a"], &["rolefs", "put", "--resume", "a"]),
            (
                &["rolefs", "-uploads", "-abort", "-olderThan", "1d", "-resume"],
                &["rolefs", "uploads", "--abort", "--olderThan", "1d", "-resume"],
            ),
            (&["rolefs", "--showConfig", "b"], &["rolefs", "showConfig", "b"]),
        ] {
            assert_eq!(translated(words), expected);
        }
    }
}
