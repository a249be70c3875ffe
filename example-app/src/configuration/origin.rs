//! Where a value was said.

use core::fmt;
use std::path::PathBuf;

/// Where a value was said. `Display` is what a person looks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// In a file, which may be included in another.
    File {
        /// The file.
        path: PathBuf,
        /// The line its property begins in.
        line: usize,
    },
    /// By `-D`.
    CommandLine,
    /// By nobody: it is in force because nothing else was said.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, line } => write!(f, "{}:{line}", path.display()),
            Self::CommandLine => f.write_str("-D"),
            Self::Default => f.write_str("default"),
        }
    }
}
