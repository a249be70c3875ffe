//! The attempts of requests that can still succeed.
//!
//! This is the only budget of attempts: the layer below repeats a request only if expired
//! credentials or a wrong clock made it fail.

use core::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::LocalBoxFuture;
use http::StatusCode;
use rolesig_std::Clock;
use rolesig_std::http::{Backoff, ConnectError, RetryBudget};
pub use rolesig_std::http::{RetrySettings, Verdict};
use tokio::time::{Instant, sleep};

use super::kind::S3ErrorKind;
use super::listing::ListingError;
use super::operation::OperationError;
use super::s3_error::S3Error;
use crate::system::descriptors;

/// The attempts at a request by default: eight from 100 ms on; 20 throttled ones from 500 ms on;
/// pauses up to 20 s; an hour in all from the first failure on. They stand for `fs.s3a.retry.limit`
/// and one, or `fs.s3a.attempts.maximum` if that is more, and so on.
///
/// Source: "Best practices design patterns: optimizing Amazon S3 performance" (503 `SlowDown`),
/// Amazon S3 User Guide; S3A's `fs.s3a.retry.*`.
pub const DEFAULT_RETRIES: RetrySettings = {
    let mut retries = RetrySettings::STANDARD;
    retries.attempts = 8;
    retries.brief_attempts = 4;
    retries.pause = Duration::from_millis(100);
    retries.throttles = 20;
    retries.throttle_pause = Duration::from_millis(500);
    retries.server_errors = true;
    retries.longest_pause = Duration::from_secs(20);
    retries.total = Duration::from_hours(1);
    retries
};

/// Judges whether another attempt can succeed.
pub fn judge(error: &OperationError) -> Verdict {
    match error {
        OperationError::Refused(error) => of_refusal(error),
        // Too much is open here: fewer requests at once will do.
        OperationError::NoResponse { error, .. } | OperationError::Client(error)
            if descriptors::are_exhausted_below(error) =>
        {
            Verdict::Throttled
        }
        OperationError::NoResponse { error, .. } => match error.connect_error() {
            Some(reason) if reason.is_final() => Verdict::Final,
            // A proxy's response for a host that it cannot reach, now or at all.
            Some(ConnectError::ProxyRefusal { status, .. })
                if *status == StatusCode::INTERNAL_SERVER_ERROR =>
            {
                Verdict::Briefly
            }
            None if error.is_malformed() => Verdict::Briefly,
            _ => Verdict::Again,
        },
        OperationError::Timeout(_) | OperationError::Stalled(_) | OperationError::Body(_) => {
            Verdict::Again
        }
        OperationError::NotS3(_)
        | OperationError::Range { .. }
        | OperationError::WebPage
        | OperationError::Listing(ListingError::NotAListing | ListingError::Unfinished(_)) => {
            Verdict::Briefly
        }
        OperationError::Client(_)
        | OperationError::Changed
        | OperationError::Stopped
        | OperationError::TooLong(_)
        | OperationError::Encoded(_)
        | OperationError::Endpoint(_)
        | OperationError::Listing(
            ListingError::CutOff
            | ListingError::Xml(_)
            | ListingError::Size(_)
            | ListingError::Endless
            | ListingError::EmptyPages(_)
            | ListingError::NotAskedFor(_)
            | ListingError::UndecodableKey(_),
        )
        | OperationError::Request(_) => Verdict::Final,
    }
}

fn of_refusal(error: &S3Error) -> Verdict {
    match error.kind {
        S3ErrorKind::Throttled => Verdict::Throttled,
        S3ErrorKind::NotImplemented
        | S3ErrorKind::Full
        | S3ErrorKind::Intermediary
        | S3ErrorKind::Portal
        | S3ErrorKind::ProxyLogIn
        | S3ErrorKind::WantsHttps
        | S3ErrorKind::ClientCertificate => Verdict::Final,
        // The next attempt shows whether this writer or another one was first.
        S3ErrorKind::BadTransfer | S3ErrorKind::Conflict | S3ErrorKind::InternalError => {
            Verdict::Again
        }
        _ if error.status.is_server_error() || error.is_cut => Verdict::Again,
        _ => Verdict::Final,
    }
}

/// Waits until the work shall end, such as by a signal: then the current request is the last.
pub type Stop<'s> = dyn Fn() -> LocalBoxFuture<'s, ()> + 's;

/// Never ends the work.
pub(crate) fn never() -> LocalBoxFuture<'static, ()> {
    Box::pin(core::future::pending())
}

/// Returns whether the work shall end.
pub(crate) fn is_stopped(stop: &Stop<'_>) -> bool {
    stop().now_or_never().is_some()
}

/// The attempts of one request.
#[derive(Debug)]
pub struct S3Retries {
    budget: RetryBudget,
    /// The attempts for which there was no descriptor.
    starved: Backoff,
}

impl S3Retries {
    /// Starts before the first attempt. The clock draws the pauses.
    pub const fn new(settings: RetrySettings, clock: Clock) -> Self {
        Self { budget: RetryBudget::new(settings, clock), starved: descriptors::backoff() }
    }

    /// Waits until it is time for the next attempt, and returns why there is one.
    ///
    /// # Errors
    /// With the error, if there is no further attempt.
    pub async fn after(&mut self, error: OperationError) -> Result<Verdict, OperationError> {
        let failed = Instant::now();
        let verdict = match judge(&error) {
            Verdict::Again if !self.budget.settings().server_errors && is_server_error(&error) => {
                Verdict::Final
            }
            verdict => verdict,
        };
        let again = if verdict == Verdict::Throttled && is_without_descriptor(&error) {
            match self.budget.left() {
                Some(left) => self.starved.wait(descriptors::ATTEMPTS, left).await,
                None => false,
            }
        } else {
            self.budget.wait(verdict).await
        };
        if !again {
            return Err(error);
        }
        let asked = asked_pause(&error).min(self.budget.settings().longest_pause);
        sleep(asked.saturating_sub(failed.elapsed())).await;
        Ok(verdict)
    }

    /// Waits as [`after`](Self::after) does, unless the work shall end.
    ///
    /// # Errors
    /// As `after`; `Stopped` if the work shall end.
    pub(crate) async fn after_unless(
        &mut self,
        stop: &Stop<'_>,
        error: OperationError,
    ) -> Result<(), OperationError> {
        tokio::select! {
            biased;
            () = stop() => Err(OperationError::Stopped),
            again = self.after(error) => again.map(drop),
        }
    }
}

/// Returns the pause that the server asks for: `Retry-After`.
fn asked_pause(error: &OperationError) -> Duration {
    let OperationError::Refused(error) = error else { return Duration::ZERO };
    Duration::from_secs(error.retry_after.into())
}

/// Returns whether nothing was sent because this process or the system has no descriptor left.
fn is_without_descriptor(error: &OperationError) -> bool {
    matches!(error, OperationError::NoResponse { error, .. } | OperationError::Client(error)
        if descriptors::are_exhausted_below(error))
}

fn is_server_error(error: &OperationError) -> bool {
    matches!(error, OperationError::Refused(error) if error.status.is_server_error())
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderMap;

    fn refused(status: u16, code: &str) -> OperationError {
        let body = format!("<Error><Code>{code}</Code></Error>");
        let status = StatusCode::from_u16(status).unwrap();
        OperationError::Refused(S3Error::read(None, status, &HeaderMap::new(), body.as_bytes()))
    }

    #[test]
    fn judges_errors() {
        for (status, code, verdict) in [
            (200, "InternalError", Verdict::Again),
            (200, "SlowDown", Verdict::Throttled),
            (200, "SlowDownWrite", Verdict::Throttled),
            (400, "ThrottlingException", Verdict::Throttled),
            (403, "RequestThrottled", Verdict::Throttled),
            (507, "", Verdict::Final),
            (500, "XMinioStorageFull", Verdict::Final),
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
    async fn waits_as_long_as_the_server_asks() {
        let (date, later) = ("Sun, 30 Aug 2015 12:36:00 GMT", "Sun, 30 Aug 2015 12:36:07 GMT");
        for (asked, least, most) in
            [("3", 3, 4), (later, 7, 8), ("3600", 20, 21), ("-1", 0, 1), ("soon", 0, 1)]
        {
            let mut headers = HeaderMap::new();
            headers.insert("retry-after", asked.parse().unwrap());
            headers.insert("date", date.parse().unwrap());
            let busy = StatusCode::SERVICE_UNAVAILABLE;
            let error = S3Error::read(None, busy, &headers, b"");
            let begun = Instant::now();
            let mut retries = S3Retries::new(DEFAULT_RETRIES, Clock::SYSTEM);
            let again = retries.after(OperationError::Refused(error)).await.unwrap();
            assert_eq!(again, Verdict::Throttled);
            let waited = begun.elapsed();
            assert!((least..most).contains(&waited.as_secs()), "{asked}: {waited:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn counts_throttling_apart() {
        let mut retries = S3Retries::new(DEFAULT_RETRIES, Clock::SYSTEM);
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
    async fn waits_for_descriptors_up_to_a_minute() {
        let error = || {
            let error = std::io::Error::from(rustix::io::Errno::MFILE);
            let error = rolesig_std::client::ClientError::Connect(ConnectError::Tcp(error));
            OperationError::NoResponse { host: "h".to_owned(), error }
        };
        let begin = Instant::now();
        let mut retries = S3Retries::new(DEFAULT_RETRIES, Clock::SYSTEM);
        let last = loop {
            match retries.after(error()).await {
                Ok(verdict) => assert_eq!(verdict, Verdict::Throttled),
                Err(error) => break error.to_string(),
            }
        };
        assert!(begin.elapsed() <= Duration::from_mins(1), "{:?}", begin.elapsed());
        assert!(last.ends_with("raise the limit of open files (ulimit -n)"), "{last}");
    }

    #[tokio::test]
    async fn counts_time_from_the_first_failure() {
        let total = Duration::from_millis(100);
        let mut settings = DEFAULT_RETRIES;
        settings.pause = Duration::from_millis(1);
        settings.total = total;
        let mut retries = S3Retries::new(settings, Clock::SYSTEM);
        // The first attempt took longer.
        sleep(2 * total).await;
        assert!(retries.after(refused(500, "InternalError")).await.is_ok());
        sleep(2 * total).await;
        assert!(retries.after(refused(500, "InternalError")).await.is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn can_treat_server_errors_as_final() {
        let mut settings = DEFAULT_RETRIES;
        settings.server_errors = false;
        assert!(S3Retries::new(settings, Clock::SYSTEM).after(refused(500, "")).await.is_err());
        assert!(S3Retries::new(settings, Clock::SYSTEM).after(refused(503, "")).await.is_ok());
        assert!(
            S3Retries::new(settings, Clock::SYSTEM)
                .after(refused(400, "RequestTimeout"))
                .await
                .is_ok()
        );
    }
}
