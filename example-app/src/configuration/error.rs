//! What can be wrong with a configuration.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use super::Origin;

/// What is wrong with a configuration. It shows no values that may be secrets.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ConfigurationError {
    /// Not there, or not to be read.
    #[error("{}: {error}: check -conf, HADOOP_CONF_DIR and the file's permissions", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        error: io::Error,
    },
    /// No configuration.
    #[error("{}:{line}: {what}: Hadoop's configuration is XML such as <configuration><property>\
             <name>n</name><value>v</value></property></configuration>", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// About where.
        line: usize,
        /// What is wrong.
        what: String,
    },
    /// An `xi:include` leads nowhere.
    #[error("{}:{line}: `{href}' cannot be included ({why}): mend href, or write <xi:fallback/> \
             inside the include", path.display())]
    Include {
        /// The file that includes.
        path: PathBuf,
        /// Where.
        line: usize,
        /// What.
        href: String,
        /// Why not.
        why: &'static str,
    },
    /// `-D` without a name and a value.
    #[error("-D {name}: write -D name=value")]
    Definition {
        /// What stands before the `=`.
        name: String,
    },
    /// Variables that refer to variables.
    #[error("{at}: {name}: more than 20 variables refer to each other: write their values out")]
    Depth {
        /// The name.
        name: String,
        /// Where its value is.
        at: Origin,
    },
    /// A value that its setting cannot have.
    #[error("{at}: {name}: `{value}' is not {expected}")]
    Value {
        /// The name.
        name: String,
        /// Where its value is.
        at: Origin,
        /// The value, unless it may be a secret.
        value: String,
        /// What is wanted.
        expected: &'static str,
    },
    /// A setting that would change who reads what, or how it is protected, and that is not
    /// supported. It is not ignored.
    #[error("{at}: {name} is not supported: {fix}")]
    Refused {
        /// The name.
        name: String,
        /// Where its value is.
        at: Origin,
        /// What to do.
        fix: String,
    },
}

impl ConfigurationError {
    /// Returns the name of the setting that is wrong, as it is written, if it is about one.
    pub fn setting(&self) -> Option<&str> {
        match self {
            Self::Depth { name, .. } | Self::Value { name, .. } | Self::Refused { name, .. } => {
                Some(name)
            }
            _ => None,
        }
    }
}
