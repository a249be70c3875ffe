//! How often and when something is tried again, and how long it is waited for.

use core::time::Duration;

use super::read::Read as _;
use crate::configuration::{Configuration, ConfigurationError};
use crate::s3::client::timeouts::Timeouts;
use crate::s3::error::retry::RetrySettings;

const MILLISECOND: Duration = Duration::from_millis(1);

/// What S3A has as two loops, one in the other, is one budget: as many attempts as the greater of
/// `fs.s3a.attempts.maximum` and `fs.s3a.retry.limit` and one.
pub(super) fn retries(configuration: &Configuration) -> Result<RetrySettings, ConfigurationError> {
    let default = RetrySettings::default();
    let duration = |name, default| configuration.duration(name, MILLISECOND, default);
    let below = configuration.number("fs.s3a.attempts.maximum", 1)?;
    let retries = configuration.number("fs.s3a.retry.limit", default.attempts - 1)?;
    Ok(RetrySettings {
        attempts: below.max(retries.saturating_add(1)),
        pause: duration("fs.s3a.retry.interval", default.pause)?,
        throttles: configuration.number("fs.s3a.retry.throttle.limit", default.throttles)?,
        throttle_pause: duration("fs.s3a.retry.throttle.interval", default.throttle_pause)?,
        server_errors: configuration
            .is_true_or("fs.s3a.retry.http.5xx.errors", default.server_errors)?,
        ..default
    })
}

/// As with S3A, a timeout of zero is none.
pub(super) fn timeouts(configuration: &Configuration) -> Result<Timeouts, ConfigurationError> {
    let default = Timeouts::default();
    let duration = |name, default| {
        let duration = configuration.duration(name, MILLISECOND, default)?;
        Ok(if duration.is_zero() { Duration::MAX } else { duration })
    };
    Ok(Timeouts {
        connect: duration("fs.s3a.connection.establish.timeout", default.connect)?,
        answer: duration("fs.s3a.connection.request.timeout", default.answer)?,
        stall: duration("fs.s3a.connection.timeout", default.stall)?,
    })
}
