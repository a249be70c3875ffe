//! Paths of local files, which may be written as `file:` URIs, as Hadoop writes them.
//!
//! Source: RFC 8089, "The \"file\" URI Scheme".

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use clap::builder::{OsStringValueParser, TypedValueParser};
use percent_encoding::percent_decode_str;
use thiserror::Error;

use crate::system::excerpt::printable;

/// The schemes of paths in S3.
pub(crate) const S3_SCHEMES: [&str; 3] = ["s3a", "s3", "s3n"];

/// A URI that names no file of this host.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum FileUriError {
    /// The name of a host follows `//`.
    #[error("`{0}': a file of another host: a local one has three slashes, as file:///dir/a")]
    OtherHost(String),
    /// As Hadoop says it, and what to do.
    #[error("Relative path in absolute URI: {0}: write the path without file:, or ./{0}")]
    Relative(String),
    /// A path in S3.
    #[error(
        "`{}': expected a local file, and this is in S3: -cp copies within S3", printable(.0)
    )]
    InS3(String),
    /// A URL of another scheme.
    #[error("`{}': expected a local file: a path, or a URI such as file:///dir/a", printable(.0))]
    Elsewhere(String),
    /// A percent sign without two hexadecimal digits behind it, or a byte of zero.
    #[error("`{0}': not a URI: write a percent sign as %25, or the path without file:")]
    Malformed(String),
}

/// Returns the path that a text names: itself, or the path in `file:/dir/a`, `file:///dir/a` or
/// `file://localhost/dir/a`, percent-decoded.
///
/// # Errors
/// If it is a URI, but not of a file of this host, or of a relative path: `file:a`.
pub fn local_path(text: &OsStr) -> Result<PathBuf, FileUriError> {
    if let Some((url, scheme)) = text.to_str().and_then(|url| Some((url, other_scheme(url)?))) {
        let error =
            if S3_SCHEMES.contains(&scheme) { FileUriError::InS3 } else { FileUriError::Elsewhere };
        return Err(error(url.to_owned()));
    }
    if let Some(uri) = text.to_str().filter(|text| is_relative_uri(text)) {
        return Err(FileUriError::Relative(uri.to_owned()));
    }
    let Some((uri, rest)) = text.to_str().and_then(|uri| Some((uri, after_scheme(uri)?))) else {
        return Ok(text.into());
    };
    let path = match rest.strip_prefix("//") {
        None => rest,
        Some(rest) => {
            let (host, _) = rest.split_once('/').unwrap_or((rest, ""));
            if !host.is_empty() && !host.eq_ignore_ascii_case("localhost") {
                return Err(FileUriError::OtherHost(uri.to_owned()));
            }
            rest.get(host.len()..).unwrap_or_default()
        }
    };
    let malformed = || FileUriError::Malformed(uri.to_owned());
    if path.is_empty() || !is_encoded(path) {
        return Err(malformed());
    }
    of_bytes(percent_decode_str(path).collect()).ok_or_else(malformed)
}

/// Returns the scheme before `://`, unless it is `file`.
fn other_scheme(text: &str) -> Option<&str> {
    let (scheme, _) = text.split_once("://")?;
    let in_scheme = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    let is_scheme = scheme.len() > 1 && scheme.bytes().all(in_scheme);
    (is_scheme && !scheme.eq_ignore_ascii_case("file")).then_some(scheme)
}

/// Returns whether a text is `file:` followed by a relative path, or by nothing.
fn is_relative_uri(text: &str) -> bool {
    let is_file = |(scheme, _): &(&str, &str)| scheme.eq_ignore_ascii_case("file");
    text.split_once(':').filter(is_file).is_some_and(|(_, rest)| !rest.starts_with('/'))
}

/// Returns what follows `file:`, if the text is a URI with a path.
fn after_scheme(text: &str) -> Option<&str> {
    let (scheme, rest) = text.split_once(':')?;
    (scheme.eq_ignore_ascii_case("file") && rest.starts_with('/')).then_some(rest)
}

fn is_encoded(path: &str) -> bool {
    path.split('%').skip(1).all(|after| {
        let digits = after.get(..2).unwrap_or_default();
        digits.len() == 2 && digits.bytes().all(|digit| digit.is_ascii_hexdigit()) && digits != "00"
    })
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "elsewhere not all bytes are a path")]
fn of_bytes(bytes: Vec<u8>) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStringExt as _;
    Some(OsString::from_vec(bytes).into())
}

#[cfg(not(unix))]
fn of_bytes(bytes: Vec<u8>) -> Option<PathBuf> {
    String::from_utf8(bytes).ok().map(|path| OsString::from(path).into())
}

/// Returns the parser of an option whose value is a local path.
pub(crate) fn local_path_parser() -> impl TypedValueParser<Value = PathBuf> {
    OsStringValueParser::new().try_map(|text: OsString| local_path(&text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_file_uris_as_local_files() {
        for (text, expected) in [
            ("file:///data/x", "/data/x"),
            ("file:/data/x", "/data/x"),
            ("file://localhost/data/x", "/data/x"),
            ("FILE:///a%20b+c%25", "/a b+c%"),
            ("file:///", "/"),
            ("./file:a", "./file:a"),
            ("./file:/a", "./file:/a"),
            ("a%20b", "a%20b"),
            ("-", "-"),
            ("", ""),
        ] {
            assert_eq!(local_path(OsStr::new(text)).unwrap(), PathBuf::from(expected), "{text}");
        }
        for text in ["file:a", "file:", "FILE:out"] {
            let error = local_path(OsStr::new(text)).unwrap_err();
            assert_eq!(error, FileUriError::Relative(text.to_owned()));
        }
        for text in ["file://data/x", "file://host"] {
            let error = local_path(OsStr::new(text)).unwrap_err();
            assert_eq!(error, FileUriError::OtherHost(text.to_owned()));
        }
        for text in ["file:///a%", "file:///a%2", "file:///%zz", "file:///%00", "file://localhost"]
        {
            let error = local_path(OsStr::new(text)).unwrap_err();
            assert_eq!(error, FileUriError::Malformed(text.to_owned()));
        }
    }

    #[cfg(unix)]
    #[test]
    fn names_may_be_any_bytes() {
        use std::os::unix::ffi::OsStrExt as _;
        let latin1 = OsStr::from_bytes(b"caf\xe9");
        assert_eq!(local_path(latin1).unwrap().as_os_str(), latin1);
        let path = local_path(OsStr::new("file:///caf%E9")).unwrap();
        assert_eq!(path.as_os_str().as_bytes(), b"/caf\xe9");
    }
}
