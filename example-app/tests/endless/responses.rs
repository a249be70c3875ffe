//! Single responses that never end.

use core::time::Duration;
use std::io::{self, Write as _};
use std::net::TcpStream;

use super::{CAT, Case, GET, KEY, LS, PARTS, PUT, error, is_head, nothing_there, repeat, send};

pub(super) const RESPONSES: &[Case] = &[
    Case {
        name: "100 (Continue) for ever",
        words: PUT,
        response: |_, _, stream| {
            repeat(stream, "HTTP/1.1 100 Continue\r\n\r\n", Duration::from_millis(1))
        },
        message: "",
    },
    Case {
        name: "100 (Continue) for ever, of a listing",
        words: LS,
        response: |_, _, stream| {
            repeat(stream, "HTTP/1.1 100 Continue\r\n\r\n", Duration::from_millis(1))
        },
        message: "",
    },
    Case {
        name: "a head without end",
        words: LS,
        response: |_, _, stream| {
            stream.write_all(b"HTTP/1.1 200 X\r\n")?;
            repeat(stream, "x: y\r\n", Duration::ZERO)
        },
        message: "",
    },
    Case {
        name: "a head that is drip-fed",
        words: LS,
        response: |_, _, stream| {
            stream.write_all(b"HTTP/1.1 200 X\r\nx: ")?;
            repeat(stream, "y", Duration::from_millis(50))
        },
        message: "no response within",
    },
    Case {
        name: "an error without end",
        words: LS,
        response: |_, _, stream| {
            stream.write_all(b"HTTP/1.1 403 X\r\n\r\n<Error><Message>")?;
            repeat(stream, &"x".repeat(100_000), Duration::ZERO)
        },
        message: "Forbidden",
    },
    Case {
        name: "an error that is drip-fed",
        words: LS,
        response: |_, _, stream| {
            stream.write_all(b"HTTP/1.1 403 X\r\n\r\n<Error><Message>")?;
            repeat(stream, "x", Duration::from_millis(50))
        },
        message: "no response within",
    },
    Case {
        name: "a listing without end",
        words: LS,
        response: |_, _, stream| {
            stream.write_all(b"HTTP/1.1 200 X\r\n\r\n<ListBucketResult>")?;
            repeat(stream, &KEY.repeat(1000), Duration::ZERO)
        },
        message: "the response has more than 16 MiB",
    },
    Case {
        name: "a listing that is drip-fed",
        words: LS,
        response: |_, _, stream| {
            stream.write_all(b"HTTP/1.1 200 X\r\n\r\n<ListBucketResult>")?;
            repeat(stream, "\n", Duration::from_millis(50))
        },
        message: "no response within",
    },
    Case {
        name: "a completion of white space",
        words: PARTS,
        response: |head, _, stream| match head {
            head if head.starts_with("GET") || head.starts_with("HEAD") => {
                nothing_there(head, stream)
            }
            head if head.contains("uploads=") => send(stream, 200, "", "<UploadId>u</UploadId>"),
            head if head.starts_with("POST") => {
                stream.write_all(b"HTTP/1.1 200 X\r\n\r\n")?;
                repeat(stream, &" ".repeat(1 << 20), Duration::ZERO)
            }
            head if head.starts_with("DELETE") => send(stream, 404, "", &error("NoSuchUpload")),
            _ => send(stream, 200, "ETag: \"e\"\r\n", ""),
        },
        message: "",
    },
];

pub(super) const OBJECTS: &[Case] = &[
    Case {
        name: "an object that is drip-fed",
        words: CAT,
        response: |head, _, stream| {
            is_head(head, stream, 1 << 30).unwrap_or_else(|| {
                let head = b"HTTP/1.1 200 X\r\nETag: \"e\"\r\nLast-Modified: x\r\nContent-Length: 1073741824\r\n\r\n";
                stream.write_all(head)?;
                repeat(stream, "x", Duration::from_millis(50))
            })
        },
        message: "no byte moved",
    },
    Case {
        name: "an object without end",
        words: CAT,
        response: object_without_end,
        message: "bytes of 5",
    },
    Case {
        name: "the same, to a file",
        words: GET,
        response: object_without_end,
        message: "bytes of 5",
    },
    Case {
        name: "an object that breaks off after each byte",
        words: GET,
        response: |head, _, stream| {
            is_head(head, stream, 1 << 30).unwrap_or_else(|| {
                let from = head.to_ascii_lowercase();
                let from = from
                    .split("range: bytes=")
                    .nth(1)
                    .and_then(|from| from.split('-').next().map(str::to_owned));
                let (status, from) = from.map_or((200, "0".to_owned()), |from| (206, from));
                let head = format!(
                    "HTTP/1.1 {status} X\r\nETag: \"e\"\r\nLast-Modified: x\r\nContent-Length: 1073741824\r\n\
                     Content-Range: bytes {from}-1073741823/1073741824\r\n\r\nx"
                );
                stream.write_all(head.as_bytes())?;
                Err(io::ErrorKind::Other.into())
            })
        },
        message: "the response broke off",
    },
];

/// Sends an object that is longer than its head says.
fn object_without_end(head: &str, _: u64, stream: &mut TcpStream) -> io::Result<()> {
    is_head(head, stream, 5).unwrap_or_else(|| {
        stream.write_all(b"HTTP/1.1 200 X\r\nETag: \"e\"\r\nLast-Modified: x\r\n\r\n")?;
        repeat(stream, &"x".repeat(1000), Duration::ZERO)
    })
}
