//! Asking a provider again when it is worth it.

use core::time::Duration;

use rolesig::conversation::{Conversation, ConversationError};
use thiserror::Error;
use tokio::time::timeout;

use crate::backoff::Backoff;
use crate::base_url::BaseUrl;
use crate::exchange::{Answer, ExchangeError, Timeouts, exchange, request};
use crate::network::Network;
use crate::secrets::without_secrets;

/// Before the second attempt, at the most; twice as long before each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// What went wrong in one attempt.
#[derive(Debug)]
pub(crate) enum Failure {
    Exchange(ExchangeError),
    Provider(ConversationError<'static>),
    Refused { code: String, message: String, is_transient: bool },
    Total(Duration),
}

impl Failure {
    /// The service's word for the reason, if it refused.
    pub(crate) fn code(&self) -> Option<&str> {
        match self {
            Self::Refused { code, .. } => Some(code),
            _ => None,
        }
    }

    /// Without secrets that were sent.
    pub(crate) fn without(mut self, secrets: &[&str]) -> Self {
        if let Self::Refused { code, message, .. } = &mut self {
            for text in [code, message] {
                *text = without_secrets(text, secrets);
            }
        }
        self
    }

    /// How many attempts in all are worth it after this.
    fn attempts(&self, timeouts: &Timeouts) -> u32 {
        match self {
            Self::Exchange(error) if error.is_final() => 1,
            Self::Exchange(ExchangeError::Connect(_) | ExchangeError::NoAnswer(_)) => {
                timeouts.attempts.min(2)
            }
            Self::Exchange(ExchangeError::Http(_)) | Self::Refused { is_transient: true, .. } => {
                timeouts.attempts
            }
            Self::Provider(error) if error.is_transient() => timeouts.attempts,
            _ => 1,
        }
    }
}

impl From<ExchangeError> for Failure {
    fn from(error: ExchangeError) -> Self {
        Self::Exchange(error)
    }
}

impl From<ConversationError<'_>> for Failure {
    fn from(error: ConversationError<'_>) -> Self {
        let is_transient = error.is_transient();
        match error {
            ConversationError::Refused { code, message } => {
                Self::Refused { code: code.to_owned(), message: message.to_owned(), is_transient }
            }
            other => Self::Provider(other.without_text()),
        }
    }
}

/// Why a service that hands out credentials gave none.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FetchError {
    /// The exchange failed.
    #[error("{endpoint}: {source}: {}", .source.remedy(.endpoint))]
    Exchange {
        /// The URL.
        endpoint: String,
        /// How.
        source: ExchangeError,
    },
    /// It answered, but not with credentials.
    #[error("{endpoint}: {source}{}", mended(.source))]
    Provider {
        /// The URL.
        endpoint: String,
        /// What it answered.
        source: ConversationError<'static>,
    },
    /// It will not give them.
    #[error("{endpoint}: {}", refused(.code, .message))]
    Refused {
        /// The URL.
        endpoint: String,
        /// Its word for the reason; empty if it has none.
        code: String,
        /// Its explanation; empty if it has none.
        message: String,
    },
    /// All attempts together took too long.
    #[error("{endpoint}: gave up after {} ms: check the network, and try again", .after.as_millis())]
    Total {
        /// The URL.
        endpoint: String,
        /// The bound.
        after: Duration,
    },
}

impl FetchError {
    /// Whether it is the caller who is refused: another time will not do.
    pub(crate) fn is_refusal(&self) -> bool {
        matches!(self, Self::Refused { code, message, .. } if !refused(code, message).is_transient())
    }

    /// Returns whether a setting, a certificate or the service has to change first.
    pub(crate) fn is_final(&self) -> bool {
        matches!(self, Self::Exchange { source, .. } if source.is_final())
    }

    pub(crate) fn new(endpoint: &impl ToString, failure: Failure) -> Self {
        let endpoint = endpoint.to_string();
        match failure {
            Failure::Exchange(source) => Self::Exchange { endpoint, source },
            Failure::Provider(source) => Self::Provider { endpoint, source },
            Failure::Refused { code, message, .. } => Self::Refused { endpoint, code, message },
            Failure::Total(after) => Self::Total { endpoint, after },
        }
    }
}

/// What mends an error that does not say so itself.
const fn mended(error: &ConversationError<'_>) -> &'static str {
    match error {
        ConversationError::Document { .. } => {
            ": check the endpoint, and that no proxy answers for it"
        }
        _ => "",
    }
}

/// As the core words it, which leaves no control character to a terminal.
pub(crate) const fn refused<'t>(code: &'t str, message: &'t str) -> ConversationError<'t> {
    ConversationError::Refused { code, message }
}

/// What ended an attempt.
pub(crate) enum Stop<E> {
    /// Another attempt may mend it.
    Failure(Failure),
    /// None will.
    Error(E),
}

impl<E> From<Failure> for Stop<E> {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

impl<E: From<FetchError>> Stop<E> {
    /// What to tell whoever asked.
    pub(crate) fn at(self, endpoint: &impl ToString) -> E {
        match self {
            Self::Failure(failure) => FetchError::new(endpoint, failure).into(),
            Self::Error(error) => error,
        }
    }
}

/// The attempts of one fetch.
pub(crate) struct Retries {
    timeouts: Timeouts,
    backoff: Backoff,
}

impl Retries {
    pub(crate) const fn new(timeouts: Timeouts) -> Self {
        Self { timeouts, backoff: Backoff::new(FIRST_PAUSE, Duration::MAX) }
    }

    /// Waits until it is time for the next attempt.
    ///
    /// # Errors
    /// With the failure, if there is to be none.
    pub(crate) async fn after(&mut self, failure: Failure) -> Result<(), Failure> {
        let attempts = failure.attempts(&self.timeouts);
        if self.backoff.wait(attempts, Duration::MAX).await { Ok(()) } else { Err(failure) }
    }
}

/// All attempts together, in the time there is for them.
pub(crate) async fn within<T, E: From<Failure>>(
    total: Duration,
    attempts: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    timeout(total, attempts).await.unwrap_or_else(|_| Err(Failure::Total(total).into()))
}

/// Goes on with a conversation where it is, to its end: to the answer that holds the outcome. Its
/// paths lie below that of `base`.
pub(crate) async fn converse(
    conversation: &mut impl Conversation,
    base: &BaseUrl,
    timeouts: &Timeouts,
    network: &Network,
) -> Result<Answer, Failure> {
    let mut answer = Answer::default();
    while let Some(next) = conversation.request() {
        let request = request(base, &next).map_err(ExchangeError::Request)?;
        answer = exchange(base.origin(), request, timeouts, network).await?;
        conversation.response(answer.status, &answer.body)?;
    }
    Ok(answer)
}
