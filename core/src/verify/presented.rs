//! The statements of a received request about its signature, in the header or in the query.

use crate::emit::byte_class::is_scope_part;
use crate::emit::work;
use crate::sigv4::canonical::header::trim;
use crate::sigv4::names::{
    AMZ_DATE, AUTHORIZATION, CONTENT_SHA256, QUERY_ALGORITHM, QUERY_CONTENT_SHA256,
    QUERY_CREDENTIAL, QUERY_DATE, QUERY_EXPIRES, QUERY_REGION_SET, QUERY_S3SESSION_TOKEN,
    QUERY_SECURITY_TOKEN, QUERY_SIGNATURE, QUERY_SIGNED_HEADERS, REGION_SET, S3SESSION_TOKEN,
    SECURITY_TOKEN,
};
use crate::sigv4::scheme::Scheme;
use crate::sigv4::service::{PayloadRule, Service, SessionTokenPlace};
use crate::time::expires::Expires;
use crate::time::timestamp::Timestamp;
use crate::verify::error::VerifyError;
use crate::verify::mechanism::AuthMechanism;
use crate::verify::received::ReceivedRequest;
use crate::verify::signed_names::is_name;
use crate::verify::split::{cut, split};

/// The headers whose place is in the query of a presigned request.
pub(super) const OF_THE_QUERY: [&str; 3] = [AMZ_DATE, SECURITY_TOKEN, S3SESSION_TOKEN];

/// Seconds that a request's date may be before or after now.
///
/// Source: "Authenticating Requests" (Amazon S3), `RequestTimeTooSkewed`.
const SKEW: u64 = 15 * 60;

/// The signature and its claims, all unverified.
pub(super) struct Presented<'r, S: Scheme> {
    pub(super) credential: Credential<'r>,
    pub(super) session_token: Option<&'r str>,
    /// Names, joined by semicolons.
    pub(super) signed_headers: &'r str,
    pub(super) signature: S::Signature,
    /// The regions of Signature Version 4a.
    pub(super) region_set: Option<&'r str>,
    pub(super) signed_at: Timestamp,
    /// Only presigned requests have it.
    pub(super) expires: Option<Expires>,
    /// `x-amz-content-sha256`.
    pub(super) content_sha256: Option<&'r [u8]>,
}

impl<S: Scheme> Presented<'_, S> {
    /// Returns the place of the signature.
    pub(super) const fn mechanism(&self) -> AuthMechanism {
        if self.expires.is_some() { AuthMechanism::Query } else { AuthMechanism::Header }
    }

    /// Checks the time. A request by header must be of now; a presigned one may be used from its
    /// date on until it expires, and the sender's clock may be ahead in both.
    pub(super) fn check_time(&self, now: Timestamp) -> Result<(), VerifyError> {
        let ahead = self.signed_at.seconds_since(now).unwrap_or_default();
        let age = now.seconds_since(self.signed_at).unwrap_or_default();
        match self.expires {
            None if ahead > SKEW || age > SKEW => Err(VerifyError::RequestTimeTooSkewed),
            Some(_) if ahead > SKEW => Err(VerifyError::RequestNotYetValid),
            Some(expires) if age >= expires.as_seconds().into() => Err(VerifyError::RequestExpired),
            _ => Ok(()),
        }
    }
}

impl<'r, S: Scheme> Presented<'r, S> {
    pub(super) fn read(
        request: &ReceivedRequest<'r>,
        service: &Service<'_>,
    ) -> Result<Self, VerifyError> {
        let has = |wanted: &str| has_pair(request, wanted);
        let is_presigned =
            [QUERY_ALGORITHM, QUERY_CREDENTIAL, QUERY_SIGNATURE].into_iter().any(has);
        let is_s3 = service.payload_rule == PayloadRule::SignedByHeader;
        let is_version_2 = has(SIGNATURE) && (is_s3 || has(VERSION_2));
        match (header(request, AUTHORIZATION)?, is_presigned, is_version_2) {
            (Some(authorization), false, false) => {
                Self::by_header(request, authorization, service.session_token)
            }
            (None, true, false) => Self::by_query(request, service.session_token),
            (None, false, _) if has(VERSION_2) => Err(VerifyError::SignatureVersion2),
            (None, false, _) => Err(VerifyError::MissingAuthenticationToken),
            _ => Err(VerifyError::TwoAuthMechanisms),
        }
    }

    fn by_header(
        request: &ReceivedRequest<'r>,
        authorization: &'r [u8],
        session_token: SessionTokenPlace,
    ) -> Result<Self, VerifyError> {
        let mechanism = AuthMechanism::Header;
        let authorization = Authorization::read::<S>(authorization)?;
        let session_token = match session_token {
            SessionTokenPlace::Signed | SessionTokenPlace::Appended => SECURITY_TOKEN,
            SessionTokenPlace::S3Session => S3SESSION_TOKEN,
        };
        Ok(Self {
            credential: Credential::read::<S>(authorization.credential, mechanism)?,
            session_token: header(request, session_token)?.map(token).transpose()?,
            signed_headers: authorization.signed_headers,
            signature: signature::<S>(authorization.signature.as_bytes())?,
            region_set: region_set::<S>(header(request, REGION_SET)?, mechanism)?,
            signed_at: date(request)?,
            expires: None,
            content_sha256: header(request, CONTENT_SHA256)?,
        })
    }

    fn by_query(
        request: &ReceivedRequest<'r>,
        session_token: SessionTokenPlace,
    ) -> Result<Self, VerifyError> {
        let mechanism = AuthMechanism::Query;
        if needed(pair(request, QUERY_ALGORITHM)?, QUERY_ALGORITHM)? != S::ALGORITHM.as_bytes() {
            return Err(VerifyError::UnsupportedAlgorithm(mechanism));
        }
        let session_token = match session_token {
            SessionTokenPlace::Signed | SessionTokenPlace::Appended => QUERY_SECURITY_TOKEN,
            SessionTokenPlace::S3Session => QUERY_S3SESSION_TOKEN,
        };
        let credential =
            text(request, QUERY_CREDENTIAL, VerifyError::InvalidCredential(mechanism))?;
        let names = text(request, QUERY_SIGNED_HEADERS, VerifyError::InvalidSignedHeaders)?;
        if names.is_empty() {
            return Err(VerifyError::HostNotSigned);
        }
        let invalid_date = VerifyError::InvalidDate(mechanism);
        let date = text(request, QUERY_DATE, invalid_date)?;
        let expires = text(request, QUERY_EXPIRES, VerifyError::InvalidExpires)?;
        Ok(Self {
            credential: Credential::read::<S>(credential, mechanism)?,
            session_token: pair(request, session_token)?.map(token).transpose()?,
            signed_headers: names,
            signature: signature::<S>(needed(pair(request, QUERY_SIGNATURE)?, QUERY_SIGNATURE)?)?,
            region_set: region_set::<S>(pair(request, QUERY_REGION_SET)?, mechanism)?,
            signed_at: Timestamp::from_amz_date(date).map_err(|_| invalid_date)?,
            expires: Some(read_expires(expires)?),
            content_sha256: content_sha256(request)?,
        })
    }
}

/// The pair that names the key of Signature Version 2. Amazon S3 knows such a query by `Signature`,
/// which may be any pair to other services: "Only one auth mechanism allowed; only the
/// X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header
/// should be specified".
///
/// Source: "Signing and authenticating REST requests" (Amazon S3 Developer Guide); its error
/// `InvalidArgument`.
const VERSION_2: &str = "AWSAccessKeyId";

/// The parts of the `Authorization` header.
struct Authorization<'r> {
    credential: &'r str,
    signed_headers: &'r str,
    signature: &'r str,
}

impl<'r> Authorization<'r> {
    /// Reads the parts in any order, with or without spaces between them, as AWS takes them.
    fn read<S: Scheme>(value: &'r [u8]) -> Result<Self, VerifyError> {
        let malformed = VerifyError::AuthorizationHeaderMalformed;
        let value = str::from_utf8(value).map_err(|_| malformed)?;
        let (algorithm, parts) = cut(value, b' ').ok_or(malformed)?;
        match algorithm {
            _ if algorithm == S::ALGORITHM => {}
            "AWS" => return Err(VerifyError::SignatureVersion2),
            _ => return Err(VerifyError::UnsupportedAlgorithm(AuthMechanism::Header)),
        }
        let (mut credential, mut signed_headers, mut signature) = (None, None, None);
        for part in split(parts, b',') {
            let (name, value) = cut(part.trim_ascii(), b'=').ok_or(malformed)?;
            let (place, name) = match name {
                CREDENTIAL => (&mut credential, CREDENTIAL),
                SIGNED_HEADERS => (&mut signed_headers, SIGNED_HEADERS),
                SIGNATURE => (&mut signature, SIGNATURE),
                _ => return Err(malformed),
            };
            if place.replace(value).is_some() {
                return Err(VerifyError::Duplicate { name });
            }
        }
        Ok(Self {
            credential: needed(credential, CREDENTIAL)?,
            signed_headers: needed(signed_headers, SIGNED_HEADERS)?,
            signature: needed(signature, SIGNATURE)?,
        })
    }
}

const CREDENTIAL: &str = "Credential";
const SIGNED_HEADERS: &str = "SignedHeaders";
const SIGNATURE: &str = "Signature";

/// `AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request`.
pub(super) struct Credential<'r> {
    pub(super) access_key_id: &'r str,
    pub(super) date: &'r str,
    /// `None` in Signature Version 4a.
    pub(super) region: Option<&'r str>,
    pub(super) service: &'r str,
    pub(super) termination: &'r str,
}

impl<'r> Credential<'r> {
    fn read<S: Scheme>(text: &'r str, mechanism: AuthMechanism) -> Result<Self, VerifyError> {
        let invalid = VerifyError::InvalidCredential(mechanism);
        let mut parts = split(text, b'/');
        let mut part = || parts.next().filter(|part| is_scope_part(part)).ok_or(invalid);
        let credential = Self {
            access_key_id: part()?,
            date: part()?,
            region: if S::REGION_IN_SCOPE { Some(part()?) } else { None },
            service: part()?,
            termination: part()?,
        };
        if parts.next().is_some() {
            return Err(invalid);
        }
        Ok(credential)
    }
}

/// Returns the value of the only header of a name, without white space around it.
pub(super) fn header<'r>(
    request: &ReceivedRequest<'r>,
    name: &'static str,
) -> Result<Option<&'r [u8]>, VerifyError> {
    let named = request.headers.iter().filter(|(other, _)| is_name(other, name));
    only(named.map(|(_, value)| trim(value)), name)
}

/// Returns the value of the only pair of a name. The case counts.
fn pair<'r>(
    request: &ReceivedRequest<'r>,
    name: &'static str,
) -> Result<Option<&'r [u8]>, VerifyError> {
    work::add(request.query.len());
    let named = request.query.iter().filter(|(other, _)| *other == name.as_bytes());
    only(named.map(|(_, value)| *value), name)
}

/// Returns whether there is a pair of a name. Not inlined: it is called from many places.
#[inline(never)]
fn has_pair(request: &ReceivedRequest<'_>, wanted: &str) -> bool {
    request.query.iter().any(|(name, _)| *name == wanted.as_bytes())
}

/// Returns the text of the only pair of a name, which must be there.
fn text<'r>(
    request: &ReceivedRequest<'r>,
    name: &'static str,
    error: VerifyError,
) -> Result<&'r str, VerifyError> {
    str::from_utf8(needed(pair(request, name)?, name)?).map_err(|_| error)
}

fn only<T>(
    mut values: impl Iterator<Item = T>,
    name: &'static str,
) -> Result<Option<T>, VerifyError> {
    let value = values.next();
    match values.next() {
        None => Ok(value),
        Some(_) => Err(VerifyError::Duplicate { name }),
    }
}

pub(super) fn needed<T>(value: Option<T>, name: &'static str) -> Result<T, VerifyError> {
    value.ok_or(VerifyError::Missing { name })
}

fn token(value: &[u8]) -> Result<&str, VerifyError> {
    str::from_utf8(value).map_err(|_| VerifyError::InvalidToken)
}

fn signature<S: Scheme>(digits: &[u8]) -> Result<S::Signature, VerifyError> {
    S::read_signature(digits).ok_or(VerifyError::InvalidSignature)
}

/// Reads the regions, which Signature Version 4a alone has.
fn region_set<S: Scheme>(
    value: Option<&[u8]>,
    mechanism: AuthMechanism,
) -> Result<Option<&str>, VerifyError> {
    if S::REGION_IN_SCOPE {
        return Ok(None);
    }
    let name = match mechanism {
        AuthMechanism::Header => REGION_SET,
        AuthMechanism::Query => QUERY_REGION_SET,
    };
    let text = str::from_utf8(needed(value, name)?);
    text.map(Some).map_err(|_| VerifyError::WrongScopeRegion(mechanism))
}

/// Reads `x-amz-date`, or `Date` if that is all there is, in either form.
///
/// Source: "Elements of an AWS API request signature", on the date.
fn date(request: &ReceivedRequest<'_>) -> Result<Timestamp, VerifyError> {
    let read = |value, read_other: fn(&str) -> Option<Timestamp>| {
        let text = str::from_utf8(value).ok();
        text.and_then(|text| Timestamp::from_amz_date(text).ok().or_else(|| read_other(text)))
            .ok_or(VerifyError::InvalidDate(AuthMechanism::Header))
    };
    if let Some(amz_date) = header(request, AMZ_DATE)? {
        return read(amz_date, |_| None);
    }
    let date = header(request, "date")?;
    read(needed(date, AMZ_DATE)?, |text| Timestamp::from_http_date(text).ok())
}

fn read_expires(digits: &str) -> Result<Expires, VerifyError> {
    let seconds =
        if digits.bytes().all(|digit| digit.is_ascii_digit()) { digits.parse().ok() } else { None };
    seconds.and_then(Expires::seconds).ok_or(VerifyError::InvalidExpires)
}

/// Reads what the request says of its body. A presigned one: AWS's SDK for JavaScript has it in the
/// query.
fn content_sha256<'r>(request: &ReceivedRequest<'r>) -> Result<Option<&'r [u8]>, VerifyError> {
    match (header(request, CONTENT_SHA256)?, pair(request, QUERY_CONTENT_SHA256)?) {
        (Some(_), Some(_)) => Err(VerifyError::Duplicate { name: CONTENT_SHA256 }),
        (of_header, of_query) => Ok(of_header.or(of_query)),
    }
}
