//! The requests to sign, their credentials, and the count of allocations.

use allocation_counter::measure;
use rolesig::{Credentials, Payload, Request, Timestamp};

pub(crate) const NOW: Timestamp = match Timestamp::from_unix(1_440_938_160) {
    Some(now) => now,
    None => Timestamp::EPOCH,
};

/// The length that session tokens of role credentials often have.
pub(crate) static SESSION_TOKEN: [u8; 850] = [b'T'; 850];

pub(crate) fn credentials() -> Credentials<'static> {
    Credentials {
        access_key_id: "ASIAIOSFODNN7EXAMPLE",
        secret_access_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        session_token: str::from_utf8(&SESSION_TOKEN).ok(),
    }
}

/// S3 `PutObject`, the hash of the body known.
pub(crate) const PUT_OBJECT: Request<'static> = Request {
    method: "PUT",
    host: "amzn-s3-demo-bucket.s3.eu-west-1.amazonaws.com",
    path: "/data/part-00000%20with%20space%20%26%20%C3%BCn%C3%AFcode.parquet",
    query: &[("uploadId", "VXBsb2Fk/SWQ"), ("partNumber", "1")],
    headers: &[
        ("X-Amz-Meta-Mtime", b"1440938160"),
        ("content-length", b"134217728"),
        ("Content-Type", b"  application/vnd.apache.parquet  "),
        ("x-amz-meta-job", b"application  1440938160  0042"),
    ],
    payload: Payload::Sha256([0x5a; 32]),
};

/// DynamoDB `PutItem`, its body hashed in the operation.
pub(crate) const PUT_ITEM: Request<'static> = Request {
    method: "POST",
    host: "dynamodb.eu-west-1.amazonaws.com",
    path: "/",
    query: &[],
    headers: &[
        ("content-type", b"application/x-amz-json-1.0"),
        ("x-amz-target", b"DynamoDB_20120810.PutItem"),
    ],
    payload: Payload::Bytes(&[b'x'; 300]),
};

/// Counts the allocations of `run`.
pub(crate) fn allocations(run: impl FnOnce()) -> u64 {
    measure(run).count_total
}
