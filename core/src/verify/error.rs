//! The reasons why a request is refused.

use core::fmt;

use crate::verify::mechanism::{AuthMechanism, HeaderName};

/// The reason why a received request was refused. It says nothing of the secret, or of the
/// signature that would have been right.
///
/// [`code`](Self::code) and [`status`](Self::status) are those with which Amazon S3 answers:
///
/// ```
/// use rolesig::VerifyError;
///
/// fn respond(error: VerifyError) -> (u16, String) {
///     // A message can name a header of the request, and a name can have an `&`.
///     let message = error.to_string().replace('&', "&amp;").replace('<', "&lt;");
///     let code = error.code();
///     (error.status(), format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>"))
/// }
/// let (status, body) = respond(VerifyError::InvalidAccessKeyId);
/// assert_eq!(status, 403);
/// assert!(body.contains("<Code>InvalidAccessKeyId</Code>"));
/// ```
///
/// Source: "Error responses" (Amazon S3 API Reference).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum VerifyError {
    /// Neither an `Authorization` header nor a presigned query.
    MissingAuthenticationToken,
    /// More than one of them, or of Signature Version 2's: only one is allowed.
    TwoAuthMechanisms,
    /// A header, a pair of the query or a part of `Authorization` that must be there is not.
    Missing {
        /// Its name.
        name: &'static str,
    },
    /// A parameter is repeated, or given both in the header and in the query.
    Duplicate {
        /// Its name.
        name: &'static str,
    },
    /// `Authorization` is not an algorithm and `name=value` parts.
    AuthorizationHeaderMalformed,
    /// The algorithm is not the one of the verifier's scheme: another scheme of HTTP (`Bearer`,
    /// `Basic`), the other version of the signature (`AWS4-HMAC-SHA256` is Version 4,
    /// `AWS4-ECDSA-P256-SHA256` is 4a), or a certificate's (`AWS4-X509-RSA-SHA256`).
    UnsupportedAlgorithm(AuthMechanism),
    /// Signature Version 2, by header (`Authorization: AWS …`) or by query (`AWSAccessKeyId`). It
    /// is never accepted.
    SignatureVersion2,
    /// The credential is not an access key id and a scope of four parts, or of three in Signature
    /// Version 4a, whose scope has no region.
    InvalidCredential(AuthMechanism),
    /// The signature of the request, of a chunk or of the trailer is not hexadecimal digits in
    /// lower case, or has a length that the scheme does not have: 64 digits in Signature Version 4.
    InvalidSignature,
    /// The scope's day is not that of the request's date.
    WrongScopeDate(AuthMechanism),
    /// The scope is of another region, or the set of regions of Signature Version 4a is without the
    /// verifier's.
    WrongScopeRegion(AuthMechanism),
    /// The scope is of another service.
    WrongScopeService(AuthMechanism),
    /// The scope does not end in `aws4_request`.
    WrongScopeTermination(AuthMechanism),
    /// The request's date cannot be read.
    InvalidDate(AuthMechanism),
    /// The request's date is more than 15 minutes before or after now.
    RequestTimeTooSkewed,
    /// A presigned request's date is more than 15 minutes after now.
    RequestNotYetValid,
    /// A presigned request's time is up.
    RequestExpired,
    /// `X-Amz-Expires` is not 1 to 604,800 seconds.
    InvalidExpires,
    /// The list of signed headers has a name that is not in lower case, or is not in order.
    InvalidSignedHeaders,
    /// `host` is not among the signed headers.
    HostNotSigned,
    /// A header that must be signed is unsigned: an `x-amz-…` header; for Amazon S3 also
    /// `content-md5`, and `if-range` where `range` is signed.
    HeaderNotSigned {
        /// Its name.
        name: HeaderName,
    },
    /// A signed header is not there.
    SignedHeaderAbsent {
        /// Its name.
        name: HeaderName,
    },
    /// The method is empty, or not a token (RFC 9110 §9.1).
    InvalidMethod,
    /// The path does not begin with `/`, or has a control character, `?` or `#` in it, or to Amazon
    /// S3 a `%` that two hexadecimal digits do not follow. Those of the query are for the caller to
    /// check.
    InvalidPath,
    /// The value of a signed header has a control character, or a tab within.
    InvalidHeaderValue {
        /// Its name.
        name: HeaderName,
    },
    /// More signed headers than the verifier has slots for.
    TooManyHeaders {
        /// The number of slots, `SLOTS` of the [`Verifier`](crate::Verifier).
        slots: usize,
    },
    /// More query pairs than the verifier has slots for.
    TooManyQueryPairs {
        /// The number of slots, `SLOTS` of the [`Verifier`](crate::Verifier).
        slots: usize,
    },
    /// `x-amz-content-sha256` is neither a digest nor one of the words that stand for one.
    InvalidContentSha256,
    /// The request does not say its body's hash, and the body was not read.
    UnreadBody,
    /// The body is not the one that was signed.
    ContentSha256Mismatch,
    /// The signature does not protect the body, and the verifier does [not
    /// allow](crate::Verifier::allow_unsigned_payload) that.
    UnsignedPayload,
    /// The body is signed in chunks or events, and was given as a whole: give it as
    /// [`ReceivedBody::Unread`](crate::ReceivedBody::Unread), and verify its parts.
    StreamingPayload,
    /// The access key id is not known. For the caller's lookup to say.
    InvalidAccessKeyId,
    /// The session token is missing, or not that of the access key id. For the caller's lookup to
    /// say.
    InvalidToken,
    /// The session token has expired. For the caller's lookup to say.
    ExpiredToken,
    /// The signature is not that of this request with this secret.
    SignatureDoesNotMatch,
    /// The headers and the query have more bytes than the caller takes. A verifier never returns
    /// it.
    HeadTooLarge {
        /// The most bytes that it takes.
        limit: usize,
    },
    /// The body must be read as a whole, and has more bytes than the caller takes. A verifier never
    /// returns it.
    BodyTooLarge {
        /// The most bytes that it takes.
        limit: usize,
    },
    /// Nothing of the body came for longer than the caller waits. A verifier never returns it.
    BodyTimeout,
    /// `STREAMING-UNSIGNED-PAYLOAD-TRAILER` in a request to Amazon S3 that uploads neither an
    /// object nor a part. A verifier never returns it: the caller does, which knows the operation.
    NotAnUpload,
    /// `x-amz-decoded-content-length` is not a number.
    InvalidDecodedLength,
    /// A chunk's head, data and place in the body do not go together, or the signature of a chunk
    /// or of the trailer has another length.
    InvalidChunk,
    /// A chunk other than the last one with data is shorter than the smallest that is accepted.
    ChunkTooSmall,
    /// The body has no last chunk, or is shorter than announced.
    IncompleteBody,
    /// A trailer is missing, or there is one that was not announced.
    InvalidTrailer,
    /// The value of a trailer is not a checksum of the kind that its name says, in Base64.
    InvalidChecksum,
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { name } => write!(f, "{name} is missing"),
            Self::Duplicate { name } => write!(f, "{name} occurs more than once"),
            Self::HeaderNotSigned { name } => {
                write!(f, "the header {name} is present and not signed: sign it, or leave it out")
            }
            Self::SignedHeaderAbsent { name } => {
                write!(f, "the signed header {name} is not in the request")
            }
            Self::InvalidHeaderValue { name } => {
                write!(
                    f,
                    "the value of the signed header {name} contains a control character or a tab"
                )
            }
            Self::TooManyHeaders { slots } => {
                write!(
                    f,
                    "too many signed headers: the verifier has {slots} slots: send fewer, or give it \
                     more slots"
                )
            }
            Self::TooManyQueryPairs { slots } => {
                write!(
                    f,
                    "too many query pairs: the verifier has {slots} slots: send fewer, or give it more \
                     slots"
                )
            }
            Self::HeadTooLarge { limit } => {
                write!(f, "headers and query are too large: expected at most {limit} bytes")
            }
            Self::BodyTooLarge { limit } => {
                write!(
                    f,
                    "the body is too large: send at most {limit} bytes, or sign its SHA-256 in a header"
                )
            }
            _ => f.write_str(self.text()),
        }
    }
}

impl VerifyError {
    /// Returns what is wrong, if there is nothing to count or to name.
    const fn text(self) -> &'static str {
        match self {
            Self::MissingAuthenticationToken => {
                "the request is not signed: no authorization header, no presigned query"
            }
            Self::TwoAuthMechanisms => {
                "the request is signed in more than one way: only one is allowed"
            }
            Self::AuthorizationHeaderMalformed => {
                "the authorization header is not an algorithm, Credential, SignedHeaders and \
                 Signature"
            }
            Self::UnsupportedAlgorithm(_) => {
                "unsupported algorithm: sign with the one that this service accepts, \
                 AWS4-HMAC-SHA256 or AWS4-ECDSA-P256-SHA256"
            }
            Self::SignatureVersion2 => {
                "Signature Version 2 is refused: sign with Version 4 (AWS4-HMAC-SHA256)"
            }
            Self::InvalidCredential(_) => {
                "the credential is not access-key-id/date/region/service/aws4_request (without the \
                 region in Signature Version 4a)"
            }
            Self::InvalidSignature => {
                "the signature is not lower-case hexadecimal digits of the expected length"
            }
            Self::WrongScopeDate(_) => "the scope's date is not the day of the request's date",
            Self::WrongScopeRegion(_) => "the signature is for another region",
            Self::WrongScopeService(_) => "the scope names another service",
            Self::WrongScopeTermination(_) => "the scope does not end in aws4_request",
            Self::InvalidDate(_) => "the request's date is not a date",
            Self::RequestTimeTooSkewed => {
                "the request's time is more than 15 minutes off: set the sender's clock"
            }
            Self::RequestNotYetValid => "the presigned request is not yet valid",
            Self::RequestExpired => "the presigned request has expired",
            Self::InvalidExpires => "X-Amz-Expires is not a number from 1 to 604800",
            Self::InvalidSignedHeaders => {
                "the signed headers' names are not in lower case and sorted, each once"
            }
            Self::HostNotSigned => "the host header is not signed",
            Self::InvalidMethod => "invalid method: expected an HTTP token such as `GET`",
            Self::InvalidPath => {
                "the path does not begin with a slash, or has a control character, ?, # or half a \
                 percent-encoding in it"
            }
            other => other.text_of_body(),
        }
    }

    /// Returns what is wrong with the body, or with the key that was looked up.
    const fn text_of_body(self) -> &'static str {
        match self {
            Self::NotAnUpload => {
                "STREAMING-UNSIGNED-PAYLOAD-TRAILER is for objects and parts only: sign the body's SHA-256"
            }
            Self::BodyTimeout => "the body did not come in time: send it again",
            Self::InvalidDecodedLength => "x-amz-decoded-content-length is not a number of bytes",
            Self::ChunkTooSmall => {
                "only the last chunk with data may be shorter than the minimum: 8192 bytes for \
                 Amazon S3"
            }
            Self::InvalidChunk => "a chunk's head, its data and the body's length do not agree",
            Self::IncompleteBody => "the body has no last chunk, or is shorter than announced",
            Self::InvalidTrailer => "a trailer is missing, or there is one that was not announced",
            Self::InvalidChecksum => "a trailer's value is not a checksum of its kind in Base64",
            Self::InvalidContentSha256 => {
                "x-amz-content-sha256 is not a digest, UNSIGNED-PAYLOAD or STREAMING-…"
            }
            Self::UnreadBody => "the request does not give its body's hash: read the body first",
            Self::ContentSha256Mismatch => "the body is not the one that was signed",
            Self::UnsignedPayload => {
                "the signature does not protect the body: sign the body's SHA-256, or allow unsigned \
                 payloads"
            }
            Self::StreamingPayload => {
                "the body is signed in chunks or events: pass it unread, and verify each part"
            }
            Self::InvalidAccessKeyId => "the access key id is not known",
            Self::InvalidToken => {
                "the session token is missing or belongs to another access key id"
            }
            Self::ExpiredToken => "the session token has expired",
            Self::SignatureDoesNotMatch => {
                "the signature does not match this request and the secret of this access key id"
            }
            // These have something to count or to name, or another text.
            _ => "",
        }
    }
}

impl core::error::Error for VerifyError {}
