//! The bodies of error responses, in XML.

use http::{HeaderMap, StatusCode};
use rolesig_std::http::ServiceError;

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

/// Returns the region in "the region 'us-east-1' is wrong; expecting 'eu-west-1'", or in "The
/// me-south-1 location constraint is incompatible for the region specific endpoint this request
/// was sent to".
pub(super) fn region_in_message(message: &str) -> Option<String> {
    if let Some((before, _)) = message.split_once(" location constraint is incompatible") {
        let region = before.rsplit(' ').next()?;
        // The bucket has none.
        let region = if region == "unspecified" { "us-east-1" } else { region };
        return Some(region.to_owned());
    }
    let (_, behind) = message.split_once("is wrong; expecting '")?;
    behind.split_once('\'').map(|(region, _)| region.to_owned())
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
    /// Other services in place of S3 have it in an envelope.
    pub(super) fn of_s3(text: &str) -> Self {
        let of_root = || Some(Self::of(&Element::read(text).ok()?));
        Self::read(text).or_else(of_root).unwrap_or_default()
    }

    /// Returns whether it states neither a code nor a message.
    pub(super) const fn is_silent(&self) -> bool {
        self.code.is_empty() && self.message.is_empty()
    }

    /// Reads the body of an error that is not S3's: JSON of a gateway, or its words. A page of HTML
    /// has none, and those that repeat headers of the request are not shown: one of them is the
    /// session token.
    pub(super) fn of_others(status: StatusCode, headers: &HeaderMap, text: &str) -> Self {
        let text = text.trim_start_matches('\u{feff}').trim();
        let names = text.to_ascii_lowercase();
        let repeats = ["x-amz-", "authorization"].iter().any(|name| names.contains(name));
        if text.starts_with('<') || text.contains(char::REPLACEMENT_CHARACTER) || repeats {
            return Self::default();
        }
        if !text.starts_with('{') {
            return Self { message: text.to_owned(), ..Self::default() };
        }
        let error = ServiceError::parse(status, headers, text.as_bytes());
        Self {
            code: error.code().to_owned(),
            message: error.message().to_owned(),
            request_id: error.request_id().map(str::to_owned),
            ..Self::default()
        }
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
    fn shows_words_of_gateways_and_no_header_that_they_repeat() {
        let of = |text: &str| {
            let body = ErrorBody::of_others(StatusCode::FORBIDDEN, &HeaderMap::new(), text);
            (body.code, body.message)
        };
        let words = |code: &str, message: &str| (code.to_owned(), message.to_owned());
        assert_eq!(of("\u{feff}upstream gone\n"), words("", "upstream gone"));
        for (json, code, message) in [
            (r#"{"message":"Missing"}"#, "Forbidden", "Missing"),
            (r#"{"Error":{"Code":"AccessDenied","Message":"no"}}"#, "AccessDenied", "no"),
            (r#"{"error":{"code":"Denied","message":"no"}}"#, "Denied", "no"),
            (r#"{"error":"AccessDenied","message":"no"}"#, "AccessDenied", "no"),
            (r#"{"error":"not today"}"#, "Forbidden", "not today"),
            (r#"{"statusCode":"403"}"#, "Forbidden", ""),
        ] {
            assert_eq!(of(json), words(code, message), "{json}");
        }
        for text in [
            "<html>busy</html>",
            "bad header: X-Amz-Security-Token: hush",
            r#"{"message":"Authorization=hush"}"#,
        ] {
            assert_eq!(of(text), words("", ""), "{text}");
        }
    }

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
