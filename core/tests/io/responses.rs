//! The reader of HTTP/1.1 responses.

use core::convert::Infallible;

use embedded_io::ErrorKind;
use proptest::prelude::*;
use rolesig::conversation::ConversationError;
use rolesig::http1::{HttpError, Response};
use rolesig::io::IoError;

use crate::io::streams::{SIZES, in_chunks, interim, to_the_end, with_length};

type Taken = Result<(u16, String), HttpError>;

/// The status and body of a response, in pieces of each size; all must agree.
fn read(response: &str) -> Taken {
    let mut results = SIZES.map(|size| {
        let mut taken = Response::new();
        let mut body = Vec::new();
        for piece in response.as_bytes().chunks(size.min(response.len().max(1))) {
            let mut piece = piece.to_vec();
            let len = taken.take(&mut piece)?;
            body.extend_from_slice(&piece[..len]);
        }
        taken.end()?;
        Ok((taken.status(), String::from_utf8(body).unwrap()))
    });
    assert_eq!(results[0], results[1]);
    assert_eq!(results[0], results[2]);
    core::mem::replace(&mut results[0], Err(HttpError::Cut))
}

/// The status and body of a response, or why it is refused.
type Expected = Result<(u16, &'static str), HttpError>;

const HEADS: [(&str, Expected); 34] = [
    ("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nab", Ok((200, "ab"))),
    ("HTTP/1.1 404\r\nCONTENT-LENGTH:002 \t\r\n\r\nab", Ok((404, "ab"))),
    ("HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 2\r\n\r\nab", Ok((200, "ab"))),
    ("HTTP/1.1 204 No\r\ncontent-length: 2\r\n\r\n", Ok((204, ""))),
    ("HTTP/1.1 304 No\r\n\r\n", Ok((304, ""))),
    ("HTTP/1.1 500 \r\ncontent-length: 0\r\n\r\n", Ok((500, ""))),
    ("", Err(HttpError::NoResponse)),
    ("HTTP/1.1 200 OK\r\n", Err(HttpError::Cut)),
    ("HTTP/2 200\r\n\r\n", Err(HttpError::NotHttp)),
    ("HTTP/1.2 200 OK\r\n\r\n", Err(HttpError::NotHttp)),
    ("HTTP/1.1 20 OK\r\n\r\n", Err(HttpError::NotHttp)),
    ("HTTP/1.1 099 OK\r\n\r\n", Err(HttpError::NotHttp)),
    ("HTTP/1.1 2000 OK\r\n\r\n", Err(HttpError::NotHttp)),
    ("HTTP/1.1  200 OK\r\n\r\n", Err(HttpError::NotHttp)),
    ("\r\nHTTP/1.1 200 OK\r\n\r\n", Err(HttpError::NotHttp)),
    ("SSH-2.0-OpenSSH\r\n", Err(HttpError::NotHttp)),
    ("HTTP/1.1 200 OK\r\ncontent-length : 2\r\n\r\nab", Err(HttpError::BadHeader)),
    ("HTTP/1.1 200 OK\r\nx: y\r\n folded\r\n\r\n", Err(HttpError::BadHeader)),
    ("HTTP/1.1 200 OK\r\n: y\r\n\r\n", Err(HttpError::BadHeader)),
    ("HTTP/1.1 200 OK\r\nx\r\n\r\n", Err(HttpError::BadHeader)),
    ("HTTP/1.1 200 OK\r\nx: a\rcontent-length: 2\r\n\r\n", Err(HttpError::BadHeader)),
    ("HTTP/1.1 200 OK\r\nx: \0\r\n\r\n", Err(HttpError::BadHeader)),
    (
        "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n",
        Err(HttpError::BadContentLength),
    ),
    ("HTTP/1.1 200 OK\r\ncontent-length: 2, 2\r\n\r\n", Err(HttpError::BadContentLength)),
    ("HTTP/1.1 200 OK\r\ncontent-length: -2\r\n\r\n", Err(HttpError::BadContentLength)),
    ("HTTP/1.1 200 OK\r\ncontent-length: +2\r\n\r\n", Err(HttpError::BadContentLength)),
    ("HTTP/1.1 200 OK\r\ncontent-length: \r\n\r\n", Err(HttpError::BadContentLength)),
    (
        "HTTP/1.1 200 OK\r\ncontent-length: 99999999999999999999\r\n\r\n",
        Err(HttpError::BadContentLength),
    ),
    (
        "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n",
        Err(HttpError::BadTransferEncoding),
    ),
    ("HTTP/1.1 200 OK\r\ntransfer-encoding: gzip\r\n\r\n", Err(HttpError::BadTransferEncoding)),
    (
        "HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n",
        Err(HttpError::BadTransferEncoding),
    ),
    (
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n",
        Err(HttpError::BadTransferEncoding),
    ),
    ("HTTP/1.1 101 Switch\r\n\r\n", Err(HttpError::OtherProtocol)),
    ("HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nab", Err(HttpError::Surplus)),
];

/// Returns responses with a part that is longer than what is kept of it, or almost.
fn long_heads() -> [(String, Expected); 15] {
    // The part of these lines that is kept would be valid; the rest is not seen.
    let cut = |value: &str, rest: &str| {
        format!("HTTP/1.1 200 OK\r\n{value}{}{rest}\r\n\r\n0\r\n\r\n", " ".repeat(60))
    };
    let with = |header: &str, rest: &str| format!("HTTP/1.1 200 OK\r\n{header}\r\n{rest}");
    let chunked = |chunks: &str| with("transfer-encoding: chunked", &format!("\r\n{chunks}"));
    let x = |len| format!("x: {}", "y".repeat(len));
    let long_len = format!("content-length:{}5", " ".repeat(60));
    [
        (with(&x(8000), "content-length: 1\r\n\r\na"), Ok((200, "a"))),
        (format!("HTTP/1.1 204 \r\n{}: y\r\n\r\n", "n".repeat(100)), Ok((204, ""))),
        (format!("HTTP/1.1 200 OK\r\n{}", "x: y\r\n".repeat(2000)), Err(HttpError::HeadTooLong)),
        (with(&"n".repeat(64), "\r\n"), Err(HttpError::BadHeader)),
        (with(&"n".repeat(64), "\r\n").replace('\r', ""), Err(HttpError::BadHeader)),
        (with(&format!("{}\rcontent-length: 2", x(99)), "\r\n"), Err(HttpError::BadHeader)),
        (with(&x(9000), "\r\n"), Err(HttpError::HeadTooLong)),
        ("HTTP/1.1 100 Continue\r\n\r\n".repeat(400), Err(HttpError::HeadTooLong)),
        (with(&long_len, "\r\nabcde"), Err(HttpError::BadContentLength)),
        (cut("content-length: 5", "1"), Err(HttpError::BadContentLength)),
        (cut("content-length: 5", ""), Err(HttpError::BadContentLength)),
        (cut("transfer-encoding: chunked", ", gzip"), Err(HttpError::BadTransferEncoding)),
        (cut("transfer-encoding: chunked", ""), Err(HttpError::BadTransferEncoding)),
        (chunked(&"0".repeat(99)), Err(HttpError::Cut)),
        (chunked(&format!("1;{}\r\na\r\n0\r\n\r\n", "e".repeat(300))), Err(HttpError::BadChunk)),
    ]
}

#[test]
fn reads_heads_strictly() {
    let heads = HEADS.map(|(response, expected)| (response.to_owned(), expected));
    for (response, expected) in heads.into_iter().chain(long_heads()) {
        let expected = expected.map(|(status, body)| (status, body.to_owned()));
        assert_eq!(read(&response), expected, "{response:?}");
    }
}

#[test]
fn keeps_a_connection_open_only_if_the_head_allows_it() {
    let long = format!("Connection: keep-alive{}, close", " ".repeat(60));
    for (version, headers, expected) in [
        ("1.1", "", true),
        ("1.1", "Connection: Keep-Alive\r\n", true),
        ("1.1", "Connection: close\r\n", false),
        ("1.1", "Connection: keep-alive\r\nConnection: close\r\n", false),
        ("1.1", "Connection: close\r\nConnection: keep-alive\r\n", false),
        ("1.1", "Connection: keep-alive, close\r\n", false),
        ("1.1", &*format!("{long}\r\n"), false),
        ("1.0", "", false),
        ("1.0", "Connection: keep-alive\r\n", false),
    ] {
        let head = format!("HTTP/{version} 200 OK\r\n{headers}Content-Length: 0\r\n\r\n");
        let mut response = Response::new();
        response.take(&mut head.into_bytes()).unwrap();
        assert!(response.is_done());
        assert_eq!(response.keeps_open(), expected, "{version} {headers:?}");
    }
}

#[test]
fn reads_chunks_strictly() {
    let chunked = |chunks: &str| {
        read(&format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}"))
            .map(|(_, body)| body)
    };
    for (chunks, expected) in [
        ("0\r\n\r\n", ""),
        ("2\r\nab\r\n0\r\n\r\n", "ab"),
        ("0002 \r\nab\r\n00\r\n\r\n", "ab"),
        ("2;x\r\nab\r\n1;y=\"z\"\r\nc\r\n0;last\r\nT: u\r\nV: w\r\n\r\n", "abc"),
        ("a\r\n0123456789\r\nB\r\n0123456789a\r\n0\r\n\r\n", "01234567890123456789a"),
    ] {
        assert_eq!(chunked(chunks).as_deref(), Ok(expected), "{chunks:?}");
    }
    for chunks in [
        "\r\n",
        "x\r\n",
        "-1\r\n",
        "0x2\r\nab\r\n",
        ";x\r\n",
        " 2\r\nab\r\n",
        "2 2\r\nab\r\n",
        "2\r\nabc\r\n",
        "2\r\nab0\r\n",
        "10000000000000000\r\n",
        "+2\r\nab\r\n",
    ] {
        assert_eq!(chunked(chunks), Err(HttpError::BadChunk), "{chunks:?}");
    }
    // As many digits as are kept of a line: one could be missing.
    assert_eq!(chunked(&format!("{}\r\n\r\n", "0".repeat(63))).as_deref(), Ok(""));
    assert_eq!(chunked(&format!("{}\r\n\r\n", "0".repeat(64))), Err(HttpError::BadChunk));
    assert_eq!(chunked("0\r\nno trailer\r\n\r\n"), Err(HttpError::BadHeader));
    assert_eq!(chunked("0\r\n\r\nx"), Err(HttpError::Surplus));
    assert_eq!(
        chunked(&"0\r\nT: u\r\n\r\n".replace("T: u\r\n", &"T: u\r\n".repeat(2000))),
        Err(HttpError::HeadTooLong)
    );
}

#[test]
fn names_the_fix_in_errors() {
    fn text(error: IoError<'_, ErrorKind>) -> String {
        let error: &dyn core::error::Error = &error;
        error.to_string()
    }
    assert!(text(IoError::BodyTooLong { needed: Some(5) }).contains("5 bytes are needed"));
    assert!(text(IoError::BodyTooLong { needed: None }).contains("make it larger"));
    assert!(text(IoError::Http(HttpError::NotHttp)).contains("check host, port, and TLS"));
    assert!(text(IoError::Conversation(ConversationError::OutOfTurn)).contains("out of turn"));
    let again = |error: IoError<'_, Infallible>| error.is_transient();
    assert!(!again(IoError::BodyTooLong { needed: None }));
    assert!(!again(IoError::Http(HttpError::NotHttp)));
    assert!(again(IoError::Http(HttpError::Cut)));
}

proptest! {
    #[test]
    fn accepts_or_refuses_any_bytes(bytes: Vec<u8>, size in 1..9_usize) {
        let mut response = Response::new();
        for piece in bytes.chunks(size) {
            let mut piece = piece.to_vec();
            match response.take(&mut piece) {
                Ok(len) => prop_assert!(len <= piece.len()),
                Err(_) => return Ok(()),
            }
        }
        let _ = response.end();
    }

    #[test]
    fn reads_any_body_in_any_form(body in "[ -~]{0,300}", size in 1..50_usize) {
        for form in [with_length, in_chunks, to_the_end, interim] {
            let mut response = Response::new();
            let mut taken = Vec::new();
            for piece in form(&body).as_bytes().chunks(size) {
                let mut piece = piece.to_vec();
                let len = response.take(&mut piece).unwrap();
                taken.extend_from_slice(&piece[..len]);
            }
            response.end().unwrap();
            prop_assert_eq!(&taken, body.as_bytes());
        }
    }
}
