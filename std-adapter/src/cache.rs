//! Credentials that are kept, shared between processes and renewed in time: [`Refresh`] on tokio.

use core::any::type_name;
use core::fmt;
use core::time::Duration;
use std::sync::Arc;

use rolesig::{RefreshState, Timestamp};
use tokio::task::yield_now;

use crate::clock::Clock;
use crate::identity::Identity;
use crate::provider::ProvideCredentials;

mod cross_process;
mod error;
mod fetch;
mod settings;
mod shared_file;
mod state;
mod status;
mod store;
mod task;
#[cfg_attr(not(feature = "tracing"), path = "cache/trace/off.rs")]
mod trace;

pub use error::CacheError;
use fetch::Fetch;
#[cfg(doc)]
use rolesig::{Refresh, Renewal};
pub use settings::CacheSettings;
pub use shared_file::{SharedFile, SharedFileError};
use state::{CacheOutcome, LastFailure};
pub use status::{CacheFailure, CacheStatus};
use store::Store;
use task::FetchTask;

/// The fetches that one caller waits for, each cut off by the end of the runtime it ran on.
const FETCHES: usize = 3;

/// A cache of a provider's credentials, which it renews in time, as [`Refresh`] says. However many
/// tasks ask, one fetch at a time is under way. Clones share it.
///
/// | held credentials | a task that asks | the provider |
/// |---|---|---|
/// | nothing | waits | is asked; a failure counts for 5 s, for all tasks |
/// | good ones | gets them | is not asked |
/// | good ones in their advisory window | gets them | is asked meanwhile |
/// | ones that expire within a minute, have expired, or were [invalidated](Self::invalidate) | waits, and gets them if the fetch fails | is asked |
/// | ones whose renewal failed less than 5 to 10 minutes ago, or less than a minute ago if they are about to expire | gets them, even if they have expired | is not asked |
///
/// This holds for a role's credentials. Those of a program, or of the caller's own provider, are
/// renewed [just in time](Renewal::JustInTime): ten seconds before they expire, when all wait; and
/// they end with their expiry. [`Source::renewal`](crate::Source::renewal) says which is which.
///
/// # Time
/// Expiries are compared with the provider's clock if its response [shows
/// one](Identity::clock_skew). By that clock the credentials in it must be valid, and for
/// at most one session. Otherwise expiries are compared with this host's clock. The time of other
/// services changes nothing here. A role's credentials count as valid for at most as long as [their
/// source](crate::Source::longest_life) can make them.
///
/// The metadata service hands out credentials that have expired when it cannot get others. If
/// nothing is held they are used nevertheless, with an expiry 10 to 15 minutes away, and others are
/// asked for meanwhile, as AWS's SDKs do.
///
/// All tasks get an error that [no attempt can fix](ProvideCredentials::is_final) for 1 to 5 s,
/// whatever is held. By [`CacheSettings`] a program chooses whether expired credentials are used,
/// when to renew, and a [`SharedFile`].
///
/// A fetch is its own task, so it is not lost when nobody waits for it any more. If the tokio
/// runtime that it runs on ends, a task that waits on another runtime starts it again there at
/// once; so it does after two seconds if nobody runs that runtime. To have credentials before the
/// first request, ask for them earlier.
///
/// # Watching renewals
/// [`status`](Self::status) returns the seconds until the credentials expire, and the last failure
/// of a renewal. With the feature `tracing` each fetch is a span, `fetch_credentials`, and there
/// are events for what it brought, for failures, for what is used instead, and for the shared file.
/// None holds a secret.
///
/// ```
/// use rolesig::{Credentials, Refresh};
/// use rolesig_std::{Cache, Clock, Identity, ProvideCredentials, Source};
/// use rolesig_std::cache::CacheError;
///
/// struct Vault;
///
/// impl ProvideCredentials for Vault {
///     type Error = std::io::Error;
///
///     async fn fetch(&mut self, _: Clock) -> Result<Identity, Self::Error> {
///         let credentials =
///             Credentials { access_key_id: "AKID", secret_access_key: "secret", session_token: None };
///         Ok(Identity::new(credentials, None, None, Source::Custom { name: "vault".into() }))
///     }
///
///     fn is_final(_: &Self::Error) -> bool {
///         false
///     }
/// }
///
/// # async fn send(_: Credentials<'_>) -> &'static str { "ExpiredToken" }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), CacheError<std::io::Error>> {
/// let cache = Cache::new(Vault);
/// let identity = cache.identity().await?;
/// let error_code = send(identity.credentials()).await;
/// if Refresh::is_rejection(error_code) && cache.invalidate(identity.credentials().access_key_id) {
///     // Worth another attempt, with what `identity` gives now.
/// }
/// # Ok(())
/// # }
/// ```
pub struct Cache<P: ProvideCredentials>(Arc<Store<P>>);

impl<P: ProvideCredentials> Cache<P> {
    /// Creates a cache with the settings that suit most programs.
    pub fn new(provider: P) -> Self {
        Self::with_settings(provider, CacheSettings::default())
    }

    /// Creates a cache with other settings.
    pub fn with_settings(provider: P, settings: CacheSettings) -> Self {
        Self(Arc::new(Store::new(provider, settings)))
    }

    /// Returns credentials to sign with now. Waits for the provider, in bounded time, only if there
    /// are none that are valid for another minute.
    ///
    /// # Errors
    /// If there are none. All who waited for the same fetch get the same error.
    pub async fn identity(&self) -> Result<Arc<Identity>, CacheError<P::Error>> {
        Ok(self.identity_now().await?.0)
    }

    /// Returns credentials as [`identity`](Self::identity) does, and the time by this host's clock.
    pub(crate) async fn identity_now(
        &self,
    ) -> Result<(Arc<Identity>, Timestamp), CacheError<P::Error>> {
        for _ in 0..FETCHES {
            let now = self.clock().now();
            match self.look(now) {
                Look::Outcome(outcome) => return Ok((outcome?, now)),
                Look::Wait(fetch) => match fetch.outcome().await {
                    Some(outcome) => return Ok((outcome?, self.clock().now())),
                    // Its runtime ended; so may this one, which does not wait for a loop.
                    None => yield_now().await,
                },
            }
        }
        Err(CacheError::CutOff)
    }

    /// Records that a service [rejected](Refresh::is_rejection) these credentials: all who ask from
    /// now on wait for others. Returns `false` if they have been replaced already; the request then
    /// only needs another signature.
    pub fn invalidate(&self, access_key_id: &str) -> bool {
        let is_held = self.0.held().invalidate(access_key_id, &self.0.settings);
        if is_held {
            trace::rejected(access_key_id);
        }
        is_held
    }

    /// Returns what is held now, and how the last fetch failed: for metrics, and for a health
    /// check. Starts no fetch.
    pub fn status(&self) -> CacheStatus<P::Error> {
        self.0.status()
    }

    /// Returns the clock of the settings.
    pub fn clock(&self) -> Clock {
        self.0.settings.clock
    }

    /// Returns why the shared file could not be used the last time; the provider was asked without
    /// it then.
    pub fn shared_file_error(&self) -> Option<Arc<SharedFileError>> {
        self.0.cross_process.as_ref()?.error()
    }

    /// Returns the outcome that needs no waiting, or the fetch to wait for. Starts a fetch if it is
    /// time and none is under way.
    fn look(&self, now: Timestamp) -> Look<P::Error> {
        let store = &self.0;
        let mut held = store.held();
        let now = held.provider_time(now);
        held.forget_expired(now, &store.settings);
        let state = held.refresh.state(now);
        let failure_stands = held.failure.as_ref().is_some_and(LastFailure::stands);
        let is_due = match state {
            RefreshState::Valid | RefreshState::BackingOff | RefreshState::Refused => false,
            RefreshState::Initial => !failure_stands,
            _ => true,
        };
        let mut started = None;
        if is_due && held.fetch.is_none() {
            let (task, fetch) = FetchTask::new(Arc::clone(store));
            held.fetch = Some(fetch.clone());
            started = Some((task, fetch));
        }
        let look = match (&held.fetch, state) {
            (Some(fetch), RefreshState::Initial | RefreshState::Mandatory) => {
                Look::Wait(fetch.clone())
            }
            _ => Look::Outcome(held.outcome(state)),
        };
        // The task may end as it begins, and then needs this lock.
        drop(held);
        if let Some((task, fetch)) = started {
            fetch.start(trace::in_span(task.run(), state, type_name::<P>()));
        }
        look
    }
}

impl<P: ProvideCredentials> Clone for Cache<P> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

/// A cache provides its credentials to others, such as an
/// [`AssumeRoleProvider`](crate::provider::AssumeRoleProvider).
impl<P: ProvideCredentials> ProvideCredentials for Cache<P> {
    type Error = CacheError<P::Error>;

    async fn fetch(&mut self, _: Clock) -> Result<Identity, Self::Error> {
        Ok(self.identity().await?.duplicate())
    }

    fn max_fetch_time(&self) -> Duration {
        self.0.max_fetch_time
    }

    fn on_rejected(&mut self, access_key_id: &str) {
        self.invalidate(access_key_id);
    }

    fn is_final(error: &Self::Error) -> bool {
        matches!(error, CacheError::Provider(error) if P::is_final(error))
    }
}

impl<P: ProvideCredentials> fmt::Debug for Cache<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let held = self.0.held();
        f.debug_struct("Cache")
            .field("identity", &held.identity)
            .field("refresh", &held.refresh)
            .finish_non_exhaustive()
    }
}

/// The result of looking into a cache.
enum Look<E> {
    Outcome(CacheOutcome<E>),
    Wait(Fetch<CacheOutcome<E>>),
}
