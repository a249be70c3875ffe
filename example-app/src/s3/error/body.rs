//! The bodies of error responses, in XML.

use quick_xml::de::from_str;
use serde::Deserialize;

/// The body of an error response, of S3 or of another service.
///
/// Source: "Error responses" and `SignatureDoesNotMatch`, Amazon S3 API Reference.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct ErrorBody {
    pub(super) code: String,
    pub(super) message: String,
    pub(super) request_id: Option<String>,
    pub(super) region: Option<String>,
    pub(super) endpoint: Option<String>,
    #[serde(rename = "AWSAccessKeyId")]
    pub(super) access_key_id: Option<String>,
    pub(super) signature_provided: Option<String>,
    pub(super) string_to_sign: Option<String>,
    pub(super) string_to_sign_bytes: Option<String>,
    pub(super) canonical_request: Option<String>,
    pub(super) canonical_request_bytes: Option<String>,
}

/// The body of other services: the error is in an element `Error`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Envelope {
    error: ErrorBody,
}

/// The body of EC2: the error is in an element `Errors`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ErrorList {
    errors: Envelope,
}

impl ErrorBody {
    /// Reads the body of an error of S3. One that cannot be read is empty.
    pub(super) fn of_s3(text: &str) -> Self {
        from_str(text).unwrap_or_default()
    }

    /// Reads the error in the document itself, in an element `Error`, or in one `Errors` (EC2).
    pub(super) fn read(text: &str) -> Option<Self> {
        let of_errors = || from_str(text).ok().map(|ErrorList { errors }| errors.error);
        let of_envelope = || from_str(text).ok().map(|Envelope { error }| error);
        let has_code = |body: &Self| !body.code.is_empty();
        let body = from_str::<Self>(text).ok().filter(has_code);
        body.or_else(of_envelope).or_else(of_errors).filter(has_code)
    }
}
