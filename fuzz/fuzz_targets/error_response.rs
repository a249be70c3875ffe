//! Any bytes as an error of S3: it always has a code, and what is shown of it cannot control a
//! terminal. One that is built of a code and a message gives both.
#![no_main]

use http::{HeaderMap, HeaderValue, StatusCode};
use libfuzzer_sys::fuzz_target;
use quick_xml::escape::escape;
use rolefs::s3::error::s3_error::S3Error;

const CODES: [&str; 6] =
    ["NoSuchKey", "AccessDenied", "SlowDown", "InternalError", "PreconditionFailed", "NotAsked"];

fuzz_target!(|input: (u16, u8, &str, &[u8], &[u8])| {
    let (status, code, message, header, body) = input;
    let status = StatusCode::from_u16(200 + status % 400).unwrap();
    let mut headers = HeaderMap::new();
    if let Ok(value) = HeaderValue::from_bytes(header) {
        for name in ["location", "x-amz-bucket-region", "x-amz-request-id"] {
            headers.insert(name, value.clone());
        }
    }
    let error = S3Error::read(None, status, &headers, body);
    assert!(!error.code.is_empty());
    let shown =
        [Some(&error.code), Some(&error.message), error.request_id.as_ref(), error.region.as_ref()];
    for text in shown.into_iter().flatten() {
        assert!(!text.contains(char::is_control), "{text:?}");
    }
    assert!(!error.to_string().contains('\x1b'), "{error}");
    assert!(error.host.is_none() || status.is_redirection());

    let is_plain = |c: char| !c.is_control() && !c.is_whitespace();
    if message.len() > 100 || !message.chars().all(is_plain) {
        return;
    }
    let code = CODES[usize::from(code) % CODES.len()];
    let message_in_xml = escape(message);
    let body = format!("<Error><Code>{code}</Code><Message>{message_in_xml}</Message></Error>");
    let error = S3Error::read(None, StatusCode::FORBIDDEN, &HeaderMap::new(), body.as_bytes());
    assert_eq!((&*error.code, &*error.message), (code, message), "{body}");
});
