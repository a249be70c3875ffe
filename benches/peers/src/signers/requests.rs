//! The two requests that are signed, and what rolesig signs them with.

use std::time::{Duration, SystemTime};

use rolesig::{Expires, Payload, Request, Service, Signer, Timestamp};
use rolesig_benches::{REGION, credentials};

pub(crate) const BUCKET: &str = "amzn-s3-demo-bucket";
pub(crate) const KEY: &str = "data/part-00000.parquet";
pub(crate) const ENDPOINT: &str = "https://s3.eu-west-1.amazonaws.com";
pub(crate) const URL: &str =
    "https://amzn-s3-demo-bucket.s3.eu-west-1.amazonaws.com/data/part-00000.parquet";
pub(crate) const HOUR: Duration = Duration::from_secs(3600);
/// The SHA-256 of the body to put, as programs keep it.
pub(crate) const DIGEST: [u8; 32] = [0x5a; 32];
pub(crate) const HEADERS: [(&str, &str); 2] = [
    ("content-type", "application/vnd.apache.parquet"),
    ("x-amz-meta-job", "application_1440938160_0042"),
];

/// S3 `GetObject`, to be presigned.
pub(crate) const GET: Request<'static, Option<Payload<'static>>> = Request {
    method: "GET",
    host: "amzn-s3-demo-bucket.s3.eu-west-1.amazonaws.com",
    path: "/data/part-00000.parquet",
    query: &[],
    headers: &[],
    payload: None,
};

/// S3 `PutObject`.
pub(crate) const PUT: Request<'static> = Request {
    method: "PUT",
    host: GET.host,
    path: GET.path,
    query: &[],
    headers: &[(HEADERS[0].0, HEADERS[0].1.as_bytes()), (HEADERS[1].0, HEADERS[1].1.as_bytes())],
    payload: Payload::Sha256(DIGEST),
};

pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970");
    Timestamp::from_unix(since.as_secs()).expect("before the year 10000")
}

pub(crate) fn expires() -> Expires {
    HOUR.try_into().expect("whole seconds")
}

pub(crate) fn signer(token: &str) -> Signer<'_> {
    Signer::new(credentials(token), REGION, Service::S3).expect("good credentials")
}
