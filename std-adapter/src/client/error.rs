//! The reason why there is no response.

use thiserror::Error;

use crate::cache::CacheError;
use crate::http::connect::ConnectError;
use crate::http::http_error::HttpError;
use crate::provider::ChainError;
use crate::sign::SignRequestError;

/// The reason why there is no response.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ClientError {
    /// No provider has credentials.
    #[error(transparent)]
    Credentials(#[from] CacheError<ChainError>),
    /// There was no body for the first attempt.
    #[error("the request has no body to send: give an empty one")]
    NoBody,
    /// The request cannot be signed.
    #[error(transparent)]
    Sign(#[from] SignRequestError),
    /// No connection, or it broke.
    #[error("{}", causes(.0))]
    Http(#[source] HttpError),
    /// No request was sent, or none that the service itself has read.
    #[error(transparent)]
    Connect(#[from] ConnectError),
}

impl ClientError {
    /// Returns whether what came back is not HTTP.
    pub fn is_malformed(&self) -> bool {
        matches!(self, Self::Http(error) if error.is_malformed())
    }

    /// Returns why there is no connection, if that is the reason.
    pub fn connect_error(&self) -> Option<&ConnectError> {
        match self {
            Self::Connect(error) => Some(error),
            Self::Http(error) => ConnectError::in_causes(error),
            _ => None,
        }
    }
}

/// Joins the error and its causes: hyper keeps the telling part ("connection refused") innermost.
fn causes(error: &dyn core::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        let next_text = next.to_string();
        if !text.ends_with(&next_text) {
            text = format!("{text}: {next_text}");
        }
        cause = next.source();
    }
    text
}
