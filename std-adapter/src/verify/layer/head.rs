//! The head of a verified request, as its service sees it.

use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, TRANSFER_ENCODING};
use http::request::Parts;
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderValue, Method, Uri};
use rolesig::{PathRule, SignedPayload, VerifyError};

use crate::sign::decode_query;

/// Headers that say how a body is cut into chunks, or that it is.
const OF_CHUNKS: [&str; 3] =
    ["x-amz-content-sha256", "x-amz-decoded-content-length", "x-amz-trailer"];

/// The most bytes of a path and a query together that a [`Uri`] can have.
const TARGET_LIMIT: usize = 65_534;

/// Returns whether a request to Amazon S3 uploads an object or a part of one: what can be sent in
/// chunks that are not signed. All other requests have another method, a parameter or a header that
/// says so, or no key. S3 ignores parameters whose names begin with `x-`, except for those of the
/// signature.
///
/// Source: "`PutObject`" and "`UploadPart`" (Amazon S3 API Reference), on the request's parameters;
/// "Amazon S3 server access log format", on custom access log information.
pub(super) fn is_upload(head: &Parts) -> bool {
    let query = decode_query(head.uri.query().unwrap_or_default());
    let is_of_upload = |name: &[u8]| {
        let is_ignored = name.get(..2).is_some_and(|start| start.eq_ignore_ascii_case(b"x-"));
        is_ignored || matches!(name, b"" | b"partNumber" | b"uploadId")
    };
    head.method == Method::PUT
        && head.uri.path() != "/"
        && !head.headers.contains_key("x-amz-copy-source")
        && query.iter().all(|(name, _)| is_of_upload(name))
}

/// Returns whether the request says how long its body is, or that it is in chunks of HTTP. Without
/// either of them it has no body (RFC 9112 §6.3).
///
/// Source: "Signature Calculations for the Authorization Header: Transferring Payload in Multiple
/// Chunks" (Amazon S3), on `Content-Length` and `Transfer-Encoding`.
pub(super) fn has_length(head: &Parts) -> bool {
    head.headers.contains_key(CONTENT_LENGTH) || head.headers.contains_key(TRANSFER_ENCODING)
}

/// Returns the bytes of the names and values of the headers, and of the query. S3 does not count
/// the path: a key has another limit.
///
/// Source: "Error responses" (Amazon S3), `RequestHeaderSectionTooLarge`.
pub(super) fn size(head: &Parts) -> usize {
    let headers = head.headers.iter().map(|(name, value)| name.as_str().len() + value.len());
    headers.sum::<usize>() + head.uri.query().map_or(0, str::len)
}

/// Makes the headers describe the body that the service reads, which has `len` bytes.
pub(super) fn describe_body(headers: &mut HeaderMap, payload: SignedPayload, len: Option<u64>) {
    if let (
        SignedPayload::Chunks
        | SignedPayload::ChunksWithTrailer
        | SignedPayload::UnsignedChunksWithTrailer,
        Some(len),
    ) = (payload, len)
    {
        describe_decoded(headers, len);
    }
}

/// Makes the headers of a body in chunks those of the decoded one, which has `len` bytes.
fn describe_decoded(headers: &mut HeaderMap, len: u64) {
    for name in OF_CHUNKS {
        headers.remove(name);
    }
    headers.remove(TRANSFER_ENCODING);
    headers.insert(CONTENT_LENGTH, len.into());
    let codings = headers.get_all(CONTENT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    let codings = codings.flat_map(|value| value.split(',')).map(str::trim);
    let is_own = |coding: &&str| !coding.is_empty() && !coding.eq_ignore_ascii_case("aws-chunked");
    let own = codings.filter(is_own).collect::<Vec<_>>().join(",");
    headers.remove(CONTENT_ENCODING);
    if let Some(own) = HeaderValue::from_str(&own).ok().filter(|own| !own.is_empty()) {
        headers.insert(CONTENT_ENCODING, own);
    }
}

/// Writes the path and the query of a request to Amazon S3 as others read them: `%20` for an
/// unencoded `+`, and slashes of the path that are not encoded.
///
/// # Errors
/// If the target, which grows by that, is longer than a [`Uri`] can be: a service must see no other
/// target than the one that is verified.
pub(super) fn describe_target(parts: &mut Parts, rule: PathRule) -> Result<(), VerifyError> {
    let (path, query) = (parts.uri.path(), parts.uri.query());
    let is_form = query.is_some_and(|query| query.contains('+'));
    if rule != PathRule::Once || !(path.contains(['+', '%']) || is_form) {
        return Ok(());
    }
    let mut target = path.replace('+', "%20").replace("%2F", "/").replace("%2f", "/");
    if let Some(query) = query {
        target.push('?');
        target.push_str(&query.replace('+', "%20"));
    }
    if target.len() > TARGET_LIMIT {
        return Err(VerifyError::HeadTooLarge { limit: TARGET_LIMIT });
    }
    let target = PathAndQuery::try_from(target).map_err(|_| VerifyError::InvalidPath)?;
    let mut uri = parts.uri.clone().into_parts();
    uri.path_and_query = Some(target);
    parts.uri = Uri::from_parts(uri).map_err(|_| VerifyError::InvalidPath)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn put(uri: &str, headers: &[(&'static str, &'static str)]) -> Parts {
        let request = Request::put(uri);
        let request =
            headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        request.body(()).unwrap().into_parts().0
    }

    #[test]
    fn describes_a_decoded_body() {
        for (encodings, own) in [
            (&["aws-chunked"][..], None),
            (&["gzip,aws-chunked"], Some("gzip")),
            (&["AWS-Chunked , gzip", "br"], Some("gzip,br")),
            (&[], None),
        ] {
            let mut parts = put(
                "/bucket/key",
                &[
                    ("content-length", "90"),
                    ("transfer-encoding", "chunked"),
                    ("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"),
                    ("x-amz-decoded-content-length", "4"),
                    ("x-amz-trailer", "x-amz-checksum-crc32"),
                    ("x-amz-meta-a", "b"),
                ],
            );
            for encoding in encodings {
                let encoding = HeaderValue::from_static(encoding);
                parts.headers.append(CONTENT_ENCODING, encoding);
            }
            let payload = SignedPayload::UnsignedChunksWithTrailer;
            describe_body(&mut parts.headers, payload, Some(4));
            let left = parts.headers.get(CONTENT_ENCODING).map(|own| own.to_str().unwrap());
            assert_eq!(left, own);
            assert_eq!(parts.headers["content-length"], "4");
            assert_eq!(parts.headers["x-amz-meta-a"], "b");
            assert_eq!(parts.headers.len(), 2 + usize::from(own.is_some()));
        }
    }

    #[test]
    fn leaves_the_headers_of_other_bodies() {
        let headers = [("content-length", "4"), ("content-encoding", "aws-chunked")];
        let mut parts = put("/bucket/key", &headers);
        describe_body(&mut parts.headers, SignedPayload::Unsigned, Some(4));
        assert_eq!(parts.headers.len(), 2);
    }

    #[test]
    fn writes_key_and_query_as_s3_reads_them() {
        for (uri, rule, described) in [
            ("/b/a+b%2Fc%2fd", PathRule::Once, "/b/a%20b/c/d"),
            ("/%2F+?a=b+c%2Fd", PathRule::Once, "//%20?a=b%20c%2Fd"),
            ("/a?b=+%2B&+", PathRule::Once, "/a?b=%20%2B&%20"),
            ("/a+?", PathRule::Once, "/a%20?"),
            ("/a?b=c+d", PathRule::NormalizedTwice, "/a?b=c+d"),
            ("/b/a%2Bb%252F", PathRule::Once, "/b/a%2Bb%252F"),
            ("http://h:1/a+b", PathRule::Once, "http://h:1/a%20b"),
            ("/b/a+b%2F", PathRule::NormalizedTwice, "/b/a+b%2F"),
        ] {
            let mut parts = put(uri, &[]);
            describe_target(&mut parts, rule).unwrap();
            assert_eq!(parts.uri.to_string(), described);
        }
    }

    #[test]
    fn distinguishes_uploads_from_other_requests() {
        for (uri, is) in [
            ("/bucket/key", true),
            ("/bucket/key?partNumber=1&uploadId=a&x-id=UploadPart", true),
            ("/bucket/key?X-Amz-Date=20150830T123600Z&X-Amz-Signature=a", true),
            ("/bucket/key?x-user=a&x-&X-Trace=b", true),
            ("/bucket/key?part%4Eumber=1&%75ploadId=a&x%2Duser", true),
            ("/bucket/key?x=1", false),
            ("/bucket/key?tagging", false),
            ("/bucket/key?%74agging&x-user=a", false),
            ("/bucket?policy=", false),
            ("/", false),
            ("https://bucket.s3.amazonaws.com", false),
            ("https://bucket.s3.amazonaws.com/key", true),
        ] {
            assert_eq!(is_upload(&put(uri, &[])), is, "{uri}");
        }
        assert!(!is_upload(&put("/bucket/key", &[("x-amz-copy-source", "/bucket/other")])));
        let get = Request::get("/bucket/key").body(()).unwrap().into_parts().0;
        assert!(!is_upload(&get));
    }
}
