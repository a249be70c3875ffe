//! The bodies of error responses, in XML.

use quick_xml::de::from_str;
use serde::Deserialize;

/// Returns the name of the first element of a document, without a prefix. The rest does not have to
/// be well-formed: S3 writes keys with characters that XML does not have.
pub(in crate::s3) fn root_element(text: &str) -> Option<&str> {
    let is_blank = |character: char| character.is_whitespace() || character == '\u{feff}';
    let mut rest = text.trim_start_matches(is_blank);
    loop {
        let end = match rest {
            rest if rest.starts_with("<!--") => "-->",
            rest if rest.starts_with("<?") => "?>",
            rest if rest.starts_with("<!") => ">",
            _ => break,
        };
        rest = rest.split_once(end)?.1.trim_start_matches(is_blank);
    }
    let ends_name = |character: char| character.is_whitespace() || matches!(character, '>' | '/');
    let name = rest.strip_prefix('<')?.split(ends_name).next()?;
    Some(name.rsplit_once(':').map_or(name, |(_, local)| local))
}

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
        let tells = |body: &Self| {
            let is_hashed = body.canonical_request.is_some() || body.string_to_sign.is_some();
            !body.code.is_empty() || !body.message.is_empty() || is_hashed
        };
        let body = from_str::<Self>(text).ok().filter(tells);
        body.or_else(of_envelope).or_else(of_errors).filter(tells)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_first_element() {
        for (text, expected) in [
            ("<Error><Code>x", Some("Error")),
            ("\u{feff}<?xml version=\"1.0\"?>\n <!-- <a> --><s3:Error a='b'>", Some("Error")),
            ("<!DOCTYPE html><html>", Some("html")),
            ("<Error/>", Some("Error")),
            ("{\"a\": \"<Error>\"}", None),
            ("<?xml", None),
            ("", None),
        ] {
            assert_eq!(root_element(text), expected, "{text}");
        }
    }
}
