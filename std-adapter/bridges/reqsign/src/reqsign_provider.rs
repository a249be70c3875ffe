//! The credentials of a provider of reqsign, for a cache.

use core::error::Error;
use core::fmt;
use core::time::Duration;

use reqsign_aws_v4::Credential;
use reqsign_core::{Context, ErrorKind, ProvideCredential};
use rolesig::{Credentials, Timestamp};
use rolesig_std::{Clock, Identity, ProvideCredentials, Source};
use tokio::time::timeout;

/// The longest time that a provider may take.
const MAX_FETCH_TIME: Duration = Duration::from_secs(60);

/// A provider of reqsign, such as its `DefaultCredentialProvider`, as the provider of a
/// [`Cache`](rolesig_std::Cache).
///
/// A cache renews what it hands out ten seconds before the expiry. Credentials without an expiry
/// are kept, as in reqsign.
///
/// ```
/// use reqsign_aws_v4::StaticCredentialProvider;
/// use reqsign_core::Context;
/// use rolesig_reqsign::ReqsignProvider;
/// use rolesig_std::Cache;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let theirs = StaticCredentialProvider::new("AKID", "secret");
/// let cache = Cache::new(ReqsignProvider::new(theirs, Context::new()));
/// assert_eq!(cache.identity().await?.credentials().access_key_id, "AKID");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct ReqsignProvider<T> {
    provider: T,
    context: Context,
}

impl<T: ProvideCredential<Credential = Credential>> ReqsignProvider<T> {
    /// Creates a provider of what reqsign's provider hands out. The context gives it files, HTTP
    /// and variables.
    pub const fn new(provider: T, context: Context) -> Self {
        Self { provider, context }
    }
}

impl<T: ProvideCredential<Credential = Credential>> ProvideCredentials for ReqsignProvider<T> {
    type Error = ReqsignError;

    async fn fetch(&mut self, _: Clock) -> Result<Identity, ReqsignError> {
        let provided = timeout(MAX_FETCH_TIME, self.provider.provide_credential(&self.context));
        let provided = provided.await.map_err(|_| ReqsignError::Late)?;
        let provided = provided.map_err(ReqsignError::Provider)?.ok_or(ReqsignError::Nothing)?;
        let credentials = Credentials {
            access_key_id: &provided.access_key_id,
            secret_access_key: &provided.secret_access_key,
            session_token: provided.session_token.as_deref(),
        };
        let seconds = provided.expires_in.map(|at| u64::try_from(at.as_second()).unwrap_or(0));
        let expires_at = seconds.and_then(Timestamp::from_unix);
        let source = Source::Custom { name: "a provider of reqsign".to_owned() };
        Ok(Identity::new(credentials, expires_at, None, source))
    }

    fn max_fetch_time(&self) -> Duration {
        MAX_FETCH_TIME
    }

    fn is_final(error: &ReqsignError) -> bool {
        let ReqsignError::Provider(error) = error else { return false };
        let is_setting = matches!(error.kind(), ErrorKind::ConfigInvalid);
        is_setting && !error.is_retryable()
    }
}

/// The reason why a provider of reqsign has no credentials.
#[derive(Debug)]
#[non_exhaustive]
pub enum ReqsignError {
    /// The provider failed.
    Provider(reqsign_core::Error),
    /// The provider found none.
    Nothing,
    /// The provider did not answer within a minute.
    Late,
}

impl fmt::Display for ReqsignError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Provider(error) => error.fmt(f),
            Self::Nothing => {
                f.write_str("reqsign found no credentials: configure one of its sources")
            }
            Self::Late => {
                write!(f, "no credentials for {} s: check the network", MAX_FETCH_TIME.as_secs())
            }
        }
    }
}

impl Error for ReqsignError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Provider(error) => error.source(),
            Self::Nothing | Self::Late => None,
        }
    }
}
