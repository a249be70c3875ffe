//! Responses that do not come from the service: captive portals, proxies, web servers.

use core::fmt;

use http::header::{CONTENT_TYPE, LOCATION, VIA};
use http::{HeaderMap, Method, StatusCode, Uri};

use crate::read::login::mask_login;
use crate::read::origin::Origin;

/// The header in which Squid names the reason why it answers itself.
pub(crate) const SQUID_ERROR: &str = "x-squid-error";

/// The remedy for a server that requires a client certificate.
pub(crate) const NO_CERTIFICATE: &str = "give an endpoint that requires none (mTLS), or a local proxy that has the certificate, such as \
     stunnel";

/// The most bytes of an address that are shown.
const LONGEST: usize = 200;

/// A response of something other than the service: of a captive portal or a proxy that sends the
/// client elsewhere, or of a web server that wants `https` or a client certificate.
///
/// Sources: RFC 6585 §6 and appendix B (captive portals); RFC 9110 §15.4 (redirections); "Making
/// requests using the REST API", Amazon S3 User Guide (redirections of S3 have its headers and an
/// error in XML).
///
/// ```
/// use http::{HeaderMap, StatusCode};
/// use rolesig_std::http::Interception;
///
/// let asked = "http://s3.example".parse()?;
/// let mut headers = HeaderMap::new();
/// headers.insert("location", "http://portal.example/login?from=x".parse()?);
/// let portal = Interception::find(&asked, StatusCode::FOUND, &headers).unwrap();
/// assert_eq!(portal.to_string(), "302 leads to http://portal.example/login");
/// headers.insert("x-amz-request-id", "R1".parse()?);
/// assert_eq!(Interception::find(&asked, StatusCode::FOUND, &headers), None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interception {
    status: StatusCode,
    location: Option<Box<str>>,
    demand: Demand,
}

/// The demand of the peer that answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Demand {
    /// A login, or a request to another address.
    Elsewhere,
    /// `https` in place of plain `http`.
    Https,
    /// The same, though the client speaks TLS: with something before the server.
    HttpsBehind,
    /// A client certificate.
    Certificate,
}

impl Interception {
    /// Finds it in the head of a response from where `asked` should be. Redirections with a header
    /// or a document of AWS's services are theirs.
    pub fn find(asked: &Origin, status: StatusCode, headers: &HeaderMap) -> Option<Self> {
        let location = headers.get(LOCATION).and_then(|location| location.to_str().ok());
        let is_redirection = status.is_redirection()
            && status != StatusCode::NOT_MODIFIED
            && (location.is_some() || is_page(headers))
            && !is_of_service(headers);
        let is_login = status == StatusCode::NETWORK_AUTHENTICATION_REQUIRED
            || status == StatusCode::PROXY_AUTHENTICATION_REQUIRED && !is_of_service(headers);
        if !is_redirection && !is_login {
            return None;
        }
        let target = location.and_then(|location| location.parse::<Uri>().ok());
        let wants_https = target.as_ref().is_some_and(|target| {
            let is_same =
                target.host().is_some_and(|host| host.eq_ignore_ascii_case(asked.authority_host()));
            !asked.is_https() && target.scheme_str() == Some("https") && is_same
        });
        let demand = if wants_https { Demand::Https } else { Demand::Elsewhere };
        Some(Self { status, location: location.map(shown), demand })
    }

    /// Finds it in the page of a web server about TLS, which comes in place of the service's error.
    ///
    /// Sources: `ngx_http_special_response.c` (nginx), `ssl_engine_kernel.c` (Apache's `mod_ssl`),
    /// `net/http/server.go` (Go), `TLSClientHelloExtractor.java` (Tomcat), "HTTP status code in
    /// IIS" (403.7).
    pub fn find_in_page(
        asked: &Origin,
        status: StatusCode,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Option<Self> {
        const CERTIFICATE: [&str; 4] = [
            "no required ssl certificate was sent",
            "cannot perform post-handshake authentication",
            "client certificate required",
            "client certificate is required",
        ];
        if !status.is_client_error() || is_of_service(headers) {
            return None;
        }
        let demand = match () {
            () if wants_tls(body) && asked.is_https() => Demand::HttpsBehind,
            () if wants_tls(body) => Demand::Https,
            () if contains(body, &CERTIFICATE) => Demand::Certificate,
            () => return None,
        };
        Some(Self { status, location: None, demand })
    }

    /// Returns the address that it leads to, if it names one: without its query, and with a mask in
    /// place of a user and a password.
    pub fn location(&self) -> Option<&str> {
        self.location.as_deref()
    }

    /// Returns whether the server requires `https` in place of plain `http`.
    pub const fn wants_https(&self) -> bool {
        matches!(self.demand, Demand::Https)
    }

    /// Returns whether the server requires a client certificate.
    pub const fn wants_certificate(&self) -> bool {
        matches!(self.demand, Demand::Certificate)
    }

    /// Returns whether a setting, or the server, has to change first.
    pub(crate) const fn needs_change(&self) -> bool {
        !matches!(self.demand, Demand::Elsewhere)
    }

    /// Returns what to do.
    pub const fn remedy(&self) -> &'static str {
        if self.status.as_u16() == 407 {
            return "name the proxy with its user name and password by HTTPS_PROXY (HTTP_PROXY for \
                    endpoints of http), as http://USER:PASSWORD@HOST:PORT, or have the proxy let this \
                    host through without a login";
        }
        match self.demand {
            Demand::Https => "the server wants https: give the endpoint as https://",
            Demand::HttpsBehind => "check the load balancer or proxy before the server",
            Demand::Certificate => NO_CERTIFICATE,
            Demand::Elsewhere => {
                "if a portal of the network answers, log in there with a browser; otherwise check \
                 the endpoint and the settings of proxies"
            }
        }
    }
}

impl fmt::Display for Interception {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let status = self.status.as_u16();
        let sent = "says that plain HTTP was sent to a port that speaks TLS";
        match &self.location {
            None if self.wants_certificate() => {
                write!(f, "{status}: it requires a client certificate, which is not supported")
            }
            None if self.needs_change() => write!(f, "{status} {sent}"),
            Some(location) => write!(f, "{status} leads to {location}"),
            None if self.status == StatusCode::PROXY_AUTHENTICATION_REQUIRED => {
                write!(f, "{status} comes from a proxy that requires a login")
            }
            None => write!(f, "{status} leads to a login page"),
        }
    }
}

/// Returns whether the page of a web server says that it expects TLS, and was sent plain HTTP.
pub(crate) fn wants_tls(page: &[u8]) -> bool {
    const PLAIN: [&str; 4] = [
        "plain http request was sent to https port",
        "speaking plain http to an ssl-enabled server port",
        "client sent an http request to an https server",
        "this combination of host and port requires tls",
    ];
    contains(page, &PLAIN)
}

/// Returns whether a page contains one of the texts, which are in lower case.
fn contains(page: &[u8], texts: &[&str]) -> bool {
    let page = String::from_utf8_lossy(page).to_ascii_lowercase();
    texts.iter().any(|text| page.contains(text))
}

/// Returns an address without query, which can hold what was signed, and with a mask in place of a
/// user's name and password.
fn shown(location: &str) -> Box<str> {
    let address = location.split(['?', '#']).next().unwrap_or_default();
    let mut shown = mask_login(address).into_owned();
    // It is ASCII.
    shown.truncate(LONGEST);
    shown.into()
}

/// Returns whether a response to what a proxy has read comes from the proxy, or from what it leads
/// to in place of the service.
pub(crate) fn is_of_proxy(
    (method, asked): (&Method, &Origin),
    status: StatusCode,
    headers: &HeaderMap,
) -> bool {
    const OWN: [&str; 4] = ["proxy-authenticate", "proxy-agent", "proxy-connection", SQUID_ERROR];
    if let Some(found) = Interception::find(asked, status, headers) {
        return !found.wants_https();
    }
    if status == StatusCode::PROXY_AUTHENTICATION_REQUIRED || headers.contains_key(SQUID_ERROR) {
        return true;
    }
    if !(status.is_client_error() || status.is_server_error()) || is_of_service(headers) {
        return false;
    }
    // A server that has no error in XML or JSON, such as a website, is behind the proxy if the
    // proxy says that it forwarded the response (RFC 9110 §7.6.3). The response to HEAD may have
    // the type of a page that does not exist.
    let is_absent = method == Method::HEAD && status == StatusCode::NOT_FOUND;
    let is_bare = !headers.contains_key(CONTENT_TYPE)
        && matches!(status.as_u16(), 401 | 403 | 405 | 408 | 451 | 501..=505);
    let is_forwarded = headers.contains_key(VIA) || is_absent;
    let is_own = OWN.iter().any(|name| headers.contains_key(*name));
    is_own || !is_forwarded && (is_page(headers) || is_bare)
}

/// Returns whether a response has a header of AWS's services, or of those that stand in for them,
/// or a document such as theirs.
fn is_of_service(headers: &HeaderMap) -> bool {
    // Proxies and web servers have request ids of this name, too, and put them on their pages.
    const ANYBODYS: &str = "x-request-id";
    let is_own = |name: &http::HeaderName| {
        let name = name.as_str();
        name.starts_with("x-amz")
            || name.ends_with("-request-id") && name != ANYBODYS
            || name.ends_with("trans-id")
    };
    let is_document = || ["xml", "json"].iter().any(|kind| is_typed(headers, kind));
    let may_be_own = || headers.contains_key(ANYBODYS) || is_document();
    headers.keys().any(is_own) || !is_page(headers) && may_be_own()
}

/// Returns whether a response is text for people.
fn is_page(headers: &HeaderMap) -> bool {
    ["text/html", "text/plain", "xhtml"].iter().any(|kind| is_typed(headers, kind))
}

/// Returns whether the type of a content names this, without its parameters.
fn is_typed(headers: &HeaderMap, kind: &str) -> bool {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    content_type.is_some_and(|value| {
        let essence = value.split(';').next().unwrap_or_default();
        essence.to_ascii_lowercase().contains(kind)
    })
}

#[cfg(test)]
mod tests;
