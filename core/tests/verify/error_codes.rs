//! The codes and statuses with which AWS answers, and the texts of the errors.
//!
//! Those of S3 are in "Error responses" (Amazon S3) and in the reports of clients; Swift's `s3api`
//! and MinIO answer nearly all of them in the same way. Those of other services are in "Common
//! errors" (AWS STS) and "Troubleshoot signed requests for AWS APIs".

use std::collections::BTreeSet;

use rolesig::AuthMechanism::{Header, Query};
use rolesig::VerifyError::{
    AuthorizationHeaderMalformed, BodyTimeout, BodyTooLarge, ChunkTooSmall, ContentSha256Mismatch,
    Duplicate, ExpiredToken, HeadTooLarge, HeaderNotSigned, HostNotSigned, IncompleteBody,
    InvalidAccessKeyId, InvalidChecksum, InvalidChunk, InvalidContentSha256, InvalidCredential,
    InvalidDate, InvalidDecodedLength, InvalidExpires, InvalidHeaderValue, InvalidMethod,
    InvalidPath, InvalidSignature, InvalidSignedHeaders, InvalidToken, InvalidTrailer, Missing,
    MissingAuthenticationToken, NotAnUpload, RequestExpired, RequestNotYetValid,
    RequestTimeTooSkewed, SignatureDoesNotMatch, SignatureVersion2, SignedHeaderAbsent,
    StreamingPayload, TooManyHeaders, TooManyQueryPairs, TwoAuthMechanisms, UnreadBody,
    UnsignedPayload, UnsupportedAlgorithm, WrongScopeDate, WrongScopeRegion, WrongScopeService,
    WrongScopeTermination,
};
use rolesig::{ErrorCodes, HeaderName, Request, Service, VerifyError};

use crate::verify::wire::{
    CREDENTIALS, DYNAMODB, REQUEST, by_header, by_query, now, refusal, signed,
};

/// Returns each error with the code and the status of S3, the code of the query protocol, and a
/// part of its text.
fn error_cases(name: HeaderName) -> impl Iterator<Item = ErrorCase> {
    of_heads(name).into_iter().chain(OF_BODIES)
}

type ErrorCase = (VerifyError, &'static str, u16, &'static str, &'static str);

#[rustfmt::skip]
const OF_BODIES: [ErrorCase; 11] = [
    (HeadTooLarge { limit: 8192 }, "RequestHeaderSectionTooLarge", 400, "ValidationError", "at most 8192 bytes"),
    (BodyTooLarge { limit: 1024 }, "EntityTooLarge", 400, "RequestEntityTooLargeException", "at most 1024 bytes"),
    (BodyTimeout, "RequestTimeout", 400, "RequestTimeoutException", "in time"),
    (Missing { name: "content-length" }, "MissingContentLength", 411, "IncompleteSignature", "content-length"),
    (NotAnUpload, "InvalidRequest", 400, "ValidationError", "objects and parts"),
    (InvalidDecodedLength, "MissingContentLength", 411, "ValidationError", "x-amz-decoded-content-length"),
    (InvalidChunk, "IncompleteBody", 400, "ValidationError", "chunk"),
    (ChunkTooSmall, "InvalidChunkSizeError", 403, "ValidationError", "for Amazon S3"),
    (IncompleteBody, "IncompleteBody", 400, "ValidationError", "no last chunk"),
    (InvalidTrailer, "MalformedTrailerError", 400, "ValidationError", "trailer"),
    (InvalidChecksum, "InvalidRequest", 400, "ValidationError", "checksum"),
];

#[rustfmt::skip]
fn of_heads(name: HeaderName) -> [ErrorCase; 51] {
    [
        (MissingAuthenticationToken, "AccessDenied", 403, "MissingAuthenticationToken", "not signed"),
        (TwoAuthMechanisms, "InvalidArgument", 400, "IncompleteSignature", "only one"),
        (Missing { name: "Signature" }, "AuthorizationHeaderMalformed", 400, "IncompleteSignature", "Signature"),
        (Missing { name: "X-Amz-Date" }, "AuthorizationQueryParametersError", 400, "IncompleteSignature", "X-Amz-Date"),
        (Missing { name: "x-amz-date" }, "AccessDenied", 403, "IncompleteSignature", "x-amz-date"),
        (Missing { name: "x-amz-content-sha256" }, "InvalidRequest", 400, "IncompleteSignature", "x-amz-content-sha256"),
        (Missing { name: "x-amz-region-set" }, "MissingSecurityHeader", 400, "IncompleteSignature", "x-amz-region-set"),
        (Missing { name: "x-amz-decoded-content-length" }, "MissingContentLength", 411, "IncompleteSignature", "x-amz-decoded"),
        (Duplicate { name: "host" }, "InvalidRequest", 400, "IncompleteSignature", "host"),
        (Duplicate { name: "authorization" }, "InvalidArgument", 400, "IncompleteSignature", "authorization"),
        (Duplicate { name: "Credential" }, "AuthorizationHeaderMalformed", 400, "IncompleteSignature", "Credential"),
        (Duplicate { name: "X-Amz-Expires" }, "AuthorizationQueryParametersError", 400, "IncompleteSignature", "X-Amz-Expires"),
        (AuthorizationHeaderMalformed, "AuthorizationHeaderMalformed", 400, "IncompleteSignature", "authorization header"),
        (UnsupportedAlgorithm(Header), "InvalidArgument", 400, "IncompleteSignature", "AWS4-ECDSA-P256-SHA256"),
        (UnsupportedAlgorithm(Query), "AuthorizationQueryParametersError", 400, "IncompleteSignature", "algorithm"),
        (SignatureVersion2, "InvalidRequest", 400, "IncompleteSignature", "Version 2"),
        (InvalidCredential(Header), "AuthorizationHeaderMalformed", 400, "IncompleteSignature", "without the region"),
        (InvalidCredential(Query), "AuthorizationQueryParametersError", 400, "IncompleteSignature", "credential"),
        (InvalidSignature, "SignatureDoesNotMatch", 403, "IncompleteSignature", "of the expected length"),
        (WrongScopeDate(Header), "AuthorizationHeaderMalformed", 400, "SignatureDoesNotMatch", "date"),
        (WrongScopeDate(Query), "AuthorizationQueryParametersError", 400, "SignatureDoesNotMatch", "date"),
        (WrongScopeRegion(Header), "AuthorizationHeaderMalformed", 400, "SignatureDoesNotMatch", "for another region"),
        (WrongScopeRegion(Query), "AuthorizationQueryParametersError", 400, "SignatureDoesNotMatch", "region"),
        (WrongScopeService(Header), "AuthorizationHeaderMalformed", 400, "SignatureDoesNotMatch", "service"),
        (WrongScopeService(Query), "AuthorizationQueryParametersError", 400, "SignatureDoesNotMatch", "service"),
        (WrongScopeTermination(Header), "AuthorizationHeaderMalformed", 400, "SignatureDoesNotMatch", "aws4_request"),
        (WrongScopeTermination(Query), "AuthorizationQueryParametersError", 400, "SignatureDoesNotMatch", "aws4_request"),
        (InvalidDate(Header), "AccessDenied", 403, "IncompleteSignature", "date"),
        (InvalidDate(Query), "AuthorizationQueryParametersError", 400, "IncompleteSignature", "date"),
        (RequestTimeTooSkewed, "RequestTimeTooSkewed", 403, "SignatureDoesNotMatch", "15 minutes"),
        (RequestNotYetValid, "AccessDenied", 403, "SignatureDoesNotMatch", "not yet"),
        (RequestExpired, "AccessDenied", 403, "SignatureDoesNotMatch", "expired"),
        (InvalidExpires, "AuthorizationQueryParametersError", 400, "IncompleteSignature", "604800"),
        (InvalidSignedHeaders, "SignatureDoesNotMatch", 403, "SignatureDoesNotMatch", "sorted"),
        (HostNotSigned, "AccessDenied", 403, "SignatureDoesNotMatch", "host"),
        (HeaderNotSigned { name }, "AccessDenied", 403, "SignatureDoesNotMatch", "x-amz-acl"),
        (SignedHeaderAbsent { name }, "SignatureDoesNotMatch", 403, "SignatureDoesNotMatch", "x-amz-acl"),
        (InvalidMethod, "InvalidRequest", 400, "ValidationError", "method"),
        (InvalidPath, "InvalidURI", 400, "ValidationError", "path"),
        (InvalidHeaderValue { name }, "InvalidRequest", 400, "ValidationError", "x-amz-acl"),
        (TooManyHeaders { slots: 24 }, "RequestHeaderSectionTooLarge", 400, "ValidationError", "headers: the verifier has 24"),
        (TooManyQueryPairs { slots: 24 }, "RequestHeaderSectionTooLarge", 400, "ValidationError", "pairs: the verifier has 24"),
        (InvalidContentSha256, "InvalidArgument", 400, "ValidationError", "x-amz-content-sha256"),
        (UnreadBody, "InternalError", 500, "InternalFailure", "read the body"),
        (ContentSha256Mismatch, "XAmzContentSHA256Mismatch", 400, "SignatureDoesNotMatch", "body"),
        (UnsignedPayload, "AccessDenied", 403, "AccessDenied", "unsigned payloads"),
        (StreamingPayload, "InternalError", 500, "InternalFailure", "chunks or events"),
        (InvalidAccessKeyId, "InvalidAccessKeyId", 403, "InvalidClientTokenId", "access key id"),
        (InvalidToken, "InvalidToken", 400, "InvalidClientTokenId", "session token"),
        (ExpiredToken, "ExpiredToken", 400, "ExpiredToken", "expired"),
        (SignatureDoesNotMatch, "SignatureDoesNotMatch", 403, "SignatureDoesNotMatch", "signature"),
    ]
}

#[test]
fn answers_as_aws_does() {
    for (error, code, status, of_query, _) in error_cases(HeaderName::new("X-Amz-Acl")) {
        assert_eq!((error.code(), error.status()), (code, status), "{error:?}");
        assert_eq!(error.code_in(ErrorCodes::Query), of_query, "{error:?}");
        let of_json = error.code_in(ErrorCodes::Json);
        assert!(of_json.ends_with("Exception") == (status != 500), "{of_json}");
        let refusals = if status == 500 { 500..501 } else { 400..500 };
        for codes in [ErrorCodes::Query, ErrorCodes::Json] {
            assert!(refusals.contains(&error.status_in(codes)), "{error:?}");
        }
    }
}

/// Source: "Common errors" (AWS STS, AWS Lambda).
#[test]
fn answers_large_and_late_bodies_with_their_own_status() {
    for codes in [ErrorCodes::Query, ErrorCodes::Json] {
        assert_eq!(BodyTooLarge { limit: 1 }.status_in(codes), 413);
        assert_eq!(BodyTimeout.status_in(codes), 408);
    }
}

#[test]
fn names_the_fault_in_every_message() {
    let mut texts = BTreeSet::new();
    let mut errors = BTreeSet::new();
    for (error, _, _, _, part) in error_cases(HeaderName::new("X-Amz-Acl")) {
        let text = error.to_string();
        assert!(text.contains(part), "{text}");
        texts.insert(text);
        // One text for both mechanisms.
        errors.insert(format!("{error:?}").replace("(Query)", "(Header)"));
    }
    assert_eq!(texts.len(), errors.len(), "no two are the same");
}

#[test]
fn names_the_refused_header_without_what_could_forge_a_line_of_a_log() {
    let wire = by_header().with_header("X-Amz-\r\nInjected: \u{e4}", "1");
    let Some(HeaderNotSigned { name }) = refusal(&wire) else { panic!("{wire:?}") };
    assert_eq!(name.as_str(), "x-amz-??injected:???");
    assert_eq!(format!("{name} {name:?}"), "x-amz-??injected:??? \"x-amz-??injected:???\"");
    let long = format!("x-amz-meta-{}", "a".repeat(100));
    let Some(HeaderNotSigned { name }) = refusal(&by_header().with_header(&long, "1")) else {
        panic!("{long}")
    };
    assert_eq!(name.as_str(), &long[..64]);
}

/// Amazon S3 answers so to presigned uploads whose sender added `Content-MD5` by itself.
#[test]
fn demands_that_headers_of_integrity_are_signed() {
    for wire in [by_header(), by_query()] {
        let with = |name| refusal(&wire.clone().with_header(name, "a"));
        let not_signed = |name| Some(HeaderNotSigned { name: HeaderName::new(name) });
        assert_eq!(with("Content-MD5"), not_signed("content-md5"));
        assert_eq!(with("x-amz-checksum-crc32"), not_signed("x-amz-checksum-crc32"));
        assert_eq!(with("If-Range"), None, "the range is not signed");
    }
    // As S3 answers: it takes the header's value for the hash that was signed.
    let hash = by_query().with_header("x-amz-content-sha256", "UNSIGNED-PAYLOAD");
    assert_eq!(refusal(&hash), Some(SignatureDoesNotMatch));
}

#[test]
fn demands_that_if_range_is_signed_where_range_is() {
    let request = Request { headers: &[("Range", b"bytes=0-9")], ..REQUEST };
    let wire = signed(CREDENTIALS, Service::S3, &request).with_header("if-range", "\"etag\"");
    assert_eq!(refusal(&wire), Some(HeaderNotSigned { name: HeaderName::new("if-range") }));
    let wire = signed(CREDENTIALS, DYNAMODB, &request).with_header("if-range", "\"etag\"");
    assert!(wire.verify(&CREDENTIALS, DYNAMODB, now()).is_ok());
}
