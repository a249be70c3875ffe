//! The trust of the cache in credentials, and the time it uses them, by their source; in virtual
//! time.
#![expect(clippy::unwrap_used, reason = "a test ends where it fails")]

mod virtual_time;

use core::time::Duration;
use std::collections::VecDeque;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex};

use rolesig::{ClockSkew, Credentials, StaleCredentialsError, Timestamp};
use rolesig_std::cache::{CacheError, CacheSettings, SharedFile};
use rolesig_std::{Cache, Clock, Identity, ProvideCredentials, Source};
use tokio::task::yield_now;
use tokio::time::sleep;
use virtual_time::now;

const DAY: u64 = 86_400;

/// The next responses, and the number of questions.
#[derive(Clone, Default)]
struct Provider(Arc<Mutex<(VecDeque<Identity>, usize)>>);

impl Provider {
    fn gives(identities: impl IntoIterator<Item = Identity>) -> Self {
        Self(Arc::new(Mutex::new((identities.into_iter().collect(), 0))))
    }

    fn then(&self, identity: Identity) {
        self.0.lock().unwrap().0.push_back(identity);
    }

    fn fetches(&self) -> usize {
        self.0.lock().unwrap().1
    }

    fn cache(&self) -> Cache<Self> {
        self.cache_with(CacheSettings::default())
    }

    fn cache_with(&self, mut settings: CacheSettings) -> Cache<Self> {
        settings.clock = virtual_time::CLOCK;
        Cache::with_settings(self.clone(), settings)
    }

    fn sharing(&self, directory: &Path) -> Cache<Self> {
        let mut settings = CacheSettings::default();
        settings.shared_file = Some(SharedFile::new(directory, "key").unwrap());
        self.cache_with(settings)
    }
}

impl ProvideCredentials for Provider {
    type Error = io::Error;

    async fn fetch(&mut self, _: Clock) -> Result<Identity, io::Error> {
        let (identities, fetches) = &mut *self.0.lock().unwrap();
        *fetches += 1;
        identities.pop_front().ok_or_else(|| io::Error::other("a bad minute"))
    }

    fn is_final(_: &io::Error) -> bool {
        false
    }
}

fn identity(id: &str, expires_at: Timestamp, source: Source) -> Identity {
    let credentials =
        Credentials { access_key_id: id, secret_access_key: "secret", session_token: Some("t") };
    Identity::new(credentials, Some(expires_at), None, source)
}

fn imds() -> Source {
    Source::Imds { endpoint: "http://imds".to_owned(), role: "role".to_owned() }
}

fn roles() -> [Source; 5] {
    let arn = || "arn:aws:iam::111122223333:role/r".to_owned();
    [
        imds(),
        Source::Container { endpoint: "http://agent".to_owned() },
        Source::WebIdentity { role_arn: arn() },
        Source::AssumedRole { role_arn: arn(), by: Box::new(Source::Environment) },
        Source::Sso { account_id: "111122223333".to_owned(), role: "r".to_owned() },
    ]
}

fn others() -> [Source; 5] {
    let profile = || "p".to_owned();
    [
        Source::Process { profile: profile() },
        Source::Custom { name: "vault".to_owned() },
        Source::Profile { profile: profile() },
        Source::Settings { of: "settings" },
        Source::Environment,
    ]
}

fn after(seconds: u64) -> Timestamp {
    now().checked_add(seconds).unwrap()
}

fn before(seconds: u64) -> Timestamp {
    Timestamp::from_unix(now().as_unix() - seconds).unwrap()
}

/// As in a response whose `Date` is `skew` seconds ahead of this host's clock.
fn dated(identity: Identity, ahead: i64) -> Identity {
    identity.with_clock_skew(Some(ClockSkew::from_seconds(ahead)))
}

async fn id<P: ProvideCredentials>(cache: &Cache<P>) -> Result<String, CacheError<P::Error>> {
    Ok(cache.identity().await?.credentials().access_key_id.to_owned())
}

async fn seconds(seconds: u64) {
    sleep(Duration::from_secs(seconds)).await;
}

async fn settle() {
    for _ in 0..20 {
        yield_now().await;
    }
}

#[tokio::test(start_paused = true)]
async fn measures_the_expiry_by_the_providers_clock() {
    for source in roles() {
        // By this host's clock they expired an hour ago, or are good for three.
        for (off, life) in [(-7200, -3600), (7200, 3 * 3600)] {
            let expires_at = ClockSkew::from_seconds(life).apply(now());
            let provider =
                Provider::gives([dated(identity("ASIA1", expires_at, source.clone()), off)]);
            let cache = provider.cache();
            let began = now();
            assert_eq!(id(&cache).await.unwrap(), "ASIA1", "{source:?} {off}");
            // The window begins between 22.5 and 15 minutes before the expiry.
            seconds(3600 - 1380).await;
            id(&cache).await.unwrap();
            settle().await;
            assert_eq!(provider.fetches(), 1, "{source:?} {off}");
            let next = expires_at.checked_add(3600).unwrap();
            provider.then(dated(identity("ASIA2", next, source.clone()), off));
            seconds(1380 - 890).await;
            id(&cache).await.unwrap();
            settle().await;
            assert_eq!(provider.fetches(), 2, "{source:?} {off}");
            assert_eq!(id(&cache).await.unwrap(), "ASIA2", "{source:?} {off}");
            assert!(now().seconds_since(began).unwrap() < 3600);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn ignores_a_clock_that_contradicts_its_credentials() {
    let days = 2 * i64::try_from(DAY).unwrap();
    for off in [days, -days, 3600, i64::MAX, i64::MIN] {
        let given = dated(identity("ASIA1", after(3600), imds()), off);
        let provider = Provider::gives([given]);
        let cache = provider.cache();
        for _ in 0..3 {
            assert_eq!(id(&cache).await.unwrap(), "ASIA1", "{off}");
            seconds(600).await;
        }
        settle().await;
        assert_eq!(provider.fetches(), 1, "{off}");
        provider.then(identity("ASIA2", after(3600), imds()));
        seconds(3600 - 1800 - 890).await;
        id(&cache).await.unwrap();
        settle().await;
        assert_eq!(id(&cache).await.unwrap(), "ASIA2", "{off}");
    }
}

#[tokio::test(start_paused = true)]
async fn uses_expired_metadata_credentials_if_there_are_no_others() {
    let provider = Provider::gives([identity("ASIA1", before(60), imds())]);
    let cache = provider.cache();
    let first = cache.identity().await.unwrap();
    assert_eq!(first.credentials().access_key_id, "ASIA1");
    let left = first.expires_at().unwrap().seconds_since(now()).unwrap();
    assert!((600..=900).contains(&left), "{left}");
    // It is asked again before that, and what it has then is taken.
    provider.then(identity("ASIA1", before(60), imds()));
    seconds(left - 300 + 1).await;
    assert_eq!(id(&cache).await.unwrap(), "ASIA1");
    settle().await;
    assert_eq!(provider.fetches(), 2);
    assert_eq!(id(&cache).await.unwrap(), "ASIA1");
    provider.then(identity("ASIA2", after(6 * 3600), imds()));
    seconds(600).await;
    id(&cache).await.unwrap();
    settle().await;
    assert_eq!(id(&cache).await.unwrap(), "ASIA2");
}

#[tokio::test(start_paused = true)]
async fn refuses_expired_credentials_without_a_rule() {
    let of_others = roles().into_iter().skip(1).chain(others()).map(|source| (source, true));
    for (source, uses_expired) in of_others.chain([(imds(), false)]) {
        let provider = Provider::gives([identity("ASIA1", before(60), source.clone())]);
        let mut settings = CacheSettings::default();
        settings.uses_expired = uses_expired;
        let error = id(&provider.cache_with(settings)).await.unwrap_err();
        let is_stale = matches!(error, CacheError::Stale(StaleCredentialsError::Expired));
        assert!(is_stale, "{source:?}: {error}");
    }
}

#[tokio::test(start_paused = true)]
async fn stops_using_just_in_time_credentials_at_their_expiry() {
    for source in others() {
        let provider = Provider::gives([identity("AKID1", after(3600), source.clone())]);
        let cache = provider.cache();
        for pause in [0, 2700, 889] {
            seconds(pause).await;
            assert_eq!(id(&cache).await.unwrap(), "AKID1", "{source:?}");
            settle().await;
            assert_eq!(provider.fetches(), 1, "{source:?}: no provider is asked ahead of time");
        }
        seconds(1).await;
        assert_eq!(id(&cache).await.unwrap(), "AKID1", "it failed, and they are good for 10 s");
        assert_eq!(provider.fetches(), 2, "{source:?}");
        seconds(9).await;
        assert_eq!(id(&cache).await.unwrap(), "AKID1", "and for one");
        seconds(1).await;
        for _ in 0..20 {
            let error = id(&cache).await.unwrap_err();
            assert!(matches!(error, CacheError::Provider(_)), "{source:?}: {error}");
            seconds(1).await;
        }
        assert_eq!(provider.fetches(), 2 + 4, "every five seconds");
        provider.then(identity("AKID2", after(3600), source));
        seconds(5).await;
        assert_eq!(id(&cache).await.unwrap(), "AKID2");
    }
}

#[tokio::test(start_paused = true)]
async fn uses_a_role_past_its_expiry_while_its_provider_fails() {
    for source in roles() {
        let provider = Provider::gives([identity("ASIA1", after(3600), source.clone())]);
        let cache = provider.cache();
        id(&cache).await.unwrap();
        seconds(4000).await;
        assert_eq!(id(&cache).await.unwrap(), "ASIA1", "{source:?}");
        seconds(4000).await;
        assert_eq!(id(&cache).await.unwrap(), "ASIA1", "{source:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn keeps_rejected_credentials_that_their_program_returns_again() {
    for source in others() {
        let given = || identity("AKID1", after(3600), source.clone());
        let provider = Provider::gives([given()]);
        let cache = provider.cache();
        id(&cache).await.unwrap();
        assert!(cache.invalidate("AKID1"));
        assert!(id(&cache).await.is_err(), "{source:?}: no program returns them");
        provider.then(given());
        seconds(5).await;
        assert_eq!(id(&cache).await.unwrap(), "AKID1", "{source:?}");
        assert!(cache.invalidate("AKID1"));
        provider.then(given());
        assert_eq!(id(&cache).await.unwrap(), "AKID1", "{source:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn limits_a_role_to_the_length_of_a_session() {
    for source in roles() {
        let directory = tempfile::tempdir().unwrap();
        let provider = Provider::gives([identity("ASIA1", Timestamp::MAX, source.clone())]);
        let cache = provider.sharing(directory.path());
        let given = cache.identity().await.unwrap();
        assert_eq!(given.expires_at(), Some(after(12 * 3600)), "{source:?}");
        settle().await;
        let path = SharedFile::new(directory.path(), "key").unwrap().path().to_owned();
        let kept = std::fs::read_to_string(path).unwrap();
        assert!(!kept.contains(&Timestamp::MAX.as_unix().to_string()), "{kept}");
        provider.then(identity("ASIA2", Timestamp::MAX, source.clone()));
        seconds(11 * 3600).await;
        id(&cache).await.unwrap();
        settle().await;
        assert_eq!(id(&cache).await.unwrap(), "ASIA2", "{source:?}");
    }
    for source in others() {
        let provider = Provider::gives([identity("AKID1", Timestamp::MAX, source.clone())]);
        let given = provider.cache().identity().await.unwrap();
        assert_eq!(given.expires_at(), Some(Timestamp::MAX), "{source:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn stores_the_renewal_rule_in_the_shared_file() {
    for (source, serves) in [(imds(), true), (Source::Custom { name: "v".to_owned() }, false)] {
        let directory = tempfile::tempdir().unwrap();
        let first = Provider::gives([identity("AKID1", after(3600), source.clone())]);
        id(&first.sharing(directory.path())).await.unwrap();
        let second = Provider::gives([]);
        let cache = second.sharing(directory.path());
        assert_eq!(id(&cache).await.unwrap(), "AKID1");
        assert_eq!(second.fetches(), 0);
        seconds(3600).await;
        assert_eq!(id(&cache).await.is_ok(), serves, "{source:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn does_not_reload_rejected_credentials_from_the_file() {
    let directory = tempfile::tempdir().unwrap();
    let given = |number: u64| identity(&format!("ASIA{number}"), after(3600 + number), imds());
    let [one, other, third] =
        [[given(1), given(2)], [given(3), given(4)], [given(5), given(6)]].map(Provider::gives);
    let (cache, elsewhere) = (one.sharing(directory.path()), other.sharing(directory.path()));
    assert_eq!(id(&cache).await.unwrap(), "ASIA1");
    settle().await;
    assert_eq!(id(&elsewhere).await.unwrap(), "ASIA1");
    // The file still has them, and is not believed.
    assert!(cache.invalidate("ASIA1"));
    assert_eq!(id(&cache).await.unwrap(), "ASIA2");
    settle().await;
    assert_eq!((one.fetches(), other.fetches()), (2, 0));
    // Nothing else comes: others do not get the rejected ones either.
    assert!(cache.invalidate("ASIA2"));
    assert_eq!(id(&cache).await.unwrap(), "ASIA2", "there are no others");
    settle().await;
    let path = SharedFile::new(directory.path(), "key").unwrap().path().to_owned();
    let kept = std::fs::read_to_string(path).unwrap();
    assert!(kept.contains("a bad minute") && !kept.contains("ASIA2"), "{kept}");
    seconds(5).await;
    assert_eq!(id(&third.sharing(directory.path())).await.unwrap(), "ASIA5");
    assert_eq!(third.fetches(), 1);
}

#[tokio::test]
async fn draws_different_random_numbers() {
    // By the real clock and the system's entropy: a fork would repeat a seed that is kept.
    let clock = Clock::default();
    let drawn: std::collections::BTreeSet<u32> = (0..64).map(|_| (clock.random)()).collect();
    assert!(drawn.len() > 60, "{drawn:?}");
    assert!((clock.now)().as_unix() >= Clock::SYSTEM.now().as_unix() - 60);
}
