//! Verifies a request by header and one by query.
//!
//! Inputs go through `black_box`, so that the compiler cannot decide any check.
#![no_std]
#![no_main]

use core::hint::black_box;

use rolesig::{ReceivedBody, ReceivedRequest, Service, Timestamp, Verifier};
use rolesig_firmware::board::exit;

/// Runs the program.
#[unsafe(no_mangle)]
pub extern "C" fn main() -> ! {
    exit(verify())
}

/// The example "GET Object" of "Signature Calculations for the Authorization Header" (Amazon S3).
const BY_HEADER: ReceivedRequest<'static> = ReceivedRequest {
    method: "GET",
    path: "/test.txt",
    query: &[],
    headers: &[
        ("Host", b"examplebucket.s3.amazonaws.com"),
        (
            "Authorization",
            b"AWS4-HMAC-SHA256 \
            Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,\
            SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,\
            Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
        ),
        ("Range", b"bytes=0-9"),
        (
            "x-amz-content-sha256",
            b"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        ),
        ("x-amz-date", b"20130524T000000Z"),
    ],
};

/// The example of "Authenticating Requests: Using Query Parameters" (Amazon S3).
const BY_QUERY: ReceivedRequest<'static> = ReceivedRequest {
    query: &[
        (b"X-Amz-Algorithm", b"AWS4-HMAC-SHA256"),
        (b"X-Amz-Credential", b"AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request"),
        (b"X-Amz-Date", b"20130524T000000Z"),
        (b"X-Amz-Expires", b"86400"),
        (b"X-Amz-SignedHeaders", b"host"),
        (b"X-Amz-Signature", b"aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"),
    ],
    headers: &[("Host", b"examplebucket.s3.amazonaws.com")],
    ..BY_HEADER
};

/// Returns whether both are accepted for S3, and refused for another service, whose rule for paths
/// differs.
fn verify() -> bool {
    let now = Timestamp::from(black_box(1_369_353_600));
    let services = [(Service::S3, true), (Service::new("dynamodb"), false)];
    black_box(services).into_iter().all(|(service, is_right)| {
        // A presigned URL does not cover its body.
        let verifier = Verifier::new(black_box("us-east-1"), service).allow_unsigned_payload();
        black_box([BY_HEADER, BY_QUERY]).iter().all(|request| {
            let secret_of = |_: &str, _: Option<&str>| {
                Ok(black_box("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"))
            };
            let verified = verifier.verify(request, ReceivedBody::Bytes(b""), now, secret_of);
            let signature =
                verified.map(|verified| black_box(verified.signature()).as_bytes().len());
            signature.is_ok() == is_right
        })
    })
}
