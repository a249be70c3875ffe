//! Verifies an upload in chunks, with a trailer.
//!
//! Inputs go through `black_box`, so that the compiler cannot decide any check.
#![no_std]
#![no_main]

use core::hint::black_box;

use rolesig::{
    ChunkHeadReceived, ReceivedBody, ReceivedRequest, Service, Timestamp, TrailerName, Verifier,
    VerifyError,
};
use rolesig_firmware::board::exit;

/// Runs the program.
#[unsafe(no_mangle)]
pub extern "C" fn main() -> ! {
    exit(verify() == Ok(true))
}

/// The request as the signer sends it.
const REQUEST: ReceivedRequest<'static> = ReceivedRequest {
    method: "PUT",
    path: "/log",
    query: &[],
    headers: &[
        ("Host", b"examplebucket.s3.amazonaws.com"),
        (
            "Authorization",
            b"AWS4-HMAC-SHA256 \
            Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,\
            SignedHeaders=content-encoding;host;x-amz-content-sha256;x-amz-date;\
            x-amz-decoded-content-length;x-amz-trailer,\
            Signature=177a3f991f85b41820452f71582a04e404c1874686aa7eb9c443eaabc4b2a835",
        ),
        ("content-encoding", b"aws-chunked"),
        ("x-amz-content-sha256", b"STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"),
        ("x-amz-date", b"20130524T000000Z"),
        ("x-amz-decoded-content-length", b"10"),
        ("x-amz-trailer", b"x-amz-checksum-crc32c"),
    ],
};

/// The chunks: the line before each, and its data.
const CHUNKS: [(&[u8], &[u8]); 3] = [
    (
        b"8;chunk-signature=1d2361ef41a2289806f3139e0b215b2a166e2458c53a5b3d865fd1d2864f890c",
        b"01234567",
    ),
    (b"2;chunk-signature=9e1c028603c9c709087cb6da442bccf53e6c99ac9e2d3ef5576be71a25f02e46", b"89"),
    (b"0;chunk-signature=48b202039c7b146c8029884f2ac1a3284e63154c7c4c2a3e3082dc539adab329", b""),
];

/// The trailer: name, value and signature.
const TRAILER: (TrailerName<'_>, &[u8], &[u8]) = (
    TrailerName::CRC32C,
    b"KAwGng==",
    b"211bb1ea3c97deb9736e6d672e0e79589a9c147c0a3c928dfe1138fd419e62f8",
);

fn verify() -> Result<bool, VerifyError> {
    let now = Timestamp::from(black_box(1_369_353_600));
    let s3 = Verifier::new(black_box("us-east-1"), black_box(Service::S3));
    let secret_of =
        |_: &str, _: Option<&str>| Ok(black_box("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"));
    let verified = s3.verify(&black_box(REQUEST), ReceivedBody::Unread, now, secret_of)?;
    let Some(mut chunks) = verified.into_chunks() else { return Ok(false) };
    for (line, data) in black_box(CHUNKS) {
        let head = ChunkHeadReceived::read(line)?;
        chunks.chunk(&head, data)?;
    }
    chunks.finish(black_box(Some(TRAILER)))?;
    Ok(true)
}
