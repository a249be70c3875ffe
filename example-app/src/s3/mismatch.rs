//! What S3, or another service, tells of a signature that it does not find right.

mod message;

use quick_xml::de::from_str;
use rolesig::Timestamp;
use serde::Deserialize;
use thiserror::Error;

use self::message::{Refusal, Told};

/// The answer `SignatureDoesNotMatch`. Other servers leave out parts, or all but the code; other
/// services of AWS tell it in a sentence, in XML or JSON.
///
/// Source: "Error responses", Amazon S3 API Reference; "Troubleshoot AWS Signature Version 4 API
/// request signing errors", IAM User Guide.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Mismatch {
    /// Whose signature it is.
    pub(crate) access_key_id: Option<String>,
    /// The signature that was sent.
    pub(crate) signature: Option<String>,
    /// What the server would have signed.
    pub(crate) string_to_sign: Option<Vec<u8>>,
    /// What the server hashed.
    pub(crate) canonical_request: Option<Vec<u8>>,
    /// What the server says in words, if it tells neither of these.
    pub(crate) message: Option<String>,
}

/// An answer that is no such one.
#[derive(Debug, Error, PartialEq, Eq)]
pub(crate) enum NoMismatch {
    /// A proxy's page, a request, an empty file.
    #[error("the answer is no error of S3 or another service: it has no code and no message")]
    NotAnError,
    /// The signature was not what the server minded.
    #[error(
        "the answer is {code}, and only SignatureDoesNotMatch tells what was signed: {message}"
    )]
    Other {
        /// S3's word.
        code: String,
        /// S3's explanation.
        message: String,
    },
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct ErrorBody {
    code: String,
    message: String,
    #[serde(rename = "AWSAccessKeyId")]
    access_key_id: Option<String>,
    signature_provided: Option<String>,
    string_to_sign: Option<String>,
    string_to_sign_bytes: Option<String>,
    canonical_request: Option<String>,
    canonical_request_bytes: Option<String>,
}

/// As services other than S3 answer: the error in an element of its own.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Envelope {
    error: ErrorBody,
}

/// As EC2 answers.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ErrorList {
    errors: Envelope,
}

impl Mismatch {
    /// When the request was signed, as far as the server tells.
    pub(crate) fn date(&self) -> Option<Timestamp> {
        let text = core::str::from_utf8(self.string_to_sign.as_deref()?).ok()?;
        Timestamp::from_amz_date(text.lines().nth(1)?).ok()
    }

    /// Reads an answer's body: the XML of S3; or a sentence with both in it, wherever it stands.
    pub(crate) fn read(body: &[u8]) -> Result<Self, NoMismatch> {
        let text = String::from_utf8_lossy(body);
        let of_s3 = ErrorBody::read(&text);
        if let Some(body) = of_s3.filter(|body| {
            body.code == SIGNATURE_DOES_NOT_MATCH && Told::read(&body.message).is_none()
        }) {
            return Ok(body.into());
        }
        if let Some(told) = Told::read_anywhere(&text) {
            return Ok(Self {
                string_to_sign: told.string_to_sign,
                canonical_request: told.canonical_request,
                ..Self::default()
            });
        }
        let Refusal { code, message } = Refusal::read(&text).ok_or(NoMismatch::NotAnError)?;
        if message::is_mismatch(&code, &message) {
            return Ok(Self { message: Some(message), ..Self::default() });
        }
        Err(NoMismatch::Other { code, message })
    }
}

const SIGNATURE_DOES_NOT_MATCH: &str = "SignatureDoesNotMatch";

impl ErrorBody {
    /// The error in the document itself, in an element `Error`, or in one `Errors` (EC2).
    fn read(text: &str) -> Option<Self> {
        let of_errors = || from_str(text).ok().map(|ErrorList { errors }| errors.error);
        let of_envelope = || from_str(text).ok().map(|Envelope { error }| error);
        let has_code = |body: &Self| !body.code.is_empty();
        let body = from_str::<Self>(text).ok().filter(has_code);
        body.or_else(of_envelope).or_else(of_errors).filter(has_code)
    }
}

impl From<ErrorBody> for Mismatch {
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

/// The bytes if they are told: XML has no way to write some of them, and changes line ends.
fn either(bytes: Option<String>, text: Option<String>) -> Option<Vec<u8>> {
    let bytes = bytes.and_then(|bytes| unhex(&bytes)).filter(|bytes| !bytes.is_empty());
    let text = || text.map(String::into_bytes).filter(|text| !text.is_empty());
    bytes.or_else(text)
}

/// `41 57 53`, as S3 writes it.
fn unhex(text: &str) -> Option<Vec<u8>> {
    text.split_ascii_whitespace().map(|byte| u8::from_str_radix(byte, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
        <Error><Code>SignatureDoesNotMatch</Code><Message>The request signature we calculated does
        not match.</Message><AWSAccessKeyId>AKID</AWSAccessKeyId><StringToSign>AWS4
D</StringToSign><SignatureProvided>ab12</SignatureProvided><StringToSignBytes>41 57 53 34 0a 44
        </StringToSignBytes><CanonicalRequest>GET
/a&amp;b

host:h</CanonicalRequest><RequestId>R</RequestId><HostId>H</HostId></Error>"#;

    fn expected() -> Mismatch {
        Mismatch {
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
    fn an_answer_of_s3() {
        assert_eq!(Mismatch::read(ANSWER.as_bytes()).unwrap(), expected());
        let envelope = ANSWER.replace("<Error>", "<ErrorResponse xmlns='x'><Type/><Error>");
        let envelope = envelope.replace("</Error>", "</Error></ErrorResponse>");
        assert_eq!(Mismatch::read(envelope.as_bytes()).unwrap(), expected());
    }

    #[test]
    fn bytes_count_more_than_text() {
        let read = |body: &str| {
            let body = format!("<Error><Code>SignatureDoesNotMatch</Code>{body}</Error>");
            Mismatch::read(body.as_bytes()).unwrap().canonical_request
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
    fn what_is_no_such_answer() {
        let error = |body: &str| Mismatch::read(body.as_bytes()).unwrap_err();
        for body in [
            "",
            "x",
            "{\"Code\":1}",
            "[\"a\"]",
            "{\"a\":\"b\"}",
            "<html><body/></html>",
            "<Error><Code>",
            "<Error/>",
        ] {
            assert_eq!(error(body), NoMismatch::NotAnError, "{body}");
        }
        let other = error("<Error><Code>AccessDenied</Code><Message>No</Message></Error>");
        assert_eq!(
            other.to_string(),
            "the answer is AccessDenied, and only SignatureDoesNotMatch tells what was signed: No"
        );
    }
}
