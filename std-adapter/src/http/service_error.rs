//! The errors that services answer with.

use core::fmt;

use http::{HeaderMap, StatusCode};
use rolesig::conversation::ConversationError;

mod json;
mod xml;

/// The headers in which services send the id of a request.
const REQUEST_IDS: [&str; 4] =
    ["x-amzn-requestid", "x-amz-request-id", "x-amzn-request-id", "x-amz-cf-id"];

/// The code of an error in JSON, of the protocols that do not put it into the body.
const ERROR_TYPE: &str = "x-amzn-errortype";

/// The code that a service had before it changed its protocol: `Code;Sender`.
const QUERY_ERROR: &str = "x-amzn-query-error";

/// Longer errors are not AWS's, and are not read any further.
pub(super) const LONGEST: usize = 64 * 1024;

/// The codes of errors that are about a signature, its time or its credentials. For any of them, a
/// service can repeat what it was sent.
const ABOUT_SIGNER: [&str; 20] = [
    "AuthFailure",
    "AuthorizationHeaderMalformed",
    "AuthorizationQueryParametersError",
    "ExpiredToken",
    "ExpiredTokenException",
    "IncompleteSignature",
    "IncompleteSignatureException",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidSecurity",
    "InvalidSignatureException",
    "InvalidToken",
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
    "RequestExpired",
    "RequestInTheFuture",
    "RequestTimeTooSkewed",
    "SignatureDoesNotMatch",
    "TokenRefreshRequired",
    "UnrecognizedClientException",
];

/// An error that a service answered with: `match error.code()`.
///
/// It reads the errors of all of AWS's protocols that are text: XML (S3, `ErrorResponse`, EC2's
/// `Response`), JSON (`__type`, `code`, the header `x-amzn-errortype`), and `x-amzn-query-error`
/// of services that spoke another protocol once. A code has no namespace before it and no URL
/// behind it. Where the body does not show it, as after `HEAD`, the code is the name of the status
/// without spaces: `NotFound`.
///
/// Sources: "Error responses" (Amazon S3 API Reference); "Common errors" of AWS's services; Smithy,
/// "AWS JSON 1.0 protocol" and "AWS restJson1 protocol", on operation errors; botocore's
/// `parsers.py`.
///
/// ```
/// use http::{HeaderMap, StatusCode};
/// use rolesig_std::http::ServiceError;
///
/// let body = br#"{"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException",
///                 "message":"Requested resource not found"}"#;
/// let error = ServiceError::parse(StatusCode::BAD_REQUEST, &HeaderMap::new(), body);
/// match error.code() {
///     "ResourceNotFoundException" => assert_eq!(error.message(), "Requested resource not found"),
///     code => panic!("{code}"),
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceError {
    status: StatusCode,
    code: String,
    message: String,
    request_id: Option<String>,
}

/// The parts of an error's body, as far as it has them.
#[derive(Default)]
struct Parsed {
    code: Option<String>,
    message: Option<String>,
    request_id: Option<String>,
}

impl ServiceError {
    /// Parses a response that is an error. A body that cannot be parsed counts as none.
    pub fn parse(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Self {
        let parsed = parse_body(body);
        let name = || status.canonical_reason().unwrap_or("Error").replace(' ', "");
        Self {
            status,
            code: code_of(headers, parsed.code).unwrap_or_else(name),
            message: parsed.message.unwrap_or_default(),
            request_id: id_of(headers).or(parsed.request_id),
        }
    }

    /// Returns the status.
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// Returns the code, such as `NoSuchKey` or `ThrottlingException`. It is never empty.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// Returns the explanation; empty if there is none.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Returns whether the error is about the signature, its time or its credentials, and not about
    /// the request itself.
    ///
    /// A program that signs for others must not pass the body of such an error on: Amazon S3
    /// repeats the access key id, the session token and the canonical request in it.
    ///
    /// ```
    /// use http::{HeaderMap, StatusCode};
    /// use rolesig_std::http::ServiceError;
    ///
    /// let body = b"<Error><Code>ExpiredToken</Code><Token-0>IQoJb3JpZ2luX2Vj</Token-0></Error>";
    /// let error = ServiceError::parse(StatusCode::BAD_REQUEST, &HeaderMap::new(), body);
    /// assert!(error.is_about_signer());
    /// ```
    ///
    /// Sources: "Error responses" (Amazon S3); "Common errors" of AWS's services.
    pub fn is_about_signer(&self) -> bool {
        ABOUT_SIGNER.contains(&self.code.as_str())
    }

    /// Returns the id of the request, which AWS's support asks for.
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }
}

/// For people: in one line, without characters that control a terminal.
impl fmt::Display for ServiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { status, code, message, request_id } = self;
        ConversationError::Refused { code, message }.fmt(f)?;
        write!(f, " (status {}", status.as_u16())?;
        match request_id {
            Some(id) => write!(f, ", request id {})", id.escape_debug()),
            None => f.write_str(")"),
        }
    }
}

impl core::error::Error for ServiceError {}

/// Parses the body of an error, in whichever of the two languages it is.
fn parse_body(body: &[u8]) -> Parsed {
    let text = String::from_utf8_lossy(body);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    if text.starts_with('<') { xml::parse(text) } else { json::parse(text) }
}

/// Returns the code that the headers or the body of an error give.
pub(super) fn code(headers: &HeaderMap, body: &[u8]) -> Option<String> {
    if let Some(code) = header_code(headers) {
        return Some(code);
    }
    code_of(headers, parse_body(body).code)
}

/// Returns the code that the headers of an error give, if they do.
pub(super) fn header_code(headers: &HeaderMap) -> Option<String> {
    let query_error = header(headers, QUERY_ERROR).and_then(|error| error.split_once(';'));
    let code = query_error.map(|(code, _)| code).or_else(|| header(headers, ERROR_TYPE))?;
    Some(bare(code).to_owned()).filter(|code| !code.is_empty())
}

fn code_of(headers: &HeaderMap, in_body: Option<String>) -> Option<String> {
    let in_body = in_body.map(|code| bare(&code).to_owned());
    header_code(headers).or(in_body).filter(|code| !code.is_empty())
}

fn id_of(headers: &HeaderMap) -> Option<String> {
    REQUEST_IDS.into_iter().find_map(|name| header(headers, name)).map(str::to_owned)
}

fn header<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok().map(str::trim).filter(|value| !value.is_empty())
}

/// Removes the URL behind a code and the namespace before it.
fn bare(code: &str) -> &str {
    let code = code.split_once(':').map_or(code, |(code, _)| code);
    code.rsplit_once('#').map_or(code, |(_, code)| code).trim()
}

#[cfg(test)]
mod tests;
