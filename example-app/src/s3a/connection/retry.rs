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
    let mut settings = DEFAULT_RETRIES;
    let attempts = rows::ATTEMPTS.read(configuration)?.unwrap_or(1);
    let retries = rows::RETRY_LIMIT.read(configuration)?.unwrap_or(settings.attempts - 1);
    settings.attempts = attempts.max(retries.saturating_add(1));
    let pause = rows::RETRY_INTERVAL.read(configuration)?;
    settings.pause = pause.unwrap_or(settings.pause);
    let throttles = rows::THROTTLE_LIMIT.read(configuration)?;
    settings.throttles = throttles.unwrap_or(settings.throttles);
    let throttle_pause = rows::THROTTLE_INTERVAL.read(configuration)?;
    settings.throttle_pause = throttle_pause.unwrap_or(settings.throttle_pause);
    let server_errors = rows::SERVER_ERRORS.read(configuration)?;
    settings.server_errors = server_errors.unwrap_or(settings.server_errors);
    Ok(settings)
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
