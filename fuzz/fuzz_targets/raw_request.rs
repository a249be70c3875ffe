//! Any bytes as a raw request, compared with `httparse`: a request that both read has the same
//! method, target and headers; and one that is written again is read the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rolefs::signing::raw_request::RawRequest;

fuzz_target!(|data: &[u8]| {
    let with_line = [b"GET /a?b=c HTTP/1.1\r\nHost: h\r\n", data].concat();
    for input in [data, &with_line] {
        if let Ok(request) = RawRequest::parse(input) {
            compare(input, &request);
            reread(&request);
        }
    }
});

fn compare(input: &[u8], request: &RawRequest<'_>) {
    let mut headers = vec![httparse::EMPTY_HEADER; input.len()];
    let mut theirs = httparse::Request::new(&mut headers);
    let Ok(httparse::Status::Complete(head_len)) = theirs.parse(input) else { return };
    // httparse skips empty lines before the request.
    if input.starts_with(b"\r") || input.starts_with(b"\n") {
        return;
    }
    assert_eq!(theirs.method, Some(&*request.method));
    let mark = if theirs.path.unwrap().contains('?') { "?" } else { "" };
    let target = format!("{}{mark}{}", request.path, request.query);
    assert_eq!(theirs.path, Some(&*target));
    assert_eq!(&input[head_len..], request.body);
    let ours: Vec<_> = request.headers.iter().map(|(n, v)| (&**n, v.trim_ascii())).collect();
    let theirs: Vec<_> = theirs.headers.iter().map(|h| (h.name, h.value.trim_ascii())).collect();
    assert_eq!(ours, theirs);
}

fn reread(request: &RawRequest<'_>) {
    let RawRequest { method, path, query, version, headers, body, line_end, .. } = request;
    // A carriage return within a line is one that ends it, once it is the last of it.
    let texts = [method.as_bytes(), path.as_bytes(), query.as_bytes(), version.as_bytes()];
    let values = headers.iter().flat_map(|(name, value)| [name.as_bytes(), value]);
    if texts.into_iter().chain(values).any(|text| text.contains(&b'\r')) {
        return;
    }
    let mut text = format!("{method} {path}?{query} {version}{line_end}").into_bytes();
    for (name, value) in headers {
        text.extend([name.as_bytes(), b": ", value, line_end.as_bytes()].concat());
    }
    text.extend(line_end.bytes());
    text.extend(*body);
    let again = RawRequest::parse(&text).unwrap();
    assert_eq!((&again.method, &again.path, &again.query), (method, path, query));
    assert_eq!((&again.headers, again.body, again.line_end), (headers, *body, *line_end));
}
