//! The providers in the order that AWS's SDKs ask them: environment, profile, web identity,
//! container, instance metadata.
//!
//! Source: "Standardized credential providers", AWS SDKs and Tools Reference Guide.

use core::fmt;
use core::time::Duration;
use std::path::Path;
use std::sync::Arc;

use tokio::time::Instant;

use crate::clock::Clock;
use crate::config::environment::Environment;
use crate::config::profile_files::{ProfileChoice, ProfileFiles};
use crate::identity::Identity;
use crate::provider::any::{AskTokenCode, Provider, ProviderError};
use crate::provider::provide_credentials::ProvideCredentials;
use crate::provider::subject::Subject;

mod fingerprint;
mod profile;
mod report;
mod settings;
mod sso;

pub use report::{Attempt, ChainError, NotConfiguredError, Outcome};
use settings::{Configured, Settings};

/// A chain of providers, which are asked in turn until one has credentials; from then on only that
/// one is asked.
///
/// A provider that is not configured, or does not exist here, is skipped. One that exists and fails
/// ends the search, so that a program never runs under an identity other than the one it was given.
///
/// It keeps no credentials: a [`Cache`](crate::Cache) does that.
///
/// ```
/// use rolesig_std::{Chain, Clock, Environment, ProvideCredentials as _, Source};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), rolesig_std::provider::ChainError> {
/// let environment: Environment =
///     [("AWS_ACCESS_KEY_ID", "AKID"), ("AWS_SECRET_ACCESS_KEY", "secret")].into_iter().collect();
/// let identity = Chain::new(&environment).fetch(Clock::SYSTEM).await?;
/// assert_eq!(identity.source(), &Source::Environment);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Chain {
    links: Vec<Link>,
    /// The hash of the configuration, if environment and profile define it.
    fingerprint: Option<String>,
    /// The one that worked.
    found: Option<usize>,
    report: Vec<Attempt>,
}

/// A provider, and its name.
struct Link {
    name: &'static str,
    state: State,
}

enum State {
    Ready(Box<Provider>),
    NotConfigured(NotConfiguredError),
    Broken(Arc<ProviderError>),
}

impl Chain {
    /// Reads the settings of all providers, and the profile files. Asks none of them yet; an error
    /// in one is reported when its turn comes.
    pub fn new(environment: &Environment) -> Self {
        Self::build(environment, None)
    }

    /// Builds the chain for a program that can ask a person for the code of an MFA device.
    pub fn with_token_code(environment: &Environment, ask: &AskTokenCode) -> Self {
        Self::build(environment, Some(ask))
    }

    /// Asks these, in this order, and no others: for a program whose settings name providers
    /// themselves. Each has a name for the report; one that is not configured is passed over, with
    /// its reason. There is no [`key`](Self::key).
    ///
    /// ```
    /// use rolesig_std::{Chain, Environment};
    /// use rolesig_std::provider::{ContainerProvider, NotConfiguredError, Provider};
    ///
    /// let container = ContainerProvider::of(&Environment::default()).map(Provider::Container);
    /// let container = container.ok_or(NotConfiguredError::new("no container here"));
    /// let chain = Chain::of_providers(vec![("container", container)]);
    /// assert_eq!(chain.key(), None);
    /// ```
    pub fn of_providers(
        providers: Vec<(&'static str, Result<Provider, NotConfiguredError>)>,
    ) -> Self {
        let link = |(name, provider)| Link::new(name, Ok(provider));
        let links = providers.into_iter().map(link).collect();
        Self { links, fingerprint: None, found: None, report: Vec::new() }
    }

    fn build(environment: &Environment, ask_token_code: Option<&AskTokenCode>) -> Self {
        let alone = Settings { environment, profile: None, ask_token_code };
        // A named profile takes precedence over the environment.
        let unless_named = |configured: Configured| {
            if environment.is_profile_named() {
                return Ok(Err(NotConfiguredError::new("a named profile takes precedence")));
            }
            configured
        };
        let first = Link::new("environment", unless_named(alone.environment()));
        let files = ProfileFiles::of(environment);
        let fingerprint = fingerprint::of(environment, files.as_ref().ok());
        let links = |profile: Configured, settings: Settings<'_>| {
            vec![
                first,
                Link::new("profile", profile),
                Link::new("web identity", unless_named(settings.web_identity())),
                Link::new("container", Ok(settings.container())),
                Link::new("instance metadata", settings.imds()),
            ]
        };
        let links = match files {
            // The search ends there, whatever comes behind.
            Err(error) => links(Err(error.into()), alone),
            Ok(files) => match files.choose(ProfileChoice::of(environment)) {
                Err(error) => links(Err(error.into()), alone),
                Ok(profile) => {
                    let settings = Settings { profile, ..alone };
                    links(settings.profile(), settings)
                }
            },
        };
        Self { links, fingerprint: Some(fingerprint), found: None, report: Vec::new() }
    }

    /// Returns the key for a [`SharedFile`](crate::cache::SharedFile): programs with the same key
    /// get the same credentials. It depends on the settings, and on the caller as far as the
    /// settings do not say:
    ///
    /// | credentials from | have the same key with the same settings |
    /// |---|---|
    /// | the metadata service of an instance | in one container, or beside all of them, on one host (on Linux), until it restarts |
    /// | a container's endpoint | there, too, with the same token, or one for the same subject |
    /// | a web identity | wherever a token says the same of its subject (a JSON Web Token) |
    /// | a role assumed with any of them | as with those |
    /// | a role assumed with keys | wherever the access key id is the same |
    ///
    /// `None` if nothing is shared:
    ///
    /// - keys in the environment or in a profile
    /// - credentials of `credential_process` or of IAM Identity Center, whose next login may be
    ///   another person's, and roles assumed with those
    /// - sources whose row in the table cannot be decided
    /// - [providers](Self::of_providers) that the program named itself
    ///
    /// A token file is read for it, at each call.
    pub fn key(&self) -> Option<String> {
        self.key_on(Path::new("/proc"))
    }

    fn key_on(&self, proc: &Path) -> Option<String> {
        let is_configured = |link: &&Link| !matches!(link.state, State::NotConfigured(_));
        // Only the metadata service, which is the last, may turn out not to be there.
        match &self.links.iter().find(is_configured)?.state {
            State::Broken(_) | State::NotConfigured(_) => None,
            State::Ready(provider) if matches!(**provider, Provider::Static(_)) => None,
            State::Ready(provider) => {
                let mut subject = Subject::new(self.fingerprint.as_deref()?, proc);
                provider.add_subject(&mut subject)?;
                Some(subject.into_key())
            }
        }
    }

    /// Returns the outcome of each provider at the last [`fetch`](ProvideCredentials::fetch), in
    /// the order they were asked.
    pub fn report(&self) -> &[Attempt] {
        &self.report
    }

    /// Returns the chosen profile alone, as a provider for [`of_providers`](Self::of_providers).
    ///
    /// # Errors
    /// If the profile files cannot be read, or the profile does not exist or is invalid.
    pub fn profile(
        environment: &Environment,
        ask_token_code: Option<&AskTokenCode>,
    ) -> Result<Result<Provider, NotConfiguredError>, ProviderError> {
        let files = ProfileFiles::of(environment)?;
        let profile = files.choose(ProfileChoice::of(environment))?;
        Settings { environment, profile, ask_token_code }.profile()
    }

    /// Reports the providers behind the one where the search ended, unless another one was chosen
    /// before.
    fn report_the_rest(&mut self, place: usize) {
        if self.found.is_none() {
            let rest = self.links.iter().skip(place + 1).map(|link| link.name);
            let outcome = Outcome::NotAsked;
            self.report.extend(rest.map(|provider| Attempt {
                provider,
                outcome: outcome.clone(),
                took: Duration::ZERO,
            }));
        }
    }

    /// Builds the error for the report.
    fn error(&self) -> ChainError {
        ChainError { attempts: self.report.clone() }
    }
}

impl ProvideCredentials for Chain {
    type Error = ChainError;

    async fn fetch(&mut self, clock: Clock) -> Result<Identity, ChainError> {
        self.report.clear();
        for place in self.found.map_or(0..self.links.len(), |found| found..found + 1) {
            let Some(link) = self.links.get_mut(place) else { break };
            let started = Instant::now();
            let fetched = link.fetch(clock).await;
            let (provider, took) = (link.name, started.elapsed());
            let (outcome, identity) = match fetched {
                Ok(Ok(identity)) => (Outcome::Taken(identity.source().clone()), Some(identity)),
                Ok(Err(outcome)) => (outcome, None),
                // A provider that had credentials once does not give way to another.
                Err(error) if error.is_not_here() && self.found.is_none() => {
                    (Outcome::NotHere(error), None)
                }
                Err(error) => (Outcome::Failed(error), None),
            };
            let is_failure = matches!(outcome, Outcome::Failed(_));
            let attempt = Attempt { provider, outcome, took };
            #[cfg(feature = "tracing")]
            tracing::debug!(%attempt, "asked a provider of the chain");
            self.report.push(attempt);
            if identity.is_some() || is_failure {
                self.report_the_rest(place);
                self.found = self.found.or(identity.is_some().then_some(place));
                return identity.ok_or_else(|| self.error());
            }
        }
        Err(self.error())
    }

    /// Returns the time of all providers that may be asked, one after the other.
    fn max_fetch_time(&self) -> Duration {
        let providers = self.links.iter().map(|link| match &link.state {
            State::Ready(provider) => provider.max_fetch_time(),
            _ => Duration::ZERO,
        });
        providers.fold(Duration::ZERO, Duration::saturating_add)
    }

    fn is_final(error: &ChainError) -> bool {
        error.attempts.iter().any(|attempt| match &attempt.outcome {
            Outcome::Failed(error) => Provider::is_final(error),
            _ => false,
        })
    }
}

impl Link {
    fn new(name: &'static str, configured: Configured) -> Self {
        let state = match configured {
            Ok(Ok(provider)) => State::Ready(Box::new(provider)),
            Ok(Err(not_configured)) => State::NotConfigured(not_configured),
            Err(error) => State::Broken(Arc::new(error)),
        };
        Self { name, state }
    }

    async fn fetch(
        &mut self,
        clock: Clock,
    ) -> Result<Result<Identity, Outcome>, Arc<ProviderError>> {
        match &mut self.state {
            State::Ready(provider) => Ok(Ok(provider.fetch(clock).await?)),
            State::NotConfigured(why) => Ok(Err(Outcome::NotConfigured(why.clone()))),
            State::Broken(error) => Err(Arc::clone(error)),
        }
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}
