//! A cache that several tokio runtimes share, and that outlives them.
#![expect(clippy::unwrap_used, reason = "a test ends where it fails")]

mod virtual_time;

use core::panic::AssertUnwindSafe;
use core::sync::atomic::{AtomicUsize, Ordering};
use core::time::Duration;
use std::io;
use std::panic::catch_unwind;
use std::sync::{Arc, mpsc};
use std::thread;

use rolesig_std::cache::{CacheSettings, SharedFile};
use rolesig_std::{Cache, Clock, Identity, ProvideCredentials};
use tokio::runtime::{Builder, Runtime};
use tokio::time::{sleep, timeout};

/// Far more than a cache may wait, and less than a fetch that hangs.
const BOUND: Duration = Duration::from_secs(60);

/// Hangs at the first fetch, and has credentials later.
#[derive(Clone, Default)]
struct HangsFirst(Arc<AtomicUsize>);

impl ProvideCredentials for HangsFirst {
    type Error = io::Error;

    async fn fetch(&mut self, clock: Clock) -> Result<Identity, io::Error> {
        if self.0.fetch_add(1, Ordering::SeqCst) == 0 {
            sleep(60 * BOUND).await;
        }
        Ok(virtual_time::identity("ASIA", clock.now().checked_add(3600)))
    }

    fn is_final(_: &io::Error) -> bool {
        false
    }
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// Starts a fetch that hangs, and leaves it there.
async fn begin(cache: &Cache<HangsFirst>) {
    timeout(Duration::from_millis(10), cache.identity()).await.unwrap_err();
}

/// Asks on another runtime; returns how often the provider was asked.
fn ask_elsewhere(cache: &Cache<HangsFirst>, provider: &HangsFirst) -> usize {
    runtime().block_on(async {
        let identity = timeout(BOUND, cache.identity()).await.unwrap().unwrap();
        assert_eq!(identity.credentials().access_key_id, "ASIA");
    });
    provider.0.load(Ordering::SeqCst)
}

fn cache(settings: CacheSettings) -> (HangsFirst, Cache<HangsFirst>) {
    let provider = HangsFirst::default();
    (provider.clone(), Cache::with_settings(provider, settings))
}

#[test]
fn fetches_on_the_next_runtime_when_one_was_dropped() {
    let (provider, cache) = cache(CacheSettings::default());
    runtime().block_on(begin(&cache));
    assert!(cache.status().last_failure.is_none(), "nobody failed");
    assert!(!cache.status().is_fetching);
    assert_eq!(ask_elsewhere(&cache, &provider), 2);
}

#[test]
fn fetches_on_the_next_runtime_when_one_was_shut_down_in_the_background() {
    let (provider, cache) = cache(CacheSettings::default());
    let first = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    first.block_on(begin(&cache));
    first.shutdown_background();
    assert_eq!(ask_elsewhere(&cache, &provider), 2);
}

/// As where a test fails in a program whose tests share a cache.
#[test]
fn fetches_on_the_next_runtime_when_one_ended_in_a_panic() {
    let (provider, cache) = cache(CacheSettings::default());
    let panics = || {
        runtime().block_on(async {
            begin(&cache).await;
            panic!("as intended")
        })
    };
    catch_unwind(AssertUnwindSafe(panics)).unwrap_err();
    assert!(cache.status().last_failure.is_none(), "the provider did not fail");
    assert_eq!(ask_elsewhere(&cache, &provider), 2);
}

#[test]
fn fetches_on_the_next_runtime_when_nobody_runs_the_first() {
    let (provider, cache) = cache(CacheSettings::default());
    let first = runtime();
    first.block_on(begin(&cache));
    assert_eq!(ask_elsewhere(&cache, &provider), 2);
    // The fetch that it finds when it runs again has ended.
    first.block_on(async {
        cache.identity().await.unwrap();
        sleep(Duration::from_millis(10)).await;
    });
    assert_eq!(provider.0.load(Ordering::SeqCst), 2);
}

#[test]
fn releases_the_shared_file_with_the_runtime() {
    let directory = tempfile::tempdir().unwrap();
    let file = SharedFile::new(directory.path().join("shared"), "key").unwrap();
    let mut settings = CacheSettings::default();
    settings.shared_file = Some(file);
    let (provider, first) = cache(settings.clone());
    let is_asked = || provider.0.load(Ordering::SeqCst) > 0;
    runtime().block_on(async {
        let _ = timeout(BOUND, async {
            let _asks = tokio::spawn({
                let first = first.clone();
                async move { first.identity().await.map(drop) }
            });
            while !is_asked() {
                sleep(Duration::from_millis(1)).await;
            }
        })
        .await;
    });
    // As another process would.
    let other = Cache::with_settings(provider.clone(), settings);
    assert_eq!(ask_elsewhere(&other, &provider), 2);
    assert_eq!(ask_elsewhere(&first, &provider), 2, "it reads what the other one wrote");
}

#[test]
fn waits_for_a_slow_fetch_on_a_runtime_that_runs() {
    /// Takes longer than a cache waits for a sign of life.
    struct Slow(Arc<AtomicUsize>);

    impl ProvideCredentials for Slow {
        type Error = io::Error;

        async fn fetch(&mut self, clock: Clock) -> Result<Identity, io::Error> {
            self.0.fetch_add(1, Ordering::SeqCst);
            sleep(Duration::from_secs(3)).await;
            Ok(virtual_time::identity("ASIA", clock.now().checked_add(3600)))
        }

        fn is_final(_: &io::Error) -> bool {
            false
        }
    }

    let fetches = Arc::new(AtomicUsize::new(0));
    let cache = Cache::new(Slow(Arc::clone(&fetches)));
    let (begins, begun) = mpsc::channel();
    let first = thread::spawn({
        let (cache, fetches) = (cache.clone(), Arc::clone(&fetches));
        move || {
            runtime().block_on(async {
                let asked = tokio::spawn(async move { cache.identity().await.map(drop) });
                while fetches.load(Ordering::SeqCst) == 0 {
                    sleep(Duration::from_millis(1)).await;
                }
                begins.send(()).unwrap();
                asked.await.unwrap().unwrap();
            });
        }
    });
    begun.recv().unwrap();
    runtime().block_on(async { timeout(BOUND, cache.identity()).await.unwrap().unwrap() });
    first.join().unwrap();
    assert_eq!(fetches.load(Ordering::SeqCst), 1);
}
