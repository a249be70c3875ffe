//! The address of a service: an origin, and the path that its own paths lie below.

use core::fmt;
use core::str::FromStr;

use http::Uri;
use http::uri::InvalidUri;
use percent_encoding::{AsciiSet, utf8_percent_encode};
use thiserror::Error;

use crate::read::origin::Origin;

/// A URL of `http` or `https` that a service's own paths are appended to, such as
/// `https://host:4443/sts`.
///
/// ```
/// use rolesig_std::config::BaseUrl;
///
/// let url: BaseUrl = "https://x.example/storage/v1/s3".parse()?;
/// assert_eq!(url.join("/bucket/key"), "/storage/v1/s3/bucket/key");
/// assert!("https://x.example/?query".parse::<BaseUrl>().is_err());
/// # Ok::<(), rolesig_std::config::BaseUrlError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl {
    origin: Origin,
    /// Begins with a slash.
    path: String,
}

const ROOT: &str = "/";

impl BaseUrl {
    /// Returns the URL without its path.
    pub const fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Returns the path: `/` if none was given.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns the target for one of the service's own paths, which begins with a slash.
    ///
    /// As in botocore, `/` means the base path itself, with or without a slash at its end.
    pub fn join(&self, path: &str) -> String {
        if path == ROOT {
            return self.path.clone();
        }
        format!("{}{path}", self.path.strip_suffix('/').unwrap_or(&self.path))
    }

    /// Returns the URI of a path and a query below this URL.
    pub(crate) fn uri_of(&self, below: &Uri) -> Result<Uri, InvalidUri> {
        match below.path_and_query().filter(|below| below.as_str().starts_with('/')) {
            Some(target) if self.path == ROOT => Ok(self.origin.uri(target.clone())),
            _ => {
                let query = below.query().map(|query| format!("?{query}")).unwrap_or_default();
                format!("{}{}{query}", self.origin, self.join(below.path())).parse()
            }
        }
    }
}

impl From<Origin> for BaseUrl {
    fn from(origin: Origin) -> Self {
        Self { origin, path: ROOT.to_owned() }
    }
}

impl FromStr for BaseUrl {
    type Err = BaseUrlError;

    /// Parses a URL without user, query and fragment.
    fn from_str(url: &str) -> Result<Self, BaseUrlError> {
        // `Uri` drops a fragment without a word.
        let url = Some(url.trim()).filter(|url| !url.contains('#')).ok_or(BaseUrlError)?;
        let url: String = url.chars().map(encoded).collect();
        let uri: Uri = url.parse().map_err(|_| BaseUrlError)?;
        let (Some(scheme), Some(authority), None) =
            (uri.scheme_str(), uri.authority(), uri.query())
        else {
            return Err(BaseUrlError);
        };
        let origin = format!("{scheme}://{authority}").parse().map_err(|_| BaseUrlError)?;
        let path = if uri.path().is_empty() { ROOT } else { uri.path() };
        Ok(Self { origin, path: path.to_owned() })
    }
}

/// Returns a character as written in a URL: percent-encoded beyond ASCII, as clients do.
fn encoded(character: char) -> String {
    utf8_percent_encode(character.encode_utf8(&mut [0; 4]), &AsciiSet::EMPTY).to_string()
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = if self.path == ROOT { "" } else { &self.path };
        write!(f, "{}{path}", self.origin)
    }
}

/// The error of a text that is not a [`BaseUrl`].
///
/// ```
/// use rolesig_std::config::{BaseUrl, BaseUrlError};
///
/// assert_eq!("https://host/?query".parse::<BaseUrl>(), Err(BaseUrlError));
/// ```
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("expected a URL such as https://host:8443/path, without user, query and fragment")]
pub struct BaseUrlError;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joins_paths_as_botocore_does() {
        for (url, shown, root, below) in [
            ("http://h", "http://h", "/", "/token"),
            ("http://h/", "http://h", "/", "/token"),
            ("https://h:4443/sts", "https://h:4443/sts", "/sts", "/sts/token"),
            ("https://h/a/b/", "https://h/a/b/", "/a/b/", "/a/b/token"),
            ("http://[::1]:80/x%20y", "http://[::1]:80/x%20y", "/x%20y", "/x%20y/token"),
            ("http://h/\u{e9}", "http://h/%C3%A9", "/%C3%A9", "/%C3%A9/token"),
            (" http://h//x \n", "http://h//x", "//x", "//x/token"),
        ] {
            let base: BaseUrl = url.parse().unwrap();
            assert_eq!(base.to_string(), shown);
            assert_eq!((base.join("/"), base.join("/token")), (root.to_owned(), below.to_owned()));
        }
    }

    #[test]
    fn refuses_what_is_not_a_base() {
        for url in [
            "",
            " ",
            "h",
            "h:1",
            "/x",
            "ftp://h",
            "http://",
            "http://:80",
            "http://h:",
            "http://h:0/x",
            "http://h:65536",
            "https://h:9a/x",
            "http://[::1]:+80",
            "http://u@h",
            "http://u:p@h/x",
            "http://h?q",
            "http://h/x?q",
            "http://h/#f",
            "http://h#f",
            "http://h\u{e9}/",
        ] {
            assert_eq!(url.parse::<BaseUrl>(), Err(BaseUrlError), "{url}");
        }
    }
}
