//! Roles assumed at STS: with other credentials, or with a token of another identity provider.

use core::mem::replace;
use core::time::Duration;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rolesig::provider::{
    AssumeRole, AssumeRoleWithWebIdentity, Conversation, GetCallerIdentity, InvalidStsCall, Mfa,
    Provided, SignedStsCall, Sts,
};
use rolesig::{ClockSkew, Credentials};
use thiserror::Error;
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use zeroize::Zeroizing;

use super::{Provide, Provider, ProviderFailure, read_token};
use crate::endpoint::{Endpoint, EndpointService};
use crate::environment::Environment;
use crate::exchange::{Timeouts, is_off};
use crate::identity::{Identity, Source};
use crate::origin::Origin;
use crate::profile_files::Profile;
use crate::region::Region;
use crate::retries::{Failure, FetchError, Retries, Stop, converse, within};
use crate::sign::now;

/// How long a person has to type a code.
const TIME_TO_ANSWER: Duration = Duration::from_secs(120);

/// STS in one region.
#[derive(Clone, Debug)]
pub struct StsEndpoint {
    /// Where it is.
    pub origin: Origin,
    /// The region to sign for.
    pub region: Region,
    /// How long to wait: [`Timeouts::INTERNET`] suits.
    pub timeouts: Timeouts,
}

impl StsEndpoint {
    /// As environment and profile say: see [`Endpoint::of`]. Without a region it is the one that is
    /// everywhere, for which requests are signed as for us-east-1, wherever it is.
    ///
    /// # Errors
    /// If a setting has a value that it cannot have.
    pub fn of(
        environment: &Environment,
        profile: Option<Profile<'_>>,
    ) -> Result<Self, ProviderFailure> {
        let given = Region::of(environment, profile)?;
        let region = given.clone().unwrap_or_else(|| Region::known("aws-global"));
        let endpoint = Endpoint::of(EndpointService::Sts, &region, environment, profile)?;
        let origin = Origin::try_from(&endpoint.url)?;
        let region = given.map_or_else(|| Region::known("us-east-1"), |_| endpoint.signing_region);
        Ok(Self { origin, region, timeouts: Timeouts::INTERNET })
    }
}

/// A role to be assumed with other credentials. What is not here has a default.
///
/// Source: "`AssumeRole`" (AWS STS API Reference).
#[derive(Clone, Debug, Default)]
pub struct RoleToAssume {
    /// The role's ARN.
    pub role_arn: String,
    /// What the session is called in logs; made of the time if it is not given.
    pub role_session_name: Option<String>,
    /// How long the credentials are to be good for. An hour at most, whatever is asked, if the
    /// other credentials are a role's themselves.
    pub duration_seconds: Option<u32>,
    /// What the role's owner wants to be told by a third party.
    pub external_id: Option<String>,
    /// The MFA device that the role's trust policy wants.
    pub mfa_serial: Option<String>,
    /// A policy in JSON, which narrows what the session may do.
    pub policy: Option<String>,
    /// ARNs of managed policies that do the same.
    pub policy_arns: Vec<String>,
    /// The session's tags.
    pub tags: Vec<(String, String)>,
    /// Names of those tags that are handed on to further roles.
    pub transitive_tag_keys: Vec<String>,
    /// Who is behind the session.
    pub source_identity: Option<String>,
}

/// Asks a person for the code that an MFA device shows now, given its serial number. It may block:
/// it is run on a thread for that.
pub type AskTokenCode = Arc<dyn Fn(&str) -> io::Result<Zeroizing<String>> + Send + Sync>;

/// Assumes a role with the credentials of another provider, fetched anew each time.
pub struct AssumeRoleProvider {
    role: RoleToAssume,
    by: Box<Provider>,
    sts: StsEndpoint,
    ask_token_code: Option<AskTokenCode>,
    skew: ClockSkew,
}

impl AssumeRoleProvider {
    /// Assumes `role` with what `by` gives. Without `ask_token_code`, a role with an MFA device is
    /// refused.
    pub fn new(
        role: RoleToAssume,
        by: Provider,
        sts: StsEndpoint,
        ask_token_code: Option<AskTokenCode>,
    ) -> Self {
        Self { role, by: Box::new(by), sts, ask_token_code, skew: ClockSkew::NONE }
    }

    /// Whose credentials it is assumed with.
    pub(super) const fn by(&self) -> &Provider {
        &self.by
    }

    async fn token_code(&self) -> Result<Option<Zeroizing<String>>, StsError> {
        let Some(serial) = self.role.mfa_serial.clone() else { return Ok(None) };
        let role_arn = || self.role.role_arn.clone();
        let ask = self.ask_token_code.clone();
        let ask = ask.ok_or_else(|| StsError::NoOneToAsk { role_arn: role_arn() })?;
        // A person takes their time, and other tasks have work to do.
        let asked = timeout(TIME_TO_ANSWER, spawn_blocking(move || ask(&serial))).await;
        let asked = asked.unwrap_or_else(|_| Ok(Err(io::ErrorKind::TimedOut.into())));
        let code = asked.unwrap_or_else(|error| Err(io::Error::other(error)));
        code.map(Some).map_err(|source| StsError::TokenCode { role_arn: role_arn(), source })
    }

    async fn assume(&mut self, by: &Identity) -> Result<Identity, StsError> {
        let role = &self.role;
        let session_name = session_name(role.role_session_name.as_deref());
        let token_code = self.token_code().await?;
        let token_code = token_code.as_ref().map(|code| code.trim());
        let policy_arns: Vec<&str> = role.policy_arns.iter().map(String::as_str).collect();
        let tags: Vec<(&str, &str)> =
            role.tags.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let keys: Vec<&str> = role.transitive_tag_keys.iter().map(String::as_str).collect();
        let serial = role.mfa_serial.as_deref();
        let mfa = serial.zip(token_code);
        let call = AssumeRole {
            duration_seconds: role.duration_seconds,
            external_id: role.external_id.as_deref(),
            policy: role.policy.as_deref(),
            policy_arns: &policy_arns,
            tags: &tags,
            transitive_tag_keys: &keys,
            mfa: mfa.map(|(serial_number, token_code)| Mfa { serial_number, token_code }),
            source_identity: role.source_identity.as_deref(),
            ..AssumeRole::new(&role.role_arn, &session_name)
        };
        let call = if by.source().is_role() { call.chained() } else { call };
        let source = Source::AssumedRole {
            role_arn: role.role_arn.clone(),
            by: Box::new(by.source().clone()),
        };
        let keep = |provided: Provided<'_>| Identity::provided(provided, source.clone());
        let sent = token_code.unwrap_or_default();
        let mut sts = self.sts.clone();
        if mfa.is_some() {
            // A code is good for one call, be its answer lost.
            sts.timeouts.attempts = 1;
        }
        call_signed(&sts, call, by.credentials(), sent, &mut self.skew, keep).await
    }
}

impl Provide for AssumeRoleProvider {
    type Error = ProviderFailure;

    async fn fetch(&mut self) -> Result<Identity, ProviderFailure> {
        // A chain of profiles is a chain of providers.
        let by = self.by.fetch_boxed().await.map_err(|source| ProviderFailure::Source {
            role_arn: self.role.role_arn.clone(),
            source: Box::new(source),
        })?;
        Ok(self.assume(&by).await?)
    }

    fn longest(&self) -> Duration {
        let person = self.role.mfa_serial.as_ref().map_or(Duration::ZERO, |_| TIME_TO_ANSWER);
        self.by.longest().saturating_add(person).saturating_add(self.sts.timeouts.total)
    }

    fn is_final(error: &ProviderFailure) -> bool {
        Provider::is_final(error)
    }
}

/// A role to be assumed with a token in a file.
///
/// Source: "Assume role credential provider", AWS SDKs and Tools Reference Guide.
#[derive(Clone, Debug)]
pub struct WebIdentity {
    /// The role's ARN.
    pub role_arn: String,
    /// What the session is called in logs; made of the time if it is not given.
    pub role_session_name: Option<String>,
    /// The file with the token, read anew at each attempt, since it is rotated.
    pub token_file: PathBuf,
    /// How long the credentials are to be good for.
    pub duration_seconds: Option<u32>,
    /// The host name of an OAuth 2.0 provider; not for OpenID Connect.
    pub provider_id: Option<String>,
}

/// Assumes a role with the token of another identity provider: a pod on EKS (IRSA), a CI job.
#[derive(Debug)]
pub struct WebIdentityProvider {
    identity: WebIdentity,
    sts: StsEndpoint,
}

impl WebIdentityProvider {
    /// Asks nothing yet.
    pub const fn new(identity: WebIdentity, sts: StsEndpoint) -> Self {
        Self { identity, sts }
    }

    pub(super) fn token_file(&self) -> &Path {
        &self.identity.token_file
    }

    async fn attempts(&self) -> Result<Identity, Stop<StsError>> {
        let mut retries = Retries::new(self.sts.timeouts);
        loop {
            match self.attempt().await {
                Err(Stop::Failure(failure)) => retries.after(failure).await?,
                ended => return ended,
            }
        }
    }

    async fn attempt(&self) -> Result<Identity, Stop<StsError>> {
        let WebIdentity { role_arn, duration_seconds, .. } = &self.identity;
        let token = self.read_token().await.map_err(Stop::Error)?;
        let session_name = session_name(self.identity.role_session_name.as_deref());
        let call = AssumeRoleWithWebIdentity {
            duration_seconds: *duration_seconds,
            provider_id: self.identity.provider_id.as_deref(),
            ..AssumeRoleWithWebIdentity::new(role_arn, &session_name, &token)
        };
        let host = self.sts.origin.host_header();
        let mut sts = Sts::unsigned(call, host).map_err(|invalid| Stop::Error(invalid.into()))?;
        let mut answer = converse(&mut sts, &self.sts.origin, &self.sts.timeouts).await?;
        let refused = |error| Failure::from(error).without(&[&token]);
        let provided = sts.outcome(&mut answer.body).map_err(refused)?;
        let source = Source::WebIdentity { role_arn: role_arn.clone() };
        Ok(Identity::provided(provided, source))
    }

    async fn read_token(&self) -> Result<Zeroizing<String>, StsError> {
        let path = &self.identity.token_file;
        match read_token(path).await {
            Ok(token) if token.trim().is_empty() => {
                Err(StsError::EmptyTokenFile { path: path.clone() })
            }
            Ok(token) => Ok(token),
            Err(source) => Err(StsError::TokenFile { path: path.clone(), source }),
        }
    }
}

impl Provide for WebIdentityProvider {
    type Error = StsError;

    async fn fetch(&mut self) -> Result<Identity, StsError> {
        let ended = within(self.sts.timeouts.total, self.attempts()).await;
        ended.map_err(|stop| match stop.at(&self.sts.origin) {
            StsError::Fetch(source) if source.is_refusal() => StsError::TokenRefused {
                source: Box::new(source),
                path: self.identity.token_file.clone(),
                role_arn: self.identity.role_arn.clone(),
            },
            other => other,
        })
    }

    fn longest(&self) -> Duration {
        self.sts.timeouts.total
    }

    /// A token may be rotated, and a policy mended, at any time.
    fn is_final(_: &StsError) -> bool {
        false
    }
}

/// Who credentials belong to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// 12 digits.
    pub account_id: String,
    /// Of the user, or of the role's session.
    pub arn: String,
    /// The unique id of either.
    pub user_id: String,
}

impl Caller {
    /// Asks STS (`GetCallerIdentity`), which no policy can forbid.
    ///
    /// # Errors
    /// If the credentials are no longer good, or STS cannot be asked.
    pub async fn of(identity: &Identity, sts: &StsEndpoint) -> Result<Self, StsError> {
        let keep = |caller: rolesig::provider::CallerIdentity<'_>| Self {
            account_id: caller.account_id.to_owned(),
            arn: caller.arn.to_owned(),
            user_id: caller.user_id.to_owned(),
        };
        let mut skew = ClockSkew::NONE;
        call_signed(sts, GetCallerIdentity, identity.credentials(), "", &mut skew, keep).await
    }
}

/// Calls STS until it answers, signing each time anew: at its own time, if the clock here is off.
/// Errors show neither the session token nor what else is `sent` in secret.
async fn call_signed<C: SignedStsCall + Copy, T>(
    sts: &StsEndpoint,
    call: C,
    credentials: Credentials<'_>,
    sent: &str,
    skew: &mut ClockSkew,
    keep: impl Fn(C::Outcome<'_>) -> T,
) -> Result<T, StsError> {
    let attempts = async {
        let mut retries = Retries::new(sts.timeouts);
        let mut may_correct = true;
        loop {
            let signed_at = skew.apply(now());
            let host = sts.origin.host_header();
            let mut conversation =
                Sts::signed(call, host, credentials, sts.region.as_str(), signed_at)
                    .map_err(|invalid| Stop::Error(invalid.into()))?;
            let failure = match converse(&mut conversation, &sts.origin, &sts.timeouts).await {
                Err(failure) => failure,
                Ok(mut answer) => match conversation.outcome(&mut answer.body) {
                    Ok(outcome) => {
                        *skew = answer.skew.unwrap_or(*skew);
                        return Ok(keep(outcome));
                    }
                    Err(error) => {
                        let session_token = credentials.session_token.unwrap_or_default();
                        let failure = Failure::from(error).without(&[session_token, sent]);
                        let code = failure.code().unwrap_or_default();
                        let signed_with = replace(skew, answer.skew.unwrap_or(*skew));
                        if may_correct && is_off(code, signed_with, *skew) {
                            may_correct = false;
                            continue;
                        }
                        failure
                    }
                },
            };
            retries.after(failure).await?;
        }
    };
    within(sts.timeouts.total, attempts).await.map_err(|stop: Stop<StsError>| stop.at(&sts.origin))
}

/// As given, or else one that tells sessions apart.
fn session_name(given: Option<&str>) -> String {
    given.map_or_else(|| format!("rolesig-{}", now().as_unix()), str::to_owned)
}

/// Why STS gave no credentials.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StsError {
    /// STS cannot be asked, or refuses.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// The call has something in it that STS would refuse.
    #[error(transparent)]
    Call(#[from] InvalidStsCall),
    /// The file with the token cannot be read.
    #[error(
        "the web identity token: {}: {source}: check that it is mounted, and that this program may \
         read it",
        .path.display()
    )]
    TokenFile {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file with the token has none.
    #[error("the web identity token: {} is empty: whoever mounts it has to fill it", .path.display())]
    EmptyTokenFile {
        /// The file.
        path: PathBuf,
    },
    /// STS refuses the token, or the role to it.
    #[error(
        "{source}: the token is that in {}, for {role_arn}: whoever mounts it has to renew it, and \
         the role's trust policy has to allow its issuer, audience and subject",
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
    /// The role wants a code, and the program cannot ask for one.
    #[error(
        "the role {role_arn} wants a code of its MFA device (mfa_serial), and there is no one to \
         ask: run this on a terminal, or use credentials that do without"
    )]
    NoOneToAsk {
        /// The role's ARN.
        role_arn: String,
    },
    /// No code was given.
    #[error("the role {role_arn} wants a code of its MFA device: {source}")]
    TokenCode {
        /// The role's ARN.
        role_arn: String,
        /// Why there is none.
        source: io::Error,
    },
}
