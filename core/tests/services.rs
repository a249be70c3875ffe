//! The rules of services that differ from those of others, and queries that are not text.

use rolesig::{ByteQuery, Credentials, Expires, Payload, Request, Service, Signer, Timestamp, V4};

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

fn minute() -> Expires {
    Expires::seconds(60).unwrap()
}

fn signer() -> Signer<'static> {
    Signer::new(CREDENTIALS, "eu-west-1", Service::S3).unwrap()
}

/// The rules of services that differ from those of others; signatures are those of aws-c-auth.
#[test]
fn signs_as_each_service_wants_it() {
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let request = Request {
        method: "GET",
        host: "h.example.com",
        path: "/a//b%20c",
        query: &[],
        headers: &[],
        payload: Payload::Bytes(b""),
    };
    let now = Timestamp::from(NOW);
    for (name, path, has_header, by_header, by_query) in [
        ("s3", "/a//b%20c", true, empty, "UNSIGNED-PAYLOAD"),
        ("s3express", "/a//b%20c", true, empty, "UNSIGNED-PAYLOAD"),
        ("s3-outposts", "/a//b%20c", true, empty, "UNSIGNED-PAYLOAD"),
        ("s3-object-lambda", "/a//b%20c", true, empty, "UNSIGNED-PAYLOAD"),
        ("aoss", "/a/b%2520c", true, empty, empty),
        ("glacier", "/a/b%2520c", true, empty, empty),
        ("vpc-lattice-svcs", "/a/b%2520c", true, "UNSIGNED-PAYLOAD", "UNSIGNED-PAYLOAD"),
        ("es", "/a/b%2520c", false, empty, empty),
        ("execute-api", "/a/b%2520c", false, empty, empty),
        ("s3tables", "/a/b%2520c", false, empty, empty),
    ] {
        let mut signer = Signer::new(CREDENTIALS, "us-west-2", Service::new(name)).unwrap();
        let text = signer.sign(&request, now).unwrap().canonical_request().to_string();
        assert_eq!(text.lines().nth(1), Some(path), "{name}");
        assert_eq!(text.contains("\nx-amz-content-sha256:"), has_header, "{name}");
        assert_eq!(text.lines().last(), Some(by_header), "{name}");
        let presigned = signer.presign(&request.with_payload(None), minute(), now).unwrap();
        let text = presigned.canonical_request().to_string();
        assert_eq!(text.lines().last(), Some(by_query), "{name}");
        let is_lattice = name == "vpc-lattice-svcs";
        assert_eq!(presigned.header().is_some(), is_lattice, "{name}");
        assert_eq!(text.contains("\nx-amz-content-sha256:"), is_lattice, "{name}");
    }
}

#[test]
fn signs_vpc_lattice_as_aws_c_auth_does() {
    let credentials = Credentials {
        access_key_id: "AKIDEXAMPLE",
        secret_access_key: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
        session_token: None,
    };
    let lattice = Service::new("vpc-lattice-svcs");
    let mut signer = Signer::new(credentials, "us-west-2", lattice).unwrap();
    let now = Timestamp::from(1_440_938_160);
    for payload in [Payload::Bytes(b"x"), Payload::Sha256([1; 32]), Payload::Unsigned] {
        let request = Request {
            method: "POST",
            host: "h.example.com",
            path: "/a",
            query: &[],
            headers: &[],
            payload,
        };
        assert_eq!(
            signer.sign(&request, now).unwrap().signature().to_string(),
            "0024a628b1a1126e4cfb1aca1048040030872c16cc7ea92ecc2dd151274a26cb"
        );
        let presigned = signer.presign(&request.with_payload(None), minute(), now).unwrap();
        assert_eq!(
            presigned.signature().to_string(),
            "aa4965ce6094f45b3031a58d74deac30db1e21f232210a8e866be93d61a65ee0"
        );
        let header: (&str, &[u8]) = ("x-amz-content-sha256", b"UNSIGNED-PAYLOAD");
        assert_eq!(presigned.header(), Some(header));
        assert!(presigned.url("https").to_string().contains("=host%3Bx-amz-content-sha256&"));
    }
}

#[test]
fn presigns_the_host_in_lower_case() {
    let mut signer = signer();
    let url = |signer: &mut Signer<'_>, host| {
        let request = Request { host, headers: &[], ..REQUEST.with_payload(None) };
        let presigned = signer.presign(&request, minute(), Timestamp::from(NOW)).unwrap();
        presigned.url("https").to_string()
    };
    let lower = url(&mut signer, "bucket.s3.example:8443");
    assert_eq!(url(&mut signer, "Bucket.S3.Example:8443"), lower);
    assert!(lower.starts_with("https://bucket.s3.example:8443/"), "{lower}");
}

#[test]
fn signs_a_query_of_bytes_unchanged() {
    let service = Service::new("execute-api");
    let sign = |query: &[(&[u8], &[u8])]| {
        let mut signer =
            Signer::<ByteQuery<V4>>::with_slots(CREDENTIALS, "us-east-1", service).unwrap();
        let request = Request {
            method: "GET",
            host: "h",
            path: "/",
            query,
            headers: &[],
            payload: Payload::Bytes(b""),
        };
        let signed = signer
            .sign(&request, Timestamp::from(NOW))
            .map(|signed| (signed.target().to_string(), signed.canonical_request().to_string()));
        let presigned = signer.presign(&request.with_payload(None), minute(), Timestamp::from(NOW));
        assert_eq!(presigned.is_ok(), !query.iter().any(|pair| pair.0 == b"X-Amz-Date"));
        signed
    };
    let (target, canonical) =
        sign(&[(b"q", b"caf\xe9"), (b"\xff", b"\xfe"), (b"X-Amz-Date", b"")]).unwrap();
    assert_eq!(target, "/?%FF=%FE&X-Amz-Date=&q=caf%E9");
    assert_eq!(canonical.lines().nth(2), Some("%FF=%FE&X-Amz-Date=&q=caf%E9"));
}
