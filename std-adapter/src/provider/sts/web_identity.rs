//! A role that is assumed with a token of another identity provider.

use core::time::Duration;
use std::path::{Path, PathBuf};

use rolesig::conversation::{AssumeRoleWithWebIdentity, Conversation, Sts};
use zeroize::Zeroizing;

use super::{StsEndpoint, StsError, check_duration, session_name};
use crate::clock::Clock;
use crate::http::converse::converse;
use crate::http::exchange::Transport;
use crate::http::fetch_error::AttemptError;
use crate::http::retries::{Stop, retry, within};
use crate::identity::{Identity, Source};
use crate::provider::provide_credentials::ProvideCredentials;
use crate::provider::token_file::read_token;
use crate::read::base_url::BaseUrl;

/// A role to be assumed with a token in a file.
///
/// Source: "Assume role credential provider", AWS SDKs and Tools Reference Guide.
///
/// ```
/// use rolesig_std::provider::WebIdentity;
///
/// let identity = WebIdentity {
///     role_arn: "arn:aws:iam::123456789012:role/ci".to_owned(),
///     role_session_name: None,
///     token_file: "/var/run/secrets/token".into(),
///     duration_seconds: None,
///     provider_id: None,
/// };
/// assert!(identity.token_file.is_absolute());
/// ```
#[derive(Clone, Debug)]
pub struct WebIdentity {
    /// The role's ARN.
    pub role_arn: String,
    /// The name of the session in logs; made from the time if it is not given.
    pub role_session_name: Option<String>,
    /// The file with the token, read at each attempt, since it is rotated.
    pub token_file: PathBuf,
    /// The life of the credentials.
    pub duration_seconds: Option<u32>,
    /// The host name of an OAuth 2.0 provider; not for OpenID Connect.
    pub provider_id: Option<String>,
}

/// A provider that assumes a role with the token of another identity provider: for a pod on EKS
/// (IRSA), or a CI job.
///
/// ```
/// use rolesig_std::provider::{StsEndpoint, WebIdentity, WebIdentityProvider};
///
/// fn provider(identity: WebIdentity, sts: StsEndpoint) -> WebIdentityProvider {
///     WebIdentityProvider::new(identity, sts)
/// }
/// ```
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

    pub(in crate::provider) fn token_file(&self) -> &Path {
        &self.identity.token_file
    }

    async fn attempt(&self, transport: Transport<'_>) -> Result<Identity, Stop<StsError>> {
        let WebIdentity { role_arn, duration_seconds, .. } = &self.identity;
        check_duration(&self.sts, *duration_seconds).map_err(Stop::Error)?;
        let token = self.read_token().await.map_err(Stop::Error)?;
        let now = transport.clock.now();
        let session_name = session_name(self.identity.role_session_name.as_deref(), now);
        let call = AssumeRoleWithWebIdentity {
            duration_seconds: *duration_seconds,
            provider_id: self.identity.provider_id.as_deref(),
            ..AssumeRoleWithWebIdentity::new(role_arn, &session_name, &token)
        };
        let url = &self.sts.url;
        let origin = url.origin();
        let mut sts = Sts::unsigned_at(call, origin.host_header(), url.path())
            .map_err(|invalid| Stop::Error(invalid.into()))?;
        // The path is part of the conversation.
        let base = BaseUrl::from(origin.clone());
        let mut response = converse(&mut sts, &base, transport).await?;
        let refused = |error| AttemptError::from(error).without(&[&token]);
        let provided = sts.outcome(&mut response.body).map_err(refused)?;
        let source = Source::WebIdentity { role_arn: role_arn.clone() };
        Ok(Identity::provided(provided, source).with_clock_skew(response.skew))
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

impl ProvideCredentials for WebIdentityProvider {
    type Error = StsError;

    async fn fetch(&mut self, clock: Clock) -> Result<Identity, StsError> {
        let transport = self.sts.transport(clock);
        let attempts = retry(transport, || self.attempt(transport));
        let ended = within(self.sts.timeouts.total, attempts).await;
        ended.map_err(|stop| match stop.at(&self.sts.url) {
            StsError::Fetch(source) if source.is_refusal() => StsError::TokenRefused {
                source: Box::new(source),
                path: self.identity.token_file.clone(),
                role_arn: self.identity.role_arn.clone(),
            },
            other => other,
        })
    }

    fn max_fetch_time(&self) -> Duration {
        self.sts.timeouts.total
    }

    /// Returns whether no attempt can succeed; a token can be rotated, and a policy corrected, at
    /// any time.
    fn is_final(error: &StsError) -> bool {
        matches!(error, StsError::Fetch(source) if source.is_final())
    }
}
