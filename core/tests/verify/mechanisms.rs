//! A request must have one signature, by header or by query.

use rolesig::{AuthMechanism, Credentials, HeaderName, Request, Service, VerifyError};

use crate::verify::wire::{
    CREDENTIALS, REQUEST, WITH_TOKEN, Wire, by_header, by_query, now, presigned, refusal, signed,
};

/// A service behind the verifier could read the header instead of the query, signed or not.
#[test]
fn rejects_token_and_date_headers_beside_a_presigned_query() {
    for name in ["x-amz-date", "x-amz-security-token", "x-amz-s3session-token"] {
        for is_signed in [false, true] {
            let mut wire = by_query().with_header(name, "20150830T123600Z");
            if is_signed {
                let names = wire.pair("X-Amz-SignedHeaders");
                let mut sorted: Vec<_> = names.split(';').chain([name]).collect();
                sorted.sort_unstable();
                *names = sorted.join(";");
            }
            let error = if is_signed {
                VerifyError::Duplicate { name }
            } else {
                VerifyError::HeaderNotSigned { name: HeaderName::new(name) }
            };
            assert_eq!(refusal(&wire), Some(error));
        }
    }
}

#[test]
fn names_what_a_request_is_signed_with_instead() {
    let with = |authorization: &str| {
        let mut wire = by_header();
        *wire.header("authorization") = authorization.as_bytes().to_vec();
        refusal(&wire).unwrap()
    };
    assert_eq!(
        with("AWS AKIAIOSFODNN7EXAMPLE:frJIUN8DYpKDtOLCwo=="),
        VerifyError::SignatureVersion2
    );
    for other in [
        "Bearer eyJhbGciOiJub25lIn0.e30.",
        "Basic dXNlcjpwYXNz",
        "Negotiate YII=",
        "AWS3 AWSAccessKeyId=AKID,Algorithm=HmacSHA256,Signature=lBP=",
        "AWS3-HTTPS AWSAccessKeyId=AKID,Algorithm=HmacSHA256,Signature=lBP=",
        "AWS4-HMAC-SHA1 Credential=",
        "AWS4-ECDSA-P256-SHA256 Credential=AKID/20150830/s3/aws4_request, SignedHeaders=host, \
         Signature=3045",
        "AWS4-X509-RSA-SHA256 Credential=1/20150830/us-east-1/rolesanywhere/aws4_request",
        "AWS4-X509-ECDSA-SHA256 Credential=1/20150830/us-east-1/rolesanywhere/aws4_request",
        "aws4-hmac-sha256 Credential=",
    ] {
        assert_eq!(
            with(other),
            VerifyError::UnsupportedAlgorithm(AuthMechanism::Header),
            "{other}"
        );
    }
    for malformed in ["", "AWS", "AWS4-HMAC-SHA256", "token"] {
        assert_eq!(with(malformed), VerifyError::AuthorizationHeaderMalformed, "{malformed}");
    }

    let unsigned = by_header().without_header("authorization");
    assert_eq!(refusal(&unsigned), Some(VerifyError::MissingAuthenticationToken));
    let form = [("Signature", "vjbyPxybdZaNmGa%2ByT272YEAiv4%3D"), ("Expires", "1175139620")];
    let pairs = form.iter().fold(unsigned, |wire, (name, value)| wire.with_pair(name, value));
    assert_eq!(refusal(&pairs), Some(VerifyError::MissingAuthenticationToken));
    let version_2 = pairs.with_pair("AWSAccessKeyId", "AKIAIOSFODNN7EXAMPLE");
    assert_eq!(refusal(&version_2), Some(VerifyError::SignatureVersion2));
    // Beside a signature of Version 4 it is a pair like any other, without its signature.
    let signed =
        signed(CREDENTIALS, Service::S3, &Request { query: &[("AWSAccessKeyId", "a")], ..REQUEST });
    assert_eq!(refusal(&signed), None);
}

/// A token that anyone on the way could have added, replaced or taken away.
#[test]
fn rejects_tokens_that_are_unsigned_changed_or_missing() {
    let name = "x-amz-security-token";
    let not_signed = VerifyError::HeaderNotSigned { name: HeaderName::new(name) };
    assert_eq!(refusal(&by_header().with_header(name, "any")), Some(not_signed));
    let added = by_query().with_pair("X-Amz-Security-Token", "any");
    // The lookup is asked first.
    assert_eq!(refusal(&added), Some(VerifyError::InvalidToken));
    let any = Credentials { session_token: Some("any"), ..CREDENTIALS };
    let error = added.verify(&any, Service::S3, now()).err();
    assert_eq!(error, Some(VerifyError::SignatureDoesNotMatch));

    let by_header = signed(WITH_TOKEN, Service::S3, &REQUEST);
    let by_query = presigned(WITH_TOKEN, Service::S3, &REQUEST);
    let refusal = |wire: Wire| wire.verify(&WITH_TOKEN, Service::S3, now()).err();
    let absent = VerifyError::SignedHeaderAbsent { name: HeaderName::new(name) };
    assert_eq!(refusal(by_header.clone().without_header(name)), Some(absent));
    let duplicate = Some(VerifyError::Duplicate { name });
    assert_eq!(refusal(by_header.clone().with_header("X-Amz-Security-Token", "any")), duplicate);
    let dropped = by_header.without_header(name).authorized(";x-amz-security-token", "");
    assert_eq!(refusal(dropped), Some(VerifyError::InvalidToken));
    let dropped = by_query.clone().without_pair("X-Amz-Security-Token");
    assert_eq!(refusal(dropped), Some(VerifyError::InvalidToken));
    let duplicate = Some(VerifyError::Duplicate { name: "X-Amz-Security-Token" });
    assert_eq!(refusal(by_query.with_pair("X-Amz-Security-Token", "any")), duplicate);
}

/// Pairs that a service would read are signed, each one of them, in whatever order.
#[test]
fn rejects_pairs_that_were_added_doubled_or_taken_away() {
    for wire in [by_header(), by_query()] {
        for changed in [
            wire.clone().with_pair("x-id", "PutObject"),
            wire.clone().with_pair("acl", ""),
            wire.clone().without_pair("x-id"),
        ] {
            assert_eq!(refusal(&changed), Some(VerifyError::SignatureDoesNotMatch));
        }
    }
    let twice = [("x-id", "PutObject"), ("x-id", "PutObject")];
    let request = Request { query: &twice, ..REQUEST };
    assert_eq!(refusal(&signed(CREDENTIALS, Service::S3, &request)), None);
}
