//! `s3a://bucket/key`, as Hadoop writes it.

use std::fmt;

use thiserror::Error;

use crate::system::excerpt::printable;
use crate::system::local_path::S3_SCHEMES;

/// A bucket, and a key in it that can be empty. The key is taken unchanged: not percent-decoded,
/// and with every slash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct S3Path {
    scheme: &'static str,
    bucket: String,
    key: String,
}

impl S3Path {
    /// Reads `s3a://bucket/key`; the schemes `s3` and `s3n` mean the same.
    ///
    /// # Errors
    /// If it is not a path, with the form that is expected.
    pub fn parse(text: &str) -> Result<Self, S3PathError> {
        if text.split_once("://").map_or(text, |(_, rest)| rest).starts_with("arn:") {
            return Err(S3PathError::Arn(text.to_owned()));
        }
        let Some((scheme, rest)) = text.split_once("://") else {
            return Err(not_shown(text, S3PathError::NoScheme));
        };
        let Some(scheme) = S3_SCHEMES.into_iter().find(|known| *known == scheme) else {
            return Err(S3PathError::UnknownScheme(scheme.to_owned()));
        };
        if has_login(text) {
            return Err(S3PathError::Login);
        }
        let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
        if !is_bucket(bucket) {
            return Err(if has_port(bucket) {
                S3PathError::HostAndPort { text: text.to_owned(), host: bucket.to_owned() }
            } else {
                S3PathError::BadBucket(text.to_owned())
            });
        }
        Ok(Self { scheme, bucket: bucket.to_owned(), key: key.to_owned() })
    }

    /// Returns the scheme that it is written with: `s3a`, `s3` or `s3n`.
    pub const fn scheme(&self) -> &'static str {
        self.scheme
    }

    /// Returns the bucket's name.
    pub fn bucket(&self) -> &str {
        &self.bucket
    }

    /// Returns the key; empty for the bucket itself.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Returns whether it is written as a directory: the bucket itself, or with a slash at the end.
    pub fn is_written_as_directory(&self) -> bool {
        self.key.is_empty() || self.key.ends_with('/')
    }

    /// Returns the path with another key.
    #[must_use]
    pub fn with_key(&self, key: impl Into<String>) -> Self {
        Self { key: key.into(), ..self.clone() }
    }

    /// Returns the path of a name below this one as a directory.
    #[must_use]
    pub fn join(&self, name: &str) -> Self {
        self.with_key(format!("{}{name}", self.directory_prefix()))
    }

    /// Returns the prefix of all keys below it: empty, or with a slash at the end.
    pub fn directory_prefix(&self) -> String {
        if self.is_written_as_directory() { self.key.clone() } else { format!("{}/", self.key) }
    }

    /// Returns the last part of the key; empty for a bucket.
    pub fn name(&self) -> &str {
        let key = self.key.trim_end_matches('/');
        key.rsplit_once('/').map_or(key, |(_, name)| name)
    }

    /// Returns the directory that it lies in; `None` for a bucket.
    pub fn parent(&self) -> Option<Self> {
        let key = self.key.trim_end_matches('/');
        (!key.is_empty())
            .then(|| self.with_key(key.rsplit_once('/').map_or("", |(parent, _)| parent)))
    }

    /// Returns the path without slashes at the end, as Hadoop prints it.
    #[must_use]
    pub fn without_slash(&self) -> Self {
        self.with_key(self.key.trim_end_matches('/'))
    }
}

impl fmt::Display for S3Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}/{}", self.scheme, self.bucket, self.key)
    }
}

/// Returns whether a name has the form of a bucket's. `.` and `..` would change the path of a URL.
fn is_bucket(name: &str) -> bool {
    let in_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    !name.is_empty()
        && name.bytes().all(in_name)
        && !name.starts_with('.')
        && !name.ends_with('.')
        && !name.contains("..")
}

/// Returns whether a text names a key before an `@`, as `s3a://KEY:SECRET@bucket` does. The secret
/// can have slashes.
fn has_login(text: &str) -> bool {
    let rest = text.split_once("://").map(|(_, rest)| rest);
    let in_scheme =
        || S3_SCHEMES.iter().find_map(|scheme| text.strip_prefix(scheme)?.strip_prefix(':'));
    let rest = rest.or_else(in_scheme).unwrap_or(text).trim_start_matches('/');
    let Some((before, _)) = rest.rsplit_once('@') else { return false };
    let authority = before.split('/').next().unwrap_or_default();
    authority.contains([':', '@']) || authority == before && text.contains("://")
}

/// Returns the error of a text, which does not show it if it names a key.
fn not_shown(text: &str, error: impl FnOnce(String) -> S3PathError) -> S3PathError {
    if has_login(text) { S3PathError::Login } else { error(text.to_owned()) }
}

/// Returns whether a text is a host and the number of a port.
fn has_port(text: &str) -> bool {
    let is_number = |port: &str| port.parse::<u16>().is_ok();
    text.rsplit_once(':').is_some_and(|(host, port)| !host.is_empty() && is_number(port))
}

/// The syntax by which a key is read from a path on the command line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KeySyntax {
    /// As Hadoop's `Path` reads it: repeated slashes are one, `.` is left out, and `..` leads to
    /// the parent.
    #[default]
    Folded,
    /// Unchanged, with every slash and dot.
    Exact,
}

/// The file system of paths without a scheme, Hadoop's `fs.defaultFS`, and the way to read keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DefaultFs {
    root: Option<S3Path>,
    user: String,
    keys: KeySyntax,
}

impl DefaultFs {
    /// Makes a bucket the default. Relative paths lie below `/user/NAME`, as in Hadoop.
    ///
    /// # Errors
    /// If it is not a bucket.
    pub fn new(uri: &str, user: &str) -> Result<Self, S3PathError> {
        let root = S3Path::parse(uri)?.with_key("");
        // The home directory is made of it.
        if matches!(user, "" | "." | "..") || user.contains(['/', '\0']) {
            return Err(S3PathError::BadUser(user.escape_debug().to_string()));
        }
        Ok(Self { root: Some(root), user: user.to_owned(), keys: KeySyntax::default() })
    }

    /// Returns a stand-in for any file system, to check paths before it is known.
    pub(crate) fn any() -> Self {
        let root = S3Path { scheme: "s3a", bucket: "bucket".to_owned(), key: String::new() };
        Self { root: Some(root), user: "user".to_owned(), keys: KeySyntax::default() }
    }

    /// Reads keys in this way.
    #[must_use]
    pub fn with_keys(self, keys: KeySyntax) -> Self {
        Self { keys, ..self }
    }

    /// Returns how keys are read.
    pub const fn keys(&self) -> KeySyntax {
        self.keys
    }

    /// Returns the root, if paths without a scheme lie in S3.
    pub const fn root(&self) -> Option<&S3Path> {
        self.root.as_ref()
    }

    /// Reads a path, with or without scheme and bucket.
    ///
    /// # Errors
    /// If it is not a path, with the form that is expected; also if it is empty, or `..` leads
    /// above the bucket.
    pub fn resolve(&self, text: &str) -> Result<S3Path, S3PathError> {
        if text.is_empty() {
            return Err(S3PathError::Empty);
        }
        let first = text.split('/').next().unwrap_or_default();
        let scheme = first.split_once(':').map(|(scheme, _)| scheme);
        let scheme = scheme.filter(|_| !text.contains("://") && !text.contains(":arn:"));
        if scheme.is_some_and(|scheme| S3_SCHEMES.contains(&scheme)) {
            return Err(not_shown(text, S3PathError::NoBucket));
        }
        if scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("file")) {
            return Err(S3PathError::NoScheme(text.to_owned()));
        }
        if self.keys == KeySyntax::Folded && names_host(text) {
            return Err(not_shown(text, S3PathError::Host));
        }
        let path = match &self.root {
            Some(root) if !text.contains("://") => root.with_key(self.key(text)),
            _ => S3Path::parse(text)?,
        };
        match self.keys {
            KeySyntax::Exact => Ok(path),
            KeySyntax::Folded => {
                let key = folded(path.key()).ok_or_else(|| S3PathError::Above(text.to_owned()))?;
                Ok(path.with_key(key))
            }
        }
    }

    fn key(&self, text: &str) -> String {
        if let Some(key) = text.strip_prefix('/') {
            return key.to_owned();
        }
        let relative = text.trim_start_matches("./");
        let home = format!("user/{}", self.user);
        if matches!(relative, "" | ".") { home } else { format!("{home}/{relative}") }
    }
}

/// Returns whether a path begins with two slashes and a name, which is a host to Hadoop's `Path`.
/// Scripts write such a path where a variable is empty (`"$BASE/$DIR"`), and never mean `/name`.
fn names_host(text: &str) -> bool {
    text.strip_prefix("//").is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'))
}

/// Folds a key as Hadoop's `Path` does; it keeps a slash at its end, which says that it is a
/// directory. `None` if `..` leads above the bucket.
fn folded(key: &str) -> Option<String> {
    let mut names = Vec::new();
    for name in key.split('/') {
        match name {
            "" | "." => {}
            ".." => drop(names.pop()?),
            name => names.push(name),
        }
    }
    let mut folded = names.join("/");
    let last = key.rsplit('/').next();
    if matches!(last, Some("" | "." | "..")) && !folded.is_empty() {
        folded.push('/');
    }
    Some(folded)
}

/// A text that is not a path in S3.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum S3PathError {
    /// An empty text, in Hadoop's words.
    #[error("Can not create a Path from an empty string")]
    Empty,
    /// A path whose `..` leads above the bucket.
    #[error("`{}': .. leads above the bucket: --exact-keys takes a key unchanged", printable(.0))]
    Above(String),
    /// A local path, or a bucket's name alone.
    #[error("`{}': not a path in S3: write s3a://bucket/key", printable(.0))]
    NoScheme(String),
    /// A scheme without a bucket.
    #[error("`{}': no bucket is named: write s3a://bucket/key, or ./{} for a key of that name", printable(.0), printable(.0))]
    NoBucket(String),
    /// Two slashes in front, behind which Hadoop reads a host.
    #[error("`{}': begins with two slashes, after which a host would follow: write one slash, or s3a://bucket/key", printable(.0))]
    Host(String),
    /// An unknown scheme, in Hadoop's words.
    #[error("No FileSystem for scheme \"{}\"", printable(.0))]
    UnknownScheme(String),
    /// A user's name that leads out of `/user`.
    #[error(
        "`{}': expected a user name for the home directory /user/NAME: set \
         HADOOP_USER_NAME, USER and LOGNAME to another", printable(.0)
    )]
    BadUser(String),
    /// The ARN of an access point, or of a bucket.
    #[error(
        "`{}': ARNs are not supported: write a bucket's name, s3a://NAME/key, or an access \
         point's alias, s3a://NAME-...-s3alias/key (aws s3control get-access-point shows it)", printable(.0)
    )]
    Arn(String),
    /// A key before the bucket's name, as Hadoop took it once. It is not shown.
    #[error(
        "a path must not contain credentials: write s3a://bucket/key, and give the keys by \
         AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or by a profile"
    )]
    Login,
    /// A host and a port in place of the bucket.
    #[error(
        "`{}': a bucket has no port: write s3a://bucket/key, and name the host by --endpoint \
         http://{}",
        printable(text),
        printable(host)
    )]
    HostAndPort {
        /// The text.
        text: String,
        /// The host and the port.
        host: String,
    },
    /// A bucket's name that is missing or not valid.
    #[error("`{}': the name of the bucket is missing or not valid", printable(.0))]
    BadBucket(String),
}

impl S3PathError {
    /// Returns whether the words of the command line are wrong. As in Hadoop, a path that another
    /// file system may have is not: its command fails for this path alone. Nor is what other tools
    /// take.
    pub(crate) const fn is_of_usage(&self) -> bool {
        !matches!(self, Self::UnknownScheme(_) | Self::BadUser(_) | Self::Arn(_) | Self::Host(_))
    }
}

#[cfg(test)]
mod tests;
