//! The reasons why a fetch, or one attempt of it, failed.

use core::time::Duration;

use rolesig::conversation::ConversationError;
use thiserror::Error;

use crate::http::exchange::ExchangeError;
use crate::http::redaction::without_secrets;
use crate::http::retry_budget::Verdict;

/// The reason why one attempt failed.
#[derive(Debug)]
pub(crate) enum AttemptError {
    Exchange(ExchangeError),
    Conversation(ConversationError<'static>),
    Refused { code: String, message: String, is_transient: bool },
    Total(Duration),
}

impl AttemptError {
    /// Returns the service's code for the reason, if it refused.
    pub(crate) fn code(&self) -> Option<&str> {
        match self {
            Self::Refused { code, .. } => Some(code),
            _ => None,
        }
    }

    /// Removes secrets that were sent.
    pub(crate) fn without(mut self, secrets: &[&str]) -> Self {
        if let Self::Refused { code, message, .. } = &mut self {
            for text in [code, message] {
                *text = without_secrets(text, secrets);
            }
        }
        self
    }

    /// Judges whether another attempt can succeed.
    pub(super) fn verdict(&self) -> Verdict {
        match self {
            Self::Exchange(error) if error.is_final() => Verdict::Final,
            Self::Exchange(ExchangeError::Connect(_) | ExchangeError::NoResponse(_)) => {
                Verdict::Briefly
            }
            Self::Exchange(ExchangeError::Http(_)) | Self::Refused { is_transient: true, .. } => {
                Verdict::Again
            }
            Self::Conversation(error) if error.is_transient() => Verdict::Again,
            _ => Verdict::Final,
        }
    }
}

impl From<ExchangeError> for AttemptError {
    fn from(error: ExchangeError) -> Self {
        Self::Exchange(error)
    }
}

impl From<ConversationError<'_>> for AttemptError {
    fn from(error: ConversationError<'_>) -> Self {
        let is_transient = error.is_transient();
        match error {
            ConversationError::Refused { code, message } => {
                Self::Refused { code: code.to_owned(), message: message.to_owned(), is_transient }
            }
            other => Self::Conversation(other.without_text()),
        }
    }
}

/// The reason why a service that hands out credentials gave none.
///
/// ```
/// use rolesig_std::http::FetchError;
///
/// /// Returns the service's own code, such as `AccessDenied`, for a metric.
/// fn code(error: &FetchError) -> &str {
///     match error {
///         FetchError::Refused { code, .. } => code,
///         _ => "",
///     }
/// }
///
/// let endpoint = "https://sts.eu-west-1.amazonaws.com".to_owned();
/// let code_of_sts = "AccessDenied".to_owned();
/// let error = FetchError::Refused { endpoint, code: code_of_sts, message: String::new() };
/// assert_eq!(code(&error), "AccessDenied");
/// ```
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FetchError {
    /// The exchange failed.
    #[error("{endpoint}: {source}: {}", .source.remedy(.endpoint))]
    Exchange {
        /// The URL.
        endpoint: String,
        /// The error.
        source: ExchangeError,
    },
    /// It answered, but not with credentials.
    #[error("{endpoint}: {source}{}", remedy_of(.source))]
    Conversation {
        /// The URL.
        endpoint: String,
        /// The response.
        source: ConversationError<'static>,
    },
    /// It will not give them.
    #[error("{endpoint}: {}", refused(.code, .message))]
    Refused {
        /// The URL.
        endpoint: String,
        /// Its code for the reason; empty if it has none.
        code: String,
        /// Its explanation; empty if it has none.
        message: String,
    },
    /// All attempts together took too long.
    #[error(
        "{endpoint}: gave up after {} ms: check the network, and try again",
        .after.as_millis()
    )]
    Total {
        /// The URL.
        endpoint: String,
        /// The bound.
        after: Duration,
    },
}

impl FetchError {
    /// Returns whether the service refuses the caller permanently, not only for the moment.
    pub(crate) fn is_refusal(&self) -> bool {
        matches!(self, Self::Refused { code, message, .. } if !refused(code, message).is_transient())
    }

    /// Returns whether a setting, a certificate or the service has to change first.
    pub(crate) fn is_final(&self) -> bool {
        matches!(self, Self::Exchange { source, .. } if source.needs_change())
    }

    pub(crate) fn new(endpoint: &impl ToString, error: AttemptError) -> Self {
        let endpoint = endpoint.to_string();
        match error {
            AttemptError::Exchange(source) => Self::Exchange { endpoint, source },
            AttemptError::Conversation(source) => Self::Conversation { endpoint, source },
            AttemptError::Refused { code, message, .. } => {
                Self::Refused { endpoint, code, message }
            }
            AttemptError::Total(after) => Self::Total { endpoint, after },
        }
    }
}

/// Returns what to do about an error that does not say so itself.
const fn remedy_of(error: &ConversationError<'_>) -> &'static str {
    match error {
        ConversationError::Document { .. } => {
            ": check the endpoint, and that no proxy answers for it"
        }
        _ => "",
    }
}

/// Builds a refusal, for the core's wording, which leaves no control character to a terminal.
pub(crate) const fn refused<'t>(code: &'t str, message: &'t str) -> ConversationError<'t> {
    ConversationError::Refused { code, message }
}
