//! Signing an [`http::Request`], so that what is sent is what was signed.

use http::Request;
use http::uri::InvalidUri;
use rolesig::{Credentials, Payload, Service, SignError, Timestamp};
use thiserror::Error;

#[cfg(feature = "http-body")]
mod chunked;
#[cfg(feature = "http-body")]
pub(crate) mod frames;
mod head;
mod key_cache;
mod parts;
mod presign;
mod presigned;
mod query;
mod request_signer;
mod secret_text;

#[cfg(feature = "http-body")]
pub use chunked::{ChunkedBody, ChunkedBodyError, sign_chunked_request};
pub use key_cache::SigningKeyCache;
pub use presign::presign_request;
pub use presigned::PresignedUrl;
pub(crate) use query::decode_form;
pub use query::{QueryPair, decode_query};
pub use request_signer::RequestSigner;

/// Headers that are sent but never signed, since proxies and clients add or change them on the
/// way. The list of AWS's own SDKs (botocore 1.44).
pub const NEVER_SIGNED: [&str; 14] = [
    "baggage",
    "connection",
    "expect",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "traceparent",
    "tracestate",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "x-amzn-trace-id",
];

/// Returns whether a header, in any case, is sent but not signed in requests to a service: one of
/// [`NEVER_SIGNED`], and `Content-Length` to `aoss`, which refuses a signature with it.
///
/// ```
/// use rolesig_std::sign::is_never_signed;
///
/// assert!(is_never_signed("s3", "User-Agent"));
/// assert!(is_never_signed("aoss", "Content-Length") && !is_never_signed("s3", "Content-Length"));
/// ```
///
/// Source: the pages on `OpenSearch` Serverless, on signing requests with other clients.
pub fn is_never_signed(service: &str, header: &str) -> bool {
    if header.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return is_never_signed(service, &header.to_ascii_lowercase());
    }
    is_never_signed_in_lower_case(service, header)
}

/// Returns whether a header, in lower case, [is never signed](is_never_signed). Faster than
/// searching the list: this runs for every header of every request.
fn is_never_signed_in_lower_case(service: &str, header: &str) -> bool {
    match header {
        "baggage"
        | "connection"
        | "expect"
        | "keep-alive"
        | "proxy-authenticate"
        | "proxy-authorization"
        | "te"
        | "traceparent"
        | "tracestate"
        | "trailer"
        | "transfer-encoding"
        | "upgrade"
        | "user-agent"
        | "x-amzn-trace-id" => true,
        "content-length" => service == "aoss",
        _ => false,
    }
}

/// The number of headers, and of query pairs, that a request may have. More than any server takes:
/// a head of that many is ten times as long as S3 accepts.
pub const SLOTS: usize = 4096;
/// The number of slots that suffices for most requests; they take less of the stack.
const FEW: usize = 64;

/// Signs a request as of `now`, in place: adds the signer's headers and `Host`, and puts the
/// request's target into the form that was signed.
///
/// All headers are signed but those that [never are](is_never_signed). A tab within a header's
/// value becomes a space, as AWS's signers do not agree on tabs. An earlier signature, by header or
/// by query, is replaced. The URI must have a host; an existing `Host` header is kept and
/// signed, unless it is that of an earlier signature: then the URI may have changed since.
///
/// # Errors
/// If the request cannot be signed as it is; it is then unchanged, except for tabs.
///
/// ```
/// use rolesig::{ByteQuery, Credentials, Payload, Service, Timestamp};
///
/// let mut request = http::Request::get("https://bucket.s3.amazonaws.com/a+b?acl").body(())?;
/// let credentials =
///     Credentials { access_key_id: "AKID", secret_access_key: "secret", session_token: None };
/// let now = Timestamp::from(1_440_938_160);
/// rolesig_std::sign::sign_request(
///     &mut request, Payload::Bytes(b""), credentials, "us-east-1", Service::S3, now,
/// )?;
/// assert_eq!(request.uri(), "https://bucket.s3.amazonaws.com/a%2Bb?acl=");
/// assert_eq!(request.headers()["x-amz-date"], "20150830T123600Z");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn sign_request<B>(
    request: &mut Request<B>,
    payload: Payload<'_>,
    credentials: Credentials<'_>,
    region: &str,
    service: Service<'_>,
    now: Timestamp,
) -> Result<(), SignRequestError> {
    RequestSigner::new(credentials, region, service).sign(request, payload, now)
}

/// The reason why a request could not be signed.
///
/// ```
/// use rolesig::{Credentials, Payload, Service, Timestamp};
/// use rolesig_std::sign::{SignRequestError, sign_request};
///
/// let mut request = http::Request::get("/key").body(())?;
/// let credentials =
///     Credentials { access_key_id: "AKID", secret_access_key: "secret", session_token: None };
/// let now = Timestamp::from(1_440_938_160);
/// let signed = sign_request(
///     &mut request, Payload::Bytes(b""), credentials, "us-east-1", Service::S3, now,
/// );
/// assert!(matches!(signed, Err(SignRequestError::NoHost)));
/// # Ok::<(), http::Error>(())
/// ```
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SignRequestError {
    /// The signer refuses it.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// Neither the URI nor a header has a host.
    #[error("the request has no host: give an absolute URI or a Host header")]
    NoHost,
    /// The target cannot be sent by this HTTP client.
    #[error("the path cannot be sent: percent-encode it")]
    Target(#[from] InvalidUri),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_signs_the_headers_of_the_list_in_any_case() {
        let other = ["", "accept", "baggag", "Content-Type", "te-", "x-amz-date"];
        for (names, is_never) in [(&NEVER_SIGNED[..], true), (&other[..], false)] {
            for name in names {
                for name in [(*name).to_owned(), name.to_ascii_uppercase()] {
                    assert_eq!(is_never_signed("s3", &name), is_never, "{name}");
                    assert_eq!(is_never_signed("aoss", &name), is_never, "{name}");
                }
            }
        }
        for (service, is_never) in [("aoss", true), ("s3", false)] {
            assert_eq!(is_never_signed(service, "Content-Length"), is_never);
            assert_eq!(is_never_signed(service, "content-length"), is_never);
        }
    }
}
