//! The credentials of a provider of AWS's SDK, for a cache.

use core::error::Error;
use core::fmt;
use core::time::Duration;
use std::time::UNIX_EPOCH;

use aws_credential_types::provider::ProvideCredentials;
use aws_credential_types::provider::error::CredentialsError;
use rolesig::{Credentials, Timestamp};
use rolesig_std::{Clock, Identity, Source};
use tokio::time::timeout;

/// The longest time that a provider may take.
const MAX_FETCH_TIME: Duration = Duration::from_mins(1);

/// The validity of credentials without an expiry, in seconds: as in the SDK's own cache.
///
/// Source: aws-smithy-runtime 1.x, `client/identity/cache/lazy.rs` (`DEFAULT_EXPIRATION`).
const UNKNOWN_VALIDITY: u64 = 15 * 60;

/// A provider of AWS's SDK, such as aws-config's `DefaultCredentialsChain`, as the provider of a
/// [`Cache`](rolesig_std::Cache).
///
/// A cache renews what it hands out ten seconds before the expiry. If the provider does not report
/// an expiry, it is asked again after 15 minutes, as in the SDK.
///
/// ```
/// use aws_credential_types::Credentials;
/// use rolesig_aws::SdkProvider;
/// use rolesig_std::Cache;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let theirs = Credentials::new("AKID", "secret", None, None, "vault");
/// let cache = Cache::new(SdkProvider::new(theirs));
/// assert_eq!(cache.identity().await?.credentials().access_key_id, "AKID");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct SdkProvider<T>(T);

impl<T: ProvideCredentials> SdkProvider<T> {
    /// Creates a provider of what the SDK's provider hands out.
    pub const fn new(provider: T) -> Self {
        Self(provider)
    }
}

impl<T: ProvideCredentials + 'static> rolesig_std::ProvideCredentials for SdkProvider<T> {
    type Error = SdkError;

    async fn fetch(&mut self, clock: Clock) -> Result<Identity, SdkError> {
        let provided = timeout(MAX_FETCH_TIME, self.0.provide_credentials()).await;
        let late = |_| Err(CredentialsError::provider_timed_out(MAX_FETCH_TIME));
        let provided = provided.unwrap_or_else(late).map_err(SdkError)?;
        let credentials = Credentials {
            access_key_id: provided.access_key_id(),
            secret_access_key: provided.secret_access_key(),
            session_token: provided.session_token(),
        };
        let expires_at = match provided.expiry() {
            Some(expiry) => {
                let since = expiry.duration_since(UNIX_EPOCH).unwrap_or_default();
                Timestamp::from_unix(since.as_secs())
            }
            None => clock.now().checked_add(UNKNOWN_VALIDITY),
        };
        let account_id =
            provided.account_id().map(aws_credential_types::attributes::AccountId::as_str);
        let source = Source::Custom { name: "a provider of AWS's SDK".to_owned() };
        Ok(Identity::new(credentials, expires_at, account_id, source))
    }

    fn max_fetch_time(&self) -> Duration {
        MAX_FETCH_TIME
    }

    fn is_final(error: &SdkError) -> bool {
        matches!(error.0, CredentialsError::InvalidConfiguration(_))
    }
}

/// The reason why a provider of AWS's SDK has no credentials, with its causes.
#[derive(Debug)]
pub struct SdkError(CredentialsError);

impl fmt::Display for SdkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)?;
        let mut cause = self.0.source();
        while let Some(next) = cause {
            write!(f, ": {next}")?;
            cause = next.source();
        }
        Ok(())
    }
}

impl Error for SdkError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}
