//! How often and when something is tried again.

use core::time::Duration;

use super::read::Read as _;
use crate::configuration::{Configuration, ConfigurationError};

/// How often and when something is tried again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetrySettings {
    /// Attempts at a request below S3A's own: `fs.s3a.attempts.maximum`.
    pub attempts: u32,
    /// Retries of what failed: `fs.s3a.retry.limit`.
    pub limit: u32,
    /// Before the first of them; then twice as long each time: `fs.s3a.retry.interval`.
    pub interval: Duration,
    /// Retries of what S3 throttles: `fs.s3a.retry.throttle.limit`.
    pub throttle_limit: u32,
    /// Before the first of them: `fs.s3a.retry.throttle.interval`.
    pub throttle_interval: Duration,
    /// Whether answers of 500 and more are worth a retry: `fs.s3a.retry.http.5xx.errors`.
    pub server_errors: bool,
    /// To open a connection: `fs.s3a.connection.establish.timeout`.
    pub connect_timeout: Duration,
    /// For an answer to what has no content: `fs.s3a.connection.request.timeout`.
    pub request_timeout: Duration,
}

impl RetrySettings {
    pub(super) fn of(configuration: &Configuration) -> Result<Self, ConfigurationError> {
        let duration = |name| configuration.duration(name, Duration::from_millis(1));
        Ok(Self {
            attempts: configuration.number("fs.s3a.attempts.maximum")?.max(1),
            limit: configuration.number("fs.s3a.retry.limit")?,
            interval: duration("fs.s3a.retry.interval")?,
            throttle_limit: configuration.number("fs.s3a.retry.throttle.limit")?,
            throttle_interval: duration("fs.s3a.retry.throttle.interval")?,
            server_errors: configuration.is_true("fs.s3a.retry.http.5xx.errors")?,
            connect_timeout: duration("fs.s3a.connection.establish.timeout")?,
            request_timeout: duration("fs.s3a.connection.request.timeout")?,
        })
    }
}
