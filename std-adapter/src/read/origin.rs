//! The origin of a provider of credentials: the part of a URL before its path.

use core::fmt;
use core::net::SocketAddr;
use core::str::FromStr;

use http::Uri;
use http::uri::{Authority, Parts, PathAndQuery, Scheme};
use thiserror::Error;

/// Scheme, host and port of a URL (RFC 6454 §4).
///
/// ```
/// use rolesig_std::config::Origin;
///
/// let origin: Origin = "https://sts.eu-west-1.amazonaws.com/".parse()?;
/// assert_eq!(origin.to_string(), "https://sts.eu-west-1.amazonaws.com");
/// assert!("sts.eu-west-1.amazonaws.com".parse::<Origin>().is_err());
/// # Ok::<(), rolesig_std::config::OriginError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    is_https: bool,
    authority: Authority,
    /// The addresses of the host, if they were looked up before.
    addresses: Vec<SocketAddr>,
}

impl Origin {
    /// Returns an origin of `http`, for hosts on the same machine or link.
    pub(crate) const fn http(authority: Authority) -> Self {
        Self { is_https: false, authority, addresses: Vec::new() }
    }

    /// Creates an origin from a host, and a port unless it is the default one.
    pub(crate) fn new(is_https: bool, authority: &str) -> Result<Self, OriginError> {
        let authority = authority.parse().ok().filter(has_good_port).ok_or(OriginError)?;
        Ok(Self { is_https, authority, addresses: Vec::new() })
    }

    /// Sets the addresses, so that the host is not looked up again.
    pub(crate) fn at(self, addresses: Vec<SocketAddr>) -> Self {
        Self { addresses, ..self }
    }

    /// Returns the addresses to connect to; none if the host has to be looked up.
    pub(crate) fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Returns whether TLS is used.
    pub const fn is_https(&self) -> bool {
        self.is_https
    }

    /// Returns the host in the form for a resolver: an IPv6 address without its brackets.
    pub fn host(&self) -> &str {
        self.authority.host().trim_start_matches('[').trim_end_matches(']')
    }

    /// Returns the host as a URL has it: an IPv6 address in its brackets.
    pub(crate) fn authority_host(&self) -> &str {
        self.authority.host()
    }

    /// Returns the port to connect to.
    pub fn port(&self) -> u16 {
        self.authority.port_u16().unwrap_or(if self.is_https { 443 } else { 80 })
    }

    /// Returns the host, and the port if one is given, as in a URL.
    pub fn authority(&self) -> &str {
        self.authority.as_str()
    }

    /// Returns the URI of a target.
    pub(crate) fn uri(&self, target: PathAndQuery) -> Uri {
        let mut parts = Parts::default();
        parts.scheme = Some(if self.is_https { Scheme::HTTPS } else { Scheme::HTTP });
        parts.authority = Some(self.authority.clone());
        parts.path_and_query = Some(target);
        // All parts of a URI are there.
        Uri::from_parts(parts).unwrap_or_default()
    }

    /// Returns the value of `Host`: without the port if it is the default one.
    pub(crate) fn host_header(&self) -> &str {
        let default = if self.is_https { ":443" } else { ":80" };
        self.authority.as_str().strip_suffix(default).unwrap_or(self.authority.as_str())
    }
}

/// Returns whether a port, if one is given, is a number from 1 to 65535: `Authority` takes any text
/// for one, and ignores what is not a number.
fn has_good_port(authority: &Authority) -> bool {
    let behind = authority.as_str().rsplit_once('@').map_or(authority.as_str(), |(_, host)| host);
    let behind = behind.rsplit_once(']').map_or(behind, |(_, behind)| behind);
    // A sign would be read as well.
    let is_good = |port: &str| {
        port.bytes().all(|byte| byte.is_ascii_digit())
            && port.parse().is_ok_and(|port: u16| port > 0)
    };
    behind.split_once(':').is_none_or(|(_, port)| is_good(port))
}

impl FromStr for Origin {
    type Err = OriginError;

    /// Parses a URL of `http` or `https`, without path, query and user.
    fn from_str(url: &str) -> Result<Self, OriginError> {
        Self::try_from(&url.trim().trim_end_matches('/').parse::<Uri>().map_err(|_| OriginError)?)
    }
}

impl TryFrom<&Uri> for Origin {
    type Error = OriginError;

    fn try_from(uri: &Uri) -> Result<Self, OriginError> {
        let is_bare = matches!(uri.path(), "" | "/") && uri.query().is_none();
        let authority = uri.authority().filter(|authority| {
            is_bare
                && !authority.as_str().contains('@')
                && !authority.host().is_empty()
                && has_good_port(authority)
        });
        let is_https = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(OriginError),
        };
        Ok(Self {
            is_https,
            authority: authority.ok_or(OriginError)?.clone(),
            addresses: Vec::new(),
        })
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.is_https { "https" } else { "http" };
        write!(f, "{scheme}://{}", self.authority)
    }
}

/// A text that is not an [`Origin`].
///
/// ```
/// use rolesig_std::config::{Origin, OriginError};
///
/// assert_eq!("https://host/path".parse::<Origin>(), Err(OriginError));
/// ```
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("expected a URL such as https://host or http://127.0.0.1:8080, without a path")]
pub struct OriginError;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_scheme_host_and_port() {
        for (url, shown, host, port, header) in [
            ("http://h", "http://h", "h", 80, "h"),
            ("https://h/", "https://h", "h", 443, "h"),
            ("http://h:80", "http://h:80", "h", 80, "h"),
            ("https://h:80", "https://h:80", "h", 80, "h:80"),
            (
                "http://[fd00:ec2::254]:1/",
                "http://[fd00:ec2::254]:1",
                "fd00:ec2::254",
                1,
                "[fd00:ec2::254]:1",
            ),
        ] {
            let origin: Origin = url.parse().unwrap();
            assert_eq!(origin.to_string(), shown);
            assert_eq!((origin.host(), origin.port()), (host, port), "{url}");
            assert_eq!(origin.host_header(), header);
        }
        for url in [
            "",
            " ",
            "h",
            "h:1",
            "ftp://h",
            "http://",
            "http://h/x",
            "http://u@h",
            "http://h?q",
            "/x",
            "http://h:",
            "http://h:0",
            "http://h:65536",
            "http://h:99999",
            "http://h:9a",
            "http://h:-1",
            "http://h:+80",
            "http://[::1]:99999",
        ] {
            assert_eq!(url.parse::<Origin>(), Err(OriginError), "{url}");
        }
    }
}
