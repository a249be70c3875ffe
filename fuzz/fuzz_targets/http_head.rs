//! Any bytes as the head of a response, compared with `httparse`: every head that rolesig reads is
//! one for httparse, with the same status and the same length of the body.
//!
//! rolesig skips interim responses (1xx), so those are left out. It keeps control characters in
//! values other than NUL and CR, as RFC 9110 §5.5 allows; httparse refuses them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rolesig::http1::Response;

fuzz_target!(|data: &[u8]| {
    // A status line, so that the input is about headers.
    let head = [b"HTTP/1.1 200 OK\r\n", data, b"\r\n\r\n"].concat();
    for bytes in [data, &head] {
        check(bytes);
    }
});

fn check(bytes: &[u8]) {
    let mut response = Response::new();
    let mut head_len = 0;
    // Byte by byte, to stop behind the head.
    for byte in bytes {
        head_len += 1;
        match response.take(&mut [*byte]) {
            Err(_) => return,
            Ok(_) if bytes[..head_len].ends_with(b"\n\r\n") => break,
            Ok(_) if bytes[..head_len].ends_with(b"\n\n") => break,
            Ok(_) => {}
        }
    }
    let head = &bytes[..head_len];
    if response.status() == 0 || !(head.ends_with(b"\n\r\n") || head.ends_with(b"\n\n")) {
        return;
    }
    let mut headers = vec![httparse::EMPTY_HEADER; 8192];
    let mut theirs = httparse::Response::new(&mut headers);
    let parsed = theirs.parse(head);
    let is_refused = |byte: &u8| byte.is_ascii_control() && !b"\t\r\n".contains(byte);
    if head.iter().any(is_refused) {
        assert!(!head.contains(&0));
        return;
    }
    if theirs.code.is_some_and(|code| code < 200) {
        return;
    }
    // Of a longer line the rest is not looked at.
    if parsed.is_err() && head.split(|byte| *byte == b'\n').any(|line| line.len() > 64) {
        return;
    }
    assert_eq!(parsed, Ok(httparse::Status::Complete(head_len)), "{}", head.escape_ascii());
    assert_eq!(theirs.code, Some(response.status()));
    let lengths: Vec<_> = theirs
        .headers
        .iter()
        .filter(|header| header.name.eq_ignore_ascii_case("content-length"))
        .map(|header| str::from_utf8(header.value).unwrap().trim_ascii())
        .collect();
    let is_bodiless = matches!(response.status(), 204 | 304);
    if let (Some(len), false) = (response.content_length(), is_bodiless) {
        assert!(lengths.iter().all(|text| text.parse() == Ok(len)), "{}", head.escape_ascii());
    }
}
