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

/// A service: its signing name and its rules, which cannot be mismatched.
///
/// ```
/// use rolesig::{PathRule, Service};
///
/// assert_eq!(Service::new("dynamodb").path_rule(), PathRule::NormalizedTwice);
/// assert_eq!(Service::new("s3"), Service::S3);
/// ```
/// Source: "Create a signed AWS API request", step 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Service<'a> {
    name: &'a str,
    path_rule: PathRule,
    payload_hash_header: bool,
}

impl<'a> Service<'a> {
    /// Amazon S3.
    pub const S3: Service<'static> = Service::with_rules("s3", PathRule::Once, true);

    /// The service of this signing name (`dynamodb`, `sts`, `execute-api`, …), with the rules that
    /// the AWS SDKs have for it.
    pub const fn new(name: &'a str) -> Self {
        match name.as_bytes() {
            b"s3" | b"s3express" | b"s3-outposts" | b"s3-object-lambda" => {
                Self::with_rules(name, PathRule::Once, true)
            }
            _ => Self::with_rules(name, PathRule::NormalizedTwice, false),
        }
    }

    /// A service with rules of its own, for what [`new`](Self::new) does not know. With
    /// `payload_hash_header` every request carries a signed `x-amz-content-sha256`.
    pub const fn with_rules(name: &'a str, path_rule: PathRule, payload_hash_header: bool) -> Self {
        Self { name, path_rule, payload_hash_header }
    }

    /// The name that stands in the credential scope.
    pub const fn name(&self) -> &'a str {
        self.name
    }

    /// How its paths become canonical.
    pub const fn path_rule(&self) -> PathRule {
        self.path_rule
    }

    /// Whether every request carries a signed `x-amz-content-sha256` header.
    pub const fn payload_hash_header(&self) -> bool {
        self.payload_hash_header
    }
}
