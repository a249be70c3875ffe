//! The error of a setting that does not name a proxy.

use thiserror::Error;

/// A setting that does not name an HTTP proxy. It does not show the value, which may hold a
/// password.
///
/// ```
/// use rolesig_std::Environment;
/// use rolesig_std::http::{Proxies, ProxyError};
///
/// let environment: Environment = [("ALL_PROXY", "socks5://user:hush@proxy")].into_iter().collect();
/// let error = Proxies::of(&environment).find(&"https://s3.example".parse()?).unwrap_err();
/// assert_eq!(error, ProxyError::Socks { by: "ALL_PROXY".to_owned() });
/// # Ok::<(), rolesig_std::config::OriginError>(())
/// ```
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProxyError {
    /// The setting is not a URL.
    #[error(
        "{by}: expected the URL of a proxy, such as http://proxy:3128 or \
         http://USER:PASSWORD@proxy:3128, with special characters of the two percent-encoded"
    )]
    Url {
        /// The setting.
        by: String,
    },
    /// Another protocol.
    #[error("{by}: SOCKS proxies are not supported: name an HTTP proxy, or set NO_PROXY")]
    Socks {
        /// The setting.
        by: String,
    },
}
