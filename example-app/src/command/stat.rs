//! `rolefs -stat [format] <path> ...`: the attributes of a path, in Hadoop's format.

#![allow(
    clippy::doc_markdown,
    rustdoc::bare_urls,
    rustdoc::invalid_html_tags,
    reason = "the docs of options are the help, shown as they are"
)]

use clap::Args;
use futures_util::future::LocalBoxFuture;
use rolesig::Timestamp;

use super::file_command::{FileCommand, borrowed};
use super::shell::{Item, NOT_ENOUGH_ARGUMENTS, Shell};
use crate::report::Reporter;
use crate::s3::PathStatus;
use crate::system::ExitStatus;
use crate::system::date::{StoredTime, readable};
use crate::system::standard_streams::{print, shown};
use crate::system::user::user;

/// The options of `-stat`.
#[derive(Args, Clone, Debug)]
pub struct StatOptions {
    /// A format, if it has a percent sign, and s3a://bucket/key
    #[arg(required = true, num_args = 1.., value_name = "path")]
    pub words: Vec<String>,
}

impl FileCommand for StatOptions {
    fn run<'r>(&'r self, shell: Shell<'r>) -> LocalBoxFuture<'r, ExitStatus> {
        Box::pin(stat(shell, &self.words))
    }

    fn s3_paths(&self) -> Vec<&str> {
        borrowed(split(&self.words).1)
    }

    fn contradiction(&self) -> Option<&'static str> {
        split(&self.words).1.is_empty().then_some(NOT_ENOUGH_ARGUMENTS)
    }
}

/// The format if none is given.
const FORMAT: &str = "%y";
/// The length that S3A calls the block size of an object: `fs.s3a.block.size`, 32M.
pub(super) const BLOCK_SIZE: u64 = 32 << 20;

/// Splits the words into the format and the paths: the first word is a format if it contains a
/// percent sign.
fn split(words: &[String]) -> (&str, &[String]) {
    match words.split_first() {
        Some((first, paths)) if first.contains('%') => (first, paths),
        _ => (FORMAT, words),
    }
}

/// Shows the paths that exist.
async fn stat(shell: Shell<'_>, words: &[String]) -> ExitStatus {
    let reporter = Reporter::of("stat");
    let (format, paths) = split(words);
    for written in paths {
        let items = shell.found(written, &reporter).await;
        for item in &items {
            report_unreadable(format, item, &reporter);
        }
        // The format, with its tabs, is the user's: only the names in it are others'.
        let lines: String = items.iter().map(|item| formatted(format, item) + "\n").collect();
        reporter.printed(print(lines.as_bytes()));
    }
    reporter.ending()
}

/// Reports a time that cannot be read.
fn report_unreadable(format: &str, item: &Item, reporter: &Reporter) {
    if let PathStatus::File(attributes) = &item.status
        && (format.contains("%y") || format.contains("%Y"))
        && let Some(error) = attributes.stored_time().error()
    {
        reporter.about(&item.written, error);
    }
}

/// Returns a line in the format. A letter without a meaning after a percent sign stands for itself.
fn formatted(format: &str, item: &Item) -> String {
    let (len, modified) = match &item.status {
        PathStatus::File(attributes) => (attributes.len, attributes.stored_time()),
        PathStatus::Directory => (None, StoredTime::Unreported),
    };
    let is_directory = item.is_directory();
    let is_unreadable = matches!(modified, StoredTime::Unreadable(_));
    let modified = modified.or_epoch();
    let of_kind =
        |file: &str, directory: &str| if is_directory { directory } else { file }.to_owned();
    let mut text = String::new();
    let mut characters = format.chars();
    while let Some(character) = characters.next() {
        if character != '%' {
            text.push(character);
            continue;
        }
        let Some(letter) = characters.next() else { break };
        let value = match letter {
            'a' => of_kind("666", "777"),
            'A' => of_kind("rw-rw-rw-", "rwxrwxrwx"),
            'b' => len.unwrap_or_default().to_string(),
            'F' => of_kind("regular file", "directory"),
            'g' | 'u' => user(),
            'n' => shown(item.name()).into_owned(),
            'o' => of_kind(&BLOCK_SIZE.to_string(), "0"),
            'r' => "1".to_owned(),
            'x' => readable(Timestamp::EPOCH),
            'X' => "0".to_owned(),
            'y' | 'Y' if is_unreadable => "?".to_owned(),
            'y' => readable(modified),
            'Y' => (modified.as_unix_signed() * 1000).to_string(),
            other => other.to_string(),
        };
        text.push_str(&value);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::s3::Attributes;
    use crate::s3::address::path::S3Path;

    #[test]
    fn formats_every_letter() {
        let attributes = Attributes {
            len: Some(5),
            last_modified: Some("Sun, 30 Aug 2015 12:36:00 GMT".to_owned()),
            ..Attributes::default()
        };
        let path = S3Path::parse("s3a://b/d/a").unwrap();
        let item = |status| Item { written: "/d/a".to_owned(), path: path.clone(), status };
        let format = "%F|%n|%b|%o|%r|%a|%A|%y|%Y|%x|%X|%%|%z|%";
        assert_eq!(
            formatted(format, &item(PathStatus::File(attributes))),
            "regular file|a|5|33554432|1|666|rw-rw-rw-|2015-08-30 12:36:00|1440938160000|\
             1970-01-01 00:00:00|0|%|z|"
        );
        assert_eq!(
            formatted("%F|%b|%o|%a|%A|%Y", &item(PathStatus::Directory)),
            "directory|0|0|777|rwxrwxrwx|0"
        );
    }

    #[test]
    fn does_not_show_an_unreadable_time_as_1970() {
        let with = |last_modified: Option<&str>| {
            let last_modified = last_modified.map(str::to_owned);
            let status = PathStatus::File(Attributes { last_modified, ..Attributes::default() });
            let path = S3Path::parse("s3a://b/d/a").unwrap();
            formatted("%y|%Y", &Item { written: "/d/a".to_owned(), path, status })
        };
        assert_eq!(with(None), "1970-01-01 00:00:00|0");
        assert_eq!(with(Some("yesterday")), "?|?");
    }

    #[test]
    fn reads_the_first_word_as_a_format() {
        let words = |words: &[&str]| words.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(split(&words(&["%n", "a"])), ("%n", &words(&["a"])[..]));
        assert_eq!(split(&words(&["a", "b"])), ("%y", &words(&["a", "b"])[..]));
        assert!(split(&words(&["%n"])).1.is_empty());
    }
}
