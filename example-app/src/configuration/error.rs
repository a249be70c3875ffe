//! Errors of a configuration.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use super::origin::ValueOrigin;

/// The error of a configuration. It shows no value that can be a secret.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ConfigurationError {
    /// A file that does not exist or cannot be read.
    #[error("{}: {error}: check -conf, HADOOP_CONF_DIR and the file's permissions", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        error: io::Error,
    },
    /// A file that is not a configuration.
    #[error("{}:{line}: {what}: Hadoop's configuration is XML such as <configuration><property>\
             <name>n</name><value>v</value></property></configuration>", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The line, approximately.
        line: usize,
        /// The fault in the file.
        what: String,
    },
    /// An `xi:include` whose target cannot be read.
    #[error("{}:{line}: `{href}' cannot be included ({why}): correct href, or write <xi:fallback/> \
             inside the include", path.display())]
    Include {
        /// The including file.
        path: PathBuf,
        /// The line of the include.
        line: usize,
        /// The target, as written.
        href: String,
        /// The cause.
        why: &'static str,
    },
    /// `-D` without a name and a value.
    #[error("-D {}: write -D name=value", if name.trim().is_empty() { "has no name" } else { name })]
    Definition {
        /// The text before the `=`.
        name: String,
    },
    /// Variables that refer to each other too deeply.
    #[error("{at}: {name}: more than 20 variables refer to each other: write their values out")]
    Depth {
        /// The name.
        name: String,
        /// The origin of its value.
        at: ValueOrigin,
    },
    /// A value that its setting cannot have.
    #[error("{at}: {name}: `{value}' is not {expected}")]
    Value {
        /// The name.
        name: String,
        /// The origin of its value.
        at: ValueOrigin,
        /// The value, unless it can be a secret.
        value: String,
        /// The description of a valid value.
        expected: &'static str,
    },
    /// An unsupported setting that decides on access or protection. Such a setting is an error
    /// rather than ignored.
    #[error("{at}: {name} is not supported: {fix}")]
    Refused {
        /// The name.
        name: String,
        /// The origin of its value.
        at: ValueOrigin,
        /// The remedy.
        fix: String,
    },
}

impl ConfigurationError {
    /// Returns the name of the invalid setting, as it is written, if the error is about a setting.
    pub fn setting(&self) -> Option<&str> {
        match self {
            Self::Depth { name, .. } | Self::Value { name, .. } | Self::Refused { name, .. } => {
                Some(name)
            }
            _ => None,
        }
    }
}
