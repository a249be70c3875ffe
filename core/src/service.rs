//! A service's signing name, and the canonicalisation rules that travel with it.

/// How a request's path becomes the canonical URI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PathRule {
    /// Encoded once, never normalised: `//`, `.` and `..` are parts of an object's key (S3).
    Once,
    /// Dot segments and empty segments removed, then encoded once. No AWS service is known to
    /// want this; AWS's signing test suite has cases of it.
    NormalizedOnce,
    /// Dot segments and empty segments removed, then the path as on the wire encoded once more
    /// (all services but S3).
    NormalizedTwice,
}

/// Where the session token goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SessionTokenPlace {
    /// `x-amz-security-token`, signed (all services but the following).
    Signed,
    /// The same, added after signing (IoT over WebSockets).
    Appended,
    /// `x-amz-s3session-token`, signed: the token of an S3 Express session (`CreateSession`).
    S3Session,
}

/// A service: its signing name and its rules, which cannot be mismatched.
///
/// ```
/// use rolesig::{PathRule, Service, SessionTokenPlace};
///
/// assert_eq!(Service::new("dynamodb").path_rule, PathRule::NormalizedTwice);
/// assert_eq!(Service::new("s3"), Service::S3);
/// assert_eq!(Service::new("iotdevicegateway").session_token, SessionTokenPlace::Appended);
///
/// // A service that `new` does not know the rules of.
/// let mine = Service { payload_hash_header: true, ..Service::new("mine") };
/// assert_eq!(mine.name, "mine");
/// ```
/// Source: "Create a signed AWS API request", step 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Service<'a> {
    /// The name that stands in the credential scope.
    pub name: &'a str,
    /// How its paths become canonical.
    pub path_rule: PathRule,
    /// Whether every request carries a signed `x-amz-content-sha256` header, and a presigned one
    /// does not protect its body.
    pub payload_hash_header: bool,
    /// Where the session token goes.
    pub session_token: SessionTokenPlace,
}

impl<'a> Service<'a> {
    /// Amazon S3.
    pub const S3: Service<'static> = Service::new("s3");
    /// Amazon S3 Express One Zone, on the credentials of a session (`CreateSession`). That call
    /// itself, and copies, are signed with a role's own credentials: `Service::new("s3express")`.
    pub const S3_EXPRESS_SESSION: Service<'static> =
        Service { session_token: SessionTokenPlace::S3Session, ..Service::new("s3express") };

    /// The service of this signing name (`dynamodb`, `sts`, `execute-api`, …), with the rules that
    /// the AWS SDKs have for it.
    pub const fn new(name: &'a str) -> Self {
        let session_token = match name.as_bytes() {
            b"iotdevicegateway" => SessionTokenPlace::Appended,
            _ => SessionTokenPlace::Signed,
        };
        match name.as_bytes() {
            b"s3" | b"s3express" | b"s3-outposts" | b"s3-object-lambda" => {
                Self { name, path_rule: PathRule::Once, payload_hash_header: true, session_token }
            }
            _ => Self {
                name,
                path_rule: PathRule::NormalizedTwice,
                payload_hash_header: false,
                session_token,
            },
        }
    }
}
