//! HTTP proxies: which one a destination is reached through.
//!
//! Sources: libcurl's "Environment variables" and `CURLOPT_NOPROXY(3)`; "Use a proxy" (AWS CLI User
//! Guide); RFC 9110 §9.3.6 (`CONNECT`) and §11.7.2 (`Proxy-Authorization`).

use core::fmt;
use std::borrow::Cow;

use base64ct::{Base64, Encoding as _};
use bytes::Bytes;
use http::header::PROXY_AUTHORIZATION;
use http::uri::{PathAndQuery, Uri};
use http::{HeaderMap, HeaderValue};
use percent_encoding::percent_decode_str;
use zeroize::Zeroizing;

use crate::config::environment::Environment;
use crate::config::setting::Setting;
use crate::read::login::mask_login;
use crate::read::origin::Origin;

mod error;
mod no_proxy;

pub use error::ProxyError;
use no_proxy::{is_exempt, unfollowed};

/// The proxies of a program, as settings: none by default.
///
/// `https` is spoken through a proxy by `CONNECT`, so that the proxy sees the host and no more;
/// plain `http` is asked of the proxy itself, as curl and botocore do. `Debug` shows no password.
///
/// ```
/// use rolesig_std::Environment;
/// use rolesig_std::http::Proxies;
///
/// let environment: Environment = [("HTTPS_PROXY", "http://proxy:3128")].into_iter().collect();
/// let proxies = Proxies::of(&environment);
/// assert!(proxies.find(&"http://s3.example".parse()?)?.is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Proxies {
    https: Option<ProxySetting>,
    http: Option<ProxySetting>,
    no_proxy: Option<String>,
}

#[derive(Clone, PartialEq, Eq)]
struct ProxySetting {
    by: String,
    /// With the password.
    url: Zeroizing<String>,
}

impl Proxies {
    /// Takes the proxies from `HTTPS_PROXY` for `https`, `HTTP_PROXY` for `http`, else `ALL_PROXY`;
    /// and the hosts that are reached without one from `NO_PROXY`. Lower case takes precedence. A
    /// variable that is empty in lower case switches the one in upper case off.
    ///
    /// `HTTP_PROXY` in upper case is ignored where `REQUEST_METHOD` is set: there, in a CGI
    /// program, it is a header of the request (<https://httpoxy.org>).
    pub fn of(environment: &Environment) -> Self {
        let is_cgi = environment.get("REQUEST_METHOD").is_some();
        let all = || proxy(environment, &["all_proxy", "ALL_PROXY"]);
        let http: &[&str] = if is_cgi { &["http_proxy"] } else { &["http_proxy", "HTTP_PROXY"] };
        Self {
            https: proxy(environment, &["https_proxy", "HTTPS_PROXY"]).or_else(all),
            http: proxy(environment, http).or_else(all),
            no_proxy: first(environment, &["no_proxy", "NO_PROXY"])
                .map(|setting| setting.value.to_owned()),
        }
    }

    /// Returns the proxy for a destination; `None` if it is reached without one.
    ///
    /// `NO_PROXY` is a list with commas or spaces. An entry is a name, an address, or a network
    /// such as `10.0.0.0/8`, each with or without `:port`, or `*` for everything. A name, with or
    /// without a leading `.` or `*.`, also stands for all names below it. Names are compared as
    /// they are written: an address does not exempt a name that resolves to it. curl has no `*.`,
    /// ports nor networks in brackets; Python, and so botocore, has no networks.
    /// [`Display`](fmt::Display) shows the entries that are ignored.
    ///
    /// # Errors
    /// If the setting is not the URL of an HTTP proxy.
    pub fn find(&self, destination: &Origin) -> Result<Option<Proxy>, ProxyError> {
        let setting = if destination.is_https() { &self.https } else { &self.http };
        let setting = setting
            .as_ref()
            .filter(|_| !self.no_proxy.as_deref().is_some_and(|list| is_exempt(list, destination)));
        setting.map(ProxySetting::parse).transpose()
    }

    /// Returns a warning about entries of `NO_PROXY` that are ignored, if there is a proxy.
    ///
    /// ```
    /// use rolesig_std::Environment;
    /// use rolesig_std::http::Proxies;
    ///
    /// let variables = [("HTTPS_PROXY", "http://proxy:3128"), ("NO_PROXY", "http://localhost")];
    /// let proxies = Proxies::of(&variables.into_iter().collect::<Environment>());
    /// assert!(proxies.warning().unwrap().starts_with("ignored in NO_PROXY: http://localhost:"));
    /// ```
    pub fn warning(&self) -> Option<String> {
        let hosts = self.shown_hosts().filter(|_| self.https.is_some() || self.http.is_some())?;
        let ignored = unfollowed(&hosts);
        (!ignored.is_empty()).then(|| {
            format!(
                "ignored in NO_PROXY: {}: expected names, addresses and networks such as \
                 10.0.0.0/8, separated by commas",
                ignored.join(", ")
            )
        })
    }

    /// Returns `NO_PROXY` without users and passwords.
    fn shown_hosts(&self) -> Option<Cow<'_, str>> {
        self.no_proxy.as_deref().map(mask_login)
    }

    /// Returns whether requests of plain `http` may be read by a proxy.
    pub const fn has_http(&self) -> bool {
        self.http.is_some()
    }
}

fn proxy(environment: &Environment, names: &[&str]) -> Option<ProxySetting> {
    let Setting { by, value } = first(environment, names)?;
    Some(ProxySetting { by, url: Zeroizing::new(value.to_owned()) })
}

/// Returns the first of the variables that is set, unless that one is empty.
fn first<'e>(environment: &'e Environment, names: &[&str]) -> Option<Setting<'e>> {
    let name = names.iter().find(|name| environment.is_set(name))?;
    Setting::find(environment, &[name], None, "").filter(|setting| !setting.value.trim().is_empty())
}

/// For people: without user and password.
impl fmt::Display for Proxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut ways = Vec::new();
        for (scheme, setting) in [("https", &self.https), ("http", &self.http)] {
            ways.extend(setting.as_ref().map(|setting| match setting.parse() {
                Ok(proxy) => format!("{scheme} through {proxy}"),
                Err(error) => error.to_string(),
            }));
        }
        match (ways.is_empty(), self.shown_hosts()) {
            (true, _) => f.write_str("no proxy"),
            (false, None) => f.write_str(&ways.join("; ")),
            (false, Some(hosts)) => {
                write!(f, "{}; without: {hosts}", ways.join("; "))?;
                self.warning().map_or(Ok(()), |warning| write!(f, " ({warning})"))
            }
        }
    }
}

impl fmt::Debug for Proxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let by =
            |setting: &Option<ProxySetting>| setting.as_ref().map(|setting| setting.by.clone());
        f.debug_struct("Proxies")
            .field("https", &by(&self.https))
            .field("http", &by(&self.http))
            .field("no_proxy", &self.shown_hosts())
            .finish()
    }
}

impl ProxySetting {
    fn parse(&self) -> Result<Proxy, ProxyError> {
        let url = self.url.trim();
        let (scheme, rest) = url.split_once("://").unwrap_or(("http", url));
        let by = || self.by.clone();
        let is_https = match scheme.to_ascii_lowercase().as_str() {
            "http" => false,
            "https" => true,
            socks if socks.starts_with("socks") => return Err(ProxyError::Socks { by: by() }),
            _ => return Err(ProxyError::Url { by: by() }),
        };
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at_checked(end).unwrap_or((rest, ""));
        let (user, host) = match authority.rsplit_once('@') {
            Some((user, host)) => (Some(user), host),
            None => (None, authority),
        };
        let origin = Origin::new(is_https, host)
            .ok()
            // A path means nothing, as for curl; one with an `@` is part of a password with a
            // slash.
            .filter(|origin| !path.contains('@') && !origin.host().is_empty());
        let authorization = user.filter(|user| !user.is_empty()).map(basic);
        Ok(Proxy {
            origin: origin.ok_or_else(|| ProxyError::Url { by: by() })?,
            authorization,
            by: by(),
        })
    }
}

/// Returns the value of `Proxy-Authorization` for `user:password`, percent-encoded (RFC 7617).
fn basic(user: &str) -> HeaderValue {
    let (name, password) = user.split_once(':').unwrap_or((user, ""));
    let mut pair = Zeroizing::new(Vec::with_capacity(user.len() + 1));
    pair.extend(percent_decode_str(name));
    pair.push(b':');
    pair.extend(percent_decode_str(password));
    let encoded = Zeroizing::new(Base64::encode_string(&pair));
    let mut value = Zeroizing::new(Vec::with_capacity(encoded.len() + 6));
    value.extend_from_slice(b"Basic ");
    value.extend_from_slice(encoded.as_bytes());
    // Base64 has nothing that a header cannot have.
    let value = HeaderValue::from_maybe_shared(Bytes::from_owner(value));
    let mut value = value.unwrap_or_else(|_| HeaderValue::from_static(""));
    value.set_sensitive(true);
    value
}

/// A proxy, and the setting that names it. `Display` and `Debug` show neither user nor password.
///
/// ```
/// use rolesig_std::Environment;
/// use rolesig_std::http::Proxies;
///
/// let variables = [("ALL_PROXY", "http://user:hush@proxy:3128")];
/// let proxies = Proxies::of(&variables.into_iter().collect::<Environment>());
/// let proxy = proxies.find(&"https://s3.example".parse()?)?;
/// assert_eq!(proxy.unwrap().to_string(), "http://proxy:3128 (ALL_PROXY)");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Proxy {
    origin: Origin,
    authorization: Option<HeaderValue>,
    by: String,
}

impl Proxy {
    pub(crate) const fn origin(&self) -> &Origin {
        &self.origin
    }

    pub(crate) const fn has_password(&self) -> bool {
        self.authorization.is_some()
    }

    /// Returns the prefix of the settings beside it, if a setting names the host alone:
    /// `fs.s3a.proxy.` of `fs.s3a.proxy.host`.
    pub(crate) fn settings_prefix(&self) -> Option<&str> {
        self.by.strip_suffix("host").filter(|prefix| prefix.ends_with('.'))
    }

    /// Adds user name and password to a request that the proxy reads.
    pub(crate) fn authorize(&self, headers: &mut HeaderMap) {
        if let Some(value) = &self.authorization {
            headers.insert(PROXY_AUTHORIZATION, value.clone());
        }
    }

    /// Returns the target of a plain `http` request as a proxy reads it (RFC 9112 §3.2.2).
    pub(crate) fn absolute(destination: &Origin, target: &Uri) -> Result<Uri, http::Error> {
        let path = target.path_and_query().map_or("/", PathAndQuery::as_str);
        let uri = Uri::builder().scheme("http").authority(destination.host_header());
        uri.path_and_query(path).build()
    }
}

impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.origin, self.by)
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Proxy({self})")
    }
}

#[cfg(test)]
mod tests;
