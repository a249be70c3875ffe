//! Verifying, as a caller sees it: what the signer makes is accepted, and nothing else is.

#![cfg(test)]

use core::cell::Cell;

use hmac::{Hmac, KeyInit, Mac};
use proptest::prelude::*;
use rolesig::{
    ChunkForm, Chunked, Credentials, Emit, Events, Expires, PathRule, Payload, PayloadForm,
    ReceivedBody, ReceivedRequest, Request, Service, SignedPayload, Signer, Timestamp, Trailer,
    Verified, Verifier, VerifyError,
};
use sha2::{Digest, Sha256};

const CREDENTIALS: Credentials<'static> = Credentials {
    access_key_id: "ASIAIOSFODNN7EXAMPLE",
    secret_access_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    session_token: None,
};

const WITH_TOKEN: Credentials<'static> =
    Credentials { session_token: Some("IQoJb3JpZ2luX2VjEXAMPLE"), ..CREDENTIALS };

const REQUEST: Request<'static> = Request {
    method: "PUT",
    host: "amzn-s3-demo-bucket.s3.eu-west-1.amazonaws.com",
    path: "/data/part-00000",
    query: &[("x-id", "PutObject")],
    headers: &[("Content-Type", b"text/plain"), ("x-amz-meta-job", b"42")],
    payload: Payload::Bytes(b"hello"),
};

const REGION: &str = "eu-west-1";
const DYNAMODB: Service<'static> = Service::new("dynamodb");
const IOT: Service<'static> = Service::new("iotdevicegateway");

const NOW: u32 = 1_440_938_160;

fn now() -> Timestamp {
    Timestamp::from(NOW)
}

/// A request on its way, to be tampered with.
#[derive(Clone, Debug)]
struct Wire {
    method: String,
    path: String,
    query: Vec<(String, String)>,
    headers: Vec<(String, Vec<u8>)>,
    /// `None` if it is not read.
    body: Option<Vec<u8>>,
}

impl Wire {
    fn new(request: &Request<'_, impl PayloadForm>, target: &str, body: Option<&[u8]>) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        let pairs = pairs.map(|pair| pair.split_once('=').unwrap());
        let headers = [("Host", request.host.as_bytes())].into_iter();
        let headers = headers.chain(request.headers.iter().copied());
        Self {
            method: request.method.to_owned(),
            path: path.to_owned(),
            query: pairs.map(|(name, value)| (decoded(name), decoded(value))).collect(),
            headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            body: body.map(<[u8]>::to_owned),
        }
    }

    fn header(&mut self, name: &str) -> &mut Vec<u8> {
        let named = |(other, _): &&mut (String, _)| other.eq_ignore_ascii_case(name);
        &mut self.headers.iter_mut().find(named).unwrap().1
    }

    fn pair(&mut self, name: &str) -> &mut String {
        &mut self.query.iter_mut().find(|(other, _)| other == name).unwrap().1
    }

    fn without_header(mut self, name: &str) -> Self {
        self.headers.retain(|(other, _)| !other.eq_ignore_ascii_case(name));
        self
    }

    fn without_pair(mut self, name: &str) -> Self {
        self.query.retain(|(other, _)| other != name);
        self
    }

    fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.as_bytes().to_vec()));
        self
    }

    fn with_pair(mut self, name: &str, value: &str) -> Self {
        self.query.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With a part of the authorization header replaced.
    fn authorized(mut self, from: &str, to: &str) -> Self {
        let value = self.header("authorization");
        let text = String::from_utf8(value.clone()).unwrap();
        assert!(text.contains(from), "{text}");
        *value = text.replace(from, to).into_bytes();
        self
    }

    /// Who signed it, or why not.
    fn verify(&self, with: &Credentials<'_>, service: Service<'_>, now: Timestamp) -> Outcome {
        self.verified(with, &Verifier::<24>::with_slots(REGION, service), now, |verified| {
            (verified.access_key_id().to_owned(), verified.payload())
        })
    }

    fn verified<T, const SLOTS: usize>(
        &self,
        with: &Credentials<'_>,
        verifier: &Verifier<'_, SLOTS>,
        now: Timestamp,
        see: impl FnOnce(&Verified<'_>) -> T,
    ) -> Result<T, VerifyError> {
        let query: Vec<_> = self.query.iter().map(|(name, value)| (&**name, &**value)).collect();
        let headers: Vec<_> =
            self.headers.iter().map(|(name, value)| (&**name, &**value)).collect();
        let request = ReceivedRequest {
            method: &self.method,
            path: &self.path,
            query: &query,
            headers: &headers,
            body: self.body.as_deref().map_or(ReceivedBody::Unread, ReceivedBody::Bytes),
        };
        let lookup = |access_key_id: &str, session_token: Option<&str>| {
            if access_key_id != with.access_key_id {
                return Err(VerifyError::InvalidAccessKeyId);
            }
            match session_token {
                Some("expired") => Err(VerifyError::ExpiredToken),
                _ if session_token != with.session_token => Err(VerifyError::InvalidToken),
                _ => Ok(with.secret_access_key),
            }
        };
        verifier.verify(&request, now, lookup).map(|verified| see(&verified))
    }
}

type Outcome = Result<(String, SignedPayload), VerifyError>;

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some((plain, triplet)) = rest.split_once('%') {
        bytes.extend(plain.bytes());
        bytes.push(u8::from_str_radix(&triplet[..2], 16).unwrap());
        rest = &triplet[2..];
    }
    bytes.extend(rest.bytes());
    String::from_utf8(bytes).unwrap()
}

/// What the body of a payload is; `None` if the signature does not depend on it.
fn body<'a>(payload: &Payload<'a>) -> Option<&'a [u8]> {
    match payload {
        Payload::Bytes(bytes) => Some(bytes),
        _ => None,
    }
}

fn signed(with: Credentials<'_>, service: Service<'_>, request: &Request<'_>) -> Wire {
    signed_form(with, service, request, body(&request.payload))
}

fn signed_form<P: PayloadForm>(
    with: Credentials<'_>,
    service: Service<'_>,
    request: &Request<'_, P>,
    body: Option<&[u8]>,
) -> Wire {
    let mut signer = Signer::new(with, REGION, service).unwrap();
    let signed = signer.sign(request, now()).unwrap();
    let mut wire = Wire::new(request, &signed.target().to_string(), body);
    for (name, value) in signed.headers() {
        wire.headers.push((name.to_owned(), emitted(&value)));
    }
    wire
}

fn emitted(value: &impl Emit) -> Vec<u8> {
    let mut buffer = vec![0; value.emitted_len()];
    value.write_to(&mut buffer).unwrap();
    buffer
}

const HOUR: u32 = 3600;

fn presigned(with: Credentials<'_>, service: Service<'_>, request: &Request<'_>) -> Wire {
    let mut signer = Signer::new(with, REGION, service).unwrap();
    let hour = Expires::seconds(HOUR).unwrap();
    let presigned = signer.presign(request, hour, now()).unwrap();
    Wire::new(request, &presigned.target().to_string(), body(&request.payload))
}

fn refusal(wire: &Wire) -> Option<VerifyError> {
    wire.verify(&CREDENTIALS, Service::S3, now()).err()
}

fn by_header() -> Wire {
    signed(CREDENTIALS, Service::S3, &REQUEST)
}

fn by_query() -> Wire {
    presigned(CREDENTIALS, Service::S3, &REQUEST)
}

/// Presigned URL of "Authenticating Requests: Using Query Parameters" (Amazon S3).
#[test]
fn the_worked_example_of_a_presigned_url() {
    let request =
        Request { method: "GET", host: "examplebucket.s3.amazonaws.com", headers: &[], ..REQUEST };
    let target = "/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256\
        &X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request\
        &X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host\
        &X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";
    let credentials = Credentials { access_key_id: "AKIAIOSFODNN7EXAMPLE", ..CREDENTIALS };
    let s3 = Verifier::new("us-east-1", Service::S3);
    let midnight: Timestamp = "2013-05-24T00:00:00Z".parse().unwrap();
    let wire = Wire::new(&request, target, None);
    wire.verified(&credentials, &s3, midnight, |verified| {
        assert_eq!(verified.access_key_id(), "AKIAIOSFODNN7EXAMPLE");
        assert_eq!(verified.session_token(), None);
        assert_eq!(verified.signed_headers(), "host");
        assert_eq!(verified.payload(), SignedPayload::Unsigned);
        assert_eq!(verified.signed_at(), midnight);
        assert_eq!(verified.expires(), Expires::seconds(86_400));
        assert_eq!(verified.scope().to_string(), "20130524/us-east-1/s3/aws4_request");
        assert!(verified.signature().to_string().starts_with("aeeed9bb"));
        assert!(format!("{verified:?}").starts_with("Verified { access_key_id: "));
    })
    .unwrap();
}

/// The other three of "Signature Calculations for the Authorization Header: Transferring Payload in
/// a Single Chunk" (Amazon S3); the first is the example of the module.
#[test]
fn the_worked_examples_by_header() {
    const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let request = Request {
        method: "GET",
        host: "examplebucket.s3.amazonaws.com",
        headers: &[("x-amz-date", b"20130524T000000Z")],
        ..REQUEST
    };
    let lifecycle = Wire::new(&request, "/?lifecycle=", Some(b""))
        .with_header("x-amz-content-sha256", EMPTY)
        .with_header("authorization", "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders=host;x-amz-content-sha256;x-amz-date,Signature=fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
    let list = Wire::new(&request, "/?max-keys=2&prefix=J", Some(b""))
        .with_header("x-amz-content-sha256", EMPTY)
        .with_header("authorization", "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders=host;x-amz-content-sha256;x-amz-date,Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
    let put = Request {
        method: "PUT",
        headers: &[
            ("Date", b"Fri, 24 May 2013 00:00:00 GMT"),
            ("x-amz-date", b"20130524T000000Z"),
            ("x-amz-storage-class", b"REDUCED_REDUNDANCY"),
        ],
        ..request
    };
    let put = Wire::new(&put, "/test%24file.text", Some(b"Welcome to Amazon S3."))
        .with_header("x-amz-content-sha256", "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072")
        .with_header("authorization", "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders=date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class,Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
    let credentials = Credentials { access_key_id: "AKIAIOSFODNN7EXAMPLE", ..CREDENTIALS };
    let s3 = Verifier::new("us-east-1", Service::S3);
    let midnight: Timestamp = "2013-05-24T00:00:00Z".parse().unwrap();
    for wire in [lifecycle, list, put] {
        wire.verified(&credentials, &s3, midnight, |_| ()).unwrap();
        // What is signed in full is so in any order and form that AWS takes.
        let spaced = wire.clone().authorized(",", " ,  ");
        spaced.verified(&credentials, &s3, midnight, |_| ()).unwrap();
    }
}

#[test]
fn authorization() {
    for (wire, error) in [
        (by_header().without_header("authorization"), VerifyError::MissingAuthenticationToken),
        (by_header().with_pair("X-Amz-Signature", "0"), VerifyError::TwoAuthMechanisms),
        (by_query().with_header("Authorization", "Basic YTpi"), VerifyError::TwoAuthMechanisms),
        (
            by_header().with_header("Authorization", "Basic YTpi"),
            VerifyError::Duplicate { name: "authorization" },
        ),
        (
            by_header().authorized("AWS4-HMAC-SHA256 ", "AWS4-HMAC-SHA256,"),
            VerifyError::UnsupportedAlgorithm,
        ),
        (
            by_header().authorized("AWS4-HMAC-SHA256 ", "AWS4-ECDSA-P256-SHA256 "),
            VerifyError::UnsupportedAlgorithm,
        ),
        (
            by_query().without_pair("X-Amz-Algorithm").with_pair("X-Amz-Algorithm", "AWS4"),
            VerifyError::UnsupportedAlgorithm,
        ),
        (
            by_header().authorized(", Signature=", "; Signature="),
            VerifyError::Missing { name: "Signature" },
        ),
        (
            by_header().authorized("Credential=", "Credentials="),
            VerifyError::AuthorizationHeaderMalformed,
        ),
        (
            by_header().authorized("Signature=", "Signature"),
            VerifyError::AuthorizationHeaderMalformed,
        ),
        (
            by_header().authorized(", SignedHeaders=", ", Signature=x, SignedHeaders="),
            VerifyError::Duplicate { name: "Signature" },
        ),
        (by_header().authorized("Signature=", "Signature=0"), VerifyError::InvalidSignature),
        (by_header().authorized("/aws4_request", ""), VerifyError::InvalidCredential),
        (by_header().authorized("/aws4_request", "/aws4_request/"), VerifyError::InvalidCredential),
        (by_header().authorized("=ASIAIOSFODNN7EXAMPLE", "="), VerifyError::InvalidCredential),
        (
            by_header().authorized("/aws4_request", "/aws5_request"),
            VerifyError::WrongScopeTermination,
        ),
        (by_header().authorized("/20150830", "/20150831"), VerifyError::WrongScopeDate),
        (by_header().authorized("/20150830", "/0150830"), VerifyError::WrongScopeDate),
        (by_header().authorized("/eu-west-1", "/eu-west-2"), VerifyError::WrongScopeRegion),
        (by_header().authorized("/s3/", "/s3express/"), VerifyError::WrongScopeService),
        (by_query().with_pair("X-Amz-Date", "x"), VerifyError::Duplicate { name: "X-Amz-Date" }),
        (
            by_query().with_header("x-amz-date", "20150830T123600Z"),
            VerifyError::Duplicate { name: "x-amz-date" },
        ),
    ] {
        assert_eq!(refusal(&wire), Some(error), "{wire:?}");
    }
    for name in [
        "X-Amz-Algorithm",
        "X-Amz-Credential",
        "X-Amz-Date",
        "X-Amz-Expires",
        "X-Amz-SignedHeaders",
        "X-Amz-Signature",
    ] {
        let error = refusal(&by_query().without_pair(name));
        assert_eq!(error, Some(VerifyError::Missing { name }));
    }
    let mut not_a_text = by_header();
    not_a_text.header("authorization").push(0xff);
    assert_eq!(refusal(&not_a_text), Some(VerifyError::AuthorizationHeaderMalformed));
}

#[test]
fn dates() {
    let mut unreadable = by_header();
    *unreadable.header("x-amz-date") = b"2015-08-30T12:36:00Z".to_vec();
    assert_eq!(refusal(&unreadable), Some(VerifyError::InvalidDate));
    let mut unreadable = by_query();
    *unreadable.pair("X-Amz-Date") = "20150830T123600".to_owned();
    assert_eq!(refusal(&unreadable), Some(VerifyError::InvalidDate));
    let missing = by_header().without_header("x-amz-date");
    assert_eq!(refusal(&missing), Some(VerifyError::Missing { name: "x-amz-date" }));
    // `Date` takes its place; what was signed had the other.
    for date in ["Sun, 30 Aug 2015 12:36:00 GMT", "20150830T123600Z"] {
        let by_date = by_header()
            .without_header("x-amz-date")
            .with_header("Date", date)
            .authorized("x-amz-date;", "");
        assert_eq!(refusal(&by_date), Some(VerifyError::SignatureDoesNotMatch));
    }
    let unreadable = missing.with_header("Date", "today");
    assert_eq!(refusal(&unreadable), Some(VerifyError::InvalidDate));
}

/// By the documentation, since the signer always adds `x-amz-date`.
#[test]
fn a_date_header_will_do() {
    let hmac = |key: &[u8], message: &str| {
        let mut hmac = Hmac::<Sha256>::new_from_slice(key).unwrap();
        hmac.update(message.as_bytes());
        hmac.finalize().into_bytes().to_vec()
    };
    let scope = "20150830/eu-west-1/dynamodb/aws4_request";
    for date in [
        "Sun, 30 Aug 2015 12:36:00 GMT",
        "Sunday, 30-Aug-15 12:36:00 GMT",
        "Sun Aug 30 12:36:00 2015",
        "20150830T123600Z",
    ] {
        let canonical_request = format!(
            "GET\n/\n\ndate:{date}\nhost:example.com\n\ndate;host\n{}",
            hex(&Sha256::digest(b""))
        );
        let digest = hex(&Sha256::digest(canonical_request));
        let secret = format!("AWS4{}", CREDENTIALS.secret_access_key);
        let signing_key = scope.split('/').fold(secret.into_bytes(), |key, part| hmac(&key, part));
        let string_to_sign = format!("AWS4-HMAC-SHA256\n20150830T123600Z\n{scope}\n{digest}");
        let signature = hex(&hmac(&signing_key, &string_to_sign));
        let (method, host) = ("GET", "example.com");
        let request = Request { method, host, headers: &[], ..REQUEST };
        let wire = Wire::new(&request, "/", Some(b"")).with_header("Date", date).with_header(
            "Authorization",
            &format!(
                "AWS4-HMAC-SHA256 Signature={signature},SignedHeaders=date;host,\
                 Credential=ASIAIOSFODNN7EXAMPLE/{scope}"
            ),
        );
        assert!(wire.verify(&CREDENTIALS, DYNAMODB, now()).is_ok(), "{date}");
        let late = Timestamp::from(NOW + 901);
        let error = wire.verify(&CREDENTIALS, DYNAMODB, late).err();
        assert_eq!(error, Some(VerifyError::RequestTimeTooSkewed));
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

#[test]
fn fifteen_minutes_and_not_a_second_more() {
    for (seconds, error) in [
        (NOW - 901, Some(VerifyError::RequestTimeTooSkewed)),
        (NOW - 900, None),
        (NOW + 900, None),
        (NOW + 901, Some(VerifyError::RequestTimeTooSkewed)),
    ] {
        let outcome = by_header().verify(&CREDENTIALS, Service::S3, Timestamp::from(seconds));
        assert_eq!(outcome.err(), error, "{seconds}");
    }
    for (seconds, error) in [
        (NOW - 901, Some(VerifyError::RequestNotYetValid)),
        (NOW - 900, None),
        (NOW + HOUR - 1, None),
        (NOW + HOUR, Some(VerifyError::RequestExpired)),
    ] {
        let outcome = by_query().verify(&CREDENTIALS, Service::S3, Timestamp::from(seconds));
        assert_eq!(outcome.err(), error, "{seconds}");
    }
    for extreme in [Timestamp::EPOCH, Timestamp::MAX] {
        assert!(by_header().verify(&CREDENTIALS, Service::S3, extreme).is_err());
        assert!(by_query().verify(&CREDENTIALS, Service::S3, extreme).is_err());
    }
}

#[test]
fn one_second_to_seven_days() {
    for (expires, error) in [
        ("1", VerifyError::SignatureDoesNotMatch),
        ("604800", VerifyError::SignatureDoesNotMatch),
        ("604801", VerifyError::InvalidExpires),
        ("0", VerifyError::InvalidExpires),
        ("", VerifyError::InvalidExpires),
        ("-1", VerifyError::InvalidExpires),
        ("+1", VerifyError::InvalidExpires),
        ("1 ", VerifyError::InvalidExpires),
        ("4294967297", VerifyError::InvalidExpires),
    ] {
        let mut wire = by_query();
        *wire.pair("X-Amz-Expires") = expires.to_owned();
        assert_eq!(refusal(&wire), Some(error), "{expires}");
    }
}

#[test]
fn headers() {
    let names = "content-type;host;x-amz-content-sha256;x-amz-date;x-amz-meta-job";
    let replaced = |names_then: &str| refusal(&by_header().authorized(names, names_then));
    for invalid in [
        "content-type;host;x-amz-date;x-amz-content-sha256;x-amz-meta-job",
        "content-type;Host;x-amz-content-sha256;x-amz-date;x-amz-meta-job",
        "content-type;host;host;x-amz-content-sha256;x-amz-date;x-amz-meta-job",
        "content-type;host;x-amz-content-sha256;x-amz-date;x-amz-meta-job;",
        "",
    ] {
        assert_eq!(replaced(invalid), Some(VerifyError::InvalidSignedHeaders), "{invalid}");
    }
    assert_eq!(
        replaced("content-type;x-amz-content-sha256;x-amz-date;x-amz-meta-job"),
        Some(VerifyError::HostNotSigned)
    );
    // In the order of the request: host, content-type, x-amz-meta-job, x-amz-content-sha256, …
    assert_eq!(
        replaced("content-type;host;x-amz-content-sha256;x-amz-date"),
        Some(VerifyError::HeaderNotSigned { index: 2 })
    );
    assert_eq!(
        replaced("content-type;host;x-amz-date;x-amz-meta-job"),
        Some(VerifyError::HeaderNotSigned { index: 3 })
    );
    assert_eq!(
        refusal(&by_query().with_header("X-AMZ-Acl", "public-read")),
        Some(VerifyError::HeaderNotSigned { index: 3 })
    );
    assert_eq!(
        refusal(&by_header().without_header("content-type")),
        Some(VerifyError::SignedHeaderAbsent { index: 0 })
    );
    assert_eq!(
        refusal(&by_query().without_header("x-amz-meta-job")),
        Some(VerifyError::SignedHeaderAbsent { index: 2 })
    );
    assert_eq!(
        refusal(&by_header().with_header("hOST", "other.example")),
        Some(VerifyError::Duplicate { name: "host" })
    );
    for name in ["x-amz-date", "x-amz-content-sha256"] {
        assert_eq!(
            refusal(&by_header().with_header(name, "")),
            Some(VerifyError::Duplicate { name })
        );
    }
    // What is neither signed nor of AWS may be added on the way.
    for name in ["via", "x-amzn-trace-id", "x-am\u{e4}", "x-amz", ""] {
        assert_eq!(refusal(&by_header().with_header(name, "a\tb\n")), None, "{name}");
    }
    let mut tab = by_header();
    *tab.header("content-type") = b"a\tb".to_vec();
    assert_eq!(refusal(&tab), Some(VerifyError::InvalidHeaderValue));
}

#[test]
fn requests_that_could_not_be_sent() {
    for (method, path, error) in [
        ("PU T", "/data/part-00000", VerifyError::InvalidMethod),
        ("", "/data/part-00000", VerifyError::InvalidMethod),
        ("PUT", "data/part-00000", VerifyError::InvalidPath),
        ("PUT", "/data/part-00000?", VerifyError::InvalidPath),
        ("PUT", "/data/part-00000\n", VerifyError::InvalidPath),
    ] {
        let (method, path) = (method.to_owned(), path.to_owned());
        assert_eq!(refusal(&Wire { method, path, ..by_header() }), Some(error));
    }
}

#[test]
fn as_many_as_there_are_slots_and_not_one_more() {
    let outcome = |wire: Wire, slots: usize| match slots {
        5 => wire.verified(
            &CREDENTIALS,
            &Verifier::<5>::with_slots(REGION, Service::S3),
            now(),
            |_| (),
        ),
        _ => wire.verified(
            &CREDENTIALS,
            &Verifier::<4>::with_slots(REGION, Service::S3),
            now(),
            |_| (),
        ),
    };
    assert_eq!(outcome(by_header(), 5), Ok(()));
    assert_eq!(outcome(by_header(), 4), Err(VerifyError::TooManyHeaders { slots: 4 }));
    let request = Request { headers: &[], query: &[], ..REQUEST };
    let bare = presigned(CREDENTIALS, Service::S3, &request);
    assert_eq!(outcome(bare.clone(), 5), Ok(()), "the signature needs no slot");
    assert_eq!(outcome(bare, 4), Err(VerifyError::TooManyQueryPairs { slots: 4 }));
    let many: Vec<_> = (0..25).map(|number| format!("a{number:02}")).collect();
    let listed =
        by_header().authorized("content-type;", &format!("{};content-type;", many.join(";")));
    assert_eq!(refusal(&listed), Some(VerifyError::TooManyHeaders { slots: 24 }));
    // Whatever a signer with 16 makes.
    let (headers, query) = (vec![("a", &b"1"[..]); 16], vec![("a", "1"); 16]);
    let full = Request { headers: &headers, query: &query, ..REQUEST };
    assert!(signed(WITH_TOKEN, Service::S3, &full).verify(&WITH_TOKEN, Service::S3, now()).is_ok());
    let wire = presigned(WITH_TOKEN, Service::S3, &full);
    assert!(wire.verify(&WITH_TOKEN, Service::S3, now()).is_ok());
}

#[test]
fn payloads() {
    let mut other_body = by_header();
    other_body.body = Some(b"hellp".to_vec());
    assert_eq!(refusal(&other_body), Some(VerifyError::ContentSha256Mismatch));
    // By query S3 protects no body.
    other_body = by_query();
    other_body.body = Some(b"hellp".to_vec());
    assert_eq!(refusal(&other_body), None);

    let missing =
        by_header().without_header("x-amz-content-sha256").authorized("x-amz-content-sha256;", "");
    assert_eq!(refusal(&missing), Some(VerifyError::Missing { name: "x-amz-content-sha256" }));
    for value in ["unsigned-payload", "STREAMING-", "", "E3B0", "-"] {
        let mut invalid = by_header();
        *invalid.header("x-amz-content-sha256") = value.as_bytes().to_vec();
        assert_eq!(refusal(&invalid), Some(VerifyError::InvalidContentSha256), "{value}");
        invalid = by_query().with_pair("X-Amz-Content-Sha256", value);
        assert_eq!(refusal(&invalid), Some(VerifyError::InvalidContentSha256), "{value}");
    }

    // A body that is not read: S3 takes the request's word for it, and says what it was.
    let mut unread = by_header();
    unread.body = None;
    let (_, payload) = unread.verify(&CREDENTIALS, Service::S3, now()).unwrap();
    let digest = String::from_utf8(unread.header("x-amz-content-sha256").clone()).unwrap();
    assert!(matches!(payload, SignedPayload::Sha256(signed) if signed.to_string() == digest));
    // A service that has no such header must read first.
    let of_dynamodb = signed(CREDENTIALS, DYNAMODB, &REQUEST);
    assert!(of_dynamodb.verify(&CREDENTIALS, DYNAMODB, now()).is_ok());
    let unread = Wire { body: None, ..of_dynamodb.clone() };
    let error = unread.verify(&CREDENTIALS, DYNAMODB, now()).err();
    assert_eq!(error, Some(VerifyError::UnreadBody));
    let other_body = Wire { body: Some(b"hellp".to_vec()), ..of_dynamodb };
    let error = other_body.verify(&CREDENTIALS, DYNAMODB, now()).err();
    assert_eq!(error, Some(VerifyError::SignatureDoesNotMatch));
}

/// The query may say what is to be taken for the body's hash, as AWS's SDK for JavaScript does.
#[test]
fn the_payloads_hash_in_the_query() {
    let hello = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
    let query = [("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD")];
    let wire = presigned(CREDENTIALS, Service::S3, &Request { query: &query, ..REQUEST });
    let (_, payload) = wire.verify(&CREDENTIALS, Service::S3, now()).unwrap();
    assert_eq!(payload, SignedPayload::Unsigned);
    let twice = wire.clone().with_header("x-amz-content-sha256", hello);
    assert_eq!(refusal(&twice), Some(VerifyError::Duplicate { name: "x-amz-content-sha256" }));

    let query = [("X-Amz-Content-Sha256", hello)];
    let wire = presigned(CREDENTIALS, DYNAMODB, &Request { query: &query, ..REQUEST });
    assert!(wire.verify(&CREDENTIALS, DYNAMODB, now()).is_ok());
    assert!(Wire { body: None, ..wire.clone() }.verify(&CREDENTIALS, DYNAMODB, now()).is_ok());
    let error = Wire { body: Some(Vec::new()), ..wire }.verify(&CREDENTIALS, DYNAMODB, now()).err();
    assert_eq!(error, Some(VerifyError::ContentSha256Mismatch));
}

#[test]
fn every_form_of_payload() {
    let trailer = Trailer { name: "x-amz-checksum-crc32c", value_len: 8 };
    for (form, expected) in [
        (ChunkForm::Signed, SignedPayload::Chunks),
        (ChunkForm::SignedWithTrailer(trailer), SignedPayload::ChunksWithTrailer),
        (ChunkForm::UnsignedWithTrailer(trailer), SignedPayload::UnsignedChunksWithTrailer),
    ] {
        let payload = Chunked { len: 5, chunk_len: 65_536, content_encoding: Some("gzip"), form };
        let request = Request {
            method: REQUEST.method,
            host: REQUEST.host,
            path: REQUEST.path,
            query: REQUEST.query,
            headers: REQUEST.headers,
            payload,
        };
        let wire = signed_form(WITH_TOKEN, Service::S3, &request, None);
        let (_, payload) = wire.verify(&WITH_TOKEN, Service::S3, now()).unwrap();
        assert_eq!(payload, expected);
    }
    let transcribe = Service::new("transcribe");
    let request = Request {
        method: "POST",
        host: REQUEST.host,
        path: "/stream-transcription",
        query: &[],
        headers: &[],
        payload: Events,
    };
    let wire = signed_form(WITH_TOKEN, transcribe, &request, None);
    let (_, payload) = wire.verify(&WITH_TOKEN, transcribe, now()).unwrap();
    assert_eq!(payload, SignedPayload::Events);
}

#[test]
fn session_tokens() {
    let express = Service::S3_EXPRESS_SESSION;
    for service in [Service::S3, DYNAMODB, IOT, express] {
        let request = Request { payload: Payload::Bytes(b""), ..REQUEST };
        for sign in [signed, presigned] {
            let wire = sign(WITH_TOKEN, service, &request);
            assert!(wire.verify(&WITH_TOKEN, service, now()).is_ok(), "{wire:?}");
            let error = wire.verify(&CREDENTIALS, service, now()).err();
            assert_eq!(error, Some(VerifyError::InvalidToken));
            let without = sign(CREDENTIALS, service, &request);
            let error = without.verify(&WITH_TOKEN, service, now()).err();
            assert_eq!(error, Some(VerifyError::InvalidToken));
            let expired = Credentials { session_token: Some("expired"), ..CREDENTIALS };
            let error = sign(expired, service, &request).verify(&expired, service, now()).err();
            assert_eq!(error, Some(VerifyError::ExpiredToken));
        }
    }
    let mut not_a_text = signed(WITH_TOKEN, Service::S3, &REQUEST);
    not_a_text.header("x-amz-security-token").push(0xff);
    assert_eq!(refusal(&not_a_text), Some(VerifyError::InvalidToken));
    // Where it is not signed, any may be appended; which one is the lookup's to check.
    let wire = signed(CREDENTIALS, IOT, &REQUEST).with_header("X-Amz-Security-Token", "any");
    let any = Credentials { session_token: Some("any"), ..CREDENTIALS };
    assert!(wire.verify(&any, IOT, now()).is_ok());
}

#[test]
fn another_key() {
    let other_id = Credentials { access_key_id: "AKIAOTHER", ..CREDENTIALS };
    let error = by_header().verify(&other_id, Service::S3, now()).err();
    assert_eq!(error, Some(VerifyError::InvalidAccessKeyId));
    for (secret_access_key, expected) in [
        // A lookup that found nothing and did not say so: with that, anyone could sign.
        ("", VerifyError::InvalidAccessKeyId),
        ("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEy", VerifyError::SignatureDoesNotMatch),
    ] {
        let other_secret = Credentials { secret_access_key, ..CREDENTIALS };
        for wire in [by_header(), by_query()] {
            let error = wire.verify(&other_secret, Service::S3, now()).err();
            assert_eq!(error, Some(expected));
        }
    }
}

#[test]
fn the_lookup_is_not_asked_before_all_else_is_in_order() {
    let asked = Cell::new(0);
    let mut headers: Vec<(&str, &[u8])> = vec![];
    let wire = by_header();
    headers.extend(wire.headers.iter().map(|(name, value)| (&**name, &**value)));
    let request = ReceivedRequest {
        method: "PUT",
        path: &wire.path,
        query: &[("x-id", "PutObject")],
        headers: &headers,
        body: ReceivedBody::Sha256([0; 32]),
    };
    let s3 = Verifier::new(REGION, Service::S3);
    let verify = |request: &ReceivedRequest<'_>| {
        s3.verify(request, now(), |_, _| {
            asked.set(asked.get() + 1);
            Ok(CREDENTIALS.secret_access_key.to_owned())
        })
        .err()
    };
    assert_eq!(verify(&request), Some(VerifyError::ContentSha256Mismatch));
    assert_eq!(asked.get(), 1);
    assert_eq!(
        verify(&ReceivedRequest { method: "", ..request }),
        Some(VerifyError::InvalidMethod)
    );
    assert_eq!(asked.get(), 1);
    assert_eq!(
        format!("{request:?}"),
        r#"ReceivedRequest { method: "PUT", path: "/data/part-00000", .. }"#
    );
}

#[test]
fn every_text_says_what_is_wrong() {
    use VerifyError as Error;
    let texts = [
        (Error::MissingAuthenticationToken, "not signed"),
        (Error::TwoAuthMechanisms, "only one"),
        (Error::Missing { name: "x-amz-date" }, "x-amz-date"),
        (Error::Duplicate { name: "host" }, "host"),
        (Error::AuthorizationHeaderMalformed, "authorization header"),
        (Error::UnsupportedAlgorithm, "algorithm"),
        (Error::InvalidCredential, "credential"),
        (Error::InvalidSignature, "signature"),
        (Error::WrongScopeDate, "date"),
        (Error::WrongScopeRegion, "region"),
        (Error::WrongScopeService, "service"),
        (Error::WrongScopeTermination, "aws4_request"),
        (Error::InvalidDate, "date"),
        (Error::RequestTimeTooSkewed, "15 minutes"),
        (Error::RequestNotYetValid, "not yet"),
        (Error::RequestExpired, "expired"),
        (Error::InvalidExpires, "604800"),
        (Error::InvalidSignedHeaders, "sorted"),
        (Error::HostNotSigned, "host"),
        (Error::HeaderNotSigned { index: 7 }, "header 7"),
        (Error::SignedHeaderAbsent { index: 7 }, "header 7"),
        (Error::InvalidMethod, "method"),
        (Error::InvalidPath, "path"),
        (Error::InvalidHeaderValue, "value"),
        (Error::TooManyHeaders { slots: 24 }, "headers: the verifier has 24"),
        (Error::TooManyQueryPairs { slots: 24 }, "pairs: the verifier has 24"),
        (Error::InvalidContentSha256, "x-amz-content-sha256"),
        (Error::UnreadBody, "read the body"),
        (Error::ContentSha256Mismatch, "body"),
        (Error::InvalidAccessKeyId, "access key id"),
        (Error::InvalidToken, "session token"),
        (Error::ExpiredToken, "expired"),
        (Error::SignatureDoesNotMatch, "signature"),
        (Error::InvalidChunk, "chunk"),
        (Error::IncompleteBody, "no last chunk"),
        (Error::InvalidTrailer, "trailer"),
    ]
    .map(|(error, what)| {
        let text = error.to_string();
        assert!(text.contains(what), "{text}");
        text
    });
    let distinct = std::collections::BTreeSet::from(texts.clone());
    assert_eq!(distinct.len(), texts.len(), "no two are the same");
}

/// A request to be signed, owned.
#[derive(Clone, Debug)]
struct Ours {
    method: String,
    path: String,
    query: Vec<(String, String)>,
    headers: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
    session_token: Option<String>,
}

impl Ours {
    /// Signs it, or presigns it.
    fn wire(&self, presign: bool, service: Service<'_>, is_unsigned: bool) -> Wire {
        let query: Vec<_> = self.query.iter().map(|(name, value)| (&**name, &**value)).collect();
        let headers: Vec<_> =
            self.headers.iter().map(|(name, value)| (&**name, &**value)).collect();
        let payload = if is_unsigned { Payload::Unsigned } else { Payload::Bytes(&self.body) };
        let request = Request {
            method: &self.method,
            path: &self.path,
            query: &query,
            headers: &headers,
            payload,
            ..REQUEST
        };
        if presign {
            presigned(self.credentials(), service, &request)
        } else {
            signed(self.credentials(), service, &request)
        }
    }

    fn credentials(&self) -> Credentials<'_> {
        Credentials { session_token: self.session_token.as_deref(), ..CREDENTIALS }
    }
}

/// With odd paths and pairs, and as many headers at most.
fn ours(headers: usize) -> impl Strategy<Value = Ours> {
    let name = prop::sample::select(vec![
        "Content-Type",
        "content-type",
        "Range",
        "a",
        "zz",
        "X-Amz-Meta-B",
        "x-amz-acl",
        "IF-Match",
        "x-amz-meta-b",
    ]);
    let value = "[ \t]{0,2}([!-~é]{1,4} {0,3}){0,3}[ \t]{0,2}";
    let method = "[A-Z]{3,6}|M-SEARCH|get";
    let path = prop::collection::vec(ODD_TEXT, 1..4);
    let query = prop::collection::vec((ODD_TEXT, ODD_TEXT), 0..4);
    let headers = prop::collection::vec((name, value), 0..=headers);
    let body = prop::collection::vec(any::<u8>(), 0..32);
    let session_token = prop::option::of("[!-~]{1,24}");
    (method, path, query, headers, body, session_token).prop_map(
        |(method, path, query, headers, body, session_token)| {
            let headers =
                headers.into_iter().map(|(name, value)| (name.to_owned(), value.into_bytes()));
            let (path, headers) = (format!("/{}", path.join("/")), headers.collect());
            Ours { method, path, query, headers, body, session_token }
        },
    )
}

const ODD_TEXT: &str = "([a-zA-Z0-9~.+=&;, %]|%2[fF]|%41|\\.\\.?/|/|é|漢|\u{10ffff}){0,8}";

fn services() -> impl Strategy<Value = Service<'static>> {
    let once = Service { path_rule: PathRule::NormalizedOnce, ..Service::new("mine") };
    prop::sample::select(vec![Service::S3, DYNAMODB, IOT, Service::S3_EXPRESS_SESSION, once])
}

proptest! {
    #[test]
    fn what_is_signed_is_accepted(
        ours in ours(6),
        service in services(),
        presign: bool,
        is_unsigned: bool,
        turn in 0..8_usize,
    ) {
        // Only S3 has presigned requests that do not protect their body.
        let is_unsigned = is_unsigned && (!presign || service.payload_hash_header);
        let mut wire = ours.wire(presign, service, is_unsigned);
        // The order in which different names come in does not matter.
        wire.headers.sort_by_key(|(name, _)| name.to_ascii_lowercase());
        let turn = turn.min(wire.query.len());
        wire.query.rotate_left(turn);
        let outcome = wire.verify(&ours.credentials(), service, now());
        let access_key_id = outcome.map(|(access_key_id, _)| access_key_id);
        prop_assert_eq!(access_key_id, Ok(CREDENTIALS.access_key_id.to_owned()));
        let other = Credentials { secret_access_key: "other", ..ours.credentials() };
        prop_assert!(wire.verify(&other, service, now()).is_err());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn no_bit_of_what_is_signed_can_be_changed(
        ours in ours(3),
        service in services(),
        presign: bool,
    ) {
        let wire = ours.wire(presign, service, false);
        let accepted = wire.verify(&ours.credentials(), service, now());
        prop_assert!(accepted.is_ok());
        let (_, payload) = accepted.unwrap();
        let path = canonical_path(&wire.path, service);
        for changed in changes(&wire) {
            if matches!(payload, SignedPayload::Unsigned) && changed.body != wire.body {
                continue;
            }
            // `%2f` and `%2F` are the same byte of a key, `//` and `/./` are the same nothing to
            // services that normalise.
            let is_same_path =
                changed.path != wire.path && canonical_path(&changed.path, service) == path;
            let outcome = changed.verify(&ours.credentials(), service, now());
            prop_assert_eq!(outcome.is_ok(), is_same_path, "{:?}", changed);
        }
    }
}

/// The path as it is signed.
fn canonical_path(path: &str, service: Service<'_>) -> Option<String> {
    let mut signer = Signer::new(CREDENTIALS, REGION, service).unwrap();
    let request = Request { path, ..REQUEST };
    let signed = signer.sign(&request, now()).ok()?;
    signed.canonical_request().to_string().lines().nth(1).map(str::to_owned)
}

/// All requests that differ in one bit from this one.
fn changes(wire: &Wire) -> Vec<Wire> {
    let mut changes = Vec::new();
    let mut text = |old: &str, change: &dyn Fn(&mut Wire, String)| {
        for changed in flipped(old.as_bytes()).filter_map(|bytes| String::from_utf8(bytes).ok()) {
            let mut wire = wire.clone();
            change(&mut wire, changed);
            changes.push(wire);
        }
    };
    text(&wire.method, &|wire, method| wire.method = method);
    text(&wire.path, &|wire, path| wire.path = path);
    for (place, (name, value)) in wire.query.iter().enumerate() {
        text(name, &|wire, name| wire.query[place].0 = name);
        text(value, &|wire, value| wire.query[place].1 = value);
    }
    for (place, (name, _)) in wire.headers.iter().enumerate() {
        text(name, &|wire, changed| {
            wire.headers[place].0 = changed;
        });
    }
    for (place, (_, value)) in wire.headers.iter().enumerate() {
        for value in flipped(value) {
            let mut wire = wire.clone();
            wire.headers[place].1 = value;
            changes.push(wire);
        }
    }
    for body in flipped(wire.body.as_deref().unwrap_or_default()) {
        changes.push(Wire { body: Some(body), ..wire.clone() });
    }
    // The case of a header's name does not count.
    changes.retain(|changed| {
        let names = changed.headers.iter().zip(&wire.headers);
        let is_same = changed.headers != wire.headers
            && names.clone().all(|(a, b)| a.0.eq_ignore_ascii_case(&b.0) && a.1 == b.1);
        !is_same
    });
    changes
}

fn flipped(old: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    (0..8 * old.len()).map(|bit| {
        let mut bytes = old.to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        bytes
    })
}
