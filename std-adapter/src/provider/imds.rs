//! Role credentials from the instance metadata service.

use core::mem::replace;
use core::time::Duration;

use http::uri::Authority;
use rolesig::conversation::{Conversation, ConversationError, Imds};

use crate::clock::Clock;
use crate::config::environment::Environment;
use crate::config::profile_files::Profile;
use crate::config::region::Region;
use crate::config::setting::Setting;
use crate::http::connect::ConnectError;
use crate::http::converse::converse;
use crate::http::exchange::{ExchangeError, Timeouts, Transport};
use crate::http::fetch_error::AttemptError;
use crate::http::network::Network;
use crate::http::retries::{Stop, retry_with, within};
use crate::identity::{Identity, Source};
use crate::provider::provide_credentials::ProvideCredentials;
use crate::read::base_url::BaseUrl;
use crate::read::origin::Origin;

mod error;

pub use error::ImdsError;

/// Variables, and the settings of profiles that stand for them.
const DISABLED: Name = ("AWS_EC2_METADATA_DISABLED", "disable_ec2_metadata");
const ENDPOINT: Name = ("AWS_EC2_METADATA_SERVICE_ENDPOINT", "ec2_metadata_service_endpoint");
const MODE: Name = ("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "ec2_metadata_service_endpoint_mode");
const TIMEOUT: Name = ("AWS_METADATA_SERVICE_TIMEOUT", "metadata_service_timeout");
const ATTEMPTS: Name = ("AWS_METADATA_SERVICE_NUM_ATTEMPTS", "metadata_service_num_attempts");

const PROFILE: Name = ("AWS_EC2_INSTANCE_PROFILE_NAME", "ec2_instance_profile_name");

/// A conversation with room for the tokens and the names of services that stand in for AWS's.
type Roomy = Imds<8192, 2048>;

type Name = (&'static str, &'static str);

fn find<'s>(
    (variable, setting): Name,
    environment: &'s Environment,
    profile: Option<Profile<'s>>,
) -> Option<Setting<'s>> {
    Setting::find(environment, &[variable], profile, setting)
}

/// The URL of the instance metadata service.
///
/// Source: "Amazon EC2 instance metadata service", AWS SDKs and Tools Reference Guide.
///
/// ```
/// use rolesig_std::provider::ImdsEndpoint;
///
/// assert_eq!(ImdsEndpoint::ipv4().to_string(), "http://169.254.169.254");
/// assert!("http://127.0.0.1:1338".parse::<ImdsEndpoint>().is_ok());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImdsEndpoint(BaseUrl);

impl ImdsEndpoint {
    /// Returns `http://169.254.169.254`.
    pub fn ipv4() -> Self {
        Self(Origin::http(Authority::from_static("169.254.169.254")).into())
    }

    /// Returns `http://[fd00:ec2::254]`, for instances in IPv6-only subnets.
    pub fn ipv6() -> Self {
        Self(Origin::http(Authority::from_static("[fd00:ec2::254]")).into())
    }

    /// Reads `AWS_EC2_METADATA_SERVICE_ENDPOINT`, a URL, or else
    /// `AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE`, `IPv4` or `IPv6`; where one is not set, the
    /// profile's setting (`ec2_metadata_service_endpoint`, …).
    ///
    /// # Errors
    /// If either has a value that it cannot have.
    pub fn of(environment: &Environment, profile: Option<Profile<'_>>) -> Result<Self, ImdsError> {
        if let Some(Setting { by, value }) = find(ENDPOINT, environment, profile) {
            return value.parse().map_err(|_: ImdsError| wrong_endpoint(by));
        }
        match find(MODE, environment, profile) {
            None => Ok(Self::ipv4()),
            Some(mode) if mode.value.eq_ignore_ascii_case("IPv4") => Ok(Self::ipv4()),
            Some(mode) if mode.value.eq_ignore_ascii_case("IPv6") => Ok(Self::ipv6()),
            Some(mode) => Err(ImdsError::Setting { name: mode.by, wants: "IPv4 or IPv6" }),
        }
    }
}

fn wrong_endpoint(name: String) -> ImdsError {
    ImdsError::Setting {
        name,
        wants: "an http URL such as http://127.0.0.1:1338, without user, query and fragment",
    }
}

impl core::str::FromStr for ImdsEndpoint {
    type Err = ImdsError;

    /// Parses an `http` URL. The service's paths lie below its path, as for botocore.
    fn from_str(url: &str) -> Result<Self, ImdsError> {
        let base = url.parse::<BaseUrl>().ok().filter(|base| !base.origin().is_https());
        base.map(Self).ok_or_else(|| wrong_endpoint(ENDPOINT.0.to_owned()))
    }
}

impl core::fmt::Display for ImdsEndpoint {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.0.fmt(f)
    }
}

/// A provider of the instance's role. It keeps the metadata token between fetches.
///
/// ```
/// use rolesig_std::Environment;
/// use rolesig_std::provider::ImdsProvider;
///
/// let provider = ImdsProvider::of(&Environment::default(), None)?;
/// assert_eq!(provider.unwrap().endpoint().to_string(), "http://169.254.169.254");
/// let off: Environment = [("AWS_EC2_METADATA_DISABLED", "true")].into_iter().collect();
/// assert!(ImdsProvider::of(&off, None)?.is_none());
/// # Ok::<(), rolesig_std::provider::ImdsError>(())
/// ```
#[derive(Debug)]
pub struct ImdsProvider {
    endpoint: ImdsEndpoint,
    timeouts: Timeouts,
    conversation: Box<Roomy>,
}

impl ImdsProvider {
    /// Creates a provider for an endpoint.
    pub fn new(endpoint: ImdsEndpoint, timeouts: Timeouts) -> Self {
        Self { endpoint, timeouts, conversation: Box::new(Roomy::with_room().extended()) }
    }

    /// Reads the environment, or else the profile: besides the endpoint,
    /// `AWS_METADATA_SERVICE_TIMEOUT` (seconds), `AWS_METADATA_SERVICE_NUM_ATTEMPTS` and
    /// `AWS_EC2_INSTANCE_PROFILE_NAME` (the role, which is not looked up then). Returns `None` if
    /// `AWS_EC2_METADATA_DISABLED`, or the profile's `disable_ec2_metadata`, is `true`.
    ///
    /// # Errors
    /// If one of them has a value that it cannot have.
    pub fn of(
        environment: &Environment,
        profile: Option<Profile<'_>>,
    ) -> Result<Option<Self>, ImdsError> {
        let is_disabled = find(DISABLED, environment, profile);
        if is_disabled.is_some_and(|disabled| disabled.boolean() == Some(true)) {
            return Ok(None);
        }
        let mut timeouts = Timeouts::default();
        if let Some(Setting { by, value }) = find(TIMEOUT, environment, profile) {
            let seconds = value.parse::<f64>().ok().filter(|seconds| *seconds > 0.0);
            let wait = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
            let wrong = ImdsError::Setting { name: by, wants: "a number of seconds" };
            let wait = wait.ok_or(wrong)?;
            (timeouts.connect, timeouts.read) = (wait, wait);
            timeouts.total = timeouts.total.max(wait.saturating_mul(10));
        }
        if let Some(Setting { by, value }) = find(ATTEMPTS, environment, profile) {
            let attempts = value.parse().ok().filter(|attempts| *attempts > 0);
            let wrong = ImdsError::Setting { name: by, wants: "a number from 1" };
            timeouts.attempts = attempts.ok_or(wrong)?;
        }
        let mut provider = Self::new(ImdsEndpoint::of(environment, profile)?, timeouts);
        if let Some(Setting { by, value }) = find(PROFILE, environment, profile) {
            let wrong = ImdsError::Setting { name: by, wants: "the name of a role" };
            let of_role = Roomy::with_room().extended().of_role(value);
            provider.conversation = Box::new(of_role.map_err(|_| wrong)?);
        }
        Ok(Some(provider))
    }

    /// Returns the endpoint that it asks.
    pub const fn endpoint(&self) -> &ImdsEndpoint {
        &self.endpoint
    }

    /// Makes one attempt. Some services have a page for every path, and some fail at paths that
    /// they do not know: where a response is not a document, the path that all services have may
    /// give one.
    async fn attempt(&mut self, transport: Transport<'_>) -> Result<Identity, AttemptError> {
        let asked = self.ask(transport).await;
        let is_page =
            matches!(asked, Err(AttemptError::Conversation(ConversationError::Document { .. })));
        if is_page && self.conversation.is_extended() {
            self.conversation.forget_extended();
            let plain = self.ask(transport).await;
            return if plain.is_ok() { plain } else { asked };
        }
        let status = match &asked {
            Err(AttemptError::Conversation(ConversationError::Status { status, .. })) => *status,
            _ => return asked,
        };
        if !matches!(status, 401 | 500..) || !self.asks_for_extended() {
            return asked;
        }
        self.conversation.forget_extended();
        let plain = self.ask(transport).await;
        // The other document may be there the next time.
        let conversation = replace(&mut *self.conversation, Roomy::with_room());
        *self.conversation = conversation.extended();
        if plain.is_ok() { plain } else { asked }
    }

    /// Returns whether the extended document of a role is what was asked for last.
    fn asks_for_extended(&self) -> bool {
        let target = self.conversation.request().map(|next| next.target().to_string());
        target.is_some_and(|target| {
            target.contains("/security-credentials-extended/") && !target.ends_with('/')
        })
    }

    async fn ask(&mut self, transport: Transport<'_>) -> Result<Identity, AttemptError> {
        let conversation = &mut *self.conversation;
        let mut response = converse(conversation, &self.endpoint.0, transport).await?;
        match self.conversation.outcome(&mut response.body) {
            Ok(provided) => {
                let role = self.conversation.role().unwrap_or_default().to_owned();
                let source = Source::Imds { endpoint: self.endpoint.to_string(), role };
                Ok(Identity::provided(provided, source).with_clock_skew(response.skew))
            }
            Err(error) => {
                let token = self.conversation.metadata_token().unwrap_or_default();
                let error = AttemptError::from(error).without(&[token]);
                self.conversation.restart();
                Err(error)
            }
        }
    }

    /// Fetches the region of the instance, for programs without a setting for it.
    ///
    /// # Errors
    /// If the service does not say it within the [`Timeouts`], or gives another text.
    pub async fn region(&mut self, clock: Clock) -> Result<Region, ImdsError> {
        let (timeouts, network) = (self.timeouts, Network::default());
        let transport = Transport { timeouts: &timeouts, network: &network, clock };
        let attempts = retry_with(transport, &mut *self, |this| async move {
            let asked = this.ask_region(transport).await;
            (this, asked.map_err(Stop::Failed))
        });
        let region =
            within(timeouts.total, attempts).await.map_err(|stop| self.error(stop.failure()))?;
        let wants = "a region's name: the metadata service gives another";
        region.parse().map_err(|_| ImdsError::Setting { name: "the region".to_owned(), wants })
    }

    async fn ask_region(&mut self, transport: Transport<'_>) -> Result<String, AttemptError> {
        let mut conversation = self.conversation.region();
        let mut response = converse(&mut conversation, &self.endpoint.0, transport).await?;
        Ok(conversation.outcome(&mut response.body)?.to_owned())
    }

    fn error(&self, error: AttemptError) -> ImdsError {
        let endpoint = self.endpoint.to_string();
        // In a container the response with the token dies at the first router when the hop limit is
        // 1: the connection is open, and nothing arrives.
        let asks_for_token = self.conversation.request().is_some_and(|next| next.method() == "PUT");
        match error {
            AttemptError::Exchange(
                source
                @ ExchangeError::Connect(ConnectError::Tcp(_) | ConnectError::Resolve { .. }),
            ) => ImdsError::NotThere { endpoint, source },
            AttemptError::Exchange(source @ ExchangeError::NoResponse(_)) if asks_for_token => {
                ImdsError::HopLimit { endpoint, source }
            }
            AttemptError::Exchange(source) => ImdsError::Exchange { endpoint, source },
            AttemptError::Conversation(source) => ImdsError::Conversation { endpoint, source },
            AttemptError::Refused { code, message, .. } => {
                ImdsError::Refused { endpoint, code, message }
            }
            AttemptError::Total(after) => ImdsError::Total { endpoint, after },
        }
    }
}

impl ProvideCredentials for ImdsProvider {
    type Error = ImdsError;

    /// Fetches credentials, in three exchanges the first time and two later.
    async fn fetch(&mut self, clock: Clock) -> Result<Identity, ImdsError> {
        self.conversation.restart();
        let (timeouts, network) = (self.timeouts, Network::default());
        let transport = Transport { timeouts: &timeouts, network: &network, clock };
        // Each attempt continues where the one before it failed.
        let attempts = retry_with(transport, &mut *self, |this| async move {
            let asked = this.attempt(transport).await;
            (this, asked.map_err(Stop::Failed))
        });
        within(timeouts.total, attempts).await.map_err(|stop| self.error(stop.failure()))
    }

    fn max_fetch_time(&self) -> Duration {
        self.timeouts.total
    }

    fn is_final(error: &ImdsError) -> bool {
        error.is_final()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(variables: &[(&str, &str)]) -> String {
        match ImdsEndpoint::of(&variables.iter().copied().collect(), None) {
            Ok(endpoint) => endpoint.to_string(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn takes_the_endpoint_from_the_environment() {
        assert_eq!(endpoint(&[]), "http://169.254.169.254");
        assert_eq!(endpoint(&[(MODE.0, "ipv6")]), "http://[fd00:ec2::254]");
        assert_eq!(endpoint(&[(ENDPOINT.0, "http://h:1/"), (MODE.0, "IPv6")]), "http://h:1");
        assert_eq!(endpoint(&[(ENDPOINT.0, "http://h/x/")]), "http://h/x/");
        assert_eq!(endpoint(&[(MODE.0, "IPv5")]), format!("{} must be IPv4 or IPv6", MODE.0));
        for unset in ["", " "] {
            assert_eq!(endpoint(&[(ENDPOINT.0, unset)]), "http://169.254.169.254");
        }
        for url in ["h:1", "https://h", "http://u@h", "http://h?q", "http://h#f"] {
            assert!(endpoint(&[(ENDPOINT.0, url)]).contains("must be an http URL"), "{url}");
        }
    }

    #[test]
    fn can_be_switched_off_and_tuned() {
        let of = |variables: &[(&str, &str)]| {
            ImdsProvider::of(&variables.iter().copied().collect(), None)
        };
        assert!(of(&[("AWS_EC2_METADATA_DISABLED", "True")]).unwrap().is_none());
        let tuned = of(&[(TIMEOUT.0, "2.5"), (ATTEMPTS.0, "7")]).unwrap().unwrap().timeouts;
        assert_eq!((tuned.connect, tuned.attempts), (Duration::from_millis(2500), 7));
        for bad in [(TIMEOUT.0, "x"), (TIMEOUT.0, "-1"), (TIMEOUT.0, "NaN"), (ATTEMPTS.0, "0")] {
            assert!(of(&[bad]).is_err(), "{bad:?}");
        }
    }
}
