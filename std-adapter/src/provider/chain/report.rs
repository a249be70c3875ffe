//! The report of a search: each provider, and its outcome.

use core::fmt;
use core::time::Duration;
use std::borrow::Cow;
use std::sync::Arc;

use crate::identity::Source;
use crate::provider::any::ProviderError;

/// The reason why a provider was not asked: it names what would have to be set.
///
/// ```
/// use rolesig_std::provider::NotConfiguredError;
///
/// let error = NotConfiguredError::new("VAULT_ADDR is not set");
/// assert_eq!(error.to_string(), "VAULT_ADDR is not set");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotConfiguredError(Cow<'static, str>);

impl NotConfiguredError {
    /// Takes the reason, which names what would have to be set.
    pub fn new(why: impl Into<Cow<'static, str>>) -> Self {
        Self(why.into())
    }
}

impl core::error::Error for NotConfiguredError {}

impl fmt::Display for NotConfiguredError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A provider, and the outcome of asking it. `Display` is a line.
///
/// ```
/// use rolesig_std::{Chain, Clock, Environment, ProvideCredentials as _};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let environment: Environment = [
///     ("AWS_EC2_METADATA_DISABLED", "true"),
///     ("AWS_CONFIG_FILE", "/no/file"),
///     ("AWS_SHARED_CREDENTIALS_FILE", "/no/file"),
/// ]
/// .into_iter()
/// .collect();
/// let mut chain = Chain::new(&environment);
/// assert!(chain.fetch(Clock::SYSTEM).await.is_err());
/// let asked: Vec<_> = chain.report().iter().map(|attempt| attempt.provider).collect();
/// assert_eq!(asked, ["environment", "profile", "web identity", "container", "instance metadata"]);
/// # }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Attempt {
    /// The provider.
    pub provider: &'static str,
    /// The outcome.
    pub outcome: Outcome,
    /// The time that it took.
    pub took: Duration,
}

/// The outcome of asking a provider.
///
/// ```
/// use rolesig_std::provider::{NotConfiguredError, Outcome};
///
/// fn is_worth_showing(outcome: &Outcome) -> bool {
///     matches!(outcome, Outcome::Failed(_) | Outcome::NotHere(_))
/// }
/// assert!(!is_worth_showing(&Outcome::NotConfigured(NotConfiguredError::new("not set"))));
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Outcome {
    /// It has credentials, from this source.
    Taken(Source),
    /// It was not asked.
    NotConfigured(NotConfiguredError),
    /// It was asked, and there is nothing there.
    NotHere(Arc<ProviderError>),
    /// It was asked and failed, or its settings are wrong. The search ended there.
    Failed(Arc<ProviderError>),
    /// The search had ended before.
    NotAsked,
}

impl fmt::Display for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({} ms): ", self.provider, self.took.as_millis())?;
        match &self.outcome {
            Outcome::Taken(source) => write!(f, "taken: {source}"),
            Outcome::NotConfigured(why) => write!(f, "skipped: {why}"),
            Outcome::NotHere(error) => write!(f, "skipped: {error}"),
            Outcome::Failed(error) => write!(f, "failed: {error}"),
            Outcome::NotAsked => f.write_str("not asked"),
        }
    }
}

/// No provider gave credentials. `Display` has a line for each.
///
/// ```
/// use rolesig_std::provider::ChainError;
///
/// fn show(error: &ChainError) {
///     for attempt in &error.attempts {
///         eprintln!("{attempt}");
///     }
/// }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ChainError {
    /// In the order they were asked.
    pub attempts: Vec<Attempt>,
}

impl fmt::Display for ChainError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no credentials")?;
        self.attempts.iter().try_for_each(|attempt| write!(f, "\n  {attempt}"))
    }
}

impl core::error::Error for ChainError {
    /// Returns the last provider's error.
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        self.attempts.iter().rev().find_map(|attempt| match &attempt.outcome {
            Outcome::NotHere(error) | Outcome::Failed(error) => {
                Some::<&(dyn core::error::Error + 'static)>(&**error)
            }
            _ => None,
        })
    }
}
