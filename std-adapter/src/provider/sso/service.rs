//! Asking a service of Identity Center: JSON out, JSON in ("rest-json", unsigned).

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use rolesig::conversation::{ConversationError, DocumentError};

use crate::http::exchange::{ExchangeError, ReceivedResponse, Transport, exchange};
use crate::http::fetch_error::{AttemptError, refused};
use crate::http::redaction::without_secrets;
use crate::http::retries::{Stop, retry};
use crate::read::json::{JsonError, JsonObject};
use crate::read::origin::Origin;

/// A refusal by a service.
#[derive(Debug)]
pub(super) struct SsoRefusal {
    pub(super) status: u16,
    pub(super) code: String,
    pub(super) message: String,
}

/// Asks until there is a response other than that the service is busy. Refusals show none of the
/// `secrets`, which were sent.
pub(super) async fn ask(
    origin: &Origin,
    transport: Transport<'_>,
    asked: &'static str,
    secrets: &[&str],
    request: impl Fn() -> Result<Request<Full<Bytes>>, http::Error>,
) -> Result<Result<ReceivedResponse, SsoRefusal>, AttemptError> {
    let attempts = retry(transport, || async {
        let request = request().map_err(|error| AttemptError::from(ExchangeError::Request(error)));
        let response = exchange(origin, request?, transport).await.map_err(AttemptError::from)?;
        Ok(read(response, asked, secrets)?)
    });
    attempts.await.map_err(Stop::failure)
}

fn read(
    response: ReceivedResponse,
    asked: &'static str,
    secrets: &[&str],
) -> Result<Result<ReceivedResponse, SsoRefusal>, AttemptError> {
    let status = response.status;
    match (status, JsonObject::read(&response.body)) {
        (408 | 429 | 500.., _) => Err(ConversationError::Status { asked, status }.into()),
        (200, Ok(_)) => Ok(Ok(response)),
        (200, Err(JsonError::Empty)) => {
            Err(ConversationError::Document { asked, error: DocumentError::Empty }.into())
        }
        (200, Err(_)) => {
            Err(ConversationError::Document { asked, error: DocumentError::NotJson }.into())
        }
        (_, Ok(object)) => {
            let refusal = SsoRefusal::of(status, &object).without(secrets);
            // The only one of OAuth's errors (RFC 8628 §3.5) that is about the moment, and AWS's.
            let is_transient = || refused(&refusal.code, "").is_transient();
            if refusal.code == "slow_down" || is_transient() {
                let SsoRefusal { code, message, .. } = refusal;
                return Err(AttemptError::Refused { code, message, is_transient: true });
            }
            Ok(Err(refusal))
        }
        // A page that is not JSON does not come from the service.
        (_, Err(_)) => Ok(Err(SsoRefusal { status, code: String::new(), message: String::new() })),
    }
}

impl SsoRefusal {
    /// Reads the reason. The portal has `__type` and `message`, after its namespace (AWS's
    /// "restJson1" protocol); OIDC has `error` and `error_description` (RFC 6749 §5.2).
    fn of(status: u16, object: &JsonObject<'_>) -> Self {
        let first = |fields: [&'static str; 3]| {
            let mut texts = fields.into_iter().filter_map(|field| object.optional(field).ok()?);
            texts.next().map_or_else(String::new, |text| text.as_str().to_owned())
        };
        let code = first(["__type", "error", "code"]);
        let code = code.rsplit_once('#').map_or(code.as_str(), |(_, name)| name).to_owned();
        Self { status, code, message: first(["message", "Message", "error_description"]) }
    }

    /// Returns whether the service itself refused, and not something on the way to it.
    pub(super) fn has_reason(&self) -> bool {
        !self.code.is_empty() || !self.message.is_empty()
    }

    fn without(mut self, secrets: &[&str]) -> Self {
        for text in [&mut self.code, &mut self.message] {
            *text = without_secrets(text, secrets);
        }
        self
    }
}
