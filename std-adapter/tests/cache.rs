//! The cache, in virtual time, with a provider that follows a script.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test ends where it fails")]

mod virtual_time;

use core::time::Duration;
use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex};

use rolesig::StaleCredentialsError;
use rolesig_std::cache::{CacheError, CacheSettings, SharedFile};
use rolesig_std::{Cache, Clock, Identity, ProvideCredentials};
use tokio::task::yield_now;
use tokio::time::{Instant, sleep, timeout};

/// The response of a provider.
#[derive(Clone, Copy, Debug)]
enum Does {
    /// Credentials of this name with a lifetime of `seconds`.
    Gives(&'static str, u64),
    Fails,
    FailsForGood,
    Panics,
}

/// Takes its time, and fails when it has nothing more to do.
#[derive(Clone, Default)]
struct Script {
    takes: Duration,
    to_do: Arc<Mutex<(VecDeque<Does>, usize)>>,
}

impl Script {
    fn new(takes: u64, to_do: impl IntoIterator<Item = Does>) -> Self {
        let to_do = Arc::new(Mutex::new((to_do.into_iter().collect(), 0)));
        Self { takes: Duration::from_secs(takes), to_do }
    }

    fn fetches(&self) -> usize {
        self.to_do.lock().unwrap().1
    }

    fn cache(&self) -> Cache<Self> {
        self.cache_with(CacheSettings::default())
    }

    fn cache_with(&self, mut settings: CacheSettings) -> Cache<Self> {
        settings.clock = virtual_time::CLOCK;
        Cache::with_settings(self.clone(), settings)
    }
}

impl ProvideCredentials for Script {
    type Error = io::Error;

    async fn fetch(&mut self, _: Clock) -> Result<Identity, io::Error> {
        let next = {
            let (to_do, fetches) = &mut *self.to_do.lock().unwrap();
            *fetches += 1;
            to_do.pop_front().unwrap_or(Does::Fails)
        };
        sleep(self.takes).await;
        match next {
            Does::Gives(id, seconds) => {
                let expires_at = virtual_time::now().checked_add(seconds);
                Ok(virtual_time::identity(id, expires_at))
            }
            Does::Fails => Err(io::Error::other("a bad minute")),
            Does::FailsForGood => Err(io::ErrorKind::PermissionDenied.into()),
            Does::Panics => panic!("as intended"),
        }
    }

    fn is_final(error: &io::Error) -> bool {
        error.kind() == io::ErrorKind::PermissionDenied
    }
}

async fn id(cache: &Cache<Script>) -> Result<String, CacheError<io::Error>> {
    Ok(cache.identity().await?.credentials().access_key_id.to_owned())
}

async fn seconds(seconds: u64) {
    sleep(Duration::from_secs(seconds)).await;
}

/// Whatever runs in the background gets as far as it gets without time.
async fn settle() {
    for _ in 0..20 {
        yield_now().await;
    }
}

#[tokio::test(start_paused = true)]
async fn fetches_once_for_a_thousand_tasks() {
    let script = Script::new(5, [Does::Gives("ASIA1", 3600)]);
    let cache = script.cache();
    let began = Instant::now();
    let tasks: Vec<_> = (0..1000)
        .map(|_| {
            let cache = cache.clone();
            tokio::spawn(async move { id(&cache).await.unwrap() })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.unwrap(), "ASIA1");
    }
    assert_eq!((script.fetches(), began.elapsed().as_secs()), (1, 5));
}

#[tokio::test(start_paused = true)]
async fn does_not_wait_in_the_advisory_window() {
    let script = Script::new(3, [Does::Gives("ASIA1", 3600), Does::Gives("ASIA2", 3600)]);
    let cache = script.cache();
    assert_eq!(id(&cache).await.unwrap(), "ASIA1");
    seconds(3600 - 900).await;
    let began = Instant::now();
    for _ in 0..1000 {
        assert_eq!(id(&cache).await.unwrap(), "ASIA1");
    }
    assert_eq!(began.elapsed(), Duration::ZERO);
    seconds(4).await;
    assert_eq!((id(&cache).await.unwrap(), script.fetches()), ("ASIA2".to_owned(), 2));
}

#[tokio::test(start_paused = true)]
async fn waits_in_the_last_minute_for_the_fetch_under_way() {
    let script = Script::new(30, [Does::Gives("ASIA1", 3600), Does::Gives("ASIA2", 3600)]);
    let cache = script.cache();
    id(&cache).await.unwrap();
    seconds(3600 - 80).await;
    assert_eq!(id(&cache).await.unwrap(), "ASIA1");
    seconds(21).await;
    assert_eq!((id(&cache).await.unwrap(), script.fetches()), ("ASIA2".to_owned(), 2));
}

#[tokio::test(start_paused = true)]
async fn uses_expired_credentials_while_the_provider_fails() {
    let script = Script::new(0, [Does::Gives("ASIA1", 3600)]);
    let cache = script.cache();
    id(&cache).await.unwrap();
    seconds(3600).await;
    for _ in 0..29 {
        assert_eq!(id(&cache).await.unwrap(), "ASIA1");
        seconds(1).await;
    }
    assert_eq!(script.fetches(), 2);
    seconds(32).await;
    assert_eq!((id(&cache).await.unwrap(), script.fetches()), ("ASIA1".to_owned(), 3));
}

#[tokio::test(start_paused = true)]
async fn forgets_expired_credentials_if_configured() {
    let script = Script::new(0, [Does::Gives("ASIA1", 3600)]);
    let mut settings = CacheSettings::default();
    settings.uses_expired = false;
    let cache = script.cache_with(settings);
    id(&cache).await.unwrap();
    seconds(3599).await;
    assert_eq!(id(&cache).await.unwrap(), "ASIA1", "asking failed, and it is good for a second");
    seconds(1).await;
    for _ in 0..20 {
        assert!(matches!(id(&cache).await, Err(CacheError::Provider(_))));
        seconds(1).await;
    }
    assert_eq!(script.fetches(), 2 + 4, "every five seconds");
    script.to_do.lock().unwrap().0.push_back(Does::Gives("ASIA2", 3600));
    seconds(5).await;
    assert_eq!(id(&cache).await.unwrap(), "ASIA2");

    // Rejected credentials are treated as expired, and do not come back.
    assert!(cache.invalidate("ASIA2"));
    script.to_do.lock().unwrap().0.push_back(Does::Gives("ASIA2", 3600));
    let error = id(&cache).await.unwrap_err();
    assert!(matches!(error, CacheError::Stale(StaleCredentialsError::Unchanged)), "{error}");
}

#[tokio::test(start_paused = true)]
async fn continues_a_fetch_after_its_caller_is_gone() {
    let script = Script::new(5, [Does::Gives("ASIA1", 3600)]);
    let cache = script.cache();
    timeout(Duration::from_secs(1), cache.identity()).await.unwrap_err();
    seconds(5).await;
    let began = Instant::now();
    assert_eq!(id(&cache).await.unwrap(), "ASIA1");
    assert_eq!((began.elapsed(), script.fetches()), (Duration::ZERO, 1));
}

#[tokio::test(start_paused = true)]
async fn shares_a_first_failure_for_five_seconds() {
    let script = Script::new(7, [Does::Fails, Does::Gives("ASIA1", 3600)]);
    let cache = script.cache();
    let tasks: Vec<_> = (0..1000)
        .map(|_| {
            let cache = cache.clone();
            tokio::spawn(async move { id(&cache).await.unwrap_err() })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.unwrap().to_string(), "a bad minute");
    }
    seconds(4).await;
    assert!(id(&cache).await.is_err());
    assert_eq!(script.fetches(), 1);
    seconds(1).await;
    assert_eq!(id(&cache).await.unwrap(), "ASIA1");
}

#[tokio::test(start_paused = true)]
async fn shows_final_errors_at_once_whatever_is_held() {
    virtual_time::fix(4);
    let script = Script::new(0, [Does::Gives("ASIA1", 3600), Does::FailsForGood]);
    let cache = script.cache();
    id(&cache).await.unwrap();
    seconds(3600 - 900).await;
    id(&cache).await.unwrap();
    settle().await;
    for _ in 0..5 {
        assert!(matches!(id(&cache).await, Err(CacheError::Provider(_))));
        seconds(1).await;
    }
    assert_eq!(script.fetches(), 2);
    assert_eq!(id(&cache).await.unwrap(), "ASIA1", "while it is asked again");
    settle().await;
    assert_eq!(script.fetches(), 3);
}

#[tokio::test(start_paused = true)]
async fn asks_a_provider_again_after_a_panic() {
    let script = Script::new(
        1,
        [Does::Panics, Does::Gives("ASIA1", 3600), Does::Panics, Does::Gives("ASIA2", 3600)],
    );
    let cache = script.cache();
    let (one, other) = tokio::join!(id(&cache), id(&cache));
    assert!(matches!((one, other), (Err(CacheError::CutOff), Err(CacheError::CutOff))));
    seconds(5).await;
    assert_eq!(id(&cache).await.unwrap(), "ASIA1");
    seconds(3600).await;
    assert_eq!(id(&cache).await.unwrap(), "ASIA1", "a panic is a failure as any other");
    seconds(600).await;
    assert_eq!(id(&cache).await.unwrap(), "ASIA2");
}

#[test]
fn keeps_the_cache_usable_after_a_runtime_ends() {
    let runtime = |is_paused| {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        builder.enable_all().start_paused(is_paused).build().unwrap()
    };
    // The cache is by the real clock here.
    let script = Script::new(60, [Does::Fails, Does::Gives("ASIA1", 2_000_000_000)]);
    let cache = Cache::new(script.clone());
    runtime(false).block_on(async {
        timeout(Duration::from_millis(10), cache.identity()).await.unwrap_err();
    });
    runtime(true).block_on(async {
        assert_eq!((id(&cache).await.unwrap(), script.fetches()), ("ASIA1".to_owned(), 2));
    });
}

#[test]
fn restarts_the_fetch_on_another_runtime() {
    let script = Script::new(3600, [Does::Fails, Does::Gives("ASIA1", 2_000_000_000)]);
    let cache = Cache::new(script.clone());
    let runtime = |is_paused| {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        builder.enable_all().start_paused(is_paused).build().unwrap()
    };
    let first = runtime(false);
    first.block_on(async {
        timeout(Duration::from_millis(10), cache.identity()).await.unwrap_err();
    });
    let waits = cache.clone();
    let (begins, begun) = std::sync::mpsc::channel();
    let other = std::thread::spawn(move || {
        // Its clock stops, except for its own sleeps: there are none until the other one
        // ends.
        runtime(true).block_on(async {
            let waiting = tokio::spawn(async move { id(&waits).await });
            settle().await;
            begins.send(()).unwrap();
            waiting.await.unwrap()
        })
    });
    begun.recv().unwrap();
    drop(first);
    assert_eq!((other.join().unwrap().unwrap(), script.fetches()), ("ASIA1".to_owned(), 2));
}

#[tokio::test(start_paused = true)]
async fn renews_rejected_credentials_for_the_next_task() {
    let script = Script::new(1, [Does::Gives("ASIA1", 3600), Does::Gives("ASIA2", 3600)]);
    let cache = script.cache();
    id(&cache).await.unwrap();
    assert!(!cache.invalidate("ASIA0") && cache.invalidate("ASIA1"));
    let (one, other) = tokio::join!(id(&cache), id(&cache));
    assert_eq!((one.unwrap().as_str(), other.unwrap().as_str()), ("ASIA2", "ASIA2"));
    assert!(!cache.invalidate("ASIA1"), "it has been replaced");
    assert_eq!(script.fetches(), 2);
}

#[tokio::test(start_paused = true)]
async fn hides_secrets_in_debug() {
    let cache = Script::new(0, [Does::Gives("ASIA1", 3600)]).cache();
    id(&cache).await.unwrap();
    let shown = format!("{cache:?}");
    assert!(shown.contains("ASIA1") && !shown.contains("secret"), "{shown}");
}

/// Returns the credentials of two processes that share a file while a fetch takes some seconds,
/// when they got them, and how many fetches that took.
async fn shared_by_two(takes: u64) -> ([(String, Duration); 2], usize) {
    let directory = tempfile::tempdir().unwrap();
    let script = Script::new(takes, [Does::Gives("ASIA1", 3600), Does::Gives("ASIA2", 3600)]);
    let of_one = || {
        let mut settings = CacheSettings::default();
        let file = SharedFile::new(directory.path().join("shared"), "key").unwrap();
        settings.shared_file = Some(file);
        script.cache_with(settings)
    };
    let began = Instant::now();
    let got = |cache: Cache<Script>| async move { (id(&cache).await.unwrap(), began.elapsed()) };
    let (one, other) = tokio::join!(got(of_one()), got(of_one()));
    ([one, other], script.fetches())
}

#[tokio::test(start_paused = true)]
async fn waits_for_other_processes_as_long_as_the_provider_may_take() {
    let (got, fetches) = shared_by_two(55).await;
    assert_eq!(fetches, 1);
    for (id, after) in got {
        assert_eq!(id, "ASIA1");
        assert!(after < Duration::from_secs(58), "{after:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn does_not_wait_for_a_stopped_process() {
    let (mut got, fetches) = shared_by_two(600).await;
    got.sort();
    assert_eq!(fetches, 2);
    assert_eq!([&*got[0].0, &*got[1].0], ["ASIA1", "ASIA2"]);
    let began = got[1].1.saturating_sub(Duration::from_secs(600));
    assert!((65..68).contains(&began.as_secs()), "{began:?}");
}
