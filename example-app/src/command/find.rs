//! `rolefs -find <path> ... <expression> ...`: the names below paths that match.

#![allow(
    clippy::doc_markdown,
    rustdoc::invalid_html_tags,
    reason = "these docs are the help, shown as they are"
)]

use clap::Args;
use futures_util::future::LocalBoxFuture;

use super::file_command::FileCommand;
use super::pattern;
use super::shell::{Shell, child};
use super::walk::{Directories, walk};
use crate::report::Reporter;
use crate::system::ExitStatus;
use crate::system::standard_streams::{print, shown};

/// The words of `-find`.
#[derive(Args, Clone, Debug)]
pub struct FindOptions {
    /// Paths, then an expression: -name pattern, -iname pattern, -print, -print0, joined by
    /// nothing, -a or -and.
    #[arg(
        required = true, num_args = 1.., value_name = "path", allow_hyphen_values = true,
        trailing_var_arg = true
    )]
    pub words: Vec<String>,
}

/// A part of an expression. All must be true; after one that is not, the next are not looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Primary {
    /// The name matches a pattern.
    Name(String),
    /// The name matches a pattern regardless of case.
    NameInAnyCase(String),
    /// The path is written, with this behind it.
    Print(char),
}

impl FindOptions {
    /// Splits the words into the paths and the expression, which begins with the first dash.
    fn split(&self) -> (&[String], &[String]) {
        let is_option = |word: &String| word.starts_with('-');
        let paths = self.words.iter().position(is_option).unwrap_or(self.words.len());
        self.words.split_at_checked(paths).unwrap_or((&self.words, &[]))
    }
}

impl FileCommand for FindOptions {
    fn run<'r>(&'r self, shell: Shell<'r>) -> LocalBoxFuture<'r, ExitStatus> {
        Box::pin(find(shell, self))
    }

    fn s3_paths(&self) -> Vec<&str> {
        match self.split().0 {
            [] => vec!["."],
            paths => paths.iter().map(String::as_str).collect(),
        }
    }

    fn contradiction(&self) -> Option<&'static str> {
        let (_, expression) = self.split();
        let lacks = |last: &String| matches!(last.as_str(), "-name" | "-iname");
        expression.last().filter(|last| lacks(last)).map(|_| "expected a pattern after -name")
    }
}

/// Reads an expression.
fn read(words: &[String]) -> Result<Vec<Primary>, String> {
    let mut primaries = Vec::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let mut pattern = || {
            let pattern = words.next().cloned().unwrap_or_default();
            pattern::check(&pattern).map(|()| pattern).map_err(|error| error.to_string())
        };
        primaries.push(match word.as_str() {
            "-name" => Primary::Name(pattern()?),
            "-iname" => Primary::NameInAnyCase(pattern()?.to_lowercase()),
            "-print" => Primary::Print('\n'),
            "-print0" => Primary::Print('\0'),
            "-a" | "-and" => continue,
            word => return Err(format!("Unexpected argument: {word}")),
        });
    }
    if !primaries.iter().any(|primary| matches!(primary, Primary::Print(_))) {
        primaries.push(Primary::Print('\n'));
    }
    Ok(primaries)
}

/// Returns what an expression writes about a path, which it writes as `shown`.
fn written(expression: &[Primary], path: &str, shown: &str) -> String {
    // As in Hadoop, a bucket has no name.
    let key = path
        .split_once("://")
        .map_or(path, |(_, path)| path.split_once('/').map_or("", |(_, key)| key));
    let key = key.trim_end_matches('/');
    let name = key.rsplit_once('/').map_or(key, |(_, name)| name);
    let mut text = String::new();
    for primary in expression {
        let is_true = match primary {
            Primary::Name(pattern) => pattern::matches(pattern, name),
            Primary::NameInAnyCase(pattern) => pattern::matches(pattern, &name.to_lowercase()),
            Primary::Print(end) => {
                text.extend([shown, end.encode_utf8(&mut [0; 4])]);
                true
            }
        };
        if !is_true {
            break;
        }
    }
    text
}

async fn find(shell: Shell<'_>, options: &FindOptions) -> ExitStatus {
    let reporter = Reporter::of("find");
    let expression = match read(options.split().1) {
        Ok(expression) => expression,
        Err(what) => {
            reporter.say(what);
            return reporter.ending();
        }
    };
    let show = |path: &str| {
        if reporter.is_stdout_lost() {
            return;
        }
        if let Err(error) = print(written(&expression, path, &shown(path)).as_bytes()) {
            reporter.unwritten(error);
        }
    };
    for path in options.s3_paths() {
        for item in shell.found(path, &reporter).await {
            show(&item.written);
            if !item.is_directory() {
                continue;
            }
            let mut directories = Directories::default();
            let prefix = item.path.directory_prefix();
            walk(shell.s3, &item, &reporter, &mut |object| {
                let name = object.key.strip_prefix(&prefix).unwrap_or_default();
                for directory in directories.enter(name) {
                    show(&child(&item.written, &directory));
                }
                if !name.is_empty() && !name.ends_with('/') {
                    show(&child(&item.written, name));
                }
            })
            .await;
        }
    }
    reporter.ending()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn writes_paths_that_match() {
        for (expression, path, expected) in [
            ("", "/d/x", "/d/x\n"),
            ("-name x", "/d/x", "/d/x\n"),
            ("-name x*", "s3a://b/d/xyz", "s3a://b/d/xyz\n"),
            ("-name x", "/d/X", ""),
            ("-name ?", "s3a://b/", ""),
            ("-name b", "s3a://b", ""),
            ("-name *", "s3a://b/", "s3a://b/\n"),
            ("-name x", "s3a://b/x/", "s3a://b/x/\n"),
            ("-iname X", "/d/x", "/d/x\n"),
            ("-name x -a -print0", "/d/x", "/d/x\0"),
            ("-print -name y", "/d/x", "/d/x\n"),
            ("-name {a,b} -and -print", "/a", "/a\n"),
        ] {
            let read = read(&words(expression)).unwrap();
            assert_eq!(written(&read, path, path), expected, "{expression} {path}");
        }
        let print0 = read(&words("-name x -print0 -print")).unwrap();
        assert_eq!(written(&print0, "/d/x", "/d/?"), "/d/?\0/d/?\n");
        assert_eq!(read(&words("-name x y")), Err("Unexpected argument: y".to_owned()));
        assert_eq!(read(&words("-foo")), Err("Unexpected argument: -foo".to_owned()));
    }
}
