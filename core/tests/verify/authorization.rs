//! The parts of a signature, by header and by query.

use rolesig::AuthMechanism::{Header, Query};
use rolesig::{Request, VerifyError};

use crate::verify::wire::{
    CREDENTIALS, DYNAMODB, REQUEST, by_header, by_query, now, refusal, signed,
};

/// Replacements in the header, and the error of each.
const REPLACED: [(&str, &str, VerifyError); 15] = [
    ("AWS4-HMAC-SHA256 ", "AWS4-HMAC-SHA256,", VerifyError::UnsupportedAlgorithm(Header)),
    ("AWS4-HMAC-SHA256 ", "AWS4-ECDSA-P256-SHA256 ", VerifyError::UnsupportedAlgorithm(Header)),
    (", Signature=", "; Signature=", VerifyError::Missing { name: "Signature" }),
    ("Credential=", "Credentials=", VerifyError::AuthorizationHeaderMalformed),
    ("Signature=", "Signature", VerifyError::AuthorizationHeaderMalformed),
    (
        ", SignedHeaders=",
        ", Signature=x, SignedHeaders=",
        VerifyError::Duplicate { name: "Signature" },
    ),
    ("Signature=", "Signature=0", VerifyError::InvalidSignature),
    ("/aws4_request", "", VerifyError::InvalidCredential(Header)),
    ("/aws4_request", "/aws4_request/", VerifyError::InvalidCredential(Header)),
    ("=ASIAIOSFODNN7EXAMPLE", "=", VerifyError::InvalidCredential(Header)),
    ("/aws4_request", "/aws5_request", VerifyError::WrongScopeTermination(Header)),
    ("/20150830", "/20150831", VerifyError::WrongScopeDate(Header)),
    ("/20150830", "/0150830", VerifyError::WrongScopeDate(Header)),
    ("/eu-west-1", "/eu-west-2", VerifyError::WrongScopeRegion(Header)),
    ("/s3/", "/s3express/", VerifyError::WrongScopeService(Header)),
];

/// The pairs of a signature by query.
const PAIRS: [&str; 6] = [
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-SignedHeaders",
    "X-Amz-Signature",
];

#[test]
fn refuses_malformed_or_repeated_authorization() {
    for (from, to, error) in REPLACED {
        assert_eq!(refusal(&by_header().authorized(from, to)), Some(error), "{from} {to}");
    }
    for (wire, error) in [
        (by_header().without_header("authorization"), VerifyError::MissingAuthenticationToken),
        (by_header().with_pair("X-Amz-Signature", "0"), VerifyError::TwoAuthMechanisms),
        (by_query().with_header("Authorization", "Basic YTpi"), VerifyError::TwoAuthMechanisms),
        (
            by_header().with_header("Authorization", "Basic YTpi"),
            VerifyError::Duplicate { name: "authorization" },
        ),
        (
            by_query().without_pair("X-Amz-Algorithm").with_pair("X-Amz-Algorithm", "AWS4"),
            VerifyError::UnsupportedAlgorithm(Query),
        ),
        (by_query().with_pair("X-Amz-Date", "x"), VerifyError::Duplicate { name: "X-Amz-Date" }),
    ] {
        assert_eq!(refusal(&wire), Some(error), "{wire:?}");
    }
    for name in PAIRS {
        let error = refusal(&by_query().without_pair(name));
        assert_eq!(error, Some(VerifyError::Missing { name }));
    }
    let mut not_a_text = by_header();
    not_a_text.header("authorization").push(0xff);
    assert_eq!(refusal(&not_a_text), Some(VerifyError::AuthorizationHeaderMalformed));
}

#[test]
fn allows_one_auth_mechanism_only() {
    let version_2 = [("AWSAccessKeyId", "AKID"), ("Signature", "c2ln"), ("Expires", "2000000000")];
    let two = Some(VerifyError::TwoAuthMechanisms);
    for signed in [by_header(), by_query()] {
        for pairs in [&version_2[..], &version_2[..2], &version_2[1..2]] {
            let pairs = pairs.iter();
            let both =
                pairs.fold(signed.clone(), |wire, (name, value)| wire.with_pair(name, value));
            assert_eq!(refusal(&both), two, "{both:?}");
        }
        for (name, value) in [version_2[0], version_2[2]] {
            let added = signed.clone().with_pair(name, value);
            assert_eq!(refusal(&added), Some(VerifyError::SignatureDoesNotMatch), "{name}");
        }
    }
    for authorization in ["AWS AKID:c2ln", "Basic YTpi", ""] {
        let both = by_query().with_header("Authorization", authorization);
        assert_eq!(refusal(&both), two, "{authorization}");
        let both = by_header().without_header("authorization").with_pair("AWSAccessKeyId", "AKID");
        assert_eq!(refusal(&both.clone()), Some(VerifyError::SignatureVersion2));
        let both = both.with_pair("Signature", "c2ln");
        assert_eq!(refusal(&both.with_header("Authorization", authorization)), two);
    }
    for name in ["X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature"] {
        assert_eq!(refusal(&by_header().with_pair(name, "x")), two, "{name}");
    }
    let twice = by_header().with_header("AUTHORIZATION", "AWS4-HMAC-SHA256 Credential=x");
    assert_eq!(refusal(&twice), Some(VerifyError::Duplicate { name: "authorization" }));
}

#[test]
fn takes_a_pair_named_signature_for_a_service_that_is_not_s3() {
    let request = Request { query: &[("Signature", "c2ln")], ..REQUEST };
    let wire = signed(CREDENTIALS, DYNAMODB, &request);
    assert!(wire.verify(&CREDENTIALS, DYNAMODB, now()).is_ok());
    let both = wire.with_pair("AWSAccessKeyId", "AKID");
    let error = both.verify(&CREDENTIALS, DYNAMODB, now()).err();
    assert_eq!(error, Some(VerifyError::TwoAuthMechanisms));
}
