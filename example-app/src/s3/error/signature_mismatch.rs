//! Responses of S3 and other services that a signature does not match.

mod message;
mod page;
mod wrapped;

use core::fmt;

use rolesig::Timestamp;
use thiserror::Error;

use self::message::{ErrorMessage, ExpectedSignature};
use self::wrapped::{decoded, dedented, log_lines, wrapped};
use super::body::{ErrorBody, is_web_page};

/// A response that a signature does not match. Servers other than S3 leave out parts, or all except
/// the code; other services of AWS write it in a sentence, in XML or JSON.
///
/// Source: "Error responses", Amazon S3 API Reference; "Troubleshoot AWS Signature Version 4 API
/// request signing errors", IAM User Guide.
#[derive(Default, PartialEq, Eq)]
pub struct SignatureMismatch {
    /// The access key id.
    pub access_key_id: Option<String>,
    /// The signature that was sent.
    pub signature: Option<String>,
    /// The string that the server would have signed.
    pub string_to_sign: Option<Vec<u8>>,
    /// The canonical request that the server hashed.
    pub canonical_request: Option<Vec<u8>>,
    /// The server's explanation, if it returns neither of these.
    pub message: Option<String>,
}

/// Shows no canonical request: a session token can be in it.
impl fmt::Debug for SignatureMismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignatureMismatch")
            .field("access_key_id", &self.access_key_id)
            .field("signature", &self.signature)
            .finish_non_exhaustive()
    }
}

/// A response that does not show what to sign.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum SignatureMismatchError {
    /// A page of a proxy, a portal or a console.
    #[error(
        "expected an error response of S3 or another service: found a web page, as a proxy or a \
         portal answers"
    )]
    WebPage,
    /// A request, an empty file.
    #[error("expected an error response of S3 or another service: found no code and no message")]
    NotAnError,
    /// The server refused for another reason.
    #[error(
        "expected SignatureDoesNotMatch, the only response that shows what to sign: found {code}: {message}"
    )]
    Other {
        /// S3's word.
        code: String,
        /// S3's explanation.
        message: String,
    },
}

impl SignatureMismatch {
    /// Returns when the request was signed, if the server reports it.
    pub fn date(&self) -> Option<Timestamp> {
        let text = core::str::from_utf8(self.string_to_sign.as_deref()?).ok()?;
        Timestamp::from_amz_date(text.lines().nth(1)?).ok()
    }

    /// Reads a response's body: the XML of S3; or a sentence anywhere in it that has both.
    /// The body can be within the lines of a logger, a JSON document or a page.
    ///
    /// # Errors
    /// If it is another response, or none.
    pub fn read(body: &[u8]) -> Result<Self, SignatureMismatchError> {
        let text = decoded(body);
        let text = log_lines(&text).unwrap_or(text);
        let text = dedented(&text).unwrap_or(text);
        Self::read_text(&text).or_else(|error| {
            let mut inner = wrapped(&text).into_iter();
            let found = inner.find_map(|inner| Self::read_text(&inner).ok());
            let is_page = error == SignatureMismatchError::NotAnError && is_web_page(&text);
            found.ok_or(if is_page { SignatureMismatchError::WebPage } else { error })
        })
    }

    fn read_text(text: &str) -> Result<Self, SignatureMismatchError> {
        let has_signed_text = |body: &ErrorBody| {
            let is_hashed = body.canonical_request.is_some() || body.string_to_sign.is_some();
            let is_mismatch = body.code == SIGNATURE_DOES_NOT_MATCH;
            (is_mismatch || body.code.is_empty() && is_hashed)
                && ExpectedSignature::read(&body.message).is_none()
        };
        if let Some(body) = ErrorBody::read(text).filter(has_signed_text) {
            return Ok(body.into());
        }
        if let Some(expected) = ExpectedSignature::read_anywhere(text) {
            return Ok(Self {
                string_to_sign: expected.string_to_sign,
                canonical_request: expected.canonical_request,
                ..Self::default()
            });
        }
        let ErrorMessage { code, message } =
            ErrorMessage::read(text).ok_or(SignatureMismatchError::NotAnError)?;
        if message::is_mismatch(&code, &message) {
            return Ok(Self { message: Some(message), ..Self::default() });
        }
        Err(SignatureMismatchError::Other { code, message })
    }
}

const SIGNATURE_DOES_NOT_MATCH: &str = "SignatureDoesNotMatch";

impl From<ErrorBody> for SignatureMismatch {
    fn from(body: ErrorBody) -> Self {
        Self {
            access_key_id: body.access_key_id,
            signature: body.signature_provided,
            string_to_sign: either(body.string_to_sign_bytes, body.string_to_sign),
            canonical_request: either(body.canonical_request_bytes, body.canonical_request),
            message: Some(body.message).filter(|message| !message.is_empty()),
        }
    }
}

/// Returns the bytes if the server reports them, else the text: XML has no way to write some bytes,
/// and changes line ends.
fn either(bytes: Option<String>, text: Option<String>) -> Option<Vec<u8>> {
    let bytes = bytes.and_then(|bytes| unhex(&bytes)).filter(|bytes| !bytes.is_empty());
    let text = || text.map(String::into_bytes).filter(|text| !text.is_empty());
    bytes.or_else(text)
}

/// Reads bytes such as `41 57 53`, as S3 writes them.
fn unhex(text: &str) -> Option<Vec<u8>> {
    text.split_ascii_whitespace().map(|byte| u8::from_str_radix(byte, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RESPONSE: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
        <Error><Code>SignatureDoesNotMatch</Code><Message>The request signature we calculated does
        not match.</Message><AWSAccessKeyId>AKID</AWSAccessKeyId><StringToSign>AWS4
D</StringToSign><SignatureProvided>ab12</SignatureProvided><StringToSignBytes>41 57 53 34 0a 44
        </StringToSignBytes><CanonicalRequest>GET
/a&amp;b

host:h</CanonicalRequest><RequestId>R</RequestId><HostId>H</HostId></Error>"#;

    fn expected() -> SignatureMismatch {
        SignatureMismatch {
            access_key_id: Some("AKID".to_owned()),
            signature: Some("ab12".to_owned()),
            string_to_sign: Some(b"AWS4\nD".to_vec()),
            canonical_request: Some(b"GET\n/a&b\n\nhost:h".to_vec()),
            message: Some(
                "The request signature we calculated does\n        not match.".to_owned(),
            ),
        }
    }

    #[test]
    fn reads_the_response_of_s3() {
        assert_eq!(SignatureMismatch::read(RESPONSE.as_bytes()).unwrap(), expected());
        let envelope = RESPONSE.replace("<Error>", "<ErrorResponse xmlns='x'><Type/><Error>");
        let envelope = envelope.replace("</Error>", "</Error></ErrorResponse>");
        assert_eq!(SignatureMismatch::read(envelope.as_bytes()).unwrap(), expected());
    }

    #[test]
    fn reads_a_response_without_a_code() {
        let response = RESPONSE.replace("<Code>SignatureDoesNotMatch</Code>", "");
        assert_eq!(SignatureMismatch::read(response.as_bytes()).unwrap(), expected());
        let message = "The request signature we calculated does not match the signature you sent";
        let only = format!("<Error><Message>{message}</Message></Error>");
        let read = SignatureMismatch::read(only.as_bytes()).unwrap();
        assert_eq!(read.message.as_deref(), Some(message));
        let other = SignatureMismatch::read(b"<Error><Message>No</Message></Error>").unwrap_err();
        assert!(other.to_string().ends_with("found an error without a code: No"), "{other}");
    }

    #[test]
    fn reads_a_response_within_logs_documents_and_pages() {
        let json = serde_json::to_string(RESPONSE).unwrap();
        let docker = |text: &str| {
            let line = |line: &str| {
                let log = serde_json::to_string(&format!("{line}\n")).unwrap();
                format!(
                    "{{\"log\":{log},\"stream\":\"stderr\",\"time\":\"2035-01-01T00:00:00Z\"}}\n"
                )
            };
            text.lines().map(line).collect::<String>()
        };
        let escaped = RESPONSE.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let each_line = |text: &str, begin: &str, end: &str| {
            text.lines().map(|line| [begin, line, end].concat()).collect::<Vec<_>>().concat()
        };
        let page = |shown: &str| format!("<html><body>{shown}</body></html>").into_bytes();
        let twice = |json: &str| serde_json::to_string(&format!("{{\"body\":{json}}}")).unwrap();
        let utf_16 = |order: fn(u16) -> [u8; 2]| {
            let units = core::iter::once(0xfeff).chain(RESPONSE.encode_utf16());
            units.flat_map(order).collect::<Vec<u8>>()
        };
        for response in [
            format!("{{\"statusCode\":403,\"body\":{json}}}").into_bytes(),
            format!("{{\"message\":{json}}}").into_bytes(),
            docker(RESPONSE).into_bytes(),
            docker(&format!("starting\n{RESPONSE}\nended")).into_bytes(),
            format!("<html><body><pre>{escaped}</pre></body></html>").into_bytes(),
            format!("403 Forbidden: {RESPONSE} (request 1)").into_bytes(),
            utf_16(u16::to_le_bytes),
            utf_16(u16::to_be_bytes),
            each_line(RESPONSE, "  ", "\n").into_bytes(),
            page(&each_line(&escaped, "<p class='line'>", "</p>")),
            page(&each_line(&escaped, "<p>", "</p>\r\n")),
            page(&each_line(&escaped, "<span>", "</span>\n")),
            page(&each_line(&escaped, "<DIV><span>", "</span></DIV>")),
            page(&escaped.replace('\n', "&NewLine;")),
            format!("{{\"body\":{}}}", twice(&twice(&json))).into_bytes(),
        ] {
            let shown = String::from_utf8_lossy(&response);
            assert_eq!(SignatureMismatch::read(&response), Ok(expected()), "{shown}");
        }
    }

    #[test]
    fn prefers_bytes_to_text() {
        let read = |body: &str| {
            let body = format!("<Error><Code>SignatureDoesNotMatch</Code>{body}</Error>");
            SignatureMismatch::read(body.as_bytes()).unwrap().canonical_request
        };
        let text = "<CanonicalRequest>text</CanonicalRequest>";
        let bytes = |bytes| {
            read(&format!("{text}<CanonicalRequestBytes>{bytes}</CanonicalRequestBytes>")).unwrap()
        };
        assert_eq!(bytes("0d 0 ff"), [13, 0, 255]);
        for bad in ["", "4g", "414"] {
            assert_eq!(bytes(bad), b"text", "{bad}");
        }
        assert_eq!(read(""), None);
        assert_eq!(read("<CanonicalRequest/>"), None);
    }

    #[test]
    fn refuses_other_responses() {
        let error = |body: &str| SignatureMismatch::read(body.as_bytes()).unwrap_err();
        for body in
            ["", "x", "{\"Code\":1}", "[\"a\"]", "{\"a\":\"b\"}", "<Error><Code>", "<Error/>"]
        {
            assert_eq!(error(body), SignatureMismatchError::NotAnError, "{body}");
        }
        let page = "<!DOCTYPE html><html><body>Log in</body></html>";
        assert_eq!(error(page), SignatureMismatchError::WebPage);
        let other = error("<Error><Code>AccessDenied</Code><Message>No</Message></Error>");
        assert_eq!(
            other.to_string(),
            "expected SignatureDoesNotMatch, the only response that shows what to sign: found AccessDenied: No"
        );
    }
}
