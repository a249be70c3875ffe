//! Role credentials from IAM Identity Center, once a person has logged in with `aws sso login`.
//!
//! The AWS CLI leaves what a login gave in a file: an access token, which buys the credentials of a
//! role at the portal. A login by `sso_session` can be renewed without the person for as long as
//! Identity Center lets it.

use core::time::Duration;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::time::{Instant, sleep, timeout};

use crate::clock::Clock;
use crate::http::exchange::{Timeouts, Transport};
use crate::http::fetch_error::FetchError;
use crate::http::network::Network;
use crate::identity::{Identity, Source};
use crate::provider::provide_credentials::ProvideCredentials;
use crate::read::base_url::BaseUrl;
use crate::read::json::JsonError;

mod access_token;
mod error;
mod login;
mod portal;
mod renewal;
mod service;

use access_token::{AccessToken, AccessTokenError};
pub use error::SsoError;
pub use login::SsoLogin;

/// A token is renewed when this many seconds or fewer are left, as the AWS CLI does.
const RENEW_BEFORE: u64 = 15 * 60;
/// The seconds below which a renewal is tried more than once. While more are left, the next fetch
/// tries again.
const PRESSING: u64 = 5 * 60;
/// The time without another attempt at renewal, if the token is good until then.
const REST: Duration = Duration::from_secs(30);
/// The pause before a file that cannot be read is read again: not all tools replace it in one step.
const HALF_WRITTEN: Duration = Duration::from_millis(100);

/// The role, its account, and the services to ask.
///
/// Source: "IAM Identity Center credential provider", AWS SDKs and Tools Reference Guide.
///
/// ```
/// use rolesig_std::Environment;
/// use rolesig_std::http::Network;
/// use rolesig_std::provider::{SsoLogin, SsoSettings};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let login = SsoLogin::Session {
///     name: "corp".to_owned(),
///     oidc: "https://oidc.eu-west-1.amazonaws.com".parse()?,
/// };
/// let portal = "https://portal.sso.eu-west-1.amazonaws.com".parse()?;
/// let (account, role) = ("123456789012".to_owned(), "ReadOnly".to_owned());
/// let cache = "/home/user/.aws/sso/cache".into();
/// let mut settings = SsoSettings::new(login, account, role, portal, cache);
/// assert_eq!(settings.network, Network::default());
/// settings.network = Network::of(&Environment::of_process(), None);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SsoSettings {
    /// The session or URL that a person logs in to.
    pub login: SsoLogin,
    /// `sso_account_id`.
    pub account_id: String,
    /// `sso_role_name`: the name of a permission set.
    pub role_name: String,
    /// `https://portal.sso.{sso_region}.amazonaws.com`, or what the partition has for it.
    pub portal: BaseUrl,
    /// The directory of the AWS CLI's tokens: `~/.aws/sso/cache`.
    pub cache: PathBuf,
    /// The way to the portal and to OIDC: without proxies, and with the certificates that the
    /// system trusts, by default.
    pub network: Network,
}

impl SsoSettings {
    /// Creates the settings of a role, with the default network.
    pub fn new(
        login: SsoLogin,
        account_id: String,
        role_name: String,
        portal: BaseUrl,
        cache: PathBuf,
    ) -> Self {
        Self { login, account_id, role_name, portal, cache, network: Network::default() }
    }
}

/// A provider of a role for the person who has logged in. It renews the login, and leaves it in the
/// AWS CLI's file for others. Another login in the meantime is noticed at the next fetch.
///
/// ```
/// use rolesig_std::http::Timeouts;
/// use rolesig_std::provider::{SsoProvider, SsoSettings};
///
/// fn provider(settings: SsoSettings) -> SsoProvider {
///     SsoProvider::new(settings, Timeouts::INTERNET)
/// }
/// ```
pub struct SsoProvider {
    settings: SsoSettings,
    timeouts: Timeouts,
    /// The renewed token, in case it could not be left in the file.
    renewed: Option<Cached>,
    rests_until: Option<Instant>,
}

struct Cached {
    in_file: Arc<AccessToken>,
    /// Counts as long as the file holds the other one, which may be the same.
    token: Arc<AccessToken>,
}

impl SsoProvider {
    /// Creates a provider; for the services on the internet, [`Timeouts::INTERNET`] suits.
    pub const fn new(settings: SsoSettings, timeouts: Timeouts) -> Self {
        Self { settings, timeouts, renewed: None, rests_until: None }
    }

    /// Returns the role, and where it is.
    pub const fn settings(&self) -> &SsoSettings {
        &self.settings
    }

    /// Reads a response of the portal: for the fuzz targets.
    #[cfg(fuzzing)]
    #[doc(hidden)]
    pub fn read_response(&self, body: &[u8]) -> Result<Identity, JsonError> {
        portal::identity(
            body,
            &self.settings,
            Source::Sso {
                account_id: self.settings.account_id.clone(),
                role: self.settings.role_name.clone(),
            },
        )
    }

    /// Reads the file of a login, for the fuzz targets: the token, when it expires, and whether it
    /// can be renewed at `now`.
    #[cfg(fuzzing)]
    #[doc(hidden)]
    pub fn read_login(
        text: &[u8],
        now: rolesig::Timestamp,
    ) -> Result<(String, rolesig::Timestamp, bool), JsonError> {
        let token = AccessToken::of(&crate::read::json::JsonObject::read(text)?)?;
        let is_renewable = token.registration(now).is_some();
        Ok((token.secret.to_string(), token.expires_at, is_renewable))
    }

    async fn identity(&mut self, clock: Clock) -> Result<Identity, SsoError> {
        let token = self.good_access_token(clock).await?;
        let refused = match self.role_credentials(&token, clock).await {
            Err(error @ SsoError::LoggedOut { .. }) => error,
            other => return other,
        };
        // Someone else may just have logged in again.
        match self.cached().await {
            Ok(Cached { token: other, .. }) if !other.is_same(&token) => {
                self.role_credentials(&other, clock).await
            }
            _ => Err(refused),
        }
    }

    async fn role_credentials(
        &self,
        token: &AccessToken,
        clock: Clock,
    ) -> Result<Identity, SsoError> {
        let SsoSettings { account_id, role_name, .. } = &self.settings;
        let source = Source::Sso { account_id: account_id.clone(), role: role_name.clone() };
        let (timeouts, network) = (&self.timeouts, &self.settings.network);
        let transport = Transport { timeouts, network, clock };
        portal::role_credentials(&self.settings, token, transport, source).await
    }

    /// Returns a token that has not expired, renewed if it is time for that.
    async fn good_access_token(&mut self, clock: Clock) -> Result<Arc<AccessToken>, SsoError> {
        let cached = self.cached().await?;
        let left = cached.token.seconds_left(clock.now());
        let rests = self.rests_until.is_some_and(|until| Instant::now() < until);
        if left > RENEW_BEFORE || (left > 0 && rests) {
            return Ok(cached.token);
        }
        let error = match self.renew(&cached, left, clock).await {
            Ok(renewed) => return Ok(renewed),
            Err(error) => error,
        };
        let is_good = |token: &AccessToken| token.seconds_left(clock.now()) > 0;
        // It may have failed because another process was first, or logged in again.
        let Cached { token, .. } = cached;
        match self.cached().await {
            Ok(Cached { token: other, .. }) if !other.is_same(&token) && is_good(&other) => {
                Ok(other)
            }
            _ if is_good(&token) => Ok(token),
            _ => Err(error),
        }
    }

    async fn renew(
        &mut self,
        cached: &Cached,
        left: u64,
        clock: Clock,
    ) -> Result<Arc<AccessToken>, SsoError> {
        let login = || self.settings.login.command();
        let registration = cached.token.registration(clock.now());
        let (SsoLogin::Session { oidc, .. }, Some(registration)) =
            (&self.settings.login, registration)
        else {
            return Err(SsoError::Expired { login: login() });
        };
        self.rests_until = Some(Instant::now() + REST);
        let mut timeouts = self.timeouts;
        // The portal needs time, too.
        timeouts.total /= 2;
        if left > PRESSING {
            timeouts.attempts = 1;
        }
        let network = &self.settings.network;
        let transport = Transport { timeouts: &timeouts, network, clock };
        let renewing = renewal::renew(oidc, registration, transport, login);
        let total = SsoError::Fetch(FetchError::Total {
            endpoint: oidc.to_string(),
            after: timeouts.total,
        });
        let renewed = Arc::new(timeout(timeouts.total, renewing).await.unwrap_or(Err(total))?);
        let in_file = Arc::clone(&cached.in_file);
        self.renewed = Some(Cached { in_file: Arc::clone(&in_file), token: Arc::clone(&renewed) });
        // If it fails the login is renewed for this process alone, better than not at all.
        let _ = renewal::store(self.path(), in_file, Arc::clone(&renewed)).await;
        Ok(renewed)
    }

    fn path(&self) -> PathBuf {
        self.settings.cache.join(self.settings.login.file_name())
    }

    /// Reads the token in the file, or returns the one that replaces it.
    async fn cached(&self) -> Result<Cached, SsoError> {
        let path = self.path();
        let read = match access_token::read(path.clone()).await {
            Err(AccessTokenError::Json(JsonError::NotJson | JsonError::Empty)) => {
                sleep(HALF_WRITTEN).await;
                access_token::read(path.clone()).await
            }
            read => read,
        };
        let login = || self.settings.login.command();
        let in_file = read.map_err(|error| match error {
            AccessTokenError::Absent => SsoError::NotLoggedIn { login: login() },
            AccessTokenError::Unreadable(source) => SsoError::Unreadable { path, source },
            AccessTokenError::Json(error) => SsoError::Cached { path, error, login: login() },
        });
        let in_file = Arc::new(in_file?);
        let renewed = self.renewed.as_ref().filter(|renewed| renewed.in_file.is_same(&in_file));
        let token = Arc::clone(renewed.map_or(&in_file, |renewed| &renewed.token));
        Ok(Cached { in_file, token })
    }
}

impl ProvideCredentials for SsoProvider {
    type Error = SsoError;

    /// Fetches credentials, in one exchange, or two when the login is renewed.
    async fn fetch(&mut self, clock: Clock) -> Result<Identity, SsoError> {
        let after = self.timeouts.total;
        let endpoint = self.settings.portal.to_string();
        let total = SsoError::Fetch(FetchError::Total { endpoint, after });
        timeout(after, self.identity(clock)).await.unwrap_or(Err(total))
    }

    fn max_fetch_time(&self) -> Duration {
        self.timeouts.total
    }

    fn is_final(error: &SsoError) -> bool {
        error.is_final()
    }
}

impl fmt::Debug for SsoProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SsoProvider")
            .field("settings", &self.settings)
            .field("timeouts", &self.timeouts)
            .finish_non_exhaustive()
    }
}
