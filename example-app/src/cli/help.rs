//! `-help`, `-usage`, completions and the manual page: all of them from the grammar.

use core::iter;
use std::io::{self, Write as _};

use clap::{Arg, Command, CommandFactory as _};

use super::Arguments;
use crate::system::ExitStatus;
use crate::system::standard_streams;

/// As wide as Hadoop's.
const WIDTH: usize = 82;

/// Commands that are not Hadoop's. Their help is clap's where something is missing.
const OWN: [&str; 8] =
    ["completions", "credentials", "explain", "man", "showConfig", "sign", "uploads", "whoami"];

pub(super) fn is_hadoops(command: &str) -> bool {
    !OWN.contains(&command)
}

/// Prints what commands do; of all, with their usage before it, if none is named.
pub fn help(names: &[String]) -> ExitStatus {
    let all = grammar();
    if names.is_empty() {
        let helps: Vec<_> = all.get_subcommands().map(help_of).collect();
        return print(&format!("{}\n\n{}", usage_of_all(), helps.join("\n")));
    }
    of_each(names, "help", |command| help_of(command) + "\n")
}

/// Prints how commands are called; all, if none is named.
pub fn usage(names: &[String]) -> ExitStatus {
    if names.is_empty() {
        return print(&(usage_of_all() + "\n"));
    }
    of_each(names, "usage", |command| line_of(command) + "\n")
}

/// Prints the script that completes command lines.
pub fn completions(shell: clap_complete::Shell) -> ExitStatus {
    let mut script = Vec::new();
    // Each word with its dash, too, as Hadoop writes it.
    let dashed = grammar().mut_subcommands(|command| {
        // The grammar takes names that last: these do until the program ends, which is soon.
        let name: &'static str = format!("-{}", command.get_name()).leak();
        command.visible_alias(name)
    });
    clap_complete::generate(shell, &mut { dashed }, "rolefs", &mut script);
    print(&String::from_utf8_lossy(&script))
}

/// Prints the manual page, in roff.
pub fn man() -> ExitStatus {
    let mut page = Vec::new();
    match write_man(&mut page) {
        Ok(()) => print(&String::from_utf8_lossy(&page)),
        Err(error) => {
            tell!("man: {error}");
            ExitStatus::Failed
        }
    }
}

fn write_man(page: &mut Vec<u8>) -> io::Result<()> {
    let man = clap_mangen::Man::new(grammar());
    man.render_title(page)?;
    man.render_name_section(page)?;
    writeln!(page, ".SH SYNOPSIS\n.nf")?;
    for command in grammar().get_subcommands() {
        writeln!(page, "{}", escaped(&format!("rolefs [options] {}", synopsis(command))))?;
    }
    writeln!(page, ".fi")?;
    man.render_description_section(page)?;
    man.render_options_section(page)?;
    writeln!(page, ".SH COMMANDS\n.nf")?;
    for command in grammar().get_subcommands() {
        help_of(command).lines().try_for_each(|line| writeln!(page, "{}", escaped(line)))?;
    }
    writeln!(page, ".fi")?;
    man.render_version_section(page)
}

/// A line that roff is to print as it is.
fn escaped(line: &str) -> String {
    let line = line.replace('\\', "\\e").replace('-', "\\-");
    if line.starts_with(['.', '\'']) { format!("\\&{line}") } else { line }
}

pub(super) fn usage_of(name: &str) -> Option<String> {
    grammar().find_subcommand(name).map(line_of)
}

pub(super) fn usage_of_all() -> String {
    let all = grammar();
    let lines = all.get_subcommands().map(|command| format!("\n\t[{}]", synopsis(command)));
    lines.fold("Usage: rolefs [options]".to_owned(), |all, line| all + &line)
}

fn grammar() -> Command {
    Arguments::command()
}

fn of_each(names: &[String], asked: &str, tell: impl Fn(&Command) -> String) -> ExitStatus {
    let all = grammar();
    let mut text = String::new();
    for name in names {
        let Some(command) = all.find_subcommand(name.trim_start_matches('-')) else {
            tell!("-{asked}: `{name}': Unknown command");
            tell!("{}", usage_of_all());
            return ExitStatus::Usage;
        };
        text.push_str(&tell(command));
    }
    print(&text)
}

fn line_of(command: &Command) -> String {
    format!("Usage: rolefs [options] {}", synopsis(command))
}

/// As the grammar has it written down, or else all options.
fn synopsis(command: &Command) -> String {
    let usage = command.clone().render_usage().to_string();
    let usage = usage.strip_prefix("Usage: ").unwrap_or(&usage);
    if usage.starts_with('-') {
        return usage.to_owned();
    }
    let named = command.get_arguments().filter_map(option);
    let named = named.map(|(name, _)| format!("[{name}]"));
    let placed = command.get_positionals().filter_map(Arg::get_value_names).flatten();
    let placed = placed.map(|name| format!("<{name}>"));
    let words = iter::once(format!("-{}", command.get_name())).chain(named).chain(placed);
    words.collect::<Vec<_>>().join(" ")
}

/// The synopsis, what it does, and its options in two columns.
fn help_of(command: &Command) -> String {
    let about = command.get_about().map(ToString::to_string).unwrap_or_default();
    let mut lines = vec![format!("{} :", synopsis(command))];
    lines.extend(wrapped(&about, WIDTH - 2).into_iter().map(|line| format!("  {line}")));
    let options: Vec<_> = command.get_arguments().filter_map(option).collect();
    let width = options.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
    lines.extend((!options.is_empty()).then(String::new));
    for (name, what) in options {
        let indent = width + 4;
        for (index, line) in wrapped(&what, WIDTH.saturating_sub(indent).max(30)).iter().enumerate()
        {
            let name = if index == 0 { name.as_str() } else { "" };
            lines.push(format!("  {name:<width$}  {line}"));
        }
    }
    lines.join("\n") + "\n"
}

/// An option as Hadoop writes it, and what it does; `None` for what is no option.
fn option(argument: &Arg) -> Option<(String, String)> {
    let short = argument.get_short().map(|short| format!("-{short}"));
    let name = short.or_else(|| {
        let long = argument.get_long()?;
        // Those of Hadoop's own have a capital, or are one word.
        Some(if long.contains('-') { format!("--{long}") } else { format!("-{long}") })
    })?;
    let takes_value = argument.get_action().takes_values();
    let value = argument.get_value_names().and_then(<[_]>::first).filter(|_| takes_value);
    let name = value.map_or(name.clone(), |value| format!("{name} <{value}>"));
    let what = argument.get_help().map(ToString::to_string).unwrap_or_default();
    Some((name, what))
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
    fn every_command_says_how_it_is_called() {
        for command in grammar().get_subcommands() {
            let name = command.get_name();
            let synopsis = synopsis(command);
            let begins = synopsis.split(' ').next().unwrap();
            assert_eq!(begins, format!("-{name}"));
            for argument in command.get_arguments().filter_map(Arg::get_short) {
                let help = help_of(command);
                assert!(help.contains(&format!("\n  -{argument} ")), "{name} {argument}: {help}");
            }
        }
    }

    #[test]
    fn the_layout_is_hadoops() {
        let grammar = grammar();
        let mkdir = help_of(grammar.find_subcommand("mkdir").unwrap());
        assert_eq!(
            mkdir,
            "-mkdir [-p] <path> ... :\n  Create a directory in specified location\n\n  \
             -p  Do not fail if the directory already exists\n"
        );
        let usage = usage_of("rm").unwrap();
        assert_eq!(
            usage,
            "Usage: rolefs [options] -rm [-f] [-r|-R] [-skipTrash] [-safely] [-json] \
             [-quiet] <src> ..."
        );
    }
}
