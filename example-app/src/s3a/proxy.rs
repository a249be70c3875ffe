//! The proxy that S3A's settings name.
//!
//! Source: "Configuring S3A to use a proxy" and `core-default.xml` (`fs.s3a.proxy.*`, Hadoop 3.4).
//! S3A goes through it to S3 and to STS, and never to the metadata service.

use core::fmt;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use rolesig_std::Environment;
use zeroize::Zeroizing;

use super::read::{Read as _, invalid, refused};
use crate::configuration::{Configuration, ConfigurationError};

const HOST: &str = "fs.s3a.proxy.host";
const PORT: &str = "fs.s3a.proxy.port";
const USER: &str = "fs.s3a.proxy.username";
const PASSWORD: &str = "fs.s3a.proxy.password";

/// A proxy. `Debug` shows neither user nor password.
#[derive(Clone, PartialEq, Eq)]
pub struct ProxySettings {
    /// With user and password.
    url: Zeroizing<String>,
    /// The setting of its host, as it is written.
    by: String,
}

impl ProxySettings {
    pub(super) fn of(configuration: &Configuration) -> Result<Option<Self>, ConfigurationError> {
        let Some(host) = configuration.get(HOST)? else {
            // An empty host overrides the others, too.
            if configuration.property(HOST).is_some() {
                return Ok(None);
            }
            return match configuration.get(PORT)? {
                Some(port) => {
                    Err(refused(&port, format!("set {HOST}, too, or neither of the two")))
                }
                None => Ok(None),
            };
        };
        refuse_ntlm(configuration)?;
        let is_secured = configuration.is_true("fs.s3a.proxy.ssl.enabled")?;
        let scheme = if is_secured { "https" } else { "http" };
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

/// Returns the port. Without one S3A takes that of the scheme in which S3 is asked.
fn port(configuration: &Configuration) -> Result<u16, ConfigurationError> {
    let Some(port) = configuration.get(PORT)? else {
        let https = configuration.is_true("fs.s3a.connection.ssl.enabled")?;
        return Ok(if https { 443 } else { 80 });
    };
    let number = port.value.parse().ok().filter(|port| *port > 0);
    number.ok_or_else(|| invalid(&port, "the number of a port, such as 3128"))
}

/// Returns `user:password@`, percent-encoded, or nothing. S3A, too, wants both or neither.
fn user(configuration: &Configuration) -> Result<Zeroizing<String>, ConfigurationError> {
    match (configuration.get(USER)?, configuration.get(PASSWORD)?) {
        (Some(user), Some(password)) => {
            // With room for all of it: a string that grows leaves copies behind.
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
            Err(refused(&one, format!("set {USER} and {PASSWORD}, or neither of the two")))
        }
    }
}

fn refuse_ntlm(configuration: &Configuration) -> Result<(), ConfigurationError> {
    for name in ["fs.s3a.proxy.domain", "fs.s3a.proxy.workstation"] {
        if let Some(setting) = configuration.get(name)? {
            let fix = format!(
                "rolefs gives proxies a user name and a password (Basic) and does not speak NTLM: \
                 override with -D {name}= if the proxy takes these"
            );
            return Err(refused(&setting, fix));
        }
    }
    Ok(())
}

impl fmt::Debug for ProxySettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProxySettings").field("by", &self.by).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use rolesig_std::http::Network;
    use rolesig_std::url::Origin;

    use super::*;
    use crate::s3a::bucket::of_bucket;
    use crate::s3a::defaults::DEFAULTS;

    fn configuration(definitions: &[&str]) -> Configuration {
        let mut configuration = Configuration::default().with_defaults(DEFAULTS);
        for definition in definitions {
            configuration.define(&definition.parse().unwrap()).unwrap();
        }
        configuration
    }

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
    fn names_the_proxy_and_the_setting() {
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
    fn refuses_what_s3a_refuses_and_what_is_not_spoken() {
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
            let error = ProxySettings::of(&configuration(definitions)).unwrap_err().to_string();
            assert!(error.contains(fix), "{definitions:?}: {error}");
            assert!(error.starts_with("-D: fs.s3a.proxy."), "{error}");
            assert!(!error.contains("hush"), "{error}");
        }
    }
}
