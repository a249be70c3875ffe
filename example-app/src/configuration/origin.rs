//! Origins of values.

use core::fmt;
use std::path::PathBuf;

/// The origin of a value. `Display` shows `FILE:LINE`, `-D` or `default`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ValueOrigin {
    /// A file, which can be included in another.
    File {
        /// The file.
        path: PathBuf,
        /// The line in which the property begins.
        line: usize,
    },
    /// A `-D` on the command line.
    CommandLine,
    /// The default: nothing else is set.
    Default,
}

impl fmt::Display for ValueOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, line } => write!(f, "{}:{line}", path.display()),
            Self::CommandLine => f.write_str("-D"),
            Self::Default => f.write_str("default"),
        }
    }
}
