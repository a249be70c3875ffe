//! A role that is assumed with other credentials.

use core::pin::Pin;
use core::time::Duration;
use std::io;
use std::sync::Arc;

use rolesig::conversation::{AssumeRole, Mfa, RoleCredentials};
use rolesig::{ClockSkew, Refresh};
use thiserror::Error;
use tokio::time::timeout;
use zeroize::Zeroizing;

use super::{Provider, ProviderError};
use crate::clock::Clock;
use crate::clock::thread::unblocked;
use crate::http::fetch_error::FetchError;
use crate::identity::{Identity, Source};
use crate::provider::provide_credentials::ProvideCredentials;
use crate::provider::sts::{
    SignedCall, StsEndpoint, StsError, WebIdentityProvider, check_duration, session_name,
};

/// The time that a person has to type a code.
const TIME_TO_ANSWER: Duration = Duration::from_secs(120);

/// A role to be assumed with other credentials. Everything else has a default.
///
/// Source: "`AssumeRole`" (AWS STS API Reference).
///
/// ```
/// use rolesig_std::provider::RoleToAssume;
///
/// let role = RoleToAssume {
///     external_id: Some("42".to_owned()),
///     duration_seconds: Some(900),
///     ..RoleToAssume::new("arn:aws:iam::123456789012:role/reader")
/// };
/// assert_eq!(role.role_session_name, None);
/// ```
#[derive(Clone, Debug, Default)]
pub struct RoleToAssume {
    /// The role's ARN.
    pub role_arn: String,
    /// The name of the session in logs; made from the time if it is not given.
    pub role_session_name: Option<String>,
    /// The life of the credentials: at AWS's STS 900 s at least. An hour at most if the other
    /// credentials are a role's themselves.
    pub duration_seconds: Option<u32>,
    /// The id that the role's owner requires of a third party.
    pub external_id: Option<String>,
    /// The MFA device that the role's trust policy requires.
    pub mfa_serial: Option<String>,
    /// A policy in JSON, which narrows what the session may do.
    pub policy: Option<String>,
    /// ARNs of managed policies that do the same.
    pub policy_arns: Vec<String>,
    /// The session's tags.
    pub tags: Vec<(String, String)>,
    /// Names of those tags that are handed on to further roles.
    pub transitive_tag_keys: Vec<String>,
    /// The person or program behind the session.
    pub source_identity: Option<String>,
}

impl RoleToAssume {
    /// Returns the role with this ARN, and the defaults of all else.
    pub fn new(role_arn: impl Into<String>) -> Self {
        Self { role_arn: role_arn.into(), ..Self::default() }
    }
}

/// A function that asks a person for the code that an MFA device shows now, given its serial
/// number. It may block, even for ever: it runs on its own thread, and neither the runtime nor the
/// program waits for that thread when they end.
///
/// ```
/// use std::io::{self, BufRead as _};
/// use std::sync::Arc;
/// use rolesig_std::provider::AskTokenCode;
/// use rolesig_std::{Chain, Environment};
///
/// let ask: AskTokenCode = Arc::new(|serial| {
///     eprint!("code of {serial}: ");
///     let line = io::stdin().lock().lines().next();
///     line.unwrap_or_else(|| Err(io::ErrorKind::UnexpectedEof.into())).map(Into::into)
/// });
/// let chain = Chain::with_token_code(&Environment::default(), &ask);
/// # drop(chain);
/// ```
pub type AskTokenCode = Arc<dyn Fn(&str) -> io::Result<Zeroizing<String>> + Send + Sync>;

/// A provider that assumes a role with the credentials of another provider, whichever it is,
/// fetched each time. With "whatever this runs on": by a [`Chain`](super::super::Chain), or by its
/// [`Cache`](crate::Cache) if the program uses those credentials, too.
///
/// ```no_run
/// use rolesig_std::provider::{AssumeRoleProvider, RoleToAssume, StsEndpoint};
/// use rolesig_std::{Cache, Chain, Environment};
///
/// # fn assumed() -> Result<(), Box<dyn std::error::Error>> {
/// let environment = Environment::of_process();
/// let runs_on = Cache::new(Chain::new(&environment));
/// let role = RoleToAssume::new("arn:aws:iam::123456789012:role/reader");
/// let sts = StsEndpoint::of(&environment, None)?;
/// let reader = Cache::new(AssumeRoleProvider::new(role, runs_on.clone(), sts, None));
/// // A role of a role.
/// let role = RoleToAssume::new("arn:aws:iam::210987654321:role/auditor");
/// let sts = StsEndpoint::of(&environment, None)?;
/// let auditor = Cache::new(AssumeRoleProvider::new(role, reader, sts, None));
/// # let _ = auditor;
/// # Ok(())
/// # }
/// ```
pub struct AssumeRoleProvider<P = Provider> {
    role: RoleToAssume,
    by: P,
    sts: StsEndpoint,
    ask_token_code: Option<AskTokenCode>,
    skew: Option<ClockSkew>,
}

impl<P: ProvideCredentials> AssumeRoleProvider<P> {
    /// Assumes `role` with what `by` gives. Without `ask_token_code`, a role with an MFA device is
    /// refused.
    pub fn new(
        role: RoleToAssume,
        by: P,
        sts: StsEndpoint,
        ask_token_code: Option<AskTokenCode>,
    ) -> Self {
        Self { role, by, sts, ask_token_code, skew: None }
    }

    async fn assume(&mut self, by: &Identity, clock: Clock) -> Result<Identity, StsError> {
        let role = &self.role;
        check_duration(&self.sts, role.duration_seconds)?;
        let session_name = session_name(role.role_session_name.as_deref(), clock.now());
        let token_code = token_code(role, self.ask_token_code.clone()).await?;
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
        let keep = |provided: RoleCredentials<'_>| Identity::provided(provided, source.clone());
        let sent = token_code.unwrap_or_default();
        let mut sts = self.sts.clone();
        if mfa.is_some() {
            // A code is valid for one call, even if its response is lost.
            sts.timeouts.attempts = 1;
        }
        let signed = SignedCall { sts: &sts, call, credentials: by.credentials(), sent, clock };
        let identity = signed.send(&mut self.skew, keep).await?;
        Ok(identity.with_clock_skew(self.skew))
    }
}

/// Asks a person for the code of a role's MFA device, if it has one.
async fn token_code(
    role: &RoleToAssume,
    ask: Option<AskTokenCode>,
) -> Result<Option<Zeroizing<String>>, StsError> {
    let Some(serial) = role.mfa_serial.clone() else { return Ok(None) };
    let role_arn = || role.role_arn.clone();
    let ask = ask.ok_or_else(|| StsError::NoOneToAsk { role_arn: role_arn() })?;
    // A person takes their time, and other tasks have work to do.
    let asked = timeout(TIME_TO_ANSWER, unblocked(move || ask(&serial))).await;
    let code = asked.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
    code.map(Some).map_err(|source| StsError::TokenCode { role_arn: role_arn(), source })
}

impl AssumeRoleProvider {
    /// Returns the provider of the credentials that it is assumed with.
    pub(in crate::provider) const fn by(&self) -> &Provider {
        &self.by
    }

    /// Fetches credentials behind a pointer: a chain of profiles is a chain of providers.
    pub(super) fn fetch_boxed(
        &mut self,
        clock: Clock,
    ) -> Pin<Box<dyn Future<Output = Result<Identity, AssumeRoleError<ProviderError>>> + Send + '_>>
    {
        Box::pin(self.fetch(clock))
    }
}

impl<P: ProvideCredentials> ProvideCredentials for AssumeRoleProvider<P> {
    type Error = AssumeRoleError<P::Error>;

    async fn fetch(&mut self, clock: Clock) -> Result<Identity, Self::Error> {
        let by = self.by.fetch(clock).await.map_err(|source| AssumeRoleError::Source {
            role_arn: self.role.role_arn.clone(),
            source,
        })?;
        let assumed = self.assume(&by, clock).await;
        if let Err(StsError::Fetch(FetchError::Refused { code, .. })) = &assumed
            && Refresh::is_rejection(code)
        {
            self.by.on_rejected(by.credentials().access_key_id);
        }
        Ok(assumed?)
    }

    fn max_fetch_time(&self) -> Duration {
        let person = self.role.mfa_serial.as_ref().map_or(Duration::ZERO, |_| TIME_TO_ANSWER);
        self.by.max_fetch_time().saturating_add(person).saturating_add(self.sts.timeouts.total)
    }

    fn is_final(error: &Self::Error) -> bool {
        match error {
            AssumeRoleError::Source { source, .. } => P::is_final(source),
            AssumeRoleError::Sts(error) => WebIdentityProvider::is_final(error),
        }
    }
}

/// The reason why a role could not be assumed. `E` is the error of the provider of the credentials
/// that it is assumed with.
///
/// ```
/// use rolesig_std::provider::{AssumeRoleError, ChainError};
///
/// fn is_denied(error: &AssumeRoleError<ChainError>) -> bool {
///     matches!(error, AssumeRoleError::Sts(error) if error.to_string().contains("AccessDenied"))
/// }
/// ```
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AssumeRoleError<E> {
    /// There are no credentials to assume it with. Whatever is missing, the role was requested, and
    /// no other identity may take its place.
    #[error("to assume {role_arn}: {source}")]
    Source {
        /// The role's ARN.
        role_arn: String,
        /// The reason why there are no credentials to assume it with.
        source: E,
    },
    /// STS gave none.
    #[error(transparent)]
    Sts(#[from] StsError),
}

impl From<AssumeRoleError<Self>> for ProviderError {
    fn from(error: AssumeRoleError<Self>) -> Self {
        match error {
            AssumeRoleError::Source { role_arn, source } => {
                Self::Source { role_arn, source: Box::new(source) }
            }
            AssumeRoleError::Sts(error) => Self::Sts(error),
        }
    }
}
