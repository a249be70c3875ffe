//! The reasons why there is no connection, and what to do.

use core::error::Error;
use std::io;

use http::{HeaderMap, StatusCode};
use thiserror::Error;

use crate::http::protocol_error::{NOT_TLS, ProtocolError};
use crate::http::proxy::{Proxy, ProxyError};
#[cfg(feature = "tls")]
use crate::http::tls::TlsError;
use crate::http::trust::TrustError;

mod remedy;

/// The header in which Squid names the reason why it answers itself.
const SQUID_ERROR: &str = "x-squid-error";

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
    /// The name of the host stands for no address.
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
    #[error("the answer is not HTTP ({0})")]
    NotHttp(#[source] ProtocolError),
    /// The certificates that are to be trusted cannot be read.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// The setting of the proxy cannot be used.
    #[error(transparent)]
    ProxySetting(#[from] ProxyError),
    /// The proxy cannot be reached.
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
        /// The answer.
        status: StatusCode,
        /// Its own name for the reason, if it has one.
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

    /// Takes what a proxy answered instead of letting a request through.
    pub(crate) fn refusal(proxy: &Proxy, status: StatusCode, headers: &HeaderMap) -> Self {
        let reason = headers.get(SQUID_ERROR).and_then(|reason| reason.to_str().ok());
        Self::ProxyRefusal {
            proxy: proxy.to_string(),
            status,
            reason: reason.map(|reason| reason.chars().take(100).collect()),
            remedy: remedy::of_refusal(proxy, status, headers),
        }
    }

    /// Names the proxy in an error of the connection to it.
    pub(crate) fn at_proxy(self, proxy: &Proxy) -> Self {
        let remedy = remedy::of_proxy(proxy, &self);
        Self::Proxy { proxy: proxy.to_string(), why: Box::new(self), remedy }
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

    /// Returns whether a response comes from a proxy rather than from the service.
    pub(crate) fn is_refusal(status: StatusCode, headers: &HeaderMap) -> bool {
        let is_proxys = matches!(
            status,
            StatusCode::PROXY_AUTHENTICATION_REQUIRED | StatusCode::NETWORK_AUTHENTICATION_REQUIRED
        );
        is_proxys || headers.contains_key(SQUID_ERROR)
    }

    /// Finds such an error among the causes of another, where hyper has put it.
    pub(crate) fn in_causes<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e Self> {
        let mut next = Some(error);
        while let Some(error) = next {
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
    matches!(status.as_u16(), 400 | 404 | 405 | 501 | 505)
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
    fn tells_names_that_do_not_exist_from_resolvers_that_do_not_know() {
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
    fn refusals_of_a_proxy_are_final_but_for_its_troubles() {
        for (status, reason, is_final) in [
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
