//! The manual page and the completions of shells, made of the grammar.

use std::io::{self, Write as _};

use clap_complete::Shell;

use super::grammar::grammar;
use super::help::{help_of, print};
use super::synopsis::synopsis;
use super::table::COMMANDS;
use crate::system::ExitStatus;

/// Prints the script that completes command lines.
pub(super) fn completions(shell: Shell) -> ExitStatus {
    let mut script = Vec::new();
    // Each word with its dash, too, as Hadoop writes it.
    let mut dashed = grammar().mut_subcommands(|command| {
        // The grammar takes static names. These leak until the program ends, which is soon.
        let name: &'static str = format!("-{}", command.get_name()).leak();
        command.visible_alias(name)
    });
    clap_complete::generate(shell, &mut dashed, "rolefs", &mut script);
    print(&String::from_utf8_lossy(&script))
}

/// Prints the manual page.
pub(super) fn page() -> ExitStatus {
    let mut page = Vec::new();
    match write_page(&mut page) {
        Ok(()) => print(&String::from_utf8_lossy(&page)),
        Err(error) => {
            message!("man: {error}");
            ExitStatus::Failed
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

#[cfg(all(test, feature = "sandbox"))]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::cli::synopsis::bracketed;
    use crate::cli::table::Row;

    const BEGIN: &str = "<!-- usage: ROLEFS_WRITE_USAGE=1 cargo test -p rolefs --all-features --lib \
                         cli::manual -->\n```text\n";
    const END: &str = "```\n";

    /// Returns the usage of all commands, in lines of at most 100 columns.
    fn usage() -> String {
        let grammar = grammar();
        let generic = grammar.get_arguments().filter_map(bracketed).collect::<Vec<_>>().join(" ");
        let all = COMMANDS.iter().map(line).chain([format!("options: {generic}")]);
        all.map(|line| wrapped(&line)).collect()
    }

    fn line(row: &Row) -> String {
        let words = |row: &Row| synopsis(row).replacen(row.name, "", 1);
        let same = COMMANDS.iter().find(|other| words(other) == words(row));
        match same.filter(|same| same.name != row.name && !words(row).contains("[cmd")) {
            Some(same) => format!("rolefs [options] -{} ... as -{}", row.name, same.name),
            None => format!("rolefs [options] {}", synopsis(row)),
        }
    }

    /// Wraps a line between words; what is in brackets stays together.
    fn wrapped(line: &str) -> String {
        let mut depth = 0;
        let words = line.split(|letter| {
            depth += i32::from("[<".contains(letter)) - i32::from("]>".contains(letter));
            letter == ' ' && depth == 0
        });
        let (mut text, mut width) = (String::new(), 0);
        for word in words {
            if width > 0 && width + 1 + word.len() > 100 {
                text.push_str("\n            ");
                width = 12;
            }
            let space = if width > 0 { " " } else { "" };
            text = text + space + word;
            width += space.len() + word.len();
        }
        text + "\n"
    }

    #[test]
    fn shows_the_usage_of_the_table_in_the_manual() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
        let manual = fs::read_to_string(&path).unwrap();
        let (before, rest) = manual.split_once(BEGIN).expect("the manual has a place for usage");
        let (shown, after) = rest.split_once(END).unwrap();
        let usage = usage();
        if std::env::var_os("ROLEFS_WRITE_USAGE").is_some() {
            fs::write(&path, [before, BEGIN, &usage, END, after].concat()).unwrap();
        } else {
            assert_eq!(shown, usage, "the usage in the manual is not current");
        }
    }

    #[test]
    fn escapes_text_that_roff_would_take_for_requests() {
        assert_eq!(escaped("-ls \\"), "\\-ls \\e");
        assert_eq!(escaped(".conf"), "\\&.conf");
    }
}
