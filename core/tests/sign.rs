//! Signing by header, as a caller sees it: what is refused, what a buffer must hold, and when the
//! day's key changes.

use proptest::prelude::*;
use rolesig::{
    Credentials, CredentialsError, Emit, Expires, PathRule, Payload, Request, Service, SignError,
    Signer, Timestamp, V4,
};

const CREDENTIALS: Credentials<'static> = Credentials {
    access_key_id: "ASIAIOSFODNN7EXAMPLE",
    secret_access_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    session_token: Some("IQoJb3JpZ2luX2VjEXAMPLE"),
};

const REQUEST: Request<'static> = Request {
    method: "PUT",
    host: "amzn-s3-demo-bucket.s3.eu-west-1.amazonaws.com",
    path: "/data/part-00000",
    query: &[("x-id", "PutObject")],
    headers: &[("Content-Type", b"text/plain"), ("x-amz-meta-job", b"42")],
    payload: Payload::Bytes(b"hello"),
};

const NOW: u32 = 1_440_938_160;

fn signer() -> Signer<'static> {
    Signer::new(CREDENTIALS, "eu-west-1", Service::S3).unwrap()
}

fn refusal(request: Request<'_>) -> Option<SignError> {
    Signer::new(CREDENTIALS, "eu-west-1", Service::S3)
        .unwrap()
        .sign(&request, Timestamp::from(NOW))
        .err()
}

/// Signed requests count as equal if `Authorization` is: it names the day, and the signature
/// depends on all else.
fn authorization(signer: &mut Signer<'_>, now: Timestamp) -> String {
    signer.sign(&REQUEST, now).unwrap().authorization().to_string()
}

#[test]
fn writes_the_payload_hash_if_the_service_wants_it() {
    let has_hash = |service| {
        let mut buffer = [0; 1024];
        let mut signer = Signer::new(CREDENTIALS, "eu-west-1", service).unwrap();
        let head = signer.sign_into(&REQUEST, Timestamp::from(NOW), &mut buffer).unwrap();
        head.payload_hash().is_some_and(|hash| hash.len() == 64)
    };
    assert!(has_hash(Service::S3));
    assert!(!has_hash(Service::new("iam")));
}

/// As botocore's `S3ExpressAuth` and `S3ExpressQueryAuth` sign it.
#[test]
fn signs_a_session_of_s3_express() {
    let session = Credentials { session_token: Some("the/session"), ..CREDENTIALS };
    let request = Request {
        method: "GET",
        host: "bucket--use1-az5--x-s3.s3express-use1-az5.us-east-1.amazonaws.com",
        path: "/key",
        query: &[],
        headers: &[],
        payload: Payload::Bytes(b""),
    };
    let mut signer = Signer::new(session, "us-east-1", Service::S3_EXPRESS_SESSION).unwrap();
    let signed = signer.sign(&request, Timestamp::from(NOW)).unwrap();
    let headers: Vec<_> =
        signed.headers().map(|(name, value)| format!("{name}: {value}")).collect();
    assert_eq!(
        headers,
        [
            "x-amz-content-sha256: \
             e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "x-amz-date: 20150830T123600Z",
            "x-amz-s3session-token: the/session",
            "authorization: AWS4-HMAC-SHA256 \
             Credential=ASIAIOSFODNN7EXAMPLE/20150830/us-east-1/s3express/aws4_request, \
             SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-s3session-token, \
             Signature=d0f9dad6972d527a4bde740b4018e16cc115e1b85ee71a15b0cc7466fa0ec348",
        ]
    );
    let five_minutes = Expires::seconds(300).unwrap();
    let request = request.with_payload(None);
    let presigned = signer.presign(&request, five_minutes, Timestamp::from(NOW)).unwrap();
    assert_eq!(
        presigned.target().to_string(),
        "/key?X-Amz-Algorithm=AWS4-HMAC-SHA256\
         &X-Amz-Credential=ASIAIOSFODNN7EXAMPLE%2F20150830%2Fus-east-1%2Fs3express%2Faws4_request\
         &X-Amz-Date=20150830T123600Z&X-Amz-Expires=300\
         &X-Amz-S3session-Token=the%2Fsession&X-Amz-SignedHeaders=host\
         &X-Amz-Signature=6a18b3f269fc48bde5c74ff6dc31f82957144f88d75a1cb68f519cb276bbe40e"
    );
}

#[test]
fn derives_a_new_key_at_midnight_utc() {
    let last_second: Timestamp = "2015-08-30T23:59:59Z".parse().unwrap();
    let midnight = last_second.checked_add(1).unwrap();
    let mut reused = signer();
    // Onwards, and back: a clock may be set.
    for now in [last_second, midnight, midnight, last_second, Timestamp::MAX, Timestamp::EPOCH] {
        assert_eq!(authorization(&mut reused, now), authorization(&mut signer(), now), "{now:?}");
    }
    assert!(authorization(&mut reused, last_second).contains("/20150830/"));
    assert!(authorization(&mut reused, midnight).contains("/20150831/"));
}

#[test]
fn keeps_the_signer_unchanged_after_a_refused_request() {
    let now = Timestamp::from(NOW);
    let mut reused = signer();
    let first = authorization(&mut reused, now);
    assert!(reused.sign(&Request { method: "", ..REQUEST }, now).is_err());
    assert_eq!(authorization(&mut reused, now), first);
}

#[test]
fn refuses_credentials_that_cannot_be_sent() {
    use CredentialsError::{AccessKeyId, SecretAccessKey, SessionToken};
    let refusal = |credentials| Signer::new(credentials, "eu-west-1", Service::S3).err();
    for access_key_id in ["", "AKIA EXAMPLE", "AKIA\n", "AKIA/EXAMPLE", "AKIA,", "ÄKIA", "A\0"] {
        let error = refusal(Credentials { access_key_id, ..CREDENTIALS });
        assert_eq!(error, Some(SignError::Credentials(AccessKeyId)), "{access_key_id:?}");
    }
    let error = refusal(Credentials { secret_access_key: "", ..CREDENTIALS });
    assert_eq!(error, Some(SignError::Credentials(SecretAccessKey)));
    for session_token in ["", "token\n", "to ken", "t\u{f6}ken", "\u{7f}", "token\0"] {
        let error = refusal(Credentials { session_token: Some(session_token), ..CREDENTIALS });
        assert_eq!(error, Some(SignError::Credentials(SessionToken)), "{session_token:?}");
    }
}

#[test]
fn refuses_invalid_regions_and_services() {
    for name in ["", "eu west", "eu/west", "eu,west", "eu\n", "\u{f6}", "eu\0"] {
        let error = Signer::new(CREDENTIALS, name, Service::S3).err();
        assert_eq!(error, Some(SignError::InvalidRegion), "{name:?}");
        let error = Signer::new(CREDENTIALS, "eu-west-1", Service::new(name)).err();
        assert_eq!(error, Some(SignError::InvalidService), "{name:?}");
    }
}

#[test]
fn refuses_methods_hosts_and_paths_that_cannot_be_sent() {
    for method in ["", "GET ", "GE\nT", "G,T", "G\u{cb}T", "GET\0", "GET\r\n"] {
        let error = refusal(Request { method, ..REQUEST });
        assert_eq!(error, Some(SignError::InvalidMethod), "{method:?}");
    }
    for host in
        ["", "a b", "a\r\nx: y", "a/b", "user@a", "a,b", "a?b", "a#b", "a\\b", "\u{f6}", "\0"]
    {
        let error = refusal(Request { host, ..REQUEST });
        assert_eq!(error, Some(SignError::InvalidHost), "{host:?}");
    }
    for host in ["localhost:9000", "[fd00:ec2::254]", "[::1]:9000", "xn--bcher-kva.example"] {
        assert_eq!(refusal(Request { host, ..REQUEST }), None, "{host:?}");
    }
    for path in ["a", "a/b", " /", "*", "/a?b", "/a#b", "/a\r\nb", "/\0", "/\t", "/\u{7f}"] {
        let error = refusal(Request { path, ..REQUEST });
        assert_eq!(error, Some(SignError::InvalidPath), "{path:?}");
    }
    for path in ["", "/", "//", "/%", "/%zz", "/\u{f6}", "/a b"] {
        assert_eq!(refusal(Request { path, ..REQUEST }), None, "{path:?}");
    }
}

#[test]
fn refuses_header_names_that_cannot_be_sent() {
    for name in ["", " a", "a ", "a:", "a b", "a\r\n", "a\0", "\u{f6}", "a,b", "(a)"] {
        let headers: [(&str, &[u8]); 2] = [("fine", b""), (name, b"")];
        let error = refusal(Request { headers: &headers, ..REQUEST });
        assert_eq!(error, Some(SignError::InvalidHeaderName { index: 1 }), "{name:?}");
    }
}

#[test]
fn refuses_header_values_that_cannot_be_sent() {
    for byte in (0..=u8::MAX).filter(u8::is_ascii_control) {
        let error = |value: &[u8]| refusal(Request { headers: &[("a", value)], ..REQUEST });
        let expected = Some(SignError::InvalidHeaderValue { index: 0 });
        assert_eq!(error(&[b'x', byte, b'y']), expected, "{byte:#x} within");
        // RFC 9110 §5.5: a tab around a value is not part of it.
        let at_the_ends = if byte == b'\t' { None } else { expected };
        assert_eq!(error(&[byte]), at_the_ends, "{byte:#x} alone");
        assert_eq!(error(&[byte, b'x']), at_the_ends, "{byte:#x} first");
        assert_eq!(error(&[b'x', byte]), at_the_ends, "{byte:#x} last");
        // A session token's length, say.
        let mut long = [b'x'; 900];
        long[500] = byte;
        assert_eq!(error(&long), expected, "{byte:#x} within a long one");
        long[501] = byte;
        assert_eq!(error(&long), expected, "two {byte:#x} within a long one");
    }
    for value in [&b""[..], b" ", b"\t", b" a  b ", b"\xff\x80", "\u{f6}".as_bytes()] {
        assert_eq!(refusal(Request { headers: &[("a", value)], ..REQUEST }), None, "{value:?}");
    }
}

#[test]
fn fills_every_slot_and_refuses_one_more() {
    let headers = vec![("a", &b"1"[..]); 17];
    let query = vec![("a", "1"); 17];
    for (len, headers_error, query_error) in [
        (16, None, None),
        (
            17,
            Some(SignError::TooManyHeaders { slots: 16 }),
            Some(SignError::TooManyQueryPairs { slots: 16 }),
        ),
    ] {
        assert_eq!(refusal(Request { headers: &headers[..len], ..REQUEST }), headers_error);
        assert_eq!(refusal(Request { query: &query[..len], ..REQUEST }), query_error);
    }
    let mut none = Signer::<V4, 0>::with_slots(CREDENTIALS, "eu-west-1", Service::S3).unwrap();
    let bare = Request { headers: &[], query: &[], ..REQUEST };
    assert!(none.sign(&bare, Timestamp::from(NOW)).is_ok(), "the signer's own do not count");
    let error = none.sign(&Request { query: &[], ..REQUEST }, Timestamp::from(NOW)).err();
    assert_eq!(error, Some(SignError::TooManyHeaders { slots: 0 }));
}

#[test]
fn reports_the_length_needed_by_a_buffer_one_byte_short() {
    for service in [Service::S3, Service::new("dynamodb")] {
        let mut of_service = Signer::new(CREDENTIALS, "eu-west-1", service).unwrap();
        let signed = of_service.sign(&REQUEST, Timestamp::from(NOW)).unwrap();
        assert_fits_exactly(&signed.authorization());
        assert_fits_exactly(&signed.target());
        assert_fits_exactly(&signed.canonical_request());
        assert_fits_exactly(signed.string_to_sign());
        assert_fits_exactly(signed.signature());
        for (_, value) in signed.headers() {
            assert_fits_exactly(&value);
        }
    }
}

/// The length that every shorter buffer asks for, and no less, is enough.
fn assert_fits_exactly(value: &(impl Emit + ToString)) {
    let text = value.to_string();
    let needed = value.emitted_len();
    assert_eq!(needed, text.len());
    for len in 0..needed {
        let mut short = vec![0; len];
        assert_eq!(value.write_to(&mut short).unwrap_err().needed, needed);
    }
    assert_eq!(value.write_to(&mut vec![0; needed]), Ok(text.as_bytes()));
    assert_eq!(value.write_to(&mut vec![0; needed + 1]), Ok(text.as_bytes()));
}

#[test]
fn applies_each_rule_on_its_own() {
    let path = "/a/../b%20c";
    for (rule, hash_header, canonical_path) in [
        (PathRule::Once, false, "/a/../b%20c"),
        (PathRule::NormalizedOnce, true, "/b%20c"),
        (PathRule::NormalizedTwice, true, "/b%2520c"),
    ] {
        let service =
            Service { path_rule: rule, payload_hash_header: hash_header, ..Service::new("mine") };
        let mut of_service = Signer::new(CREDENTIALS, "eu-west-1", service).unwrap();
        let request = Request { path, query: &[], ..REQUEST };
        let signed = of_service.sign(&request, Timestamp::from(NOW)).unwrap();
        let canonical_request = signed.canonical_request().to_string();
        assert_eq!(canonical_request.lines().nth(1), Some(canonical_path));
        assert_eq!(canonical_request.contains("x-amz-content-sha256"), hash_header);
        assert_eq!(signed.target().to_string(), path, "the wire has the path as it was given");
    }
}

proptest! {
    #[test]
    fn refuses_owned_headers_in_every_letter_case(
        owned in prop::sample::select(vec![
            "authorization", "host", "x-amz-content-sha256", "x-amz-date", "x-amz-security-token",
        ]),
        upper: u32,
        at in 0..3_usize,
    ) {
        let letter = |(place, letter): (usize, char)| {
            if upper >> place & 1 == 1 { letter.to_ascii_uppercase() } else { letter }
        };
        let mixed: String = owned.chars().enumerate().map(letter).collect();
        let mut headers: Vec<(&str, &[u8])> = vec![("a", b""), ("z", b"")];
        headers.insert(at, (&mixed, b"x"));
        let error = refusal(Request { headers: &headers, ..REQUEST });
        prop_assert_eq!(error, Some(SignError::OwnedHeader { name: owned }));
    }

    #[test]
    fn ignores_order_and_case_of_the_given_lists(
        names in prop::collection::btree_set("[a-z]{1,3}(-[a-z]{1,3})?", 0..=8)
            .prop_map(|names| names.into_iter().collect::<Vec<_>>()),
        turn in 0..8_usize,
    ) {
        let expected = sign_named(&names);
        let mut turned: Vec<_> = names.iter().rev().cloned().collect();
        turned.rotate_left(turn.min(names.len()));
        prop_assert!(expected.is_ok());
        prop_assert_eq!(&sign_named(&turned), &expected);
        let upper: Vec<_> = turned.iter().map(|name| name.to_ascii_uppercase()).collect();
        prop_assert_eq!(sign_named(&upper), expected);
    }
}

/// Signs with headers of these names; each value depends on its name. The query has the names in
/// lower case, since it is not the query's case that may change.
fn sign_named(names: &[String]) -> Result<String, SignError> {
    let lower: Vec<_> = names.iter().map(|name| name.to_ascii_lowercase()).collect();
    let headers: Vec<(&str, &[u8])> =
        names.iter().zip(&lower).map(|(name, value)| (&**name, value.as_bytes())).collect();
    let query: Vec<(&str, &str)> = lower.iter().map(|name| (&**name, "v")).collect();
    let request = Request { headers: &headers, query: &query, ..REQUEST };
    let mut s3 = signer();
    let signed = s3.sign(&request, Timestamp::from(NOW))?;
    Ok(signed.authorization().to_string())
}
