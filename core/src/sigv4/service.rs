//! A service's signing name, and the canonicalisation rules that travel with it.

/// The rule by which a request's path becomes the canonical URI.
///
/// ```
/// use rolesig::{PathRule, Service};
///
/// assert_eq!(Service::S3.path_rule, PathRule::Once);
/// assert_eq!(Service::new("sts").path_rule, PathRule::NormalizedTwice);
/// ```
///
/// Source: [`Service::new`] has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PathRule {
    /// Encoded once, never normalised: `//`, `.` and `..` are parts of an object's key (S3). An
    /// encoded slash is a slash. In a received path or query an unencoded `+` is a space.
    Once,
    /// Dot segments and empty segments removed, then encoded once. No AWS service is known to
    /// require this; AWS's signing test suite has cases of it.
    NormalizedOnce,
    /// Dot segments and empty segments removed, then the path as on the wire encoded once more
    /// (all services but S3).
    NormalizedTwice,
}

/// The rule for a signature's protection of the body.
///
/// ```
/// use rolesig::{PayloadRule, Service};
///
/// assert_eq!(Service::S3.payload_rule, PayloadRule::SignedByHeader);
/// assert_eq!(Service::new("sts").payload_rule, PayloadRule::Signed);
/// ```
///
/// Source: [`Service::new`] has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PayloadRule {
    /// Its SHA-256, by header and by query (all services but the following).
    Signed,
    /// By header its SHA-256; by query `UNSIGNED-PAYLOAD`, unless the request itself has the header
    /// `x-amz-content-sha256` (S3).
    SignedByHeader,
    /// `UNSIGNED-PAYLOAD`, whatever the payload of a request signed by header is, in a header
    /// `x-amz-content-sha256` that is signed by query, too (VPC Lattice).
    Unsigned,
}

/// The place of the session token.
///
/// ```
/// use rolesig::{SessionTokenPlace, Service};
///
/// let iot = Service::new("iotdevicegateway");
/// assert_eq!(iot.session_token, SessionTokenPlace::Appended);
/// assert_eq!(Service::S3.session_token, SessionTokenPlace::Signed);
/// ```
///
/// Source: [`Service`] and [`Service::S3_EXPRESS_SESSION`] have them.
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
/// use rolesig::{PathRule, PayloadRule, Service, SessionTokenPlace};
///
/// assert_eq!(Service::new("dynamodb").path_rule, PathRule::NormalizedTwice);
/// assert_eq!(Service::new("s3"), Service::S3);
/// assert_eq!(Service::new("iotdevicegateway").session_token, SessionTokenPlace::Appended);
///
/// // By query, too, since VPC Lattice never sees a body.
/// assert_eq!(Service::new("vpc-lattice-svcs").payload_rule, PayloadRule::Unsigned);
///
/// // A service that `new` does not know the rules of.
/// let mine = Service { payload_hash_header: true, ..Service::new("mine") };
/// assert_eq!(mine.name, "mine");
/// ```
/// Source: "Create a signed AWS API request", step 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Service<'a> {
    /// The name in the credential scope.
    pub name: &'a str,
    /// The rule by which its paths become canonical.
    pub path_rule: PathRule,
    /// True if every request that is signed by header carries a signed `x-amz-content-sha256`.
    pub payload_hash_header: bool,
    /// The statement of the signature about the body.
    pub payload_rule: PayloadRule,
    /// The place of the session token.
    pub session_token: SessionTokenPlace,
}

impl<'a> Service<'a> {
    /// Amazon S3.
    pub const S3: Service<'static> = Service::new("s3");
    /// Amazon S3 Express One Zone, on the credentials of a session (`CreateSession`). That call
    /// itself, and copies, are signed with a role's own credentials: `Service::new("s3express")`.
    pub const S3_EXPRESS_SESSION: Service<'static> =
        Service { session_token: SessionTokenPlace::S3Session, ..Service::new("s3express") };

    /// Creates the service of this signing name (`dynamodb`, `sts`, `execute-api`, …), with the
    /// rules that the AWS SDKs have for it:
    ///
    /// | name | path | `x-amz-content-sha256` | body |
    /// |---|---|---|---|
    /// | `s3`, `s3express`, `s3-outposts`, `s3-object-lambda` | encoded once | always | signed by header |
    /// | `glacier`, `aoss` | normalised, encoded twice | always | signed |
    /// | `vpc-lattice-svcs` | normalised, encoded twice | always | never signed |
    /// | all others | normalised, encoded twice | if the body is not signed | signed |
    ///
    /// Source: botocore 1.44 (`handlers.py`, `S3_SIGNING_NAMES`); AWS SDK for Go, `signer/v4`, for
    /// Glacier; the pages on `OpenSearch` Serverless (`x-amz-content-sha256` is required); VPC
    /// Lattice User Guide, on authenticated requests, and awslabs/aws-c-auth#249 for presigned
    /// ones.
    pub const fn new(name: &'a str) -> Self {
        let (path_rule, payload_hash_header, payload_rule) = match name.as_bytes() {
            b"s3" | b"s3express" | b"s3-outposts" | b"s3-object-lambda" => {
                (PathRule::Once, true, PayloadRule::SignedByHeader)
            }
            b"vpc-lattice-svcs" => (PathRule::NormalizedTwice, true, PayloadRule::Unsigned),
            b"aoss" | b"glacier" => (PathRule::NormalizedTwice, true, PayloadRule::Signed),
            _ => (PathRule::NormalizedTwice, false, PayloadRule::Signed),
        };
        let session_token = match name.as_bytes() {
            b"iotdevicegateway" => SessionTokenPlace::Appended,
            _ => SessionTokenPlace::Signed,
        };
        Self { name, path_rule, payload_hash_header, payload_rule, session_token }
    }
}
