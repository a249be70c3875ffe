//! The sentence in which services other than S3 show the text that must be signed.
//!
//! "The Canonical String for this request should have been '…' The String-to-Sign should have been
//! '…'": in the message of an error in JSON (API Gateway, `OpenSearch`, `DynamoDB`) or in XML (IAM,
//! STS, SQS), or printed by a client.

use std::borrow::Cow;

use serde_json::Value;

use super::page::shown_text;
use crate::s3::error::body::ErrorBody;

const CANONICAL: &str = "The Canonical String for this request should have been";
const TO_SIGN: &str = "The String-to-Sign should have been";

/// The canonical request and the string to sign that a service expected: one of the two at least.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ExpectedSignature {
    pub(super) canonical_request: Option<Vec<u8>>,
    pub(super) string_to_sign: Option<Vec<u8>>,
}

impl ExpectedSignature {
    /// Reads the sentence in a text.
    pub(super) fn read(text: &str) -> Option<Self> {
        let text = &*without_margin(text);
        let (canonical, to_sign) = match text.split_once(CANONICAL) {
            None => ("", Some(text.split_once(TO_SIGN)?.1)),
            Some((_, rest)) => match rest.split_once(TO_SIGN) {
                Some((canonical, to_sign)) => (canonical, Some(to_sign)),
                None => (rest, None),
            },
        };
        // A header's value may have quotes, a string to sign has none.
        let canonical = canonical.split_once('\'').and_then(|(_, rest)| rest.rsplit_once('\''));
        let canonical_request = canonical.map(|(canonical, _)| lines(canonical));
        let string_to_sign = to_sign.and_then(|to_sign| to_sign.split('\'').nth(1)).map(lines);
        let has_signed_text = canonical_request.is_some() || string_to_sign.is_some();
        has_signed_text.then_some(Self { canonical_request, string_to_sign })
    }

    /// Reads it in an error's message, in any text of a JSON document, or in the text itself.
    pub(super) fn read_anywhere(text: &str) -> Option<Self> {
        let of_xml = || ErrorBody::read(text).and_then(|body| Self::read(&body.message));
        let of_json = || {
            let document =
                serde_json::from_str(text).or_else(|_| serde_json::from_str(object(text)));
            let document = document.ok()?;
            texts(&document).into_iter().find_map(|(_, text)| Self::read_anywhere(text))
        };
        // A page of HTML, or a text that was copied from one.
        let of_page = || Self::read(&shown_text(text)?);
        of_xml().or_else(of_json).or_else(of_page).or_else(|| Self::read(text))
    }
}

/// Returns the object of JSON that a client printed among other words.
fn object(text: &str) -> &str {
    let begin = text.find('{').unwrap_or_default();
    let end = text.rfind('}').map_or(begin, |end| end + 1);
    text.get(begin..end).unwrap_or_default()
}

/// Removes the margin of each line from the sentence on: an indentation, or what a logger writes.
fn without_margin(text: &str) -> Cow<'_, str> {
    let begin = [CANONICAL, TO_SIGN].into_iter().filter_map(|sentence| text.find(sentence)).min();
    let (before, _) = text.split_at_checked(begin.unwrap_or(0)).unwrap_or_default();
    let start = before.rfind('\n').map_or(0, |end| end + 1);
    let (_, margin) = before.split_at_checked(start).unwrap_or_default();
    let (_, from) = text.split_at_checked(start).unwrap_or_default();
    if margin.is_empty() {
        return text.into();
    }
    let lines: Vec<_> = from.lines().map_while(|line| behind(margin, line)).collect();
    // One of the two lines behind the sentence begins the text.
    if lines.len() > 2 { lines.join("\n").into() } else { text.into() }
}

/// Returns the rest of a line behind the margin, in which each number can be another one. The rest
/// of an empty line, whose margin can have lost its end, is empty. `None` for a line with another
/// margin.
fn behind<'l>(margin: &str, line: &'l str) -> Option<&'l str> {
    let is_digit = |c: &char| c.is_ascii_digit();
    let (mut margin, mut rest) = (margin.chars().peekable(), line.chars().peekable());
    let mut len = 0;
    while let Some(expected) = margin.next() {
        match rest.next() {
            None => return Some(""),
            Some(found) if is_digit(&expected) && is_digit(&found) => {
                len += 1;
                while margin.next_if(is_digit).is_some() {}
                // Digits at its very end can be those of the text.
                while margin.peek().is_some() && rest.next_if(is_digit).is_some() {
                    len += 1;
                }
            }
            Some(found) if found == expected => len += found.len_utf8(),
            Some(_) => return None,
        }
    }
    line.get(len..)
}

/// Returns the lines of a text, whose line ends are escaped if a JSON text was printed
/// unchanged.
fn lines(text: &str) -> Vec<u8> {
    let text = text.replace("\r\n", "\n");
    if text.contains('\n') {
        return text.into_bytes();
    }
    text.replace("\\n", "\n").replace("\\\"", "\"").replace("\\\\", "\\").into_bytes()
}

/// The name of an error without a code.
const NO_CODE: &str = "an error without a code";

/// The code and the message of a service's error.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ErrorMessage {
    pub(super) code: String,
    pub(super) message: String,
}

impl ErrorMessage {
    pub(super) fn read(text: &str) -> Option<Self> {
        if let Some(ErrorBody { code, message, .. }) = ErrorBody::read(text) {
            let code = if code.is_empty() { NO_CODE.to_owned() } else { code };
            return Some(Self { code, message });
        }
        let document: Value = serde_json::from_str(text).ok()?;
        let texts = texts(&document);
        let named = |names: &[&str]| {
            let is_it = |name: &&str| names.iter().any(|known| name.eq_ignore_ascii_case(known));
            texts.iter().find(|(name, _)| is_it(name)).map(|(_, text)| (*text).to_owned())
        };
        // The shape's name comes with its namespace: `com.amazon.coral.service#…`.
        let code = named(&["__type", "code"]);
        let code = code.map(|code| code.rsplit('#').next().unwrap_or_default().to_owned());
        let message = named(&["message", "errorMessage", "detailedMessage"]);
        if code.is_none() && message.is_none() {
            return None;
        }
        let code = code.unwrap_or_else(|| NO_CODE.to_owned());
        Some(Self { code, message: message.unwrap_or_default() })
    }
}

/// Returns whether an error is about the signature.
pub(super) fn is_mismatch(code: &str, message: &str) -> bool {
    matches!(code, super::SIGNATURE_DOES_NOT_MATCH | "InvalidSignatureException")
        || message.contains("signature we calculated does not match")
}

/// Returns all texts of a document, each with the name of its field; the outer ones come first.
pub(super) fn texts(document: &Value) -> Vec<(&str, &str)> {
    let mut texts = Vec::new();
    let mut level = vec![("", document)];
    while !level.is_empty() {
        let mut inner = Vec::new();
        for (name, value) in level {
            match value {
                Value::String(text) => texts.push((name, text.as_str())),
                Value::Array(values) => inner.extend(values.iter().map(|value| (name, value))),
                Value::Object(fields) => {
                    inner.extend(fields.iter().map(|(name, value)| (name.as_str(), value)));
                }
                _ => {}
            }
        }
        level = inner;
    }
    texts
}

#[cfg(test)]
mod tests {
    use super::super::SignatureMismatch;
    use super::*;

    const SENTENCE: &str = "The request signature we calculated does not match the signature you \
        provided.\n\nThe Canonical String for this request should have been\n'GET\n/\n\nhost:h\n\
        x-a:it's\n\nhost;x-a\nhash'\n\nThe String-to-Sign should have been\n'AWS4-HMAC-SHA256\n\
        20150830T123600Z\nscope\nhash'\n";

    fn expected_signature() -> ExpectedSignature {
        ExpectedSignature {
            canonical_request: Some(b"GET\n/\n\nhost:h\nx-a:it's\n\nhost;x-a\nhash".to_vec()),
            string_to_sign: Some(b"AWS4-HMAC-SHA256\n20150830T123600Z\nscope\nhash".to_vec()),
        }
    }

    #[test]
    fn reads_the_sentence_wherever_it_stands() {
        let json = serde_json::to_string(SENTENCE).unwrap();
        let xml = SENTENCE.replace('\'', "&apos;");
        for response in [
            SENTENCE.to_owned(),
            format!("An error occurred (InvalidSignatureException) when calling it: {SENTENCE}"),
            format!("{{\"message\":{json}}}"),
            format!("{{\"Message\":{json},\"Type\":\"User\"}}"),
            format!(
                "{{\"__type\":\"com.amazon.coral.service#InvalidSignatureException\",\
                 \"message\":{json}}}"
            ),
            format!(
                "{{\"errors\":[{{\"code\":\"InvalidSignature\",\"details\":\"\",\
                 \"message\":{json}}}]}}"
            ),
            format!(
                "{{\"body\":{}}}",
                serde_json::to_string(&format!("{{\"message\":{json}}}")).unwrap()
            ),
            format!("HTTP/1.1 403 Forbidden: {{\"message\":{json}}}"),
            format!("Error: {{\"message\":{}}} (403)", json.replace('\'', "\\u0027")),
            format!("{{\"message\": \"{SENTENCE}\", \"errorDetails\": \"\" ,\"method\": POST}}"),
            format!(
                "<ErrorResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><Error>\
                 <Type>Sender</Type><Code>SignatureDoesNotMatch</Code><Message>{xml}</Message>\
                 </Error><RequestId>r</RequestId></ErrorResponse>"
            ),
            format!(
                "<Response><Errors><Error><Code>SignatureDoesNotMatch</Code><Message>{xml}\
                 </Message></Error></Errors><RequestID>r</RequestID></Response>"
            ),
            format!("<AccessDeniedException><Message>{SENTENCE}</Message></AccessDeniedException>"),
            SENTENCE.replace('\n', "\r\n"),
        ] {
            assert_eq!(
                ExpectedSignature::read_anywhere(&response),
                Some(expected_signature()),
                "{response}"
            );
        }
        let (only, _) = SENTENCE.split_once(TO_SIGN).unwrap();
        assert_eq!(
            ExpectedSignature::read(only),
            Some(ExpectedSignature { string_to_sign: None, ..expected_signature() })
        );
        let (_, only) = SENTENCE.split_once("hash'").unwrap();
        let only = format!("It does not match.\n{only}");
        assert_eq!(
            ExpectedSignature::read(&only),
            Some(ExpectedSignature { canonical_request: None, ..expected_signature() })
        );
        assert_eq!(
            SignatureMismatch::read(only.as_bytes()).unwrap().string_to_sign,
            expected_signature().string_to_sign
        );
        assert_eq!(ExpectedSignature::read("signature we calculated does not match"), None);
        assert_eq!(ExpectedSignature::read(TO_SIGN), None);
    }

    #[test]
    fn decodes_the_sentence_of_a_page() {
        let json = serde_json::to_string(SENTENCE).unwrap();
        let xml = SENTENCE.replace('\'', "&apos;");
        for response in [
            SENTENCE.replace('\'', "&#39;"),
            format!(
                "<html><body><p>{}</p>&nbsp;&copy;</body></html>",
                SENTENCE.replace('\'', "&#039;")
            ),
            format!("<html><pre>{}</pre></html>", SENTENCE.replace('\'', "&#x27;")),
            format!("<html><pre>{}", SENTENCE.replace('\'', "&#X27;").replace('G', "&#71;")),
            format!("<p>{xml}</p>"),
            format!("<html><body>{}", xml.replace('\n', "<br />\n")),
            format!("<html><body>{}", SENTENCE.replace('\n', "<br>")),
            format!("{{\"message\":{}}}", json.replace('\'', "&#39;")),
            format!("<Error><Message>{}</Message>", SENTENCE.replace('\'', "&#39;")),
        ] {
            assert_eq!(
                ExpectedSignature::read_anywhere(&response),
                Some(expected_signature()),
                "{response}"
            );
        }
    }

    #[test]
    fn reads_the_sentence_behind_a_margin() {
        let with = |margin: &dyn Fn(usize) -> String, is_cut: bool| {
            let lines = SENTENCE.lines().enumerate().map(|(at, line)| {
                let line = format!("{}{line}", margin(at));
                if is_cut { line.trim_end().to_owned() } else { line }
            });
            lines.collect::<Vec<_>>().join("\n")
        };
        let (_, only) = SENTENCE.split_once("hash'").unwrap();
        let margins: [&dyn Fn(usize) -> String; 6] = [
            &|_| "    ".to_owned(),
            &|_| "> ".to_owned(),
            &|_| "\t".to_owned(),
            &|at| format!("2026-11-29 13:35:{at:02},{:03} DEBUG [main-1] ", at * 7),
            // As Docker writes times: zeros at the end are left out.
            &|at| format!("2026-11-29T13:35:00.{}Z ", 99_995 + at),
            &|at| format!("Nov 29 13:35:{at:02} host app[4711]: "),
        ];
        for margin in margins {
            for is_cut in [false, true] {
                let text = with(margin, is_cut);
                assert_eq!(
                    ExpectedSignature::read_anywhere(&text),
                    Some(expected_signature()),
                    "{text}"
                );
                let more = format!("starts\n{text}\nends, and it's over\n");
                assert_eq!(
                    ExpectedSignature::read_anywhere(&more),
                    Some(expected_signature()),
                    "{more}"
                );
            }
            let lines = only.lines().enumerate().map(|(at, line)| margin(at) + line);
            let text = lines.collect::<Vec<_>>().join("\n");
            let expected =
                Some(ExpectedSignature { canonical_request: None, ..expected_signature() });
            assert_eq!(ExpectedSignature::read_anywhere(&text), expected, "{text}");
        }
    }

    #[test]
    fn reads_the_errors_of_other_services() {
        for (response, code, message) in [
            (
                r#"{"__type":"a.b#ExpiredTokenException","message":"m"}"#,
                "ExpiredTokenException",
                "m",
            ),
            (r#"{"Message":"m"}"#, "an error without a code", "m"),
            (
                r#"{"code":"AccessDeniedException","detailedMessage":"m"}"#,
                "AccessDeniedException",
                "m",
            ),
            (r#"{"Error":{"Code":"C","Message":"m"}}"#, "C", "m"),
            (
                "<Response><Errors><Error><Code>C</Code><Message>m</Message></Error></Errors>\
                 </Response>",
                "C",
                "m",
            ),
        ] {
            let expected = ErrorMessage { code: code.to_owned(), message: message.to_owned() };
            assert_eq!(ErrorMessage::read(response), Some(expected), "{response}");
        }
        assert!(is_mismatch("InvalidSignatureException", "Signature expired"));
        assert!(!is_mismatch("AccessDenied", "No."));
    }
}
