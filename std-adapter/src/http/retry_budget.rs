//! The attempts at a request that can still succeed.

use core::time::Duration;

use http::StatusCode;
use thiserror::Error;
use tokio::time::Instant;

use crate::clock::Clock;
use crate::config::environment::Environment;
use crate::config::profile_files::Profile;
use crate::config::setting::Setting;
use crate::http::backoff::Backoff;

/// The limits of attempts at a request.
///
/// Sources: "Retry behavior", AWS SDKs and Tools Reference Guide; "Best practices design patterns:
/// optimizing Amazon S3 performance" (503 `SlowDown`), Amazon S3 User Guide; S3A's
/// `fs.s3a.retry.*`.
///
/// ```
/// use rolesig_std::http::RetrySettings;
///
/// const PATIENT: RetrySettings = {
///     let mut settings = RetrySettings::STANDARD;
///     settings.attempts = 5;
///     settings
/// };
/// assert_eq!(PATIENT.total, RetrySettings::STANDARD.total);
/// assert_eq!(RetrySettings::STANDARD.attempts, 3);
/// assert_eq!(RetrySettings::NONE.attempts, 1);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RetrySettings {
    /// The most attempts, not counting those that were throttled.
    pub attempts: u32,
    /// The most attempts after [`Verdict::Briefly`], if `attempts` allows them.
    pub brief_attempts: u32,
    /// The longest pause before the second attempt; it doubles before each further one.
    pub pause: Duration,
    /// The most throttled attempts.
    pub throttles: u32,
    /// The longest pause after the first throttled attempt.
    pub throttle_pause: Duration,
    /// True if responses of 500 and more are retried, apart from throttling.
    pub server_errors: bool,
    /// The longest pause.
    pub longest_pause: Duration,
    /// The time after the first failure in which there are attempts.
    pub total: Duration,
}

impl RetrySettings {
    /// One attempt.
    pub const NONE: Self = Self { attempts: 1, throttles: 1, ..Self::STANDARD };

    /// Three attempts, as the standard mode of AWS's SDKs: from 100 ms on, after throttling from 1
    /// s on; pauses up to 20 s.
    pub const STANDARD: Self = Self {
        attempts: 3,
        // With these pauses they end within a second.
        brief_attempts: 4,
        pause: Duration::from_millis(100),
        throttles: 3,
        throttle_pause: Duration::from_secs(1),
        server_errors: true,
        longest_pause: Duration::from_secs(20),
        total: Duration::from_secs(60 * 60),
    };
}

impl RetrySettings {
    /// Reads the number of attempts from `AWS_MAX_ATTEMPTS`, or `max_attempts` of the profile;
    /// otherwise returns [`STANDARD`](Self::STANDARD). `AWS_RETRY_MODE` changes nothing.
    ///
    /// # Errors
    /// If it is not a number from 1.
    pub fn of(
        environment: &Environment,
        profile: Option<Profile<'_>>,
    ) -> Result<Self, MaxAttemptsError> {
        let setting = Setting::find(environment, &["AWS_MAX_ATTEMPTS"], profile, "max_attempts");
        let Some(Setting { by, value }) = setting else { return Ok(Self::STANDARD) };
        let attempts = value.parse().ok().filter(|attempts| *attempts > 0);
        let attempts = attempts.ok_or(MaxAttemptsError { by })?;
        Ok(Self { attempts, throttles: attempts, ..Self::STANDARD })
    }
}

/// A number of attempts that is invalid.
///
/// ```
/// use rolesig_std::Environment;
/// use rolesig_std::http::RetrySettings;
///
/// let environment: Environment = [("AWS_MAX_ATTEMPTS", "0")].into_iter().collect();
/// let error = RetrySettings::of(&environment, None).unwrap_err();
/// assert_eq!(error.to_string(), "AWS_MAX_ATTEMPTS must be a number from 1");
/// ```
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{by} must be a number from 1")]
#[non_exhaustive]
pub struct MaxAttemptsError {
    /// The setting with that value.
    pub by: String,
}

/// The meaning of a failure for the next attempt.
///
/// ```
/// use http::StatusCode;
/// use rolesig_std::http::Verdict;
///
/// let of = |status, code| Verdict::of_response(StatusCode::from_u16(status).unwrap(), code);
/// assert_eq!(of(400, "ProvisionedThroughputExceededException"), Verdict::Throttled);
/// assert_eq!(of(500, "InternalError"), Verdict::Again);
/// assert_eq!(of(404, "NoSuchKey"), Verdict::Final);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// No attempt will succeed.
    Final,
    /// An attempt can succeed.
    Again,
    /// An attempt can succeed soon or not at all: something other than the service answered, or
    /// nothing.
    Briefly,
    /// An attempt will succeed later: the service has too much to do.
    Throttled,
}

/// The codes of services that have too much to do, whatever the status.
///
/// Source: botocore 1.44, `retries/standard.py` (`ThrottledRetryableChecker`); "Retry behavior",
/// AWS SDKs and Tools Reference Guide.
const THROTTLING: [&str; 16] = [
    "BandwidthLimitExceeded",
    "EC2ThrottledException",
    "LimitExceededException",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "ServiceUnavailable",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequests",
    "TooManyRequestsException",
    "TransactionInProgressException",
];

/// The codes of failures that pass.
///
/// Source: botocore 1.44, `retries/standard.py` (`TransientRetryableChecker`); "Error responses",
/// Amazon S3 API Reference.
const TRANSIENT: [&str; 5] = [
    "IDPCommunicationError",
    "InternalError",
    "InternalServerError",
    "RequestTimeout",
    "RequestTimeoutException",
];

impl Verdict {
    /// Judges the response of a service, by its status and the code of its error; the code is empty
    /// if there is none.
    pub fn of_response(status: StatusCode, code: &str) -> Self {
        let is_busy = [StatusCode::TOO_MANY_REQUESTS, StatusCode::SERVICE_UNAVAILABLE];
        if is_busy.contains(&status) || THROTTLING.contains(&code) {
            return Self::Throttled;
        }
        // A server that lacks an operation, or a version of HTTP; and a network that requires a
        // login.
        let is_final = [
            StatusCode::NOT_IMPLEMENTED,
            StatusCode::HTTP_VERSION_NOT_SUPPORTED,
            StatusCode::NETWORK_AUTHENTICATION_REQUIRED,
        ];
        let is_transient = status.is_server_error() && !is_final.contains(&status);
        if is_transient || TRANSIENT.contains(&code) { Self::Again } else { Self::Final }
    }
}

/// The attempts at one request, with the pauses between them.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// use core::time::Duration;
/// use rolesig_std::Clock;
/// use rolesig_std::http::{RetryBudget, RetrySettings, Verdict};
///
/// let mut settings = RetrySettings::STANDARD;
/// settings.pause = Duration::from_millis(1);
/// let mut budget = RetryBudget::new(settings, Clock::SYSTEM);
/// let mut attempts = 1;
/// while budget.wait(Verdict::Again).await {
///     attempts += 1;
/// }
/// assert_eq!(attempts, 3);
/// assert!(!budget.wait(Verdict::Final).await);
/// # }
/// ```
#[derive(Debug)]
pub struct RetryBudget {
    settings: RetrySettings,
    /// When the first attempt failed. However long that one took, there is another.
    first_failed: Option<Instant>,
    failed: Backoff,
    throttled: Backoff,
}

impl RetryBudget {
    /// Starts before the first attempt.
    pub const fn new(settings: RetrySettings, clock: Clock) -> Self {
        let longest = settings.longest_pause;
        Self {
            settings,
            first_failed: None,
            failed: Backoff::new(settings.pause, longest, clock),
            throttled: Backoff::new(settings.throttle_pause, longest, clock),
        }
    }

    /// Returns the settings.
    pub const fn settings(&self) -> &RetrySettings {
        &self.settings
    }

    /// Counts a failed attempt, and waits until it is time for the next. Returns `false`, without a
    /// pause, if there is no further attempt.
    pub async fn wait(&mut self, verdict: Verdict) -> bool {
        let Some(left) = self.left() else { return false };
        let RetrySettings { attempts, brief_attempts, throttles, .. } = self.settings;
        match verdict {
            Verdict::Final => false,
            Verdict::Again => self.failed.wait(attempts, left).await,
            Verdict::Briefly => self.failed.wait(attempts.min(brief_attempts), left).await,
            Verdict::Throttled => self.throttled.wait(throttles, left).await,
        }
    }

    /// Returns the time that is left for further attempts, which begins with the first call.
    pub fn left(&mut self) -> Option<Duration> {
        let elapsed = self.first_failed.get_or_insert_with(Instant::now).elapsed();
        self.settings.total.checked_sub(elapsed)
    }
}

#[cfg(test)]
mod tests {
    use rolesig::conversation::ConversationError;

    use super::*;

    /// Codes that pass for a request to any service, and not for a conversation: STS and the
    /// metadata services do not have them.
    const OF_REQUESTS: [&str; 2] = ["InternalServerError", "TooManyRequests"];
    /// Codes that pass for a conversation, and not for a request: only STS has them.
    const OF_CONVERSATIONS: [&str; 2] = ["IDPCommunicationErrorException", "InternalFailure"];

    #[test]
    fn judges_codes_as_conversations_do_except_for_these() {
        let of_request =
            |code| Verdict::of_response(StatusCode::BAD_REQUEST, code) != Verdict::Final;
        let of_conversation =
            |code| ConversationError::Refused { code, message: "" }.is_transient();
        for code in THROTTLING.into_iter().chain(TRANSIENT) {
            assert!(of_request(code), "{code}");
            assert_eq!(of_conversation(code), !OF_REQUESTS.contains(&code), "{code}");
        }
        for code in OF_CONVERSATIONS {
            assert!(of_conversation(code) && !of_request(code), "{code}");
        }
    }
}
