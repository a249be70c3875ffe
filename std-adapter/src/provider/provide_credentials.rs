//! The trait of all sources of credentials.

use core::time::Duration;

use crate::clock::Clock;
use crate::identity::Identity;

/// A source of credentials, which fetches them each time that it is asked. It neither keeps nor
/// renews them: a [`Cache`](crate::Cache) does.
///
/// Errors hold no secrets, and each says what to do. A [`BoxProvider`](super::BoxProvider) holds
/// any provider; a [`Cache`](crate::Cache) is one itself, for roles that are assumed with its
/// credentials.
///
/// ```
/// use rolesig::Credentials;
/// use rolesig_std::{Clock, Identity, ProvideCredentials, Source};
///
/// struct Vault;
///
/// impl ProvideCredentials for Vault {
///     type Error = std::io::Error;
///
///     async fn fetch(&mut self, _: Clock) -> Result<Identity, Self::Error> {
///         let credentials =
///             Credentials { access_key_id: "AKID", secret_access_key: "secret", session_token: None };
///         Ok(Identity::new(credentials, None, None, Source::Custom { name: "vault".into() }))
///     }
///
///     fn is_final(_: &Self::Error) -> bool {
///         false
///     }
/// }
/// ```
pub trait ProvideCredentials: Send + 'static {
    /// The reason why they are missing.
    type Error: core::error::Error + Send + Sync + 'static;

    /// Fetches credentials, in bounded time. Decisions that depend on the time use `clock`.
    ///
    /// # Errors
    /// If there are none, or they did not arrive in time.
    fn fetch(&mut self, clock: Clock)
    -> impl Future<Output = Result<Identity, Self::Error>> + Send;

    /// Returns the longest time that a fetch takes. Other processes that share a
    /// [`SharedFile`](crate::cache::SharedFile) wait so long, and then ask for themselves. The
    /// default is a minute.
    fn max_fetch_time(&self) -> Duration {
        Duration::from_secs(60)
    }

    /// Notes that a service rejected credentials that it gave. A provider that keeps them, such as
    /// a [`Cache`](crate::Cache), then has to give others.
    fn on_rejected(&mut self, access_key_id: &str) {
        let _ = access_key_id;
    }

    /// Returns whether no further attempt can succeed: somebody has to log in again, or to change a
    /// setting. Such a failure is shown at once, even while older credentials are still good.
    fn is_final(error: &Self::Error) -> bool;
}
