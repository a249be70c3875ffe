//! The bodies of requests.

use std::io;

use bytes::Bytes;
use http_body_util::BodyExt;
use http_body_util::combinators::UnsyncBoxBody;

/// The body of a request to S3.
pub type S3Body = UnsyncBoxBody<Bytes, io::Error>;

/// Returns a body without bytes.
pub fn empty() -> S3Body {
    of_bytes(Bytes::new())
}

/// Returns a body whose bytes are in memory.
pub fn of_bytes(bytes: Bytes) -> S3Body {
    http_body_util::Full::new(bytes).map_err(|never| match never {}).boxed_unsync()
}
