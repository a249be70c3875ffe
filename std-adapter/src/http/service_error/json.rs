//! Errors in JSON.

use serde::Deserialize;
use serde_json::Value;

use super::Parsed;

/// The names that services have for the parts of an error.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Document {
    #[serde(rename = "__type")]
    kind: Value,
    /// The object that has the error in it, or the code or the message itself.
    #[serde(alias = "Error")]
    error: Value,
    code: Value,
    #[serde(rename = "Code")]
    upper_code: Value,
    message: Value,
    #[serde(rename = "Message")]
    upper_message: Value,
    #[serde(rename = "errorMessage")]
    error_message: Value,
    #[serde(rename = "requestId")]
    request_id: Value,
    #[serde(rename = "RequestId")]
    upper_request_id: Value,
}

/// Parses an error in JSON. One that broke off has none. The parts of the object `error` take
/// precedence over those beside it.
pub(super) fn parse(text: &str) -> Parsed {
    let mut document: Document = serde_json::from_str(text).unwrap_or_default();
    let inner = match &mut document.error {
        error @ Value::Object(_) => serde_json::from_value(error.take()).unwrap_or_default(),
        _ => Document::default(),
    };
    let (inner, outer) = (parts(inner), parts(document));
    Parsed {
        code: inner.code.or(outer.code),
        message: inner.message.or(outer.message),
        request_id: inner.request_id.or(outer.request_id),
    }
}

/// Returns the parts that an object has itself.
fn parts(document: Document) -> Parsed {
    let Document { code, upper_code, kind, error, .. } = document;
    let code = first([code, upper_code, kind]);
    let message = first([document.message, document.upper_message, document.error_message]);
    // `{"error": "AccessDenied", "message": "..."}`, or `{"error": "a sentence"}`.
    let word = first([error]);
    let is_code = word.as_ref().is_some_and(|word| word.bytes().all(|b| b.is_ascii_alphanumeric()));
    let (as_code, as_message) = if is_code { (word, None) } else { (None, word) };
    Parsed {
        code: code.or(as_code),
        message: message.or(as_message),
        request_id: first([document.request_id, document.upper_request_id]),
    }
}

/// Returns the first that is a text, and not empty.
fn first(values: impl IntoIterator<Item = Value>) -> Option<String> {
    values.into_iter().find_map(|value| match value {
        Value::String(text) if !text.is_empty() => Some(text),
        _ => None,
    })
}
