//! Any bytes as a response: it is read the same in whatever pieces it comes, and a body in any of
//! the three forms is read as it was written.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rolesig::http1::{HttpError, Response};

fuzz_target!(|input: (&[u8], Vec<u8>)| {
    let (bytes, cuts) = input;
    let whole = read(bytes, &[]);
    assert_eq!(whole, read(bytes, &cuts));
    if let Ok((status, body)) = &whole {
        assert!((100..1000).contains(status));
        assert!(body.len() < bytes.len());
    }
    let mut plain =
        format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", bytes.len()).into_bytes();
    plain.extend(bytes);
    let mut closed = b"HTTP/1.0 200 OK\r\n\r\n".to_vec();
    closed.extend(bytes);
    let mut chunked = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".to_vec();
    for chunk in bytes.chunks(usize::from(cuts.first().copied().unwrap_or(0)) + 1) {
        chunked.extend(format!("{:x};a=b\r\n", chunk.len()).bytes());
        chunked.extend(chunk);
        chunked.extend(b"\r\n");
    }
    chunked.extend(b"0\r\n\r\n");
    for form in [plain, closed, chunked] {
        assert_eq!(read(&form, &cuts), Ok((200, bytes.to_vec())));
        // A response that is cut off is never read as another one.
        let cut = &form[..form.len() - 1];
        if !form.starts_with(b"HTTP/1.0") {
            assert_eq!(read(cut, &cuts), Err(HttpError::Cut));
        }
    }
});

/// Reads status and body, in pieces of these lengths in turn.
fn read(mut bytes: &[u8], cuts: &[u8]) -> Result<(u16, Vec<u8>), HttpError> {
    let mut response = Response::new();
    let mut body = Vec::new();
    let mut cuts = cuts.iter().cycle();
    while !bytes.is_empty() {
        let len = cuts.next().map_or(bytes.len(), |cut| usize::from(*cut) + 1).min(bytes.len());
        let mut piece = bytes[..len].to_vec();
        let len = response.take(&mut piece)?;
        body.extend(&piece[..len]);
        bytes = &bytes[piece.len()..];
    }
    response.end()?;
    Ok((response.status(), body))
}
