//! A role that is assumed with other credentials.

use core::time::Duration;
use std::io;
use std::sync::Arc;

use rolesig::ClockSkew;
use rolesig::conversation::{AssumeRole, Mfa, RoleCredentials};
use tokio::time::timeout;
use zeroize::Zeroizing;

use super::{Provider, ProviderError};
use crate::clock::Clock;
use crate::clock::thread::unblocked;
use crate::identity::{Identity, Source};
use crate::provider::provide_credentials::ProvideCredentials;
use crate::provider::sts::{SignedCall, StsEndpoint, StsError, check_duration, session_name};

/// The time that a person has to type a code.
const TIME_TO_ANSWER: Duration = Duration::from_secs(120);

/// A role to be assumed with other credentials. Everything else has a default.
///
/// Source: "`AssumeRole`" (AWS STS API Reference).
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
    /// The person or program behind the session.
    pub source_identity: Option<String>,
}

/// A function that asks a person for the code that an MFA device shows now, given its serial
/// number. It may block, even for ever: it runs on its own thread, and neither the runtime nor the
/// program waits for that thread when they end.
pub type AskTokenCode = Arc<dyn Fn(&str) -> io::Result<Zeroizing<String>> + Send + Sync>;

/// A provider that assumes a role with the credentials of another provider, fetched each time.
pub struct AssumeRoleProvider {
    role: RoleToAssume,
    by: Box<Provider>,
    sts: StsEndpoint,
    ask_token_code: Option<AskTokenCode>,
    skew: Option<ClockSkew>,
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
        Self { role, by: Box::new(by), sts, ask_token_code, skew: None }
    }

    /// Returns the provider of the credentials that it is assumed with.
    pub(in crate::provider) const fn by(&self) -> &Provider {
        &self.by
    }

    async fn token_code(&self) -> Result<Option<Zeroizing<String>>, StsError> {
        let Some(serial) = self.role.mfa_serial.clone() else { return Ok(None) };
        let role_arn = || self.role.role_arn.clone();
        let ask = self.ask_token_code.clone();
        let ask = ask.ok_or_else(|| StsError::NoOneToAsk { role_arn: role_arn() })?;
        // A person takes their time, and other tasks have work to do.
        let asked = timeout(TIME_TO_ANSWER, unblocked(move || ask(&serial))).await;
        let code = asked.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
        code.map(Some).map_err(|source| StsError::TokenCode { role_arn: role_arn(), source })
    }

    async fn assume(&mut self, by: &Identity, clock: Clock) -> Result<Identity, StsError> {
        let role = &self.role;
        check_duration(&self.sts, role.duration_seconds)?;
        let session_name = session_name(role.role_session_name.as_deref(), clock.now());
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
        let keep = |provided: RoleCredentials<'_>| Identity::provided(provided, source.clone());
        let sent = token_code.unwrap_or_default();
        let mut sts = self.sts.clone();
        if mfa.is_some() {
            // A code is good for one call, even if its answer is lost.
            sts.timeouts.attempts = 1;
        }
        let signed = SignedCall { sts: &sts, call, credentials: by.credentials(), sent, clock };
        let identity = signed.send(&mut self.skew, keep).await?;
        Ok(identity.with_clock_skew(self.skew))
    }
}

impl ProvideCredentials for AssumeRoleProvider {
    type Error = ProviderError;

    async fn fetch(&mut self, clock: Clock) -> Result<Identity, ProviderError> {
        // A chain of profiles is a chain of providers.
        let by = self.by.fetch_boxed(clock).await.map_err(|source| ProviderError::Source {
            role_arn: self.role.role_arn.clone(),
            source: Box::new(source),
        })?;
        Ok(self.assume(&by, clock).await?)
    }

    fn max_fetch_time(&self) -> Duration {
        let person = self.role.mfa_serial.as_ref().map_or(Duration::ZERO, |_| TIME_TO_ANSWER);
        self.by.max_fetch_time().saturating_add(person).saturating_add(self.sts.timeouts.total)
    }

    fn is_final(error: &ProviderError) -> bool {
        Provider::is_final(error)
    }
}
