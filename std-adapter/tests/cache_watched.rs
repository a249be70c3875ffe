//! Renewals as a program sees them: the status of a cache, and its spans and events.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where it fails")]

mod scripted;
mod virtual_time;

use core::time::Duration;
use std::collections::VecDeque;
use std::io;

use rolesig::{Credentials, RefreshState};
use rolesig_std::cache::{CacheError, CacheSettings};
use rolesig_std::{Cache, Clock, Identity, ProvideCredentials, Source};
use tokio::task::yield_now;
use tokio::time::sleep;

const SECRET: &str = "marker-of-a-secret";

/// Returns credentials with the given lifetimes in seconds, or fails; and fails after the last.
struct Script(VecDeque<Result<u64, io::ErrorKind>>);

impl Script {
    fn cache(
        mut settings: CacheSettings,
        steps: impl IntoIterator<Item = Result<u64, io::ErrorKind>>,
    ) -> Cache<Self> {
        settings.clock = virtual_time::CLOCK;
        Cache::with_settings(Self(steps.into_iter().collect()), settings)
    }
}

impl ProvideCredentials for Script {
    type Error = io::Error;

    async fn fetch(&mut self, clock: Clock) -> Result<Identity, io::Error> {
        let next = self.0.pop_front().unwrap_or(Err(io::ErrorKind::NotFound));
        let expires_at = clock.now().checked_add(next.map_err(io::Error::from)?);
        let credentials = Credentials {
            access_key_id: "ASIA1",
            secret_access_key: SECRET,
            session_token: Some(SECRET),
        };
        let (endpoint, role) = ("http://imds".to_owned(), "worker".to_owned());
        Ok(Identity::new(credentials, expires_at, None, Source::Imds { endpoint, role }))
    }

    fn is_final(error: &io::Error) -> bool {
        error.kind() == io::ErrorKind::PermissionDenied
    }
}

async fn pass(seconds: u64) {
    sleep(Duration::from_secs(seconds)).await;
    for _ in 0..20 {
        yield_now().await;
    }
}

#[tokio::test(start_paused = true)]
async fn shows_the_remaining_time_and_the_failed_renewal() {
    let failure = Err(io::ErrorKind::TimedOut);
    let cache = Script::cache(CacheSettings::default(), [Ok(3600), failure, Ok(7200)]);
    let status = cache.status();
    assert_eq!((status.refresh, status.seconds_left), (RefreshState::Initial, None));
    assert!(status.identity.is_none() && status.fetched_at.is_none() && !status.is_fetching);

    cache.identity().await.unwrap();
    let fetched_at = virtual_time::now();
    let status = cache.status();
    assert_eq!((status.refresh, status.seconds_left), (RefreshState::Valid, Some(3600)));
    assert_eq!(status.fetched_at, Some(fetched_at));
    assert!(status.last_failure.is_none());

    // No caller sees the failure of a renewal in the background.
    pass(3000).await;
    cache.identity().await.unwrap();
    assert!(cache.status().is_fetching);
    pass(1).await;
    cache.identity().await.unwrap();
    let status = cache.status();
    let failure = status.last_failure.unwrap();
    assert!(matches!(&failure.error, CacheError::Provider(error)
        if error.kind() == io::ErrorKind::TimedOut));
    assert_eq!(failure.at.seconds_since(fetched_at), Some(3000));
    assert_eq!((status.refresh, status.seconds_left), (RefreshState::BackingOff, Some(599)));

    // It is gone with the next success.
    pass(600).await;
    cache.identity().await.unwrap();
    pass(1).await;
    let status = cache.status();
    assert!(status.last_failure.is_none() && status.seconds_left > Some(7000), "{status:?}");
}

#[tokio::test(start_paused = true)]
async fn shows_a_status_without_a_fetch() {
    let cache = Script::cache(CacheSettings::default(), [Ok(3600)]);
    cache.identity().await.unwrap();
    pass(4000).await;
    let status = cache.status();
    assert_eq!((status.refresh, status.seconds_left), (RefreshState::Mandatory, Some(0)));
    assert!(!status.is_fetching && !format!("{status:?}").contains(SECRET));
}

#[cfg(feature = "tracing")]
mod events {
    use rolesig_std::cache::SharedFile;
    use rolesig_std::config::Environment;
    use rolesig_std::provider::Chain;

    use super::scripted::log::Log;
    use super::scripted::{Server, ok, response};
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn report_fetches_failures_and_fallbacks() {
        let (log, _logs) = Log::begin();
        let denied = Err(io::ErrorKind::PermissionDenied);
        let failed = Err(io::ErrorKind::TimedOut);
        let cache = Script::cache(CacheSettings::default(), [Ok(3600), failed, failed, denied]);
        cache.identity().await.unwrap();
        let [fetched] = log.lines("fetched credentials").try_into().unwrap();
        assert!(fetched.contains("INFO") && fetched.contains("role worker"), "{fetched}");
        assert!(fetched.contains("seconds_left=3600"), "{fetched}");
        assert!(fetched.contains("fetch_credentials") && fetched.contains("due=Initial"));

        pass(3000).await;
        cache.identity().await.unwrap();
        pass(1).await;
        let [kept] = log.lines("kept credentials").try_into().unwrap();
        assert!(kept.contains("WARN") && kept.contains("timed out"), "{kept}");
        assert!(kept.contains("due=Advisory") && kept.contains("seconds_left=600"), "{kept}");

        pass(700).await;
        cache.identity().await.unwrap();
        assert_eq!(log.lines("kept expired credentials").len(), 1);

        assert!(cache.invalidate("ASIA1") && !cache.invalidate("ASIA0"));
        assert_eq!(log.lines("a service rejected the credentials").len(), 1);
        pass(700).await;
        cache.identity().await.unwrap_err();
        let [refused] = log.lines("until a setting changes").try_into().unwrap();
        assert!(refused.contains("is_final=true"), "{refused}");
        assert!(log.lines(SECRET).is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn report_the_shared_file() {
        let (log, _logs) = Log::begin();
        let directory = tempfile::tempdir().unwrap();
        let file = SharedFile::new(directory.path().join("shared"), "key").unwrap();
        let mut settings = CacheSettings::default();
        settings.shared_file = Some(file);
        Script::cache(settings.clone(), [Ok(3600)]).identity().await.unwrap();
        assert_eq!(log.lines("wrote the shared file").len(), 1);
        Script::cache(settings.clone(), []).identity().await.unwrap();
        assert_eq!(log.lines("fetched by another process").len(), 1);

        std::fs::remove_dir_all(directory.path()).unwrap();
        Script::cache(settings, [Ok(3600)]).identity().await.unwrap();
        let [alone] = log.lines("fetching without the shared file").try_into().unwrap();
        assert!(alone.contains("WARN") && alone.contains("could not be reached"), "{alone}");
        assert!(log.lines(SECRET).is_empty());
    }

    /// The fetch belongs to the span of the request that starts it.
    #[tokio::test(start_paused = true)]
    async fn belong_to_the_span_of_the_caller() {
        use tracing::Instrument as _;

        let (log, _logs) = Log::begin();
        let cache = Script::cache(CacheSettings::default(), [Ok(3600)]);
        cache.identity().instrument(tracing::info_span!("upload")).await.unwrap();
        let [fetched] = log.lines("fetched credentials").try_into().unwrap();
        assert!(fetched.contains("upload:fetch_credentials"), "{fetched}");
    }

    #[test]
    fn report_an_interrupted_fetch() {
        let (log, _logs) = Log::begin();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let hangs = Server::hangs().await;
            let url = hangs.origin.to_string();
            let variables = [("AWS_EC2_METADATA_SERVICE_ENDPOINT", url.as_str())];
            let cache = Cache::new(Chain::new(&variables.into_iter().collect::<Environment>()));
            let asked = tokio::time::timeout(Duration::from_millis(50), cache.identity());
            asked.await.unwrap_err();
        });
        drop(runtime);
        assert_eq!(log.lines("cut off").len(), 1);
    }

    /// Services that hand out secrets, and that repeat the request.
    #[tokio::test]
    async fn contain_no_secret_of_any_response() {
        let (log, _logs) = Log::begin();
        let keys = format!(
            r#"{{"Code":"Success","AccessKeyId":"ASIA1","SecretAccessKey":"{SECRET}","Token":"{SECRET}","Expiration":"2035-08-30T13:36:00Z"}}"#
        );
        let broken = keys.replace("2035-08-30T13:36:00Z", SECRET);
        let echo = format!(r#"{{"code":"{SECRET}","message":"no {SECRET} here"}}"#);
        for body in [ok(&keys), ok(&broken), response(403, &echo), response(400, SECRET)] {
            let server = Server::answers(&[body]).await;
            let url = format!("{}/credentials", server.origin);
            let environment: Environment = [
                ("AWS_CONTAINER_CREDENTIALS_FULL_URI", url.as_str()),
                ("AWS_CONTAINER_AUTHORIZATION_TOKEN", SECRET),
            ]
            .into_iter()
            .collect();
            let _ = Cache::new(Chain::new(&environment)).identity().await;
        }
        assert_eq!(log.lines("fetched credentials").len(), 1);
        assert_eq!(log.lines("no credentials").len(), 3);
        assert!(log.lines("asked a provider of the chain").len() >= 4);
        let lines: Vec<_> = log.lines(SECRET);
        assert!(lines.is_empty(), "{lines:?}");
    }
}
