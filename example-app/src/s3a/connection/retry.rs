//! Retries and timeouts.

use core::time::Duration;

use crate::configuration::{Configuration, ConfigurationError};
use crate::s3::client::timeouts::S3Timeouts;
use crate::s3::error::retry::{DEFAULT_RETRIES, RetrySettings};
use crate::s3a::table::form::Milliseconds;
use crate::s3a::table::{Name, rows};

/// Reads the retries. S3A has two nested loops; here they are one budget: as many attempts as the
/// greater of `fs.s3a.attempts.maximum` and of `fs.s3a.retry.limit` and one.
pub(in crate::s3a) fn retries(
    configuration: &Configuration,
) -> Result<RetrySettings, ConfigurationError> {
    let default = DEFAULT_RETRIES;
    let attempts = rows::ATTEMPTS.read(configuration)?.unwrap_or(1);
    let retries = rows::RETRY_LIMIT.read(configuration)?.unwrap_or(default.attempts - 1);
    let throttles = rows::THROTTLE_LIMIT.read(configuration)?;
    let throttle_pause = rows::THROTTLE_INTERVAL.read(configuration)?;
    let server_errors = rows::SERVER_ERRORS.read(configuration)?;
    Ok(RetrySettings {
        attempts: attempts.max(retries.saturating_add(1)),
        pause: rows::RETRY_INTERVAL.read(configuration)?.unwrap_or(default.pause),
        throttles: throttles.unwrap_or(default.throttles),
        throttle_pause: throttle_pause.unwrap_or(default.throttle_pause),
        server_errors: server_errors.unwrap_or(default.server_errors),
        ..default
    })
}

/// Reads the timeouts. As with S3A, a timeout of zero means no limit.
pub(in crate::s3a) fn timeouts(
    configuration: &Configuration,
) -> Result<S3Timeouts, ConfigurationError> {
    let default = S3Timeouts::default();
    let duration = |name: Name<Milliseconds>, default| {
        let duration: Duration = name.read(configuration)?.unwrap_or(default);
        Ok(if duration.is_zero() { Duration::MAX } else { duration })
    };
    Ok(S3Timeouts {
        connect: duration(rows::CONNECT_TIMEOUT, default.connect)?,
        response: duration(rows::RESPONSE_TIMEOUT, default.response)?,
        stall: duration(rows::STALL_TIMEOUT, default.stall)?,
    })
}
