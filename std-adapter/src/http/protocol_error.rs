//! The reason why an exchange over HTTP/1.1 broke.

use core::error::Error as StdError;

use thiserror::Error;

/// The reason why there is no TLS if the peer does not speak it.
pub(crate) const NOT_TLS: &str = "the response is not TLS";

/// The reason why HTTP/1.1 could not be spoken, or why a response broke off, in the words of the
/// library that speaks it. Which one that is can change, so the error is opaque; its causes are
/// [`source`](core::error::Error::source).
///
/// ```
/// use rolesig_std::http::{ExchangeError, ProtocolError};
///
/// fn is_worth_a_retry(error: &ExchangeError) -> bool {
///     matches!(error, ExchangeError::Http(error) if error.is_cut_off())
/// }
/// # fn assert_error<T: std::error::Error + Send + Sync>() {}
/// # assert_error::<ProtocolError>();
/// # assert!(!is_worth_a_retry(&ExchangeError::TooLong));
/// ```
#[derive(Debug, Error)]
#[error(transparent)]
pub struct ProtocolError(Box<dyn StdError + Send + Sync>);

impl ProtocolError {
    pub(crate) fn new(error: impl StdError + Send + Sync + 'static) -> Self {
        Self(Box::new(error))
    }

    /// Returns the error of the library.
    pub(crate) fn cause(&self) -> &(dyn StdError + 'static) {
        &*self.0
    }

    /// Returns the text of the innermost cause, which hyper's own texts leave out.
    pub(crate) fn innermost(&self) -> String {
        let mut innermost = self.cause();
        while let Some(error) = innermost.source() {
            innermost = error;
        }
        innermost.to_string()
    }

    /// Returns whether the body of the request failed.
    pub(crate) fn is_of_body(&self) -> bool {
        self.any(hyper::Error::is_user)
    }

    /// Returns whether the response is not HTTP.
    pub fn is_malformed(&self) -> bool {
        self.any(hyper::Error::is_parse)
    }

    /// Returns whether the connection ended before the response did.
    pub fn is_cut_off(&self) -> bool {
        self.any(hyper::Error::is_incomplete_message)
    }

    /// Returns whether there was no connection.
    pub(crate) fn is_connect(&self) -> bool {
        self.any(hyper_util::client::legacy::Error::is_connect)
    }

    /// Returns whether an error of this type among the causes is of a kind.
    fn any<E: StdError + 'static>(&self, is_kind: impl Fn(&E) -> bool) -> bool {
        let mut next: Option<&(dyn StdError + 'static)> = Some(&*self.0);
        while let Some(error) = next {
            if error.downcast_ref().is_some_and(&is_kind) {
                return true;
            }
            next = error.source();
        }
        false
    }
}
