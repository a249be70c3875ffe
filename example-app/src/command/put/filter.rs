//! Which files below a directory are put.

#![allow(
    clippy::doc_markdown,
    rustdoc::invalid_html_tags,
    reason = "these docs are the help, shown as they are"
)]

use clap::Args;

/// Which files below a directory are put.
#[derive(Args, Clone, Debug, Default)]
pub struct Filter {
    /// Puts only those files below a directory that match a pattern such as *.parquet, whose path below
    /// it matches if the pattern has a slash; as often as there are some.
    #[arg(long, value_name = "GLOB")]
    pub include: Vec<String>,
    /// Leaves out what matches such a pattern, with all below it. It goes before --include.
    #[arg(long, value_name = "GLOB")]
    pub exclude: Vec<String>,
}

impl Filter {
    /// Whether nothing is left out.
    pub(super) const fn is_of_all(&self) -> bool {
        self.include.is_empty() && self.exclude.is_empty()
    }

    /// Whether something of this path below the directory is looked at.
    pub(super) fn admits(&self, path: &str) -> bool {
        !self.exclude.iter().any(|glob| matches(glob, path))
    }

    /// Whether a file is wanted that is looked at.
    pub(super) fn wants(&self, path: &str) -> bool {
        self.include.is_empty() || self.include.iter().any(|glob| matches(glob, path))
    }
}

/// A pattern without a slash is about the name alone.
fn matches(glob: &str, path: &str) -> bool {
    let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
    let subject = if glob.contains('/') { path } else { name };
    fast_glob::glob_match(glob.strip_prefix('/').unwrap_or(glob), subject)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_about_names_or_paths() {
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
        }
    }
}
