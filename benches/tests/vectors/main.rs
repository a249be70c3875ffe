//! AWS's signing test suite, as the crate `aws-sigv4` publishes it: each case of both schemes, in
//! header and in query form, at three stages, and then the signed request.
//!
//! The cases are read from that crate's source in cargo's cache; nothing is copied. Signatures of
//! Signature Version 4a are random in the suite, so they are verified with its public key, by ring;
//! `aws-sigv4` makes them by RFC 6979 as we do, so its own are equal to ours.

#![cfg(test)]

use std::path::Path;

use aws_sigv4::sign::v4a::{calculate_signature, generate_signing_key};
use proptest::prelude::*;
use rolesig::{
    Credentials, Expires, PathRule, Payload, PayloadRule, PublicKey, ReceivedBody, Request, Scheme,
    Service, SessionTokenPlace, Signer, Timestamp, V4, V4a, Verifier, VerifyError,
};
use serde_json::Value;

use crate::requests::{RawRequest, SignedRequest, pairs};
use crate::suite::{cases, name, public_key, text};

mod requests;
mod suite;

#[test]
fn reproduces_all_cases_of_v4() {
    let cases = cases("v4");
    for case in &cases {
        match name(case) {
            "double-encode-path" => double_encode_path(case),
            "double-url-encode" => double_url_encode(case),
            _ => {
                for form in [Form::Header, Form::Query] {
                    let signed = compare::<V4>(case, form);
                    let published = SignedRequest::parse(&form.file(case, "signed-request.txt"));
                    assert_eq!(signed.signature, form.file(case, "signature.txt"), "{case:?}");
                    assert_eq!(signed.signature, published.signature, "{case:?}");
                }
            }
        }
    }
    assert_eq!(cases.len(), 40);
}

#[test]
fn reproduces_all_cases_of_v4a() {
    let cases = cases("v4a");
    for case in &cases {
        let public_key = public_key(case);
        let parameters = Parameters::from_context(case);
        let private_key =
            generate_signing_key(&parameters.access_key_id, &parameters.secret_access_key);
        for form in [Form::Header, Form::Query] {
            let Signed { string_to_sign, signature, .. } = compare::<V4a>(case, form);
            let string_to_sign = string_to_sign.as_bytes();
            assert_eq!(signature, calculate_signature(&private_key, string_to_sign), "{case:?}");
            let published = SignedRequest::parse(&form.file(case, "signed-request.txt")).signature;
            for signature in [signature, form.file(case, "signature.txt"), published] {
                let der = hex::decode(signature).unwrap();
                assert!(public_key.verify(string_to_sign, &der).is_ok(), "{case:?}");
                assert!(public_key.verify(b"another", &der).is_err(), "{case:?}");
            }
        }
    }
    assert_eq!(cases.len(), 38);
}

/// The verifier has the suite's public key, and no secret.
#[test]
fn verifies_all_signed_requests_of_v4a_by_public_key() {
    let mut verified = 0;
    for case in cases("v4a") {
        let key = PublicKey::from_sec1(public_key(&case).as_ref()).unwrap();
        let parameters = Parameters::from_context(&case);
        let service = parameters.service();
        let verifier = Verifier::<V4a>::with_slots(&parameters.region, service);
        let now: Timestamp = parameters.timestamp.parse().unwrap();
        for form in [Form::Header, Form::Query] {
            let request = RawRequest::parse(&form.file(&case, "signed-request.txt"));
            let body = ReceivedBody::Bytes(request.body.as_bytes());
            let verify = |method, key| {
                request.with_received(method, |request| {
                    let claimed = verifier.begin(request, now)?;
                    claimed.finish_with_public_key(key, body).map(drop)
                })
            };
            assert_eq!(verify(&request.method, &key), Ok(()), "{case:?}");
            let refused = Err(VerifyError::SignatureDoesNotMatch);
            assert_eq!(verify("HEAD", &key), refused, "{case:?}");
            let credentials = Credentials {
                access_key_id: &parameters.access_key_id,
                secret_access_key: "another",
                session_token: None,
            };
            let another = PublicKey::derive(&credentials);
            assert_eq!(verify(&request.method, &another), refused, "{case:?}");
            verified += 1;
        }
    }
    assert_eq!(verified, 76);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Covers other credentials: the suite has only one pair.
    #[test]
    fn signs_v4a_as_aws_sigv4_does(
        access_key_id in "[A-Z0-9]{1,128}",
        secret_access_key in r"[^\s\p{Cc}]{1,200}",
        region in "\\*|[a-z0-9-]{1,20}(,[a-z0-9-]{1,20}){0,5}",
        path in "/[a-z0-9 ]{0,30}",
    ) {
        let parameters =
            Parameters { access_key_id, secret_access_key, region, ..Parameters::of_the_suite() };
        let raw = RawRequest {
            method: "GET".into(),
            path,
            query: Vec::new(),
            headers: vec![("host".into(), "example.amazonaws.com".into())],
            body: String::new(),
        };
        let private_key =
            generate_signing_key(&parameters.access_key_id, &parameters.secret_access_key);
        for form in [Form::Header, Form::Query] {
            let signed = parameters.sign::<V4a>(&raw, form);
            let expected = calculate_signature(&private_key, signed.string_to_sign.as_bytes());
            prop_assert_eq!(signed.signature, expected);
        }
    }
}

/// Checks a case without `context.json`, without a query form and without a string to sign. Its
/// canonical request is of 2021. Its signed request is of 2015, as its test in `aws-sigv4`, which
/// has the credentials.
fn double_encode_path(case: &Path) {
    let request = RawRequest::parse(&text(case, "request.txt"));
    let mut parameters = Parameters {
        access_key_id: "ANOTREAL".into(),
        secret_access_key: "notrealrnrELgWzOk3IfjzDKtFBhDby".into(),
        timestamp: "2021-05-11T15:40:45Z".into(),
        ..Parameters::of_the_suite()
    };
    let signed = parameters.sign::<V4>(&request, Form::Header);
    assert_eq!(signed.canonical_request, Form::Header.file(case, "canonical-request.txt"));

    parameters.timestamp = "2015-08-30T12:36:00Z".into();
    let signed = parameters.sign::<V4>(&request, Form::Header);
    let published = SignedRequest::parse(&Form::Header.file(case, "signed-request.txt"));
    assert_eq!(signed.request, published);
}

/// Checks a case without `context.json` and without a query form. Time, region and service are
/// those of its string to sign, which has an additional line end. Only the signed request has the
/// signature.
fn double_url_encode(case: &Path) {
    let request = RawRequest::parse(&text(case, "request.txt"));
    let parameters = Parameters {
        timestamp: "2021-05-11T15:40:45Z".into(),
        region: "us-east-2".into(),
        service: "lambda".into(),
        ..Parameters::of_the_suite()
    };
    let signed = parameters.sign::<V4>(&request, Form::Header);
    let file = |file| Form::Header.file(case, file);
    assert_eq!(signed.canonical_request, file("canonical-request.txt"));
    assert_eq!(signed.string_to_sign, file("string-to-sign.txt").trim_end());
    assert_eq!(signed.request, SignedRequest::parse(&file("signed-request.txt")));
}

/// Signs a case, and compares everything except the signature.
fn compare<S: Scheme<QueryText = str>>(case: &Path, form: Form) -> Signed {
    let request = RawRequest::parse(&text(case, "request.txt"));
    let signed = Parameters::from_context(case).sign::<S>(&request, form);
    assert_eq!(signed.canonical_request, form.file(case, "canonical-request.txt"), "{case:?}");
    assert_eq!(signed.string_to_sign, form.file(case, "string-to-sign.txt"), "{case:?}");
    let published = SignedRequest::parse(&form.file(case, "signed-request.txt"));
    assert_eq!(signed.request.headers, published.headers, "{case:?}");
    assert_eq!(signed.request.query, published.query, "{case:?}");
    assert_eq!(signed.request.signature, signed.signature, "{case:?}");
    signed
}

/// The two forms of a signed request.
#[derive(Clone, Copy)]
enum Form {
    Header,
    Query,
}

impl Form {
    fn file(self, case: &Path, file: &str) -> String {
        match self {
            Self::Header => text(case, &format!("header-{file}")),
            Self::Query => text(case, &format!("query-{file}")),
        }
    }
}

/// The parameters of a case.
struct Parameters {
    access_key_id: String,
    secret_access_key: String,
    session_token: Option<String>,
    session_token_place: SessionTokenPlace,
    region: String,
    service: String,
    path_rule: PathRule,
    sign_body: bool,
    timestamp: String,
}

/// The stages of a signed case.
struct Signed {
    canonical_request: String,
    string_to_sign: String,
    signature: String,
    request: SignedRequest,
}

impl Parameters {
    /// Returns the parameters of nearly all cases.
    fn of_the_suite() -> Self {
        Self {
            access_key_id: "AKIDEXAMPLE".into(),
            secret_access_key: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".into(),
            session_token: None,
            session_token_place: SessionTokenPlace::Signed,
            region: "us-east-1".into(),
            service: "service".into(),
            path_rule: PathRule::NormalizedTwice,
            sign_body: false,
            timestamp: "2015-08-30T12:36:00Z".into(),
        }
    }

    fn from_context(case: &Path) -> Self {
        let context: Value = serde_json::from_str(&text(case, "context.json")).unwrap();
        let string = |value: &Value| value.as_str().unwrap().to_owned();
        let credentials = &context["credentials"];
        let normalize = context["normalize"].as_bool().unwrap();
        assert_eq!(context["expiration_in_seconds"], 3600, "{case:?}");
        Self {
            access_key_id: string(&credentials["access_key_id"]),
            secret_access_key: string(&credentials["secret_access_key"]),
            session_token: credentials["token"].as_str().map(str::to_owned),
            session_token_place: match context["omit_session_token"].as_bool() {
                Some(true) => SessionTokenPlace::Appended,
                _ => SessionTokenPlace::Signed,
            },
            region: string(&context["region"]),
            service: string(&context["service"]),
            path_rule: match name(case) {
                // Its path is already percent-encoded, and is not encoded again.
                "get-space-normalized" => PathRule::NormalizedOnce,
                _ if normalize => PathRule::NormalizedTwice,
                // The suite's only rule without normalization; it is S3's.
                _ => PathRule::Once,
            },
            sign_body: context["sign_body"].as_bool().unwrap(),
            timestamp: string(&context["timestamp"]),
        }
    }

    fn service(&self) -> Service<'_> {
        Service {
            path_rule: self.path_rule,
            payload_hash_header: self.sign_body,
            // A presigned request for S3 does not sign its body; the suite's does.
            payload_rule: PayloadRule::Signed,
            session_token: self.session_token_place,
            ..Service::new(&self.service)
        }
    }

    fn sign<S: Scheme<QueryText = str>>(&self, raw: &RawRequest, form: Form) -> Signed {
        let credentials = Credentials {
            access_key_id: &self.access_key_id,
            secret_access_key: &self.secret_access_key,
            session_token: self.session_token.as_deref(),
        };
        let service = self.service();
        let query: Vec<_> = raw.query.iter().map(|(name, value)| (&**name, &**value)).collect();
        let headers: Vec<_> =
            raw.own_headers().map(|(name, value)| (&**name, value.as_bytes())).collect();
        let request = Request {
            method: &raw.method,
            host: raw.host(),
            path: &raw.path,
            query: &query,
            headers: &headers,
            payload: Payload::Bytes(raw.body.as_bytes()),
        };
        let now: Timestamp = self.timestamp.parse().unwrap();
        let mut signer = Signer::<S>::with_slots(credentials, &self.region, service).unwrap();

        let mut sent = raw.own_headers().cloned().collect::<Vec<_>>();
        sent.push(("host".into(), raw.host().to_owned()));
        match form {
            Form::Header => {
                let signed = signer.sign(&request, now).unwrap();
                sent.extend(signed.headers().map(|(name, value)| (name.into(), value.to_string())));
                Signed {
                    canonical_request: signed.canonical_request().to_string(),
                    string_to_sign: signed.string_to_sign().to_string(),
                    signature: signed.signature().to_string(),
                    request: SignedRequest::new(sent, pairs(&signed.target().to_string())),
                }
            }
            Form::Query => {
                let hour = Expires::seconds(3600).unwrap();
                let request = request.with_payload(Some(request.payload));
                let signed = signer.presign(&request, hour, now).unwrap();
                Signed {
                    canonical_request: signed.canonical_request().to_string(),
                    string_to_sign: signed.string_to_sign().to_string(),
                    signature: signed.signature().to_string(),
                    request: SignedRequest::new(sent, pairs(&signed.target().to_string())),
                }
            }
        }
    }
}
