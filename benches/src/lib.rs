//! The requests that everything is measured on.
//!
//! | name | what | canonical request |
//! |---|---|---|
//! | R1 | S3 `PutObject` on role credentials, hash of the body known | 1,431 B |
//! | R2 | DynamoDB `PutItem`, 300-byte body hashed in the operation | 1,153 B |

use rolesig::{Credentials, Payload, Request, Service};

/// 2015-08-30T12:36:00Z.
pub const NOW: u32 = 1_440_938_160;

/// The region of all requests.
pub const REGION: &str = "eu-west-1";

/// The body of R2.
pub const ITEM: &[u8; 300] = &[b'x'; 300];

/// A request and what it is signed for.
pub struct Case {
    /// `R1`, `R2`.
    pub name: &'static str,
    /// The signing name of the service.
    pub service: Service<'static>,
    /// The request.
    pub request: Request<'static>,
}

/// Role credentials; a session token has 850 bytes.
pub fn credentials(session_token: &str) -> Credentials<'_> {
    Credentials {
        access_key_id: "ASIAIOSFODNN7EXAMPLE",
        secret_access_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        session_token: Some(session_token),
    }
}

/// The session token of all requests.
pub fn session_token() -> String {
    "IQoJb3JpZ2luX2VjEXAMPLE/+".chars().cycle().take(850).collect()
}

/// S3 `PutObject`.
pub const R1: Case = Case {
    name: "R1",
    service: Service::S3,
    request: Request {
        method: "PUT",
        host: "amzn-s3-demo-bucket.s3.eu-west-1.amazonaws.com",
        path: "/data/part-00000%20with%20space%20%26%20%C3%BCn%C3%AFcode.parquet",
        query: &[],
        headers: &[
            ("content-length", b"134217728"),
            ("content-type", b"application/vnd.apache.parquet"),
            ("x-amz-meta-job", b"application_1440938160_0042"),
            ("x-amz-meta-mtime", b"1440938160"),
        ],
        payload: Payload::Sha256([0x5a; 32]),
    },
};

/// DynamoDB `PutItem`.
pub const R2: Case = Case {
    name: "R2",
    service: Service::new("dynamodb"),
    request: Request {
        method: "POST",
        host: "dynamodb.eu-west-1.amazonaws.com",
        path: "/",
        query: &[],
        headers: &[
            ("content-type", b"application/x-amz-json-1.0"),
            ("x-amz-target", b"DynamoDB_20120810.PutItem"),
        ],
        payload: Payload::Bytes(ITEM),
    },
};
