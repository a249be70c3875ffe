//! The request that is sent is the one that was signed.
#![expect(clippy::unwrap_used, reason = "a test ends where it fails")]

use http::{HeaderValue, Request};
use rolesig::{Credentials, Expires, Payload, Service, SignError, Signer, Timestamp};
use rolesig_std::sign::{NEVER_SIGNED, SLOTS, SignRequestError, presign_request, sign_request};

const CREDENTIALS: Credentials<'static> = Credentials {
    access_key_id: "ASIAIOSFODNN7EXAMPLE",
    secret_access_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    session_token: Some("token"),
};

fn sign<B>(request: &mut Request<B>, service: Service<'_>) -> Result<(), SignRequestError> {
    let now = Timestamp::from(1_440_938_160);
    sign_request(request, Payload::Bytes(b""), CREDENTIALS, "us-east-1", service, now)
}

fn signed(uri: &str, headers: &[(&'static str, &str)]) -> Request<()> {
    let mut request = Request::get(uri).body(()).unwrap();
    for (name, value) in headers {
        request.headers_mut().append(*name, HeaderValue::from_str(value).unwrap());
    }
    sign(&mut request, Service::S3).unwrap();
    request
}

fn signed_headers(request: &Request<()>) -> &str {
    let authorization = request.headers()["authorization"].to_str().unwrap();
    authorization.split_once("SignedHeaders=").unwrap().1.split_once(',').unwrap().0
}

#[test]
fn rewrites_the_uri_into_its_signed_form() {
    for (uri, expected) in [
        ("https://h", "https://h/"),
        ("https://h/a//b/../%2e/%c3%bc", "https://h/a//b/.././%C3%BC"),
        ("https://h/x?b&a=1+2&a=%20", "https://h/x?a=%20&a=1%2B2&b="),
        ("https://h/@:!$&'()*,;=", "https://h/%40%3A%21%24%26%27%28%29%2A%2C%3B%3D"),
        ("http://h:8080/k?", "http://h:8080/k"),
    ] {
        assert_eq!(signed(uri, &[]).uri().to_string(), expected);
    }
}

#[test]
fn signs_the_host_of_the_connection() {
    for (uri, expected) in [
        ("https://Bucket.s3.amazonaws.com/", "bucket.s3.amazonaws.com"),
        ("https://h:443/", "h"),
        ("http://h:80/", "h"),
        ("https://h:80/", "h:80"),
        ("http://[::1]:9000/", "[::1]:9000"),
        ("http://u@h/", "h"),
    ] {
        assert_eq!(signed(uri, &[]).headers()["host"], expected, "{uri}");
    }
    assert_eq!(signed("http://127.0.0.1/", &[("host", "h:80")]).headers()["host"], "h:80");
    let mut no_host = Request::get("/x").body(()).unwrap();
    assert!(matches!(sign(&mut no_host, Service::S3), Err(SignRequestError::NoHost)));
}

#[test]
fn replaces_its_own_host_header_and_keeps_a_given_one() {
    let elsewhere = |request: &mut Request<()>| {
        *request.uri_mut() = "https://other.example/x".parse().unwrap();
        sign(request, Service::S3).unwrap();
        request.headers()["host"].to_str().unwrap().to_owned()
    };
    let mut request = signed("https://h/x", &[]);
    assert_eq!(elsewhere(&mut request), "other.example");
    assert_eq!(elsewhere(&mut request.clone()), "other.example", "a third time");
    assert_eq!(request.headers().get_all("host").iter().count(), 1);
    assert_eq!(elsewhere(&mut signed("https://h/x", &[("host", "front")])), "front");

    let mut request = signed("https://h/x", &[]);
    *request.uri_mut() = "/y".parse().unwrap();
    sign(&mut request, Service::S3).unwrap();
    assert_eq!(request.headers()["host"], "h", "a URI without a host has no other");
    assert_eq!(elsewhere(&mut request), "other.example");
    request.headers_mut().insert("host", HeaderValue::from_static("front"));
    assert_eq!(elsewhere(&mut request), "front");
    assert_eq!(elsewhere(&mut request), "front", "a second time");

    // A client may copy the head, as it does for a retry.
    let mut copied = Request::get("https://h/x").body(()).unwrap();
    *copied.headers_mut() = signed("https://h/x", &[]).headers().clone();
    assert_eq!(elsewhere(&mut copied), "other.example");
    // The same text that was given is not that of an earlier URI.
    let mut given = signed("https://h/x", &[]);
    given.headers_mut().insert("host", HeaderValue::from_static("h"));
    assert_eq!(elsewhere(&mut given), "h");
    // Nor is one that lies behind a header of another kind in memory.
    let (login, front) = "Bearer tokenfront".split_at("Bearer token".len());
    let mut behind = Request::get("https://h/x").body(()).unwrap();
    for (name, value) in [("authorization", login), ("host", front)] {
        behind.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    assert_eq!(elsewhere(&mut behind), "front");
}

#[test]
fn presigning_replaces_a_signature_by_header() {
    let presigned = |mut request: Request<()>| {
        let (hour, now) = (Expires::seconds(3600).unwrap(), Timestamp::from(1_440_938_160));
        presign_request(&mut request, None, CREDENTIALS, "us-east-1", Service::S3, hour, now)
            .unwrap();
        request
    };
    let new = Request::get("https://h/x?acl=").header("x-amz-meta-a", "1").body(()).unwrap();
    let signed = signed("https://h/x?acl", &[("x-amz-meta-a", "1")]);
    assert!(signed.headers().contains_key("x-amz-content-sha256"));
    for again in [presigned(signed.clone()), presigned(presigned(signed))] {
        assert_eq!(again.uri(), presigned(new.clone()).uri());
        let names: Vec<_> = again.headers().keys().map(http::HeaderName::as_str).collect();
        assert_eq!(names, ["x-amz-meta-a", "host"]);
    }
    // A hash of the caller's own is signed.
    let with_hash = Request::get("https://h/x").header("x-amz-content-sha256", "UNSIGNED-PAYLOAD");
    let with_hash = presigned(with_hash.body(()).unwrap());
    assert!(with_hash.uri().to_string().contains("=host%3Bx-amz-content-sha256&"));
    assert!(with_hash.headers().contains_key("x-amz-content-sha256"));
}

#[test]
fn sends_hop_by_hop_headers_unsigned() {
    let headers = NEVER_SIGNED.map(|name| (name, "x"));
    let request = signed("https://h/", &headers);
    let expected = "host;x-amz-content-sha256;x-amz-date;x-amz-security-token";
    assert_eq!(signed_headers(&request), expected);
    assert!(NEVER_SIGNED.iter().all(|name| request.headers().contains_key(*name)));
}

#[test]
fn replaces_an_earlier_signature() {
    let mut request = signed("https://h/x", &[("x-amz-meta-a", "1"), ("x-amz-meta-a", "2")]);
    let first = format!("{:?}", request.headers());
    sign(&mut request, Service::S3).unwrap();
    assert_eq!(format!("{:?}", request.headers()), first);
    assert!(signed_headers(&request).contains(";x-amz-meta-a"));
    assert!(!first.contains("\"token\"") && first.contains("Sensitive"), "{first}");
}

#[test]
fn writes_a_tab_as_space_on_the_wire_and_in_the_signature() {
    let request = signed("https://h/", &[("x-amz-meta-a", "a\tb")]);
    assert_eq!(request.headers()["x-amz-meta-a"], "a b");
    let mut request = Request::get("https://h/").body(()).unwrap();
    let mut secret = HeaderValue::from_static("a\tb");
    secret.set_sensitive(true);
    request.headers_mut().append("x-amz-meta-a", secret);
    sign(&mut request, Service::S3).unwrap();
    assert!(request.headers()["x-amz-meta-a"].is_sensitive());
}

#[test]
fn keeps_a_request_that_cannot_be_signed() {
    let mut request = Request::get("https://h/").body(()).unwrap();
    for _ in 0..=SLOTS {
        request.headers_mut().append("x-amz-meta-a", HeaderValue::from_static("1"));
    }
    *request.uri_mut() = "https://h/".parse().unwrap();
    let error = sign(&mut request, Service::S3).unwrap_err();
    let too_many = SignError::TooManyHeaders { slots: SLOTS };
    assert!(matches!(error, SignRequestError::Sign(error) if error == too_many));
    assert!(error.to_string().contains("send fewer"), "{error}");
    assert_eq!(request.headers().len(), SLOTS + 1);
}

#[test]
fn signs_many_headers_and_query_pairs() {
    for count in [64, 65, 70, SLOTS] {
        let names: Vec<String> = (0..count).map(|number| format!("x-amz-meta-{number}")).collect();
        let query: Vec<String> = (0..count).map(|number| format!("p{number}=v")).collect();
        let mut request =
            Request::put(format!("https://h/k?{}", query.join("&"))).body(()).unwrap();
        for name in &names {
            let name = http::HeaderName::try_from(name).unwrap();
            request.headers_mut().append(name, HeaderValue::from_static("1"));
        }
        sign(&mut request, Service::S3).unwrap();
        let authorization = request.headers()["authorization"].to_str().unwrap();
        assert!(names.iter().all(|name| authorization.contains(name.as_str())), "{count}");
        assert_eq!(request.uri().query().unwrap().split('&').count(), count);
    }
}

#[test]
fn signs_a_query_and_path_that_are_not_utf_8() {
    let mut request = Request::get("https://h/caf%e9?q=caf%e9&%ff=%FE").body(()).unwrap();
    sign(&mut request, Service::S3).unwrap();
    assert_eq!(request.uri(), "https://h/caf%E9?%FF=%FE&q=caf%E9");
    let pairs = rolesig_std::sign::decode_query("q=caf%E9&a");
    assert_eq!(pairs[0], ((&b"q"[..]).into(), (&b"caf\xe9"[..]).into()));
    assert_eq!(pairs[1], ((&b"a"[..]).into(), (&b""[..]).into()));
    assert!(rolesig_std::sign::decode_query("").is_empty());
}

#[test]
fn leaves_the_length_unsigned_for_opensearch_serverless() {
    for (service, is_signed) in [("aoss", false), ("es", true)] {
        let mut request =
            Request::put("https://h/").header("content-length", "1").body(()).unwrap();
        sign(&mut request, Service::new(service)).unwrap();
        assert_eq!(signed_headers(&request).contains("content-length"), is_signed, "{service}");
        assert_eq!(request.headers()["content-length"], "1");
    }
}

#[test]
fn omits_the_default_ports_of_web_sockets() {
    for uri in ["wss://H.example:443/", "ws://H.example:80/", "https://H.example:443/"] {
        let mut request = Request::get(uri).body(()).unwrap();
        sign(&mut request, Service::new("iotdevicegateway")).unwrap();
        assert_eq!(request.headers()["host"], "h.example", "{uri}");
    }
}

#[test]
fn agrees_with_the_core() {
    let mut request = Request::post("https://dynamodb.us-east-1.amazonaws.com/a//b?x=%2B")
        .header("X-Amz-Target", "T")
        .body(())
        .unwrap();
    sign(&mut request, Service::new("dynamodb")).unwrap();
    let service = Service::new("dynamodb");
    let core = rolesig::Request {
        method: "POST",
        host: "dynamodb.us-east-1.amazonaws.com",
        path: "/a//b",
        query: &[("x", "+")],
        headers: &[("x-amz-target", b"T")],
        payload: Payload::Bytes(b""),
    };
    let mut signer = Signer::new(CREDENTIALS, "us-east-1", service).unwrap();
    let expected = signer.sign(&core, Timestamp::from(1_440_938_160)).unwrap();
    let authorization = expected.authorization().to_string();
    assert_eq!(request.headers()["authorization"], authorization.as_str());
}

#[test]
fn signs_targets_of_every_length() {
    let mut signer = Signer::new(CREDENTIALS, "us-east-1", Service::S3).unwrap();
    // The buffer on the stack is long enough, for all but the host, or for nothing.
    for len in (0..700).chain([2_000, 20_000]) {
        let path = format!("/{}", "a".repeat(len));
        let request = signed(&format!("https://bucket.example{path}"), &[]);
        let core = rolesig::Request {
            method: "GET",
            host: "bucket.example",
            path: &path,
            query: &[],
            headers: &[],
            payload: Payload::Bytes(b""),
        };
        let expected = signer.sign(&core, Timestamp::from(1_440_938_160)).unwrap();
        assert_eq!(request.headers().len(), expected.headers().count() + 1);
        for (name, value) in expected.headers() {
            assert_eq!(request.headers()[name], value.to_string().as_str(), "{name} at {len}");
        }
        assert_eq!(request.headers()["host"], "bucket.example", "{len}");
        assert_eq!(request.uri().path(), path);
    }
}
