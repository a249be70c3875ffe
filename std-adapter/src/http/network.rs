//! The way to services beyond this host.

use core::fmt;

use crate::config::environment::Environment;
use crate::config::profile_files::Profile;
use crate::http::proxy::Proxies;
use crate::http::trust::Trust;

/// The way to services beyond this host: proxies, and the certificates that are trusted.
///
/// It holds for S3 and other services that a client asks, for STS and for IAM Identity Center. The
/// metadata service of an instance and the endpoint of a container are never asked through a proxy.
///
/// ```
/// use rolesig_std::Environment;
/// use rolesig_std::http::Network;
/// use rolesig_std::config::Origin;
///
/// let environment: Environment =
///     [("HTTPS_PROXY", "http://user:hush@proxy:3128"), ("NO_PROXY", ".internal")].into_iter().collect();
/// let network = Network::of(&environment, None);
/// let proxy_of = |url: &str| network.proxies.find(&url.parse::<Origin>().unwrap()).unwrap();
/// let proxy = proxy_of("https://sts.amazonaws.com").unwrap();
/// assert_eq!(proxy.to_string(), "http://proxy:3128 (HTTPS_PROXY)");
/// assert!(proxy_of("https://s3.internal").is_none());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Network {
    /// The proxies; none by default.
    pub proxies: Proxies,
    /// The certificates that are trusted; those that the system trusts by default.
    pub trust: Trust,
}

impl Network {
    /// Takes proxies and trust from environment and profile: see [`Proxies::of`] and [`Trust::of`].
    ///
    /// A setting that is wrong fails when a connection needs it.
    pub fn of(environment: &Environment, profile: Option<Profile<'_>>) -> Self {
        Self { proxies: Proxies::of(environment), trust: Trust::of(environment, profile) }
    }

    /// Returns the same without proxies, for services on this host or link.
    #[must_use]
    pub fn without_proxies(self) -> Self {
        Self { proxies: Proxies::default(), ..self }
    }
}

/// For people: the proxies without user and password, and the certificates.
impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; certificates: {}", self.proxies, self.trust)
    }
}
