//! Trying out the way to a service, before anything is sent.

use core::time::Duration;

use crate::http::connect::{self, ConnectError};
use crate::http::network::Network;
use crate::read::origin::Origin;

impl Network {
    /// Opens a connection as a client does, through a proxy where one is set and with TLS for
    /// `https`, and closes it. Each step may take as long as `limit`.
    ///
    /// # Errors
    /// The reason why a client has no connection. Whether a proxy lets requests of plain `http`
    /// through, only a request shows.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use core::time::Duration;
    /// use rolesig_std::http::{ConnectError, Network};
    ///
    /// let name = "http://name.invalid".parse()?;
    /// let tried = Network::default().try_connect(&name, Duration::from_secs(10)).await;
    /// assert!(matches!(tried, Err(ConnectError::Resolve { .. })));
    /// # Ok(())
    /// # }
    /// ```
    pub async fn try_connect(
        &self,
        destination: &Origin,
        limit: Duration,
    ) -> Result<(), ConnectError> {
        let proxy = self.proxies.find(destination)?;
        connect::open(destination, proxy.as_ref(), self, limit).await.map(drop)
    }

    /// Returns the issuer of the certificate that a destination of `https` shows, trusted or not:
    /// that of a company's proxy, if there is one. Returns `None` if it shows none.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use core::time::Duration;
    /// use rolesig_std::http::Network;
    ///
    /// let (plain, limit) = ("http://127.0.0.1:1".parse()?, Duration::from_secs(1));
    /// assert_eq!(Network::default().certificate_issuer(&plain, limit).await, None);
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "tls")]
    pub async fn certificate_issuer(
        &self,
        destination: &Origin,
        limit: Duration,
    ) -> Option<String> {
        if !destination.is_https() {
            return None;
        }
        let proxy = self.proxies.find(destination).ok()?;
        let stream = connect::reach(destination, proxy.as_ref(), self, limit).await.ok()?;
        let issuer = crate::http::tls::issuer(destination.host(), stream);
        tokio::time::timeout(limit, issuer).await.ok()?
    }
}
