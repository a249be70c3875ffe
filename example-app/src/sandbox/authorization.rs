//! The statements of a request about its own signature, read again after `s3s` has verified it.
//!
//! `s3s` gives its access check whose access key it was, not what else was signed, for which
//! region and service, nor anything about a session token. Both forms are read here: the pages
//! "Authenticating Requests: Using the Authorization Header (AWS Signature Version 4)" and
//! "Authenticating Requests: Using Query Parameters (AWS Signature Version 4)".

use hyper::header::{AUTHORIZATION, HeaderName};
use hyper::{HeaderMap, Uri};
use s3s::{S3Error, S3ErrorCode, S3Result, s3_error};

const SECURITY_TOKEN: &str = "x-amz-security-token";

/// The location of a signature in a request; each has errors of its own kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SignatureLocation {
    Header,
    Query,
}

/// The signature of a received request, with the values it depends on. There is no `Debug`: the
/// session token is secret.
pub(super) struct ReceivedSignature {
    place: SignatureLocation,
    /// Access key ID, date, region, service and `aws4_request`, with slashes between them.
    credential: String,
    /// Lower-case names with semicolons between them.
    signed_headers: String,
    pub(super) session_token: Option<String>,
}

impl ReceivedSignature {
    /// Reads the header or the query, whichever of them carries the signature.
    ///
    /// # Errors
    /// `InvalidRequest` for both at once, for Signature Version 2, and for a form field.
    pub(super) fn read(uri: &Uri, headers: &HeaderMap) -> S3Result<Self> {
        let query = uri.query().unwrap_or_default();
        let in_query = parameter(query, "X-Amz-Signature").is_some();
        let version_2 = parameter(query, "Signature").is_some();
        let authorization = match (headers.contains_key(AUTHORIZATION), in_query, version_2) {
            (true, false, false) => Self::from_headers(headers),
            (false, true, false) => Self::from_query(query),
            _ => None,
        };
        authorization.ok_or_else(|| {
            s3_error!(
                InvalidRequest,
                "The authorization mechanism you have provided is not supported. \
                 Please use AWS4-HMAC-SHA256."
            )
        })
    }

    fn from_headers(headers: &HeaderMap) -> Option<Self> {
        let fields = only(headers, AUTHORIZATION.as_str())?.strip_prefix("AWS4-HMAC-SHA256 ")?;
        let field = |name| fields.split(',').find_map(|field| field.trim().strip_prefix(name));
        Some(Self {
            place: SignatureLocation::Header,
            credential: field("Credential=")?.to_owned(),
            signed_headers: field("SignedHeaders=")?.to_owned(),
            session_token: only(headers, SECURITY_TOKEN).map(str::to_owned),
        })
    }

    fn from_query(query: &str) -> Option<Self> {
        Some(Self {
            place: SignatureLocation::Query,
            credential: parameter(query, "X-Amz-Credential")?,
            signed_headers: parameter(query, "X-Amz-SignedHeaders")?,
            session_token: parameter(query, "X-Amz-Security-Token"),
        })
    }

    /// Checks that the scope is for `region`, and for S3.
    ///
    /// # Errors
    /// `AuthorizationHeaderMalformed` or `AuthorizationQueryParametersError`, saying what is
    /// expected.
    pub(super) fn check_scope(&self, region: &str) -> S3Result {
        let mut scope = self.credential.split('/').skip(2);
        let signed_region = scope.next().unwrap_or_default();
        let signed_service = scope.next().unwrap_or_default();
        if signed_region != region {
            let reason = format!("the region '{signed_region}' is wrong; expecting '{region}'");
            return Err(self.malformed(&reason));
        }
        if signed_service != "s3" {
            let reason =
                format!("incorrect service \"{signed_service}\". This endpoint belongs to \"s3\".");
            return Err(self.malformed(&reason));
        }
        Ok(())
    }

    fn malformed(&self, reason: &str) -> S3Error {
        let (code, what) = match self.place {
            SignatureLocation::Header => {
                (S3ErrorCode::AuthorizationHeaderMalformed, "The authorization header is malformed")
            }
            SignatureLocation::Query => (
                S3ErrorCode::AuthorizationQueryParametersError,
                "Error parsing the X-Amz-Credential parameter",
            ),
        };
        S3Error::with_message(code, format!("{what}; {reason}"))
    }

    /// Checks that the host and every `x-amz-*` header of the request are signed.
    ///
    /// # Errors
    /// `AccessDenied`.
    pub(super) fn check_signed_headers(&self, headers: &HeaderMap) -> S3Result {
        let must_be_signed = |name: &str| name == "host" || name.starts_with("x-amz-");
        let is_signed = |name: &str| self.signed_headers.split(';').any(|signed| signed == name);
        let mut names = headers.keys().map(HeaderName::as_str);
        match names.find(|name| must_be_signed(name) && !is_signed(name)) {
            None => Ok(()),
            Some(_) => Err(s3_error!(
                AccessDenied,
                "There were headers present in the request which were not signed"
            )),
        }
    }
}

/// Returns the value of a header that occurs once.
fn only<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok(),
        _ => None,
    }
}

/// Returns the decoded value of the first parameter of that name.
fn parameter(query: &str, name: &str) -> Option<String> {
    let mut parameters = form_urlencoded::parse(query.as_bytes());
    parameters.find_map(|(key, value)| (key == name).then(|| value.into_owned()))
}
