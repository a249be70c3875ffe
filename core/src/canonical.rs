//! The canonical request: six parts, in order, hashed as they are written.
//!
//! Source: "Create a signed AWS API request", step 1; for S3 "Signature Calculations for the
//! Authorization Header: Transferring Payload in a Single Chunk".

use core::fmt;

use crate::byte_class::{HOST, TOKEN, some_and_all};
use crate::request::{Payload, Request};
use crate::service::Service;
use crate::sign_error::SignError;
use crate::sink::{self, Emit, Sink};
use crate::timestamp::AmzDate;

pub(crate) mod headers;
mod path;
mod query;

use crate::hex_digest::HexDigest;
use headers::{OwnHeaders, PayloadHash, SignedHeaders};
use path::CanonicalPath;
use query::CanonicalQuery;

/// Method, canonical URI, canonical query string, canonical headers, signed headers and payload
/// hash, as `sha256` takes them; `Display` shows what a service compares with.
///
/// It has the session token among its headers: `Display` shows it, `Debug` does not.
pub struct CanonicalRequest<'a, const SLOTS: usize> {
    method: &'a str,
    path: CanonicalPath<'a>,
    query: CanonicalQuery<'a, SLOTS>,
    headers: SignedHeaders<'a, SLOTS>,
}

impl<'a, const SLOTS: usize> CanonicalRequest<'a, SLOTS> {
    pub(crate) fn new(
        request: &'a Request<'a>,
        service: Service<'_>,
        date: AmzDate,
        session_token: Option<&'a str>,
    ) -> Result<Self, SignError> {
        check(request)?;
        let path =
            CanonicalPath::new(request.path, service.path_rule()).ok_or(SignError::InvalidPath)?;
        let payload_hash = match request.payload {
            Payload::Bytes(bytes) => PayloadHash::Digest(HexDigest::of(bytes)),
            Payload::Sha256(digest) => PayloadHash::Digest(HexDigest::new(&digest)),
            Payload::Unsigned => PayloadHash::Literal("UNSIGNED-PAYLOAD"),
        };
        // A service can only know that the payload is not signed if it is told.
        let payload_hash_header =
            service.payload_hash_header() || matches!(payload_hash, PayloadHash::Literal(_));
        let own = OwnHeaders {
            host: request.host,
            date,
            session_token,
            payload_hash,
            payload_hash_header,
        };
        Ok(Self {
            method: request.method,
            path,
            query: CanonicalQuery::new(request.query)
                .map_err(|_| SignError::TooManyQueryPairs { slots: SLOTS })?,
            headers: SignedHeaders::new(request.headers, own)?,
        })
    }

    pub(crate) const fn headers(&self) -> &SignedHeaders<'a, SLOTS> {
        &self.headers
    }

    /// Path and query as they go on the wire.
    pub(crate) fn emit_target(&self, out: &mut impl Sink) {
        if self.path.is_wire_form() {
            self.path.emit(out);
        } else {
            let path = self.path.as_str();
            out.put(if path.is_empty() { b"/" } else { path.as_bytes() });
        }
        if !self.query.is_empty() {
            out.put(b"?");
            self.query.emit(out);
        }
    }
}

impl<const SLOTS: usize> Emit for CanonicalRequest<'_, SLOTS> {
    fn emit(&self, out: &mut impl Sink) {
        out.put(self.method.as_bytes());
        out.put(b"\n");
        self.path.emit(out);
        out.put(b"\n");
        self.query.emit(out);
        out.put(b"\n");
        self.headers.emit_lines(out);
        out.put(b"\n");
        self.headers.emit_names(out);
        out.put(b"\n");
        self.headers.own().payload_hash.emit(out);
    }
}

impl<const SLOTS: usize> fmt::Debug for CanonicalRequest<'_, SLOTS> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CanonicalRequest")
            .field("method", &self.method)
            .field("path", &self.path.as_str())
            .finish_non_exhaustive()
    }
}

impl<const SLOTS: usize> fmt::Display for CanonicalRequest<'_, SLOTS> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        sink::display(self, f)
    }
}

/// Refuses what could not be sent, or would be read differently by others.
fn check(request: &Request<'_>) -> Result<(), SignError> {
    if !some_and_all(request.method.as_bytes(), TOKEN) {
        return Err(SignError::InvalidMethod);
    }
    if !some_and_all(request.host.as_bytes(), HOST) {
        return Err(SignError::InvalidHost);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timestamp::Timestamp;

    extern crate std;
    use std::string::ToString;

    const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    /// A request as the worked examples of the Amazon S3 documentation have it.
    fn example<'a>(path: &'a str, query: &'a [(&'a str, &'a str)]) -> Request<'a> {
        Request {
            method: "GET",
            host: "examplebucket.s3.amazonaws.com",
            path,
            query,
            headers: &[],
            payload: Payload::Bytes(b""),
        }
    }

    /// Compares the canonical request with its lines; `#` stands for the hash of an empty body.
    fn assert_canonical(request: &Request<'_>, lines: &[&str]) {
        let date = "2013-05-24T00:00:00Z".parse::<Timestamp>().unwrap().amz_date();
        let canonical = CanonicalRequest::<4>::new(request, Service::S3, date, None).unwrap();
        assert_eq!(canonical.to_string(), lines.join("\n").replace('#', EMPTY));
    }

    /// Example "GET Object".
    #[test]
    fn the_worked_example_of_a_range() {
        let headers = [("Range", &b"bytes=0-9"[..])];
        assert_canonical(
            &Request { headers: &headers, ..example("/test.txt", &[]) },
            &[
                "GET",
                "/test.txt",
                "",
                "host:examplebucket.s3.amazonaws.com",
                "range:bytes=0-9",
                "x-amz-content-sha256:#",
                "x-amz-date:20130524T000000Z",
                "",
                "host;range;x-amz-content-sha256;x-amz-date",
                "#",
            ],
        );
    }

    /// Example "PUT Object".
    #[test]
    fn the_worked_example_of_a_body() {
        let headers = [
            ("Date", &b"Fri, 24 May 2013 00:00:00 GMT"[..]),
            ("x-amz-storage-class", b"REDUCED_REDUNDANCY"),
        ];
        let request = Request {
            method: "PUT",
            headers: &headers,
            payload: Payload::Bytes(b"Welcome to Amazon S3."),
            ..example("/test$file.text", &[])
        };
        assert_canonical(
            &request,
            &[
                "PUT",
                "/test%24file.text",
                "",
                "date:Fri, 24 May 2013 00:00:00 GMT",
                "host:examplebucket.s3.amazonaws.com",
                "x-amz-content-sha256:\
                 44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
                "x-amz-date:20130524T000000Z",
                "x-amz-storage-class:REDUCED_REDUNDANCY",
                "",
                "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
                "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
            ],
        );
    }

    /// Examples "GET Bucket Lifecycle" and "Get Bucket (List Objects)".
    #[test]
    fn the_worked_examples_of_a_query() {
        for (query, canonical) in [
            (&[("lifecycle", "")][..], "lifecycle="),
            (&[("prefix", "J"), ("max-keys", "2")], "max-keys=2&prefix=J"),
        ] {
            assert_canonical(
                &example("/", query),
                &[
                    "GET",
                    "/",
                    canonical,
                    "host:examplebucket.s3.amazonaws.com",
                    "x-amz-content-sha256:#",
                    "x-amz-date:20130524T000000Z",
                    "",
                    "host;x-amz-content-sha256;x-amz-date",
                    "#",
                ],
            );
        }
    }

    #[test]
    fn a_service_learns_that_the_payload_is_not_signed() {
        let date = Timestamp::EPOCH.amz_date();
        let request = Request { payload: Payload::Unsigned, ..example("/", &[]) };
        let other = Service::new("execute-api");
        let canonical = CanonicalRequest::<4>::new(&request, other, date, None).unwrap();
        let text = canonical.to_string();
        assert!(text.contains("\nx-amz-content-sha256:UNSIGNED-PAYLOAD\n"), "{text}");
        assert!(text.ends_with("\nUNSIGNED-PAYLOAD"), "{text}");
    }
}
