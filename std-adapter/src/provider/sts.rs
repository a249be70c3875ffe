//! Roles assumed at STS: with other credentials, or with a token of another identity provider.

use std::io;
use std::path::PathBuf;

use rolesig::conversation::{Conversation, SignedStsCall, Sts, StsCallError};
use rolesig::{ClockSkew, Credentials, Timestamp};
use thiserror::Error;

use crate::clock::Clock;
use crate::config::endpoint::{Endpoint, EndpointError, EndpointService};
use crate::config::environment::Environment;
use crate::config::partition::Partition;
use crate::config::profile_files::Profile;
use crate::config::region::Region;
use crate::http::converse::converse;
use crate::http::exchange::{Timeouts, Transport, is_off};
use crate::http::fetch_error::{AttemptError, FetchError};
use crate::http::network::Network;
use crate::http::retries::{Stop, retry_with, within};
use crate::read::base_url::BaseUrl;

mod caller;
mod web_identity;

pub use caller::Caller;
pub use web_identity::{WebIdentity, WebIdentityProvider};

/// STS in one region.
///
/// ```
/// use rolesig_std::Environment;
/// use rolesig_std::provider::StsEndpoint;
///
/// let environment: Environment = [("AWS_REGION", "eu-west-1")].into_iter().collect();
/// let sts = StsEndpoint::of(&environment, None)?;
/// assert_eq!(sts.url.to_string(), "https://sts.eu-west-1.amazonaws.com");
/// # Ok::<(), rolesig_std::config::EndpointError>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct StsEndpoint {
    /// Its URL. It can have a path, as with Dell ECS: `https://host:4443/sts`.
    pub url: BaseUrl,
    /// The region to sign for.
    pub region: Region,
    /// The timeouts: [`Timeouts::INTERNET`] by default.
    pub timeouts: Timeouts,
    /// The way there: without proxies, and with the certificates that the system trusts, by
    /// default.
    pub network: Network,
}

impl StsEndpoint {
    /// Creates the settings of STS at a URL, with the default timeouts and network.
    ///
    /// ```
    /// use core::time::Duration;
    /// use rolesig_std::provider::StsEndpoint;
    ///
    /// let url = "https://minio.example.com:9000".parse()?;
    /// let mut sts = StsEndpoint::new(url, "us-east-1".parse()?);
    /// sts.timeouts.connect = Duration::from_secs(1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new(url: BaseUrl, region: Region) -> Self {
        Self { url, region, timeouts: Timeouts::INTERNET, network: Network::default() }
    }

    /// Reads environment and profile: see [`Endpoint::of`]. Without a region it is the global
    /// endpoint, for which requests are signed as for us-east-1.
    ///
    /// # Errors
    /// If a setting has a value that it cannot have.
    pub fn of(
        environment: &Environment,
        profile: Option<Profile<'_>>,
    ) -> Result<Self, EndpointError> {
        let given = Region::of(environment, profile)?;
        let region = given.clone().unwrap_or_else(|| Region::known("aws-global"));
        let endpoint = Endpoint::of(EndpointService::Sts, &region, environment, profile)?;
        let region = given.map_or_else(|| Region::known("us-east-1"), |_| endpoint.signing_region);
        let network = Network::of(environment, profile);
        Ok(Self { network, ..Self::new(endpoint.url, region) })
    }

    pub(super) const fn transport(&self, clock: Clock) -> Transport<'_> {
        Transport { timeouts: &self.timeouts, network: &self.network, clock }
    }
}

/// A call of STS that is signed. Errors show neither the session token nor `sent`.
pub(super) struct SignedCall<'c, C> {
    pub(super) sts: &'c StsEndpoint,
    pub(super) call: C,
    pub(super) credentials: Credentials<'c>,
    /// A further secret in the call.
    pub(super) sent: &'c str,
    pub(super) clock: Clock,
}

impl<C: SignedStsCall + Copy> SignedCall<'_, C> {
    /// Sends the call until STS answers, signed each time for the moment: by the clock of STS, as
    /// far as `skew` knows it.
    pub(super) async fn send<T>(
        &self,
        skew: &mut Option<ClockSkew>,
        keep: impl Fn(C::Outcome<'_>) -> T,
    ) -> Result<T, StsError> {
        let keep = &keep;
        let transport = self.sts.transport(self.clock);
        let state = (skew, true);
        let attempts = retry_with(transport, state, |(skew, mut may_correct)| async move {
            let used = *skew;
            let mut ended = self.attempt(skew, keep).await;
            if let Err(Stop::Failed(error)) = &ended
                && may_correct
                && is_corrected(error, used, *skew)
            {
                may_correct = false;
                ended = self.attempt(skew, keep).await;
            }
            ((skew, may_correct), ended)
        });
        let ended = within(self.sts.timeouts.total, attempts).await;
        ended.map_err(|stop: Stop<StsError>| stop.at(&self.sts.url))
    }

    /// Sends the call once, and measures the skew by the response.
    async fn attempt<T>(
        &self,
        skew: &mut Option<ClockSkew>,
        keep: impl Fn(C::Outcome<'_>) -> T,
    ) -> Result<T, Stop<StsError>> {
        let Self { sts, call, credentials, sent, clock } = *self;
        let signed_at = skew.unwrap_or(ClockSkew::NONE).apply(clock.now());
        let (origin, region) = (sts.url.origin(), sts.region.as_str());
        let (host, path) = (origin.host_header(), sts.url.path());
        let mut conversation = Sts::signed_at(call, host, path, credentials, region, signed_at)
            .map_err(|invalid| Stop::Error(invalid.into()))?;
        // The path is part of what is signed, and so of the conversation.
        let base = BaseUrl::from(origin.clone());
        let mut response = converse(&mut conversation, &base, sts.transport(clock)).await?;
        *skew = response.skew.or(*skew);
        let session_token = credentials.session_token.unwrap_or_default();
        let refused = |error| AttemptError::from(error).without(&[session_token, sent]);
        Ok(keep(conversation.outcome(&mut response.body).map_err(refused)?))
    }
}

/// Returns whether STS refused the time of a signature that was made with one skew, and another one
/// is known by now.
fn is_corrected(error: &AttemptError, used: Option<ClockSkew>, known: Option<ClockSkew>) -> bool {
    let [used, known] = [used, known].map(|skew| skew.unwrap_or(ClockSkew::NONE));
    is_off(error.code().unwrap_or_default(), used, known)
}

/// Checks the life of a session, where STS is AWS's. Other servers have other limits.
pub(super) fn check_duration(sts: &StsEndpoint, seconds: Option<u32>) -> Result<(), StsError> {
    let partition = Partition::of(&sts.region);
    let host = sts.url.origin().host();
    let is_aws = [partition.dns_suffix(), partition.dual_stack_dns_suffix()]
        .iter()
        .any(|suffix| host.strip_suffix(suffix).is_some_and(|name| name.ends_with('.')));
    match seconds {
        Some(1..900) if is_aws => Err(StsError::Duration),
        _ => Ok(()),
    }
}

/// Returns the name that is given, or else one that distinguishes sessions.
pub(super) fn session_name(given: Option<&str>, now: Timestamp) -> String {
    given.map_or_else(|| format!("rolesig-{}", now.as_unix()), str::to_owned)
}

/// The reason why STS gave no credentials.
///
/// ```
/// use rolesig_std::provider::StsError;
///
/// assert!(StsError::Duration.to_string().contains("900 s"));
/// ```
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StsError {
    /// STS cannot be asked, or refuses.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// The call has something in it that STS would refuse.
    #[error(transparent)]
    Call(#[from] StsCallError),
    /// A session shorter than AWS's STS takes.
    #[error("the session must last 900 s at least: raise its duration")]
    Duration,
    /// The file with the token cannot be read.
    #[error(
        "the web identity token: {}: {source}: check that it is mounted, and that this program may \
         read it",
        .path.display()
    )]
    TokenFile {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// The file with the token has none.
    #[error(
        "the web identity token: {} is empty: check the service that mounts it",
        .path.display()
    )]
    EmptyTokenFile {
        /// The file.
        path: PathBuf,
    },
    /// STS refuses the token, or the role to it.
    #[error(
        "{source}: the token is that in {}, for {role_arn}: check that it is renewed, and that the \
         role's trust policy allows its issuer, audience and subject",
        .path.display()
    )]
    TokenRefused {
        /// In the words of STS.
        source: Box<FetchError>,
        /// The file with the token.
        path: PathBuf,
        /// The role's ARN.
        role_arn: String,
    },
    /// The role requires a code, and the program cannot ask for one.
    #[error(
        "the role {role_arn} requires a code of its MFA device (mfa_serial), and there is no one to \
         ask: run this on a terminal, or use credentials that do without"
    )]
    NoOneToAsk {
        /// The role's ARN.
        role_arn: String,
    },
    /// No code was given.
    #[error("the role {role_arn} requires a code of its MFA device: {source}")]
    TokenCode {
        /// The role's ARN.
        role_arn: String,
        /// The reason why it is missing.
        source: io::Error,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_short_sessions_early_only_at_aws() {
        for (url, region, is_aws) in [
            ("https://sts.eu-west-1.amazonaws.com", "eu-west-1", true),
            ("https://sts.amazonaws.com", "us-east-1", true),
            ("https://sts.cn-north-1.amazonaws.com.cn", "cn-north-1", true),
            ("https://sts.eu-west-1.api.aws", "eu-west-1", true),
            ("https://vpce-1-a.sts.eu-west-1.vpce.amazonaws.com:443", "eu-west-1", true),
            ("https://minio.example.com:9000", "us-east-1", false),
            ("https://notamazonaws.com", "us-east-1", false),
            ("http://127.0.0.1:8080/sts", "us-east-1", false),
        ] {
            let sts = StsEndpoint::new(url.parse().unwrap(), region.parse().unwrap());
            for (seconds, is_taken) in
                [(None, true), (Some(60), !is_aws), (Some(899), !is_aws), (Some(900), true)]
            {
                assert_eq!(check_duration(&sts, seconds).is_ok(), is_taken, "{url} {seconds:?}");
            }
        }
    }
}
