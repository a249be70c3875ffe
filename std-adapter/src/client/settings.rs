//! The settings of a client.

use core::time::Duration;

use crate::http::network::Network;
use crate::http::retry_budget::RetrySettings;

/// The settings of a [`SigningClient`](super::SigningClient).
///
/// ```
/// use core::time::Duration;
/// use rolesig_std::client::ClientSettings;
/// use rolesig_std::http::RetrySettings;
///
/// let mut settings = ClientSettings::default();
/// assert_eq!(settings.retries, RetrySettings::NONE);
/// settings.read_timeout = Some(Duration::from_secs(10));
/// settings.retries = RetrySettings::STANDARD;
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClientSettings {
    /// The time that a connection may take to open, over all addresses of the host's name; and as
    /// much again for TLS and for a proxy.
    pub connect_timeout: Duration,
    /// The longest wait for the head of a response after the last piece of the request was sent;
    /// and then for each piece of the response's body. `None` waits for ever.
    pub read_timeout: Option<Duration>,
    /// The attempts at a request that found no connection or no response, was throttled or met a
    /// faulty service: [`RetrySettings::NONE`] by default. A request is repeated whether or not it
    /// may have been carried out, as in AWS's SDKs.
    pub retries: RetrySettings,
    /// The most connections to a host that are kept open for further requests. All of them by
    /// default; each takes a file descriptor.
    pub idle_connections: usize,
    /// True if `https` is allowed. If not, such requests fail without a connection, and the
    /// certificates that this host trusts, which are many files, are not read.
    pub https: bool,
    /// The way to the service: without proxies, and with the certificates that the system trusts,
    /// by default. [`Network::of`] takes it from environment and profile.
    pub network: Network,
}

impl Default for ClientSettings {
    /// Returns 10 s for a connection, 60 s for a response, one attempt, and `https` as well as
    /// `http`.
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            read_timeout: Some(Duration::from_secs(60)),
            retries: RetrySettings::NONE,
            idle_connections: usize::MAX,
            https: true,
            network: Network::default(),
        }
    }
}
