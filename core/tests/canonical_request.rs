//! The canonical request of whole requests, beside AWS's worked examples.

use rolesig::{Credentials, Payload, Request, Service, Signer};

const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// Creates a request as the worked examples of the Amazon S3 documentation have it.
fn example<'a>(path: &'a str, query: &'a [(&'a str, &'a str)]) -> Request<'a> {
    Request {
        method: "GET",
        host: "examplebucket.s3.amazonaws.com",
        path,
        query,
        headers: &[],
        payload: Payload::Bytes(b""),
    }
}

fn canonical(request: &Request<'_>, service: Service<'_>) -> String {
    let credentials =
        Credentials { access_key_id: "AKID", secret_access_key: "secret", session_token: None };
    let now = "2013-05-24T00:00:00Z".parse().unwrap();
    let mut signer = Signer::new(credentials, "us-east-1", service).unwrap();
    signer.sign(request, now).unwrap().canonical_request().to_string()
}

/// Compares the canonical request with its lines; `#` stands for the hash of an empty body.
fn assert_canonical(request: &Request<'_>, lines: &[&str]) {
    assert_eq!(canonical(request, Service::S3), lines.join("\n").replace('#', EMPTY));
}

/// Example "GET Object".
#[test]
fn reproduces_the_worked_example_of_a_range() {
    let headers = [("Range", &b"bytes=0-9"[..])];
    assert_canonical(
        &Request { headers: &headers, ..example("/test.txt", &[]) },
        &[
            "GET",
            "/test.txt",
            "",
            "host:examplebucket.s3.amazonaws.com",
            "range:bytes=0-9",
            "x-amz-content-sha256:#",
            "x-amz-date:20130524T000000Z",
            "",
            "host;range;x-amz-content-sha256;x-amz-date",
            "#",
        ],
    );
}

/// Example "PUT Object".
#[test]
fn reproduces_the_worked_example_of_a_body() {
    let headers = [
        ("Date", &b"Fri, 24 May 2013 00:00:00 GMT"[..]),
        ("x-amz-storage-class", b"REDUCED_REDUNDANCY"),
    ];
    let request = Request {
        method: "PUT",
        headers: &headers,
        payload: Payload::Bytes(b"Welcome to Amazon S3."),
        ..example("/test$file.text", &[])
    };
    assert_canonical(
        &request,
        &[
            "PUT",
            "/test%24file.text",
            "",
            "date:Fri, 24 May 2013 00:00:00 GMT",
            "host:examplebucket.s3.amazonaws.com",
            "x-amz-content-sha256:\
             44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
            "x-amz-date:20130524T000000Z",
            "x-amz-storage-class:REDUCED_REDUNDANCY",
            "",
            "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
            "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
        ],
    );
}

/// Examples "GET Bucket Lifecycle" and "Get Bucket (List Objects)".
#[test]
fn reproduces_the_worked_examples_of_a_query() {
    for (query, canonical) in [
        (&[("lifecycle", "")][..], "lifecycle="),
        (&[("prefix", "J"), ("max-keys", "2")], "max-keys=2&prefix=J"),
    ] {
        assert_canonical(
            &example("/", query),
            &[
                "GET",
                "/",
                canonical,
                "host:examplebucket.s3.amazonaws.com",
                "x-amz-content-sha256:#",
                "x-amz-date:20130524T000000Z",
                "",
                "host;x-amz-content-sha256;x-amz-date",
                "#",
            ],
        );
    }
}

#[test]
fn states_to_the_service_that_the_payload_is_unsigned() {
    let request = Request { payload: Payload::Unsigned, ..example("/", &[]) };
    let text = canonical(&request, Service::new("execute-api"));
    assert!(text.contains("\nx-amz-content-sha256:UNSIGNED-PAYLOAD\n"), "{text}");
    assert!(text.ends_with("\nUNSIGNED-PAYLOAD"), "{text}");
}
