//! The choice of files below a directory.

#![allow(
    clippy::doc_markdown,
    rustdoc::invalid_html_tags,
    reason = "these docs are the help, shown as they are"
)]

use clap::Args;

use crate::command::pattern;

/// The choice of the files below a directory that are put.
#[derive(Args, Clone, Debug, Default)]
pub struct Filter {
    /// Puts only those files below a directory that match a pattern such as *.parquet, whose path
    /// below it matches if the pattern has a slash. The option can be repeated.
    #[arg(long, value_name = "GLOB", value_parser = glob)]
    pub include: Vec<String>,
    /// Leaves out what matches such a pattern, with all below it. It takes precedence over
    /// --include.
    #[arg(long, value_name = "GLOB", value_parser = glob)]
    pub exclude: Vec<String>,
}

impl Filter {
    /// Returns whether nothing is left out.
    pub(super) const fn is_of_all(&self) -> bool {
        self.include.is_empty() && self.exclude.is_empty()
    }

    /// Returns whether a path below the directory is looked at.
    pub(in crate::command) fn admits(&self, path: &str) -> bool {
        !self.exclude.iter().any(|glob| matches(glob, path))
    }

    /// Returns whether a path below the directory is included: neither it nor a directory
    /// above it is excluded.
    pub(in crate::command) fn covers(&self, path: &str) -> bool {
        let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
        let mut above = ends.filter_map(|end| path.get(..end));
        above.all(|above| self.admits(above)) && self.wants(path)
    }

    /// Returns whether a file that is looked at is wanted.
    pub(in crate::command) fn wants(&self, path: &str) -> bool {
        self.include.is_empty() || self.include.iter().any(|glob| matches(glob, path))
    }
}

/// Checks that a pattern is complete: an incomplete one would match nothing.
fn glob(text: &str) -> Result<String, &'static str> {
    let (mut braces, mut is_class, mut letters) = (0_usize, false, text.chars());
    while let Some(letter) = letters.next() {
        match letter {
            '\\' if letters.next().is_none() => return Err("a \\ has nothing behind it"),
            ']' => is_class = false,
            '[' => is_class = true,
            '{' if !is_class => braces += 1,
            '}' if !is_class => braces = braces.checked_sub(1).ok_or("a } has no { before it")?,
            _ => {}
        }
    }
    match (is_class, braces) {
        (true, _) => Err("a [ has no ] behind it"),
        (_, 1..) => Err("a { has no } behind it"),
        _ => Ok(text.to_owned()),
    }
}

/// Returns whether a pattern matches; one without a slash is compared with the name alone.
fn matches(glob: &str, path: &str) -> bool {
    let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
    let subject = if glob.contains('/') { path } else { name };
    pattern::matches(glob.strip_prefix('/').unwrap_or(glob), subject)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_patterns_against_names_or_paths() {
        for (glob, path, expected) in [
            ("*.txt", "a.txt", true),
            ("*.txt", "d/e/a.txt", true),
            ("*.txt", "a.txt/b", false),
            ("/*.txt", "a.txt", true),
            ("/*.txt", "d/a.txt", false),
            ("d/*", "d/a", true),
            ("d/*", "d/e/a", false),
            ("d/**", "d/e/a", true),
            ("**/e/*", "d/e/a", true),
            ("{a,b}?", "d/bx", true),
        ] {
            assert_eq!(matches(glob, path), expected, "{glob} {path}");
            assert!(super::glob(glob).is_ok(), "{glob}");
        }
        for bad in ["[", "a[b", "{a", "{a,{b}", "a}", "a\\"] {
            assert!(glob(bad).is_err(), "{bad}");
        }
        for good in ["[{]", "\\[", "\\{", "[a-z]{a,[{]}"] {
            assert!(glob(good).is_ok(), "{good}");
        }
    }
}
