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

/// Parses an error in JSON. One that broke off has none.
pub(super) fn parse(text: &str) -> Parsed {
    let document: Document = serde_json::from_str(text).unwrap_or_default();
    Parsed {
        code: first([document.code, document.upper_code, document.kind]),
        message: first([document.message, document.upper_message, document.error_message]),
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
