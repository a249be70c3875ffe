//! The reasons why there is no connection, and what to do.

use core::error::Error;
use std::io;

use http::{Response, StatusCode};
use thiserror::Error;

use crate::http::interception::{Interception, SQUID_ERROR};
use crate::http::protocol_error::{NOT_TLS, ProtocolError};
use crate::http::proxy::{Proxy, ProxyError};
#[cfg(feature = "tls")]
use crate::http::tls::TlsError;
use crate::http::trust::TrustError;
use crate::read::origin::Origin;

mod remedy;

/// The reason why there is no connection to a service. No message holds a password.
///
/// ```
/// use rolesig_std::http::ConnectError;
///
/// let error = ConnectError::SpeaksTls;
/// assert_eq!(error.to_string(), "plain HTTP was sent to a port that speaks TLS");
/// assert_eq!(error.remedy(), Some("give the endpoint as https://"));
/// assert!(error.is_final());
/// ```
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The name of the host resolves to no address.
    #[error("the name {host} cannot be resolved: {source}")]
    Resolve {
        /// The name.
        host: String,
        /// In the words of the resolver.
        source: io::Error,
    },
    /// No connection, or it broke before it could be used.
    #[error("{0}")]
    Tcp(#[source] io::Error),
    /// TLS could not be agreed on.
    #[error("TLS with {host}: {why}")]
    Tls {
        /// The host that should speak it.
        host: String,
        /// The error.
        why: String,
        /// The remedy.
        remedy: String,
    },
    /// Plain HTTP was sent to a port where TLS is spoken.
    #[error("plain HTTP was sent to a port that speaks TLS")]
    SpeaksTls,
    /// The peer that answered is not a proxy.
    #[error("the response is not HTTP ({})", .0.innermost())]
    NotHttp(#[source] ProtocolError),
    /// The trusted certificates cannot be read.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// The setting of the proxy cannot be used.
    #[error(transparent)]
    ProxySetting(#[from] ProxyError),
    /// The proxy cannot be reached, or one of plain `http` has read a request and gave no response
    /// in HTTP.
    #[error("the proxy {proxy}: {why}")]
    Proxy {
        /// Its URL without user and password, and the setting that names it.
        proxy: String,
        /// The reason.
        why: Box<Self>,
        /// The remedy.
        remedy: String,
    },
    /// The proxy does not let the connection through.
    #[error("the proxy {proxy} answers {}{}", .status.as_u16(), in_parentheses(.reason.as_deref()))]
    ProxyRefusal {
        /// Its URL without user and password, and the setting that names it.
        proxy: String,
        /// The response.
        status: StatusCode,
        /// Its own name for the reason, or the address that it leads to, if it has one.
        reason: Option<String>,
        /// The remedy.
        remedy: String,
    },
    /// `https`, and this program has none.
    #[error("built without https: enable the feature tls, or use http")]
    NoTls,
    /// `https`, which [`ClientSettings::https`](crate::client::ClientSettings::https) switches off.
    #[error("https is disabled for this client, and the scheme is not http")]
    HttpsIsOff,
}

fn in_parentheses(reason: Option<&str>) -> String {
    reason.map(|reason| format!(" ({reason})")).unwrap_or_default()
}

#[cfg(feature = "tls")]
impl From<TlsError> for ConnectError {
    fn from(error: TlsError) -> Self {
        match error {
            TlsError::Trust(error) => Self::Trust(error),
            TlsError::Io(error) => Self::Tcp(error),
            TlsError::Handshake { host, why, remedy } => Self::Tls { host, why, remedy },
        }
    }
}

impl ConnectError {
    pub(crate) fn resolve(host: &str, source: io::Error) -> Self {
        Self::Resolve { host: host.to_owned(), source }
    }

    /// Builds the error for a proxy's response to a request to `destination`.
    pub(crate) fn refusal<B>(proxy: &Proxy, destination: &Origin, response: &Response<B>) -> Self {
        let (status, headers) = (response.status(), response.headers());
        let of_squid = headers.get(SQUID_ERROR).and_then(|reason| reason.to_str().ok());
        let of_squid = of_squid.map(|reason| reason.chars().take(100).collect());
        let of_portal =
            || Some(Interception::find(destination, status, headers)?.location()?.to_owned());
        Self::ProxyRefusal {
            proxy: proxy.to_string(),
            status,
            reason: of_squid.or_else(of_portal),
            remedy: remedy::of_refusal(proxy, destination, status, headers),
        }
    }

    /// Names the proxy in an error of the connection to it.
    pub(crate) fn at_proxy(self, proxy: &Proxy) -> Self {
        let remedy = remedy::of_proxy(proxy, &self);
        Self::Proxy { proxy: proxy.to_string(), why: Box::new(self), remedy }
    }

    /// Builds the error of a proxy that has read a request, and has not answered by HTTP.
    pub(crate) fn no_response(proxy: &Proxy, error: ProtocolError) -> Self {
        let why = if error.is_malformed() {
            Self::NotHttp(error)
        } else {
            Self::Tcp(io::Error::other(error.innermost()))
        };
        why.at_proxy(proxy)
    }

    /// Names the proxy, if it is one that reads the requests.
    pub(crate) fn at_reader(self, reader: Option<&Proxy>) -> Self {
        match reader {
            Some(proxy) => self.at_proxy(proxy),
            None => self,
        }
    }

    /// Names the proxy in an error of a tunnel through it.
    pub(crate) fn through(self, proxy: &Proxy) -> Self {
        match self {
            Self::Tls { host, why, .. } if why == NOT_TLS => {
                let remedy = format!(
                    "check the port of the endpoint, and that the proxy {proxy}, or a portal \
                     behind it, does not answer in place of {host}"
                );
                Self::Tls { host, why, remedy }
            }
            error => error,
        }
    }

    /// Returns whether a peer that was sent plain HTTP can have failed for it: one that speaks TLS
    /// closes the connection, or answers in its own way.
    pub(super) fn may_be_of_tls(&self) -> bool {
        match self {
            Self::Tcp(error) => error.kind() != io::ErrorKind::TimedOut,
            Self::NotHttp(_) => true,
            Self::ProxyRefusal { status, .. } => *status == StatusCode::BAD_REQUEST,
            _ => false,
        }
    }

    /// Returns whether the peer, or the proxy before it, sent something other than HTTP.
    pub(crate) fn is_malformed(&self) -> bool {
        match self {
            Self::NotHttp(_) => true,
            Self::Proxy { why, .. } => why.is_malformed(),
            _ => false,
        }
    }

    /// Finds such an error among the causes of another, where hyper has put it.
    pub(crate) fn in_causes<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e Self> {
        let mut next = Some(error);
        while let Some(error) = next {
            // A `ProtocolError` leaves itself out of its causes.
            let error = error.downcast_ref().map_or(error, ProtocolError::cause);
            // An `io::Error` leaves the error that it is made of out of its causes.
            let inner = error.downcast_ref().and_then(io::Error::get_ref);
            let found =
                error.downcast_ref().or_else(|| inner.and_then(|inner| inner.downcast_ref()));
            if found.is_some() {
                return found;
            }
            next = error.source();
        }
        None
    }

    /// Returns whether further attempts are pointless: a setting, a certificate, or a server has to
    /// change first. A connection that was refused or timed out can succeed later, except to a
    /// proxy that refuses it, which nearly always means a wrong port.
    pub fn is_final(&self) -> bool {
        match self {
            Self::Resolve { source, .. } => does_not_exist(source),
            Self::Tcp(_) => false,
            Self::Proxy { why, .. } => why.is_final() || why.is_refused(),
            Self::ProxyRefusal { status, reason, .. } => {
                let is_passing =
                    [StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_MANY_REQUESTS].contains(status);
                let is_name = |reason: &String| reason.starts_with("ERR_DNS_FAIL");
                (status.is_client_error() && !is_passing)
                    || has_no_connect(*status)
                    || remedy::wants_log_in(*status)
                    || reason.as_ref().is_some_and(is_name)
            }
            _ => true,
        }
    }

    fn is_refused(&self) -> bool {
        matches!(self, Self::Tcp(error) if error.kind() == io::ErrorKind::ConnectionRefused)
    }

    /// Returns what to do; `None` if the network or the service has to be looked at.
    pub fn remedy(&self) -> Option<&str> {
        Some(match self {
            Self::Resolve { .. } => {
                "check the name and the region in it; if this host reaches the internet through a \
                 proxy only, set HTTPS_PROXY"
            }
            Self::Tls { remedy, .. }
            | Self::Proxy { remedy, .. }
            | Self::ProxyRefusal { remedy, .. } => remedy,
            Self::SpeaksTls => "give the endpoint as https://",
            Self::Trust(_) => {
                "certificates are named by AWS_CA_BUNDLE, ca_bundle in the profile, \
                               SSL_CERT_FILE and SSL_CERT_DIR"
            }
            Self::ProxySetting(_) => "correct the setting",
            Self::Tcp(error) if is_unreachable(error) => {
                "check the network; if this host reaches the internet through a proxy only, set \
                 HTTPS_PROXY"
            }
            Self::Tcp(_) | Self::NotHttp(_) | Self::NoTls | Self::HttpsIsOff => return None,
        })
    }
}

/// Returns whether servers that are not proxies answer `CONNECT` so, and proxies that lack it.
fn has_no_connect(status: StatusCode) -> bool {
    status.is_success() || matches!(status.as_u16(), 400 | 404 | 405 | 501 | 505)
}

fn is_unreachable(error: &io::Error) -> bool {
    use io::ErrorKind::{HostUnreachable, NetworkUnreachable, TimedOut};
    matches!(error.kind(), TimedOut | HostUnreachable | NetworkUnreachable)
}

/// Returns whether a resolver says that a name does not exist, rather than that it does not know
/// (`EAI_AGAIN`, as when no name server answers). The standard library keeps the text alone.
fn does_not_exist(error: &io::Error) -> bool {
    const NO_NAME: [&str; 7] = [
        // glibc: EAI_NONAME, EAI_NODATA, EAI_ADDRFAMILY.
        "Name or service not known",
        "No address associated with hostname",
        "Address family for hostname not supported",
        // musl: EAI_NONAME, EAI_NODATA.
        "Name does not resolve",
        "Name has no usable address",
        // macOS and the BSDs.
        "nodename nor servname provided, or not known",
        // Windows: WSAHOST_NOT_FOUND.
        "No such host is known",
    ];
    let text = error.to_string();
    NO_NAME.iter().any(|no_name| text.contains(no_name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distinguishes_names_that_do_not_exist_from_resolvers_that_do_not_know() {
        let glibc = "failed to lookup address information: ";
        for (text, is_final) in [
            (format!("{glibc}Name or service not known"), true),
            (format!("{glibc}No address associated with hostname"), true),
            (format!("{glibc}Temporary failure in name resolution"), false),
            (format!("{glibc}Name does not resolve"), true),
            (format!("{glibc}Try again"), false),
            (format!("{glibc}System error"), false),
        ] {
            let error = ConnectError::resolve("h", io::Error::other(text.clone()));
            assert_eq!(error.is_final(), is_final, "{text}");
        }
    }

    #[test]
    fn treats_proxy_refusals_as_final_but_for_server_errors() {
        for (status, reason, is_final) in [
            (204, None, true),
            (407, None, true),
            (403, None, true),
            (405, None, true),
            (501, None, true),
            (505, None, true),
            (302, None, true),
            (307, None, true),
            (511, None, true),
            (408, None, false),
            (429, None, false),
            (502, None, false),
            (503, Some("ERR_CONNECT_FAIL 111"), false),
            (503, Some("ERR_DNS_FAIL 0"), true),
        ] {
            let error = ConnectError::ProxyRefusal {
                proxy: String::new(),
                status: StatusCode::from_u16(status).unwrap(),
                reason: reason.map(str::to_owned),
                remedy: String::new(),
            };
            assert_eq!(error.is_final(), is_final, "{error}");
        }
    }

    #[test]
    fn finds_itself_among_causes() {
        let outer = io::Error::other(ConnectError::SpeaksTls);
        assert!(matches!(ConnectError::in_causes(&outer), Some(ConnectError::SpeaksTls)));
        assert!(ConnectError::in_causes(&core::fmt::Error).is_none());
    }
}
