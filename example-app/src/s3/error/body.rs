//! The bodies of error responses, in XML.

use super::element::Element;

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

/// Returns whether a document is a web page.
pub(super) fn is_web_page(text: &str) -> bool {
    root_element(text).is_some_and(|name| name.eq_ignore_ascii_case("html"))
}

/// The body of an error response, of S3 or of another service.
///
/// Source: "Error responses" and `SignatureDoesNotMatch`, Amazon S3 API Reference.
#[derive(Default)]
pub(super) struct ErrorBody {
    pub(super) code: String,
    pub(super) message: String,
    pub(super) request_id: Option<String>,
    pub(super) region: Option<String>,
    pub(super) endpoint: Option<String>,
    pub(super) access_key_id: Option<String>,
    pub(super) signature_provided: Option<String>,
    pub(super) string_to_sign: Option<String>,
    pub(super) string_to_sign_bytes: Option<String>,
    pub(super) canonical_request: Option<String>,
    pub(super) canonical_request_bytes: Option<String>,
}

impl ErrorBody {
    fn of(element: &Element) -> Self {
        // A copy of a response can have the line ends of Windows.
        let text = |name| element.first(name).map(|field| field.text().replace("\r\n", "\n"));
        Self {
            code: text("Code").unwrap_or_default(),
            message: text("Message").unwrap_or_default(),
            request_id: text("RequestId"),
            region: text("Region"),
            endpoint: text("Endpoint"),
            access_key_id: text("AWSAccessKeyId"),
            signature_provided: text("SignatureProvided"),
            string_to_sign: text("StringToSign"),
            string_to_sign_bytes: text("StringToSignBytes"),
            canonical_request: text("CanonicalRequest"),
            canonical_request_bytes: text("CanonicalRequestBytes"),
        }
    }

    /// Reads the body of an error of S3. One that cannot be read is empty.
    pub(super) fn of_s3(text: &str) -> Self {
        Element::read(text).map(|root| Self::of(&root)).unwrap_or_default()
    }

    /// Reads the error in the document itself, in an element `Error`, or in one `Errors` (EC2).
    pub(super) fn read(text: &str) -> Option<Self> {
        let root = Element::read(text).ok()?;
        let of_envelope = root.first("Error");
        let of_errors = root.first("Errors").and_then(|errors| errors.first("Error"));
        let has_code = |body: &Self| {
            let is_hashed = body.canonical_request.is_some() || body.string_to_sign.is_some();
            !body.code.is_empty() || !body.message.is_empty() || is_hashed
        };
        let mut bodies = [Some(&root), of_envelope, of_errors].into_iter().flatten().map(Self::of);
        bodies.find(has_code)
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
