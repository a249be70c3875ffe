//! The providers in the order that the AWS SDKs ask them: environment, instance metadata.

use core::time::Duration;
use std::fmt;
use std::sync::Arc;

use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::environment::{Environment, EnvironmentError};
use crate::identity::Identity;
use crate::imds::{ImdsError, ImdsProvider};
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
    rests: Option<(Instant, Option<String>)>,
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
        let attempt = |provider, reason| Attempt { provider, reason, took: started.elapsed() };
        let mut attempts = Vec::new();
        match &self.environment {
            Ok(Some(identity)) => return Ok(Arc::clone(identity)),
            Ok(None) => {
                attempts.push(attempt("environment", "AWS_ACCESS_KEY_ID is not set".into()));
            }
            Err(error) => {
                attempts.push(attempt("environment", error.to_string()));
                return Err(ChainError { attempts });
            }
        }
        match self.imds.lock().await.identity().await {
            Ok(identity) => return Ok(identity),
            Err(reason) => attempts.push(attempt("instance metadata", reason)),
        }
        Err(ChainError { attempts })
    }
}

impl Fetched {
    async fn identity(&mut self) -> Result<Arc<Identity>, String> {
        if let Some(identity) = &self.identity
            && !identity.expires_within(RENEW_BEFORE, now())
        {
            return Ok(Arc::clone(identity));
        }
        let Some(provider) = &mut self.provider else {
            return Err("switched off by AWS_EC2_METADATA_DISABLED".to_owned());
        };
        // A service that has a bad minute takes nothing away from credentials that are good.
        let held = self.identity.clone().filter(|held| !held.expires_within(0, now()));
        if let Some((_, failure)) = self.rests.as_ref().filter(|(until, _)| Instant::now() < *until)
        {
            match (&held, failure) {
                (Some(held), _) => return Ok(Arc::clone(held)),
                (None, Some(failure)) => return Err(failure.clone()),
                (None, None) => {}
            }
        }
        let fetched = provider.fetch().await.map(Arc::new).map_err(|error| error.to_string());
        let rest = if held.is_some() || fetched.is_ok() { RENEWAL_REST } else { FAILURE_REST };
        self.rests = Some((Instant::now() + rest, fetched.as_ref().err().cloned()));
        if let Ok(identity) = &fetched {
            self.identity = Some(Arc::clone(identity));
        }
        held.filter(|_| fetched.is_err()).map_or(fetched, Ok)
    }
}

/// A provider that was asked and gave nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// The provider.
    pub provider: &'static str,
    /// What it said, with what mends it.
    pub reason: String,
    /// How long it took until then, since the search began.
    pub took: Duration,
}

/// No provider gave credentials. `Display` has a line for each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainError {
    /// In the order they were asked.
    pub attempts: Vec<Attempt>,
}

impl fmt::Display for ChainError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no credentials")?;
        for Attempt { provider, reason, took } in &self.attempts {
            write!(f, "\n  {provider} ({} ms): {reason}", took.as_millis())?;
        }
        Ok(())
    }
}

impl core::error::Error for ChainError {}
