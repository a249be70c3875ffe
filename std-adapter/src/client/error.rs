//! The reason why there is no response.

use core::time::Duration;

use thiserror::Error;

use crate::cache::CacheError;
use crate::http::connect::ConnectError;
use crate::http::protocol_error::ProtocolError;
use crate::http::retry_budget::Verdict;
use crate::provider::ChainError;
use crate::sign::SignRequestError;

/// The reason why there is no response. `E` is the error of the client's provider.
///
/// ```
/// use rolesig_std::client::ClientError;
///
/// fn remedy(error: &ClientError) -> &'static str {
///     match error {
///         ClientError::Credentials(_) => "run it where a role can come from",
///         ClientError::NoResponse(_) => "try again",
///         _ => "check the endpoint",
///     }
/// }
/// ```
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ClientError<E = ChainError> {
    /// No provider has credentials.
    #[error(transparent)]
    Credentials(#[from] CacheError<E>),
    /// There was no body for the first attempt.
    #[error("the request has no body to send: give an empty one")]
    NoBody,
    /// The request cannot be signed.
    #[error(transparent)]
    Sign(#[from] SignRequestError),
    /// No connection, or it broke.
    #[error("{}", causes(.0))]
    Http(#[source] ProtocolError),
    /// There was a connection, but the head of the response did not come in time:
    /// [`ClientSettings::read_timeout`](super::ClientSettings::read_timeout).
    #[error("connected, but there was no response for {} ms", .0.as_millis())]
    NoResponse(Duration),
    /// No request was sent, or a proxy answered in place of the service, or a peer that speaks TLS.
    #[error(transparent)]
    Connect(#[from] ConnectError),
}

impl<E> ClientError<E> {
    /// Returns whether the connection ended before a response came.
    pub(super) fn is_cut(&self) -> bool {
        matches!(self, Self::Http(error) if !error.is_connect())
    }

    /// Judges whether another attempt can succeed.
    pub(super) fn verdict(&self) -> Verdict {
        match self {
            Self::Credentials(_) | Self::NoBody | Self::Sign(_) => Verdict::Final,
            Self::Http(_) | Self::Connect(_) | Self::NoResponse(_) => match self.connect_error() {
                Some(error) if error.is_final() => Verdict::Final,
                None if self.is_malformed() => Verdict::Briefly,
                _ => Verdict::Again,
            },
        }
    }

    /// Returns whether what came back is not HTTP.
    pub fn is_malformed(&self) -> bool {
        match self.connect_error() {
            Some(error) => error.is_malformed(),
            None => matches!(self, Self::Http(error) if error.is_malformed()),
        }
    }

    /// Returns why there is no connection, if that is the reason; or why a proxy of plain `http`
    /// gave no response to a request, which the service may have read.
    pub fn connect_error(&self) -> Option<&ConnectError> {
        match self {
            Self::Connect(error) => Some(error),
            Self::Http(error) => ConnectError::in_causes(error),
            _ => None,
        }
    }
}

/// Joins the error and its causes: hyper keeps the specific part ("connection refused") innermost.
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
