//! The reasons why the body of a response cannot be read to its end.

use core::time::Duration;

use thiserror::Error;

/// The reason why the body of a response cannot be read to its end.
///
/// ```
/// fn remedy(error: &rolesig_std::http::BodyError) -> &'static str {
///     if error.is_timeout() { "try again" } else { "ask for less" }
/// }
/// ```
#[derive(Debug, Error)]
#[error(transparent)]
pub struct BodyError(#[from] BodyReadError);

#[derive(Debug, Error)]
pub(super) enum BodyReadError {
    #[error("{0}")]
    Broken(#[source] hyper::Error),
    #[error("the response paused for {} ms: check the network, and try again", .0.as_millis())]
    Pause(Duration),
    #[error("the response is longer than {0} bytes: ask for less, or read it piece by piece")]
    TooLong(usize),
}

impl BodyError {
    /// Returns whether a pause between two pieces was longer than the read timeout.
    pub const fn is_timeout(&self) -> bool {
        matches!(self.0, BodyReadError::Pause(_))
    }

    /// Returns whether the body is longer than the caller's limit.
    pub const fn is_too_long(&self) -> bool {
        matches!(self.0, BodyReadError::TooLong(_))
    }
}
