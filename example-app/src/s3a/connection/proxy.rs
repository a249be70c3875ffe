//! The proxy for S3 and STS.
//!
//! Source: "Configuring S3A to use a proxy" and `core-default.xml` (`fs.s3a.proxy.*`, Hadoop 3.4).
//! S3A uses it for S3 and STS, and never for the metadata service.

use core::fmt;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use rolesig_std::Environment;
use zeroize::Zeroizing;

use crate::configuration::{Configuration, ConfigurationError};
use crate::s3a::table::read::{invalid, refused};
use crate::s3a::table::rows::{
    PROXY_HOST, PROXY_PASSWORD, PROXY_PORT, PROXY_SSL, PROXY_USERNAME, SSL,
};

/// A proxy. `Debug` shows neither user nor password.
#[derive(Clone, PartialEq, Eq)]
pub struct ProxySettings {
    /// Its URL, with user and password.
    url: Zeroizing<String>,
    /// The name of the setting of its host, as it is written.
    by: String,
}

impl ProxySettings {
    pub(in crate::s3a) fn of(
        configuration: &Configuration,
    ) -> Result<Option<Self>, ConfigurationError> {
        let Some(host) = PROXY_HOST.setting(configuration)? else {
            // An empty host also overrides the other settings.
            if configuration.property(PROXY_HOST.name).is_some() {
                return Ok(None);
            }
            return match PROXY_PORT.setting(configuration)? {
                Some(port) => Err(refused(
                    &port,
                    format!("set {}, too, or neither of the two", PROXY_HOST.name),
                )),
                None => Ok(None),
            };
        };
        let scheme = if PROXY_SSL.is_on(configuration)? { "https" } else { "http" };
        let user = user(configuration)?;
        let port = port(configuration)?;
        let is_host = |c: char| c.is_ascii_alphanumeric() || ".-_:[]".contains(c);
        if !host.value.chars().all(is_host) || (host.value.contains(':') && !is_ipv6(&host.value)) {
            return Err(invalid(
                &host,
                "the name or address of a host; its port is fs.s3a.proxy.port",
            ));
        }
        let bare = host.value.trim_start_matches('[').trim_end_matches(']');
        let bare = if is_ipv6(bare) { format!("[{bare}]") } else { bare.to_owned() };
        let port = port.to_string();
        let parts = [scheme, "://", user.as_str(), &bare, ":", &port];
        let room = parts.iter().map(|part| part.len()).sum();
        let mut url = Zeroizing::new(String::with_capacity(room));
        url.extend(parts);
        Ok(Some(Self { url, by: host.written.to_owned() }))
    }

    /// Sets the proxy in an environment, where it takes precedence over the variables.
    pub fn add_to(&self, environment: &mut Environment) {
        for name in ["https_proxy", "http_proxy"] {
            environment.set_by(name, self.url.as_str(), self.by.as_str());
        }
    }
}

fn is_ipv6(host: &str) -> bool {
    host.trim_start_matches('[').trim_end_matches(']').parse::<core::net::Ipv6Addr>().is_ok()
}

/// Returns the port. Without a setting S3A takes that of the scheme of S3's endpoint.
fn port(configuration: &Configuration) -> Result<u16, ConfigurationError> {
    Ok(match PROXY_PORT.read(configuration)? {
        Some(port) => port,
        None if SSL.is_on(configuration)? => 443,
        None => 80,
    })
}

/// Returns `user:password@`, percent-encoded, or an empty text. S3A also requires both or neither.
fn user(configuration: &Configuration) -> Result<Zeroizing<String>, ConfigurationError> {
    match (PROXY_USERNAME.setting(configuration)?, PROXY_PASSWORD.setting(configuration)?) {
        (Some(user), Some(password)) => {
            // With room for the whole text: a string that grows leaves copies behind.
            let room = 3 * (user.value.len() + password.value.len()) + ":@".len();
            let mut encoded = Zeroizing::new(String::with_capacity(room));
            encoded.extend(utf8_percent_encode(&user.value, NON_ALPHANUMERIC));
            encoded.push(':');
            encoded.extend(utf8_percent_encode(&password.value, NON_ALPHANUMERIC));
            encoded.push('@');
            Ok(encoded)
        }
        (None, None) => Ok(Zeroizing::default()),
        (Some(one), None) | (None, Some(one)) => {
            let (user, password) = (PROXY_USERNAME.name, PROXY_PASSWORD.name);
            Err(refused(&one, format!("set {user} and {password}, or neither of the two")))
        }
    }
}

impl fmt::Debug for ProxySettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProxySettings").field("by", &self.by).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use rolesig_std::config::Origin;
    use rolesig_std::http::Network;

    use super::*;
    use crate::s3a::bucket::of_bucket;
    use crate::s3a::refused::check;
    use crate::s3a::tests::configuration;

    fn proxy(definitions: &[&str]) -> Option<String> {
        let settings = ProxySettings::of(&configuration(definitions)).unwrap()?;
        let mut environment: Environment = [("HTTPS_PROXY", "http://other")].into_iter().collect();
        settings.add_to(&mut environment);
        let found = |url: &str| {
            let origin: Origin = url.parse().unwrap();
            Network::of(&environment, None).proxies.find(&origin).unwrap().unwrap().to_string()
        };
        assert_eq!(found("http://h"), found("https://h"));
        Some(found("https://h"))
    }

    #[test]
    fn names_the_proxy_and_its_setting() {
        for (definitions, expected) in [
            (&["fs.s3a.proxy.host=p"][..], Some("http://p:443 (fs.s3a.proxy.host)")),
            (
                &["fs.s3a.proxy.host=p", "fs.s3a.connection.ssl.enabled=false"],
                Some("http://p:80 (fs.s3a.proxy.host)"),
            ),
            (
                &[
                    "fs.s3a.proxy.host=p",
                    "fs.s3a.proxy.port=3128",
                    "fs.s3a.proxy.ssl.enabled=true",
                    "fs.s3a.proxy.username=u@x",
                    "fs.s3a.proxy.password=p:/ @?",
                ],
                Some("https://p:3128 (fs.s3a.proxy.host)"),
            ),
            (
                &["fs.s3a.proxy.host=::1", "fs.s3a.proxy.port=1"],
                Some("http://[::1]:1 (fs.s3a.proxy.host)"),
            ),
            (&["fs.s3a.proxy.host=", "fs.s3a.proxy.port=1"], None),
            (&[], None),
        ] {
            assert_eq!(proxy(definitions).as_deref(), expected, "{definitions:?}");
        }
        let bucket = ["fs.s3a.proxy.host=p", "fs.s3a.bucket.b.proxy.host=q"];
        let settings = ProxySettings::of(&of_bucket(&configuration(&bucket), "b")).unwrap();
        let settings = settings.unwrap();
        assert_eq!(settings.by, "fs.s3a.bucket.b.proxy.host");
        assert_eq!(settings.url.as_str(), "http://q:443");
    }

    #[test]
    fn keeps_user_and_password_whole_and_hidden() {
        let settings = ProxySettings::of(&configuration(&[
            "fs.s3a.proxy.host=p",
            "fs.s3a.proxy.username=corp\\u@x",
            "fs.s3a.proxy.password=p:/ @?%",
        ]));
        let settings = settings.unwrap().unwrap();
        assert_eq!(settings.url.as_str(), "http://corp%5Cu%40x:p%3A%2F%20%40%3F%25@p:443");
        assert!(!format!("{settings:?}").contains("corp"));
    }

    #[test]
    fn rejects_incomplete_settings_and_ntlm() {
        for (definitions, fix) in [
            (&["fs.s3a.proxy.port=3128"][..], "set fs.s3a.proxy.host, too"),
            (&["fs.s3a.proxy.host=p", "fs.s3a.proxy.port=x"], "the number of a port"),
            (&["fs.s3a.proxy.host=p", "fs.s3a.proxy.port=70000"], "the number of a port"),
            (&["fs.s3a.proxy.host=http://p:1"], "name or address of a host"),
            (&["fs.s3a.proxy.host=u:hush@p"], "name or address of a host"),
            (&["fs.s3a.proxy.host=p", "fs.s3a.proxy.username=u"], "or neither of the two"),
            (&["fs.s3a.proxy.host=p", "fs.s3a.proxy.password=hush"], "or neither of the two"),
            (&["fs.s3a.proxy.host=p", "fs.s3a.proxy.domain=CORP"], "does not speak NTLM"),
            (&["fs.s3a.proxy.host=p", "fs.s3a.proxy.workstation=W"], "does not speak NTLM"),
        ] {
            let configuration = configuration(definitions);
            let error = check(&configuration).and_then(|()| ProxySettings::of(&configuration));
            let error = error.unwrap_err().to_string();
            assert!(error.contains(fix), "{definitions:?}: {error}");
            assert!(error.starts_with("-D: fs.s3a.proxy."), "{error}");
            assert!(!error.contains("hush"), "{error}");
        }
    }
}
