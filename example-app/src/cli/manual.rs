//! The manual page and the completions of shells, made of the grammar.

use std::io::{self, Write as _};

use clap::Args;

use super::grammar::grammar;
use super::help::{help_of, print};
use super::synopsis::synopsis;
use super::table::COMMANDS;
use crate::command::kind::{LocalCommand, LocalContext};
use crate::system::ExitStatus;

/// The options of `completions`.
#[derive(Args, Debug)]
pub(super) struct CompletionsOptions {
    /// The shell.
    pub(super) shell: clap_complete::Shell,
}

/// The options of `man`: none.
#[derive(Args, Debug)]
pub(super) struct ManOptions {}

impl LocalCommand for CompletionsOptions {
    fn run(self: Box<Self>, _: LocalContext<'_>) -> ExitStatus {
        let mut script = Vec::new();
        // Each word with its dash, too, as Hadoop writes it.
        let mut dashed = grammar().mut_subcommands(|command| {
            // The grammar takes static names. These leak until the program ends, which is soon.
            let name: &'static str = format!("-{}", command.get_name()).leak();
            command.visible_alias(name)
        });
        clap_complete::generate(self.shell, &mut dashed, "rolefs", &mut script);
        print(&String::from_utf8_lossy(&script))
    }
}

impl LocalCommand for ManOptions {
    fn run(self: Box<Self>, _: LocalContext<'_>) -> ExitStatus {
        let mut page = Vec::new();
        match write_page(&mut page) {
            Ok(()) => print(&String::from_utf8_lossy(&page)),
            Err(error) => {
                tell!("man: {error}");
                ExitStatus::Failed
            }
        }
    }
}

/// Writes the manual page, in roff.
fn write_page(page: &mut Vec<u8>) -> io::Result<()> {
    let man = clap_mangen::Man::new(grammar());
    man.render_title(page)?;
    man.render_name_section(page)?;
    writeln!(page, ".SH SYNOPSIS\n.nf")?;
    for row in COMMANDS {
        writeln!(page, "{}", escaped(&format!("rolefs [options] {}", synopsis(row))))?;
    }
    writeln!(page, ".fi")?;
    man.render_description_section(page)?;
    man.render_options_section(page)?;
    writeln!(page, ".SH COMMANDS\n.nf")?;
    for row in COMMANDS {
        help_of(row).lines().try_for_each(|line| writeln!(page, "{}", escaped(line)))?;
    }
    writeln!(page, ".fi")?;
    man.render_version_section(page)
}

/// Escapes a line that roff is to print as it is.
fn escaped(line: &str) -> String {
    let line = line.replace('\\', "\\e").replace('-', "\\-");
    if line.starts_with(['.', '\'']) { format!("\\&{line}") } else { line }
}
