//! Any bytes as the error of a service: it always has a code, and nothing in it can control a
//! terminal; and those that are built of a code and a message, in XML or JSON, give both.
#![no_main]

use arbitrary::{Arbitrary, Result, Unstructured};
use http::{HeaderMap, HeaderValue, StatusCode};
use libfuzzer_sys::fuzz_target;
use quick_xml::escape::escape;
use rolesig_std::http::ServiceError;
use serde_json::json;

#[derive(Debug)]
struct Input {
    status: u16,
    headers: Vec<(&'static str, Vec<u8>)>,
    body: Vec<u8>,
    code: String,
    message: String,
    form: u8,
}

const NAMES: [&str; 4] =
    ["x-amzn-errortype", "x-amzn-query-error", "x-amzn-requestid", "content-type"];

impl<'a> Arbitrary<'a> for Input {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let mut headers = Vec::new();
        for _ in 0..u.int_in_range(0..=2)? {
            headers.push((*u.choose(&NAMES)?, u.arbitrary()?));
        }
        let len = u.int_in_range(1..=12)?;
        let code: Result<String> =
            (0..len).map(|_| Ok(char::from(*u.choose(b"ABCxyz.09")?))).collect();
        let len = u.int_in_range(0..=20)?;
        let message = (0..len).map(|_| u.choose(&['a', ' ', '<', '&', '"', '\'', 'é', ']', '>']));
        let message: Result<String> = message.collect();
        Ok(Self {
            status: u.int_in_range(300..=599)?,
            headers,
            code: code?,
            message: message?.trim().to_owned(),
            form: u.int_in_range(0..=3)?,
            body: u.arbitrary()?,
        })
    }
}

fuzz_target!(|input: Input| {
    let status = StatusCode::from_u16(input.status).unwrap();
    let mut headers = HeaderMap::new();
    for (name, value) in &input.headers {
        if let Ok(value) = HeaderValue::from_bytes(value) {
            headers.append(*name, value);
        }
    }
    let error = ServiceError::parse(status, &headers, &input.body);
    assert!(!error.code().is_empty());
    assert!(!error.to_string().contains(char::is_control), "{error:?}");

    let (code, message) = (&*input.code, &*input.message);
    let (code_in_xml, message_in_xml) = (escape(code), escape(message));
    let parts = format!("<Code>{code_in_xml}</Code><Message>{message_in_xml}</Message>");
    let body = match input.form {
        0 => format!("<?xml version=\"1.0\"?>\n<Error>{parts}</Error>"),
        1 => format!("<ErrorResponse xmlns=\"urn:x\"><Error>{parts}</Error></ErrorResponse>"),
        2 => format!("<Response><Errors><Error>{parts}</Error></Errors></Response>"),
        _ => json!({"__type": format!("com.amazon.x#{code}"), "message": message}).to_string(),
    };
    let error = ServiceError::parse(status, &HeaderMap::new(), body.as_bytes());
    assert_eq!((error.code(), error.message()), (code, message), "{body}");
});
