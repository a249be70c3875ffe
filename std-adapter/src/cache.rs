//! Credentials that are kept, and renewed in time: the driver of [`Refresh`] on tokio.

use core::fmt;
use core::time::Duration;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rolesig::{RefreshState, Timestamp};
use tokio::task::yield_now;

use crate::identity::Identity;
use crate::provider::ProvideCredentials;
use crate::shared_file::SharedFileError;

mod error;
mod flight;
mod held;
mod settings;
mod share;

pub use error::CacheError;
pub use settings::{CacheSettings, Surroundings};

use flight::{Departure, Flight};
use held::Held;

#[cfg(doc)]
use rolesig::{Refresh, Renewal};

/// How many fetches one caller waits for, each cut off by the end of the runtime it ran on.
const FETCHES: usize = 3;

/// What a cache says to whoever wants credentials.
type Answer<P> = Result<Arc<Identity>, CacheError<<P as ProvideCredentials>::Error>>;

/// Keeps what a provider gave, and asks it again when it is time, as [`Refresh`] says: at most once
/// at a time, however many ask. Clones share it.
///
/// | what is held | whoever asks | the provider |
/// |---|---|---|
/// | nothing | waits | is asked; a failure stands for 5 s for all who ask |
/// | is good | gets it | is left alone |
/// | is good, and in its advisory window | gets it | is asked meanwhile |
/// | expires within a minute, has expired, or was [invalidated](Self::invalidate) | waits, and if it was in vain gets it all the same | is asked |
/// | was not renewed, 5 to 10 minutes ago or less, or about to expire and a minute ago or less | gets it, even if it has expired | is left alone |
///
/// So it is with a role's credentials. Those of a program, or of a provider of the caller's own, are
/// renewed [just in time](Renewal::JustInTime): ten seconds before they expire, when all wait; and
/// they end with their expiry. [`Source::renewal`](crate::Source::renewal) tells which is which.
///
/// # Time
/// Expiries are read by the clock of the provider, as far as its answer
/// [shows it](Identity::clock_skew) and agrees with it: the credentials that came in the answer are
/// good by that clock, and for no longer than a session can be. Otherwise by this host's clock. What
/// other services say of the time changes nothing here. A role's credentials are not believed to
/// be good for longer than [their source](crate::Source::longest_life) can make them.
///
/// The metadata service hands out credentials that have expired when it cannot get others. If nothing
/// is held they are used all the same, with an expiry 10 to 15 minutes away, and others are asked for
/// meanwhile, as AWS's SDKs do.
///
/// An error that [no attempt mends](ProvideCredentials::is_final) is told to all for 1 to 5 s, whatever is
/// held. [`CacheSettings`] has what can be chosen: whether what has expired is used, when to renew,
/// and a [`SharedFile`](crate::SharedFile).
///
/// A fetch is a task of its own, so it is not lost when nobody waits for it any more. If the tokio
/// runtime on which it was begun ends, whoever waits on another one begins it again there. To have credentials before the first request, ask for them
/// earlier.
///
/// ```
/// use rolesig::{Credentials, Refresh};
/// use rolesig_std::{Cache, CacheError, Identity, ProvideCredentials, Source};
///
/// struct Vault;
///
/// impl ProvideCredentials for Vault {
///     type Error = std::io::Error;
///
///     async fn fetch(&mut self) -> Result<Identity, Self::Error> {
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

/// What the tasks of a cache share.
struct Store<P: ProvideCredentials> {
    /// Of tokio, since it is held while the provider is waited for, and is not poisoned if that
    /// panics.
    provider: tokio::sync::Mutex<P>,
    settings: CacheSettings,
    /// How long another process may take to fetch.
    patience: Duration,
    /// Held by whoever uses the shared file.
    at_work: Arc<tokio::sync::Mutex<()>>,
    /// Never held across an await.
    held: Mutex<Held<P>>,
}

impl<P: ProvideCredentials> Cache<P> {
    /// With the settings that are good for most.
    pub fn new(provider: P) -> Self {
        Self::with_settings(provider, CacheSettings::default())
    }

    /// With settings of one's own.
    pub fn with_settings(provider: P, settings: CacheSettings) -> Self {
        let held = Mutex::new(Held::new(settings.refresh));
        let patience = provider.max_fetch_time().saturating_add(share::MARGIN);
        let provider = tokio::sync::Mutex::new(provider);
        Self(Arc::new(Store { provider, settings, patience, at_work: Arc::default(), held }))
    }

    /// Credentials to sign with now. Waits for the provider only if there are none that are good
    /// for a minute yet; it bounds that.
    ///
    /// # Errors
    /// If there are none. All who waited for the same fetch get the same error.
    pub async fn identity(&self) -> Result<Arc<Identity>, CacheError<P::Error>> {
        for _ in 0..FETCHES {
            match self.0.look() {
                Look::Answer(answer) => return answer,
                Look::Wait(flight) => match flight.landed().await {
                    Some(answer) => return answer,
                    // Its runtime ended; so may this one, which does not wait for a loop.
                    None => yield_now().await,
                },
            }
        }
        Err(CacheError::CutOff)
    }

    /// A service [rejected](Refresh::is_rejection) these credentials: whoever asks from now on waits
    /// for others. `false` if they have been replaced already, and the request is simply to be
    /// signed again.
    pub fn invalidate(&self, access_key_id: &str) -> bool {
        self.0.held().invalidate(access_key_id, &self.0.settings)
    }

    /// Why the shared file could not be used the last time, if that is so: the provider was asked
    /// without it.
    pub fn shared_file_error(&self) -> Option<Arc<SharedFileError>> {
        self.0.held().file_error.clone()
    }
}

impl<P: ProvideCredentials> Clone for Cache<P> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
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

/// What there is to say at once.
enum Look<P: ProvideCredentials> {
    Answer(Answer<P>),
    Wait(Flight<P>),
}

impl<P: ProvideCredentials> Store<P> {
    /// Nothing that panics is done while it is locked, and if it were, what is held is still whole.
    fn held(&self) -> MutexGuard<'_, Held<P>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The time by this host's clock.
    fn clock(&self) -> Timestamp {
        (self.settings.surroundings.now)()
    }

    /// The provider's time.
    fn now(&self, held: &Held<P>) -> Timestamp {
        held.skew.apply(self.clock())
    }

    fn random(&self) -> u32 {
        (self.settings.surroundings.random)()
    }

    /// Begins a fetch if it is time and none is under way.
    fn look(self: &Arc<Self>) -> Look<P> {
        let mut held = self.held();
        let now = self.now(&held);
        held.forget_expired(now, &self.settings);
        let state = held.refresh.state(now);
        let failure_stands = held.failure.as_ref().is_some_and(held::Failure::stands);
        let departure = match state {
            RefreshState::Valid | RefreshState::BackingOff | RefreshState::Refused => None,
            RefreshState::Initial if failure_stands && held.flight.is_none() => None,
            _ => self.depart(&mut held),
        };
        let look = match (&held.flight, state) {
            (Some(flight), RefreshState::Initial | RefreshState::Mandatory) => {
                Look::Wait(flight.clone())
            }
            _ => Look::Answer(held.answer(state)),
        };
        // The task may end as it begins, and wants this lock then.
        drop(held);
        if let Some(departure) = departure {
            tokio::spawn(departure.fly());
        }
        look
    }

    /// The fetch to begin, unless there is one.
    fn depart(self: &Arc<Self>, held: &mut Held<P>) -> Option<Departure<P>> {
        if held.flight.is_some() {
            return None;
        }
        let (departure, flight) = Departure::new(Arc::clone(self));
        held.flight = Some(flight);
        Some(departure)
    }
}
