//! The providers in the order that the AWS SDKs ask them: environment, instance metadata.

use core::time::Duration;
use std::fmt;
use std::sync::Arc;

use thiserror::Error;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::environment::{Environment, EnvironmentError};
use crate::identity::Identity;
use crate::provider::{ImdsError, ImdsProvider, Provide};
use crate::sign::now;

/// Renewed when so many seconds or fewer are left. The metadata service has new credentials at
/// least five minutes before the old ones expire ("Retrieve security credentials from instance
/// metadata").
const RENEW_BEFORE: u64 = 5 * 60;

/// While the credentials at hand are good, the service is asked this often and no oftener: it may
/// be down, or may have nothing newer yet.
const RENEWAL_REST: Duration = Duration::from_secs(30);
/// Without credentials a failure holds for all who ask in this time.
const FAILURE_REST: Duration = Duration::from_secs(5);

/// Asks one provider after the other, and keeps what it got until it must be renewed.
///
/// A provider that is not there is passed over; one that is there and fails ends the search, so
/// that a program never runs under another identity than it was given.
#[derive(Debug)]
pub struct Chain {
    environment: Result<Option<Arc<Identity>>, EnvironmentError>,
    imds: Mutex<Fetched>,
}

/// The last provider and what it gave. Its lock makes a thousand tasks fetch once.
#[derive(Debug)]
struct Fetched {
    provider: Option<ImdsProvider>,
    identity: Option<Arc<Identity>>,
    /// Not to be asked again before, and what it said if it failed.
    rests: Option<(Instant, Option<Arc<ImdsError>>)>,
}

impl Chain {
    /// Reads the settings of all providers. Asks none of them yet.
    ///
    /// # Errors
    /// If a setting has a value that it cannot have.
    pub fn new(environment: &Environment) -> Result<Self, ImdsError> {
        let provider = ImdsProvider::of(environment)?;
        Ok(Self {
            environment: environment.credentials().map(|identity| identity.map(Arc::new)),
            imds: Mutex::new(Fetched { provider, identity: None, rests: None }),
        })
    }

    /// Credentials that are good for five minutes at least, or as long as the provider has them.
    ///
    /// # Errors
    /// With every provider that was asked, and what it said.
    pub async fn identity(&self) -> Result<Arc<Identity>, ChainError> {
        let started = Instant::now();
        let attempt = |provider, error| Attempt { provider, error, took: started.elapsed() };
        let mut attempts = Vec::new();
        match &self.environment {
            Ok(Some(identity)) => return Ok(Arc::clone(identity)),
            Ok(None) => {
                attempts.push(attempt("environment", AttemptError::NotSet));
            }
            Err(error) => {
                attempts.push(attempt("environment", AttemptError::Environment(*error)));
                return Err(ChainError { attempts });
            }
        }
        match self.imds.lock().await.identity().await {
            Ok(identity) => return Ok(identity),
            Err(error) => attempts.push(attempt("instance metadata", error)),
        }
        Err(ChainError { attempts })
    }
}

impl Fetched {
    async fn identity(&mut self) -> Result<Arc<Identity>, AttemptError> {
        if let Some(identity) = &self.identity
            && !identity.expires_within(RENEW_BEFORE, now())
        {
            return Ok(Arc::clone(identity));
        }
        let Some(provider) = &mut self.provider else {
            return Err(AttemptError::SwitchedOff);
        };
        // A service that has a bad minute takes nothing away from credentials that are good.
        let held = self.identity.clone().filter(|held| !held.expires_within(0, now()));
        if let Some((_, failure)) = self.rests.as_ref().filter(|(until, _)| Instant::now() < *until)
        {
            match (&held, failure) {
                (Some(held), _) => return Ok(Arc::clone(held)),
                (None, Some(failure)) => return Err(AttemptError::Imds(Arc::clone(failure))),
                (None, None) => {}
            }
        }
        let fetched = provider.fetch().await.map(Arc::new).map_err(Arc::new);
        let rest = if held.is_some() || fetched.is_ok() { RENEWAL_REST } else { FAILURE_REST };
        self.rests = Some((Instant::now() + rest, fetched.as_ref().err().cloned()));
        if let Ok(identity) = &fetched {
            self.identity = Some(Arc::clone(identity));
        }
        let fetched = fetched.map_err(AttemptError::Imds);
        held.filter(|_| fetched.is_err()).map_or(fetched, Ok)
    }
}

/// A provider that was asked and gave nothing.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// The provider.
    pub provider: &'static str,
    /// Why, with what mends it.
    pub error: AttemptError,
    /// How long it took until then, since the search began.
    pub took: Duration,
}

/// Why a provider gave nothing.
#[derive(Clone, Debug, Error)]
#[non_exhaustive]
pub enum AttemptError {
    /// The environment has no credentials.
    #[error("AWS_ACCESS_KEY_ID is not set")]
    NotSet,
    /// The environment has half of them.
    #[error(transparent)]
    Environment(EnvironmentError),
    /// The instance metadata service is not to be asked.
    #[error("switched off by AWS_EC2_METADATA_DISABLED")]
    SwitchedOff,
    /// The instance metadata service gave none. Shared by all who asked meanwhile.
    #[error(transparent)]
    Imds(Arc<ImdsError>),
}

/// No provider gave credentials. `Display` has a line for each; the last one is the `source`.
#[derive(Clone, Debug)]
pub struct ChainError {
    /// In the order they were asked.
    pub attempts: Vec<Attempt>,
}

impl fmt::Display for ChainError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no credentials")?;
        for Attempt { provider, error, took } in &self.attempts {
            write!(f, "\n  {provider} ({} ms): {error}", took.as_millis())?;
        }
        Ok(())
    }
}

impl core::error::Error for ChainError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        self.attempts
            .last()
            .map(|attempt| -> &(dyn core::error::Error + 'static) { &attempt.error })
    }
}
