//! AWS's own scenarios for the renewal of credentials, played by the cache. The core has the same
//! ones in its `tests/refresh.rs`.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test ends where it fails")]

mod virtual_time;

use core::time::Duration;
use std::io;
use std::sync::{Arc, Mutex};

use rolesig::Refresh;
use rolesig_std::cache::{CacheError, CacheSettings};
use rolesig_std::{Cache, Clock, Identity, ProvideCredentials};
use serde_json::Value;
use tokio::task::yield_now;
use tokio::time::sleep;

const VECTORS: &str = include_str!("vectors/credential-refresh.json");
const LIFETIME: u64 = 3600;

/// The next response of the provider, its lifetime, and the number of questions.
#[derive(Clone, Default)]
struct Source(Arc<Mutex<(String, u64, u64)>>);

impl Source {
    fn answers(&self, response: &str, lifetime: u64) {
        *self.0.lock().unwrap() = (response.to_owned(), lifetime, 0);
    }
}

impl ProvideCredentials for Source {
    type Error = io::Error;

    async fn fetch(&mut self, _: Clock) -> Result<Identity, io::Error> {
        let (response, lifetime, asked) = &mut *self.0.lock().unwrap();
        *asked += 1;
        let in_seconds = |seconds| virtual_time::now().checked_add(seconds);
        match response.as_str() {
            "freshCredentials" => Ok(virtual_time::identity("AKID-NEW", in_seconds(*lifetime))),
            "staleCredentials" => Ok(virtual_time::identity("AKID-OLD", in_seconds(0))),
            "error" => Err(io::Error::other("failed")),
            "nonRecoverableError" => Err(io::ErrorKind::PermissionDenied.into()),
            // The credentials that a scenario has cached.
            id => Ok(virtual_time::identity(id, in_seconds(*lifetime))),
        }
    }

    fn is_final(error: &io::Error) -> bool {
        error.kind() == io::ErrorKind::PermissionDenied
    }
}

#[test]
fn passes_the_scenarios_of_aws() {
    let scenarios: Vec<Value> = serde_json::from_str(VECTORS).unwrap();
    assert_eq!(scenarios.len(), 24);
    for scenario in scenarios {
        // Each has its own clock.
        let played = std::thread::spawn(move || {
            let mut builder = tokio::runtime::Builder::new_current_thread();
            let runtime = builder.enable_all().start_paused(true).build().unwrap();
            runtime.block_on(play(&scenario));
        });
        played.join().unwrap();
    }
}

async fn play(scenario: &Value) {
    let (given, what) = (&scenario["given"], &scenario["documentation"]);
    let backoff = given["refreshBackoffSeconds"].as_u64().unwrap_or(300);
    virtual_time::fix(u32::try_from(backoff - 300).unwrap());
    let refresh = given["configuredAdvisoryWindowSeconds"]
        .as_u64()
        // As they have it. The cache's own, which is spread, rests for less near the expiry.
        .map_or(Refresh::new(), |seconds| {
            Refresh::with_advisory_window(u32::try_from(seconds).unwrap())
        });
    let source = Source::default();
    let mut settings = CacheSettings::default();
    settings.refresh = refresh;
    settings.clock = virtual_time::CLOCK;
    let cache = Cache::with_settings(source.clone(), settings);

    let cached = given["accessKeyId"].as_str().unwrap_or("AKID-1");
    let age = match given["cachedCredentials"].as_str().unwrap() {
        "none" => None,
        "valid" => Some(0),
        "advisory" => Some(LIFETIME - 900),
        "mandatory" => Some(LIFETIME - 60),
        "expired" => Some(LIFETIME),
        other => panic!("{other}"),
    };
    if let Some(age) = age {
        source.answers(cached, LIFETIME);
        cache.identity().await.unwrap();
        seconds(age).await;
    }
    for step in scenario["steps"].as_array().unwrap() {
        match step["type"].as_str().unwrap() {
            "advanceTime" => seconds(step["seconds"].as_u64().unwrap()).await,
            "invalidate" => {
                let rejected = step["rejectedAccessKeyId"].as_str().unwrap();
                assert_eq!(cache.invalidate(rejected), rejected == cached, "{what}");
            }
            "getCredentials" => get_credentials(&cache, &source, step, what).await,
            other => panic!("{other}"),
        }
    }
}

async fn get_credentials(cache: &Cache<Source>, source: &Source, step: &Value, what: &Value) {
    let expected = &step["expected"];
    let lifetime = step["lifetimeSeconds"].as_u64().unwrap_or(LIFETIME);
    source.answers(step["response"].as_str().unwrap_or("error"), lifetime);
    // In the advisory window even who begins the renewal does not wait for it: its result is what
    // the next one gets.
    let _ = cache.identity().await;
    for _ in 0..20 {
        yield_now().await;
    }
    let result = match cache.identity().await {
        Ok(identity) if identity.credentials().access_key_id == "AKID-NEW" => "newCredentials",
        Ok(_) => "cachedCredentials",
        Err(CacheError::Provider(error)) if Source::is_final(&error) => "nonRecoverableError",
        Err(_) => "noCredentialsError",
    };
    assert_eq!(result, expected["result"], "{what}");
    let asked = source.0.lock().unwrap().2;
    assert_eq!(asked, u64::from(expected["sourceContacted"].as_bool().unwrap()), "{what}");
    if result == "noCredentialsError" {
        // The one difference: without credentials a failure stands for so long.
        seconds(5).await;
    }
    if let Some(window) = expected["advisoryWindowSeconds"].as_u64() {
        // A program that is given these and nothing else.
        let refresh_is_due = |left: u64| {
            let shown = format!("{cache:?}");
            let at = virtual_time::now().checked_add(lifetime - left).unwrap().as_unix();
            shown.contains(&format!("advisory_at: {at},"))
        };
        assert!(refresh_is_due(window), "{what}: {cache:?}");
    }
}

async fn seconds(seconds: u64) {
    sleep(Duration::from_secs(seconds)).await;
}
