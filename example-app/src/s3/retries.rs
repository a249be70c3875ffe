//! Sending again what may yet succeed.
//!
//! There is one budget, and this is it: what is below sends again only what expired credentials or
//! a wrong clock spoilt.

use core::time::Duration;
use std::time::Instant;

use http::StatusCode;
use rolesig_std::Clock;
use rolesig_std::http::ConnectError;
use tokio::time::sleep;

use super::answer::BadListing;
use super::{S3, S3Failure};
use crate::system::descriptors;

/// When to give up on a request.
///
/// Source: "Best practices design patterns: optimizing Amazon S3 performance" (503 `SlowDown`),
/// Amazon S3 User Guide; S3A's `fs.s3a.retry.*`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetrySettings {
    /// How often it is sent at the most, leaving out when S3 said that there is too much:
    /// `fs.s3a.retry.limit` and one, or `fs.s3a.attempts.maximum` if that is more.
    pub attempts: u32,
    /// The pause before the second attempt, at the most; twice as long before each further one.
    pub pause: Duration,
    /// How often it may be turned away because there is too much: `fs.s3a.retry.throttle.limit`.
    pub throttles: u32,
    /// The pause after it was first turned away, at the most: `fs.s3a.retry.throttle.interval`.
    pub throttle_pause: Duration,
    /// Whether answers of 500 and more are worth another attempt, but those that say that there is
    /// too much: `fs.s3a.retry.http.5xx.errors`.
    pub server_errors: bool,
    /// The longest pause.
    pub longest_pause: Duration,
    /// So long after the first failure there is no further attempt.
    pub total: Duration,
}

impl Default for RetrySettings {
    /// Eight attempts from 100 ms on; 20 when there is too much, from 500 ms on; pauses up to 20 s;
    /// an hour in all from the first failure on.
    fn default() -> Self {
        Self {
            attempts: 8,
            pause: Duration::from_millis(100),
            throttles: 20,
            throttle_pause: Duration::from_millis(500),
            server_errors: true,
            longest_pause: Duration::from_secs(20),
            total: Duration::from_hours(1),
        }
    }
}

/// So often a request is sent at the most if something else than S3 answers: within a second.
const MALFORMED: u32 = 4;

/// What a failure says of the next attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// None will do better.
    Final,
    /// It may do better.
    Again,
    /// It may do better at once or not at all: something else than S3 answered.
    Briefly,
    /// It will do better later: S3 has too much to do.
    Throttled,
}

/// What to do after a failure.
pub fn judge(failure: &S3Failure) -> Verdict {
    match failure {
        S3Failure::S3(error) => match (error.code.as_str(), error.status) {
            ("SlowDown" | "Throttling" | "TooManyRequests" | "RequestLimitExceeded", _)
            | (_, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS) => {
                Verdict::Throttled
            }
            ("NotImplemented", _)
            | (
                _,
                StatusCode::NOT_IMPLEMENTED
                | StatusCode::HTTP_VERSION_NOT_SUPPORTED
                | StatusCode::NETWORK_AUTHENTICATION_REQUIRED,
            ) => Verdict::Final,
            (
                // Too little came within 20 s; or less, or other bytes than were sent.
                "RequestTimeout"
                | "IncompleteBody"
                | "BadDigest"
                | "XAmzContentSHA256Mismatch"
                | "InternalError"
                // Another writer is at the same key. Whether it was first shows at the next attempt.
                | "OperationAborted"
                | "ConditionalRequestConflict",
                _,
            )
            | (_, StatusCode::REQUEST_TIMEOUT) => Verdict::Again,
            (_, status) if status.is_server_error() || error.is_cut => Verdict::Again,
            _ => Verdict::Final,
        },
        // Too much is open here: fewer requests at once will do.
        S3Failure::NoAnswer { error, .. } | S3Failure::Client(error)
            if descriptors::are_exhausted_below(error) =>
        {
            Verdict::Throttled
        }
        S3Failure::NoAnswer { error, .. } => match error.connect_error() {
            Some(reason) if reason.is_final() => Verdict::Final,
            // The word of proxies for a host that they cannot reach, for good or not.
            Some(ConnectError::ProxyRefusal { status, .. })
                if *status == StatusCode::INTERNAL_SERVER_ERROR =>
            {
                Verdict::Briefly
            }
            None if error.is_malformed() => Verdict::Briefly,
            _ => Verdict::Again,
        },
        S3Failure::Timeout(_) | S3Failure::Stalled(_) | S3Failure::Body(_) => Verdict::Again,
        S3Failure::NotS3
        | S3Failure::Listing(BadListing::NotAListing | BadListing::Unfinished(_)) => {
            Verdict::Briefly
        }
        S3Failure::Client(_)
        | S3Failure::Endpoint(_)
        | S3Failure::Listing(
            BadListing::CutOff
            | BadListing::Xml(_)
            | BadListing::Size(_)
            | BadListing::Endless
            | BadListing::NotAskedFor(_)
            | BadListing::NotUtf8(_),
        )
        | S3Failure::Request(_) => Verdict::Final,
    }
}

/// The attempts of one request.
#[derive(Debug)]
pub struct Retries {
    settings: RetrySettings,
    /// When the first attempt failed: however long that one took, there is another.
    first_failed: Option<Instant>,
    failed: u32,
    throttled: u32,
    /// How often there was no descriptor for it.
    starved: u32,
}

impl Retries {
    /// Before the first attempt.
    pub fn new(settings: RetrySettings) -> Self {
        Self { settings, first_failed: None, failed: 0, throttled: 0, starved: 0 }
    }

    /// Waits until it is time for the next attempt, and says why there is one.
    ///
    /// # Errors
    /// With the failure, if there is to be none.
    pub async fn after(&mut self, failure: S3Failure) -> Result<Verdict, S3Failure> {
        let verdict = judge(&failure);
        let settings = &self.settings;
        let is_starved = is_without_descriptor(&failure);
        let longest = if is_starved { descriptors::LONGEST_PAUSE } else { settings.longest_pause };
        let (limit, count, first) = match verdict {
            Verdict::Again if !settings.server_errors && is_server_error(&failure) => {
                return Err(failure);
            }
            Verdict::Final => return Err(failure),
            Verdict::Again => (settings.attempts, &mut self.failed, settings.pause),
            Verdict::Briefly => {
                (settings.attempts.min(MALFORMED), &mut self.failed, settings.pause)
            }
            Verdict::Throttled if is_starved => {
                (descriptors::ATTEMPTS, &mut self.starved, descriptors::PAUSE)
            }
            Verdict::Throttled => {
                (settings.throttles, &mut self.throttled, settings.throttle_pause)
            }
        };
        *count += 1;
        let doubled = first.saturating_mul(2_u32.saturating_pow(*count - 1));
        let pause = doubled.min(longest);
        let elapsed = self.first_failed.get_or_insert_with(Instant::now).elapsed();
        if *count >= limit || elapsed + pause > settings.total {
            return Err(failure);
        }
        sleep(jittered(pause)).await;
        Ok(verdict)
    }
}

/// Whether nothing was sent since this process, or the system, has no descriptor left.
fn is_without_descriptor(failure: &S3Failure) -> bool {
    matches!(failure, S3Failure::NoAnswer { error, .. } | S3Failure::Client(error)
        if descriptors::are_exhausted_below(error))
}

fn is_server_error(failure: &S3Failure) -> bool {
    matches!(failure, S3Failure::S3(error) if error.status.is_server_error())
}

impl S3 {
    /// Before the first attempt at a request.
    pub(crate) fn retries(&self) -> Retries {
        Retries::new(self.retries)
    }

    /// Asks something, again until there is an answer or nothing is to be hoped for.
    ///
    /// # Errors
    /// If S3 does not say.
    pub async fn again<T>(
        &self,
        question: impl AsyncFn(&Self) -> Result<T, S3Failure>,
    ) -> Result<T, S3Failure> {
        self.again_within(self.retries(), question).await
    }

    /// As [`again`](Self::again), with attempts of its own.
    pub(crate) async fn again_within<T>(
        &self,
        mut retries: Retries,
        question: impl AsyncFn(&Self) -> Result<T, S3Failure>,
    ) -> Result<T, S3Failure> {
        loop {
            match question(self).await {
                Ok(answer) => return Ok(answer),
                Err(failure) => retries.after(failure).await?,
            };
        }
    }
}

/// Half of a pause up to all of it, so that those who were turned away at once do not come back at
/// once.
fn jittered(pause: Duration) -> Duration {
    let random = Clock::SYSTEM.random();
    pause / 2 + pause * (random >> 16) / (2 * 65_536)
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::*;
    use crate::s3::answer::S3Error;

    fn refused(status: u16, code: &str) -> S3Failure {
        let body = format!("<Error><Code>{code}</Code></Error>");
        let status = StatusCode::from_u16(status).unwrap();
        S3Failure::S3(S3Error::read(status, &HeaderMap::new(), body.as_bytes()))
    }

    #[test]
    fn failures_are_judged() {
        for (status, code, verdict) in [
            (200, "InternalError", Verdict::Again),
            (200, "SlowDown", Verdict::Throttled),
            (503, "", Verdict::Throttled),
            (429, "x", Verdict::Throttled),
            (500, "", Verdict::Again),
            (502, "", Verdict::Again),
            (501, "NotImplemented", Verdict::Final),
            (400, "RequestTimeout", Verdict::Again),
            (400, "InvalidPart", Verdict::Final),
            (403, "AccessDenied", Verdict::Final),
            (404, "NoSuchUpload", Verdict::Final),
            (501, "", Verdict::Final),
            (505, "", Verdict::Final),
            (511, "", Verdict::Final),
            (409, "ConditionalRequestConflict", Verdict::Again),
            (412, "PreconditionFailed", Verdict::Final),
        ] {
            assert_eq!(judge(&refused(status, code)), verdict, "{status} {code}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn throttles_have_a_budget_of_their_own() {
        let mut retries = Retries::new(RetrySettings::default());
        for _ in 1..8 {
            assert_eq!(retries.after(refused(500, "")).await.unwrap(), Verdict::Again);
        }
        for _ in 1..20 {
            assert_eq!(retries.after(refused(503, "")).await.unwrap(), Verdict::Throttled);
        }
        assert!(retries.after(refused(503, "")).await.is_err());
        assert!(retries.after(refused(500, "")).await.is_err());
    }

    #[cfg(unix)]
    #[tokio::test(start_paused = true)]
    async fn descriptors_are_waited_for_a_minute_at_the_most() {
        let failure = || {
            let error = std::io::Error::from(rustix::io::Errno::MFILE);
            let error = rolesig_std::client::ClientError::Connect(ConnectError::Tcp(error));
            S3Failure::NoAnswer { host: "h".to_owned(), error }
        };
        let begin = tokio::time::Instant::now();
        let mut retries = Retries::new(RetrySettings::default());
        let last = loop {
            match retries.after(failure()).await {
                Ok(verdict) => assert_eq!(verdict, Verdict::Throttled),
                Err(failure) => break failure.to_string(),
            }
        };
        assert!(begin.elapsed() <= Duration::from_mins(1), "{:?}", begin.elapsed());
        assert!(last.ends_with("raise the limit of open files (ulimit -n)"), "{last}");
    }

    #[tokio::test]
    async fn the_time_begins_with_the_first_failure() {
        let total = Duration::from_millis(100);
        let pause = Duration::from_millis(1);
        let mut retries = Retries::new(RetrySettings { pause, total, ..RetrySettings::default() });
        // The first attempt took longer.
        sleep(2 * total).await;
        assert!(retries.after(refused(500, "InternalError")).await.is_ok());
        sleep(2 * total).await;
        assert!(retries.after(refused(500, "InternalError")).await.is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn errors_of_the_server_may_be_final() {
        let settings = RetrySettings { server_errors: false, ..RetrySettings::default() };
        assert!(Retries::new(settings).after(refused(500, "")).await.is_err());
        assert!(Retries::new(settings).after(refused(503, "")).await.is_ok());
        assert!(Retries::new(settings).after(refused(400, "RequestTimeout")).await.is_ok());
    }

    #[test]
    fn pauses_differ_within_bounds() {
        let pause = Duration::from_millis(100);
        let pauses: Vec<_> = (0..100).map(|_| jittered(pause)).collect();
        assert!(pauses.iter().all(|jittered| (pause / 2..pause).contains(jittered)));
        assert!(pauses.iter().any(|jittered| *jittered != pauses[0]), "{pauses:?}");
    }
}
