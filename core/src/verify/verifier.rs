//! The other side of signing: whether a received request was signed with a secret, by header or by
//! query, and if not, why. Signature Version 2 is refused.

use core::marker::PhantomData;

use crate::emit::sha256::Sha256;
use crate::sigv4::canonical::added::Received;
use crate::sigv4::canonical::merged::{Owned, Rules};
use crate::sigv4::canonical::path::CanonicalPath;
use crate::sigv4::canonical::{Given, Names, Ordered, RequestRules};
use crate::sigv4::error::SignError;
use crate::sigv4::items::Items;
use crate::sigv4::names::{
    CONTENT_SHA256, HOST, QUERY_SECURITY_TOKEN, QUERY_SIGNATURE, SECURITY_TOKEN,
};
use crate::sigv4::scheme::Scheme;
use crate::sigv4::scope::{CredentialScope, TERMINATION};
use crate::sigv4::service::{PayloadRule, Service, SessionTokenPlace};
use crate::sigv4::v4::V4;
use crate::time::timestamp::Timestamp;
use crate::verify::claimed::Claimed;
use crate::verify::error::VerifyError;
use crate::verify::framing::Framing;
use crate::verify::mechanism::{AuthMechanism, HeaderName};
use crate::verify::presented::{OF_THE_QUERY, Presented, header, needed};
use crate::verify::received::{ReceivedBody, ReceivedRequest};
use crate::verify::region_set::is_in_region_set;
use crate::verify::signed_names::{SignedNames, is_name};
use crate::verify::signed_payload::SignedPayload;
use crate::verify::verified::Verified;

#[cfg(test)]
mod linear;

/// Verifies requests to one service in one region.
///
/// The example "GET Object" of "Signature Calculations for the Authorization Header" (Amazon S3):
///
/// ```
/// use rolesig::{ReceivedBody, ReceivedRequest, Service, Timestamp, Verifier, VerifyError};
///
/// let request = ReceivedRequest {
///     method: "GET",
///     path: "/test.txt",
///     query: &[],
///     headers: &[
///         ("Host", b"examplebucket.s3.amazonaws.com"),
///         ("Authorization", b"AWS4-HMAC-SHA256 \
///             Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,\
///             SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,\
///             Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"),
///         ("Range", b"bytes=0-9"),
///         ("x-amz-content-sha256",
///             b"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
///         ("x-amz-date", b"20130524T000000Z"),
///     ],
/// };
/// let body = ReceivedBody::Bytes(b"");
/// let secret_of = |access_key_id: &str, session_token: Option<&str>| {
///     match (access_key_id, session_token) {
///         ("AKIAIOSFODNN7EXAMPLE", None) => Ok("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
///         ("AKIAIOSFODNN7EXAMPLE", Some(_)) => Err(VerifyError::InvalidToken),
///         _ => Err(VerifyError::InvalidAccessKeyId),
///     }
/// };
/// let now: Timestamp = "2013-05-24T00:15:00Z".parse()?;
///
/// let s3 = Verifier::new("us-east-1", Service::S3);
/// let verified = s3.verify(&request, body, now, secret_of)?;
/// assert_eq!(verified.access_key_id(), "AKIAIOSFODNN7EXAMPLE");
///
/// let other = ReceivedRequest { path: "/other.txt", ..request };
/// assert_eq!(s3.verify(&other, body, now, secret_of).err(), Some(VerifyError::SignatureDoesNotMatch));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// `SLOTS` bounds the signed headers, and also the query pairs, of a request; here all count.
/// 24 take whatever a [`Signer`](crate::Signer) with 16 makes. It keeps no key: each request costs
/// a derivation.
///
/// A request whose signature does not protect its body is refused, unless that is
/// [allowed](Self::allow_unsigned_payload). The time is linear in the length of the request: each
/// header is looked for among up to `SLOTS` names by halves, and up to `SLOTS` headers or pairs are
/// sorted by insertion. That is linear too if they come in order: sort them if `SLOTS` is large.
///
/// It verifies Signature Version 4. `Verifier::<V4a>::with_slots(…)`, with the feature `sigv4a`,
/// verifies Version 4a in the same way; `region` is then the verifier's own, which must be in the
/// request's region set. A service that takes both asks one after the other:
/// [`VerifyError::UnsupportedAlgorithm`] distinguishes them.
///
/// The caller must check what it cannot know: whether the signed `host` is its own, and what the
/// key may do.
#[derive(Clone, Copy, Debug)]
pub struct Verifier<'a, S: Scheme = V4, const SLOTS: usize = 24> {
    region: &'a str,
    service: Service<'a>,
    allows_unsigned_payload: bool,
    scheme: PhantomData<S>,
}

impl<'a> Verifier<'a> {
    /// Creates a verifier with 24 slots.
    pub const fn new(region: &'a str, service: Service<'a>) -> Self {
        Self::with_slots(region, service)
    }
}

impl<'a, S: Scheme, const SLOTS: usize> Verifier<'a, S, SLOTS> {
    /// Creates a verifier of a scheme and a number of slots of the caller's choice:
    /// `Verifier::<V4, 64>::with_slots(…)`.
    pub const fn with_slots(region: &'a str, service: Service<'a>) -> Self {
        Self { region, service, allows_unsigned_payload: false, scheme: PhantomData }
    }

    /// Returns the service whose rules it applies.
    pub const fn service(&self) -> &Service<'a> {
        &self.service
    }

    /// Accepts requests whose signature leaves the body unprotected, as well: `UNSIGNED-PAYLOAD`,
    /// `STREAMING-UNSIGNED-PAYLOAD-TRAILER`, and every presigned URL of S3. Anyone on the way can
    /// then have changed the body: use it where TLS protects the body, or its content does not
    /// matter.
    ///
    /// ```
    /// # use rolesig::{Service, Verifier};
    /// const S3: Verifier<'_> = Verifier::new("us-east-1", Service::S3).allow_unsigned_payload();
    /// ```
    #[must_use]
    pub const fn allow_unsigned_payload(self) -> Self {
        Self { allows_unsigned_payload: true, ..self }
    }

    /// Reads and checks all of a request but its signature, as of `now`; [`Claimed`] says whose
    /// secret the signature is then checked with.
    ///
    /// # Errors
    /// [`VerifyError`] says what is wrong; if it is more than one thing, which of them is not
    /// specified. [`VerifyError::UnsignedPayload`] if the signature does not protect the body, and
    /// that is not allowed.
    #[inline(never)]
    pub fn begin<'r>(
        &self,
        request: &ReceivedRequest<'r>,
        now: Timestamp,
    ) -> Result<Claimed<'r, S>, VerifyError> {
        let presented = Presented::read(request, &self.service)?;
        let scope = self.scope(&presented)?;
        presented.check_time(now)?;
        let signed_headers = SignedNames::<SLOTS>::read(presented.signed_headers)?;
        self.check_headers(request, &signed_headers, presented.mechanism())?;
        let payload = self.payload(&presented)?;
        let framing = Framing::read(request, payload)?;
        let mut sha256 = Sha256::new();
        self.canonical_request(request, &presented, &signed_headers, &mut sha256)?;
        Ok(Claimed { presented, scope, payload, framing, canonical_request: sha256 })
    }

    /// Verifies a request as of `now`, where the secret is available: [`begin`](Self::begin) and
    /// [`finish`](Claimed::finish) in one.
    ///
    /// `secret_of` is given the access key id, and the session token if there is one. It gives the
    /// secret access key, or says why not: [`VerifyError::InvalidAccessKeyId`],
    /// [`VerifyError::InvalidToken`], [`VerifyError::ExpiredToken`]. It must check the token. It is
    /// called only after all other checks passed.
    ///
    /// # Errors
    /// As [`begin`](Self::begin) and [`finish`](Claimed::finish).
    pub fn verify<'r, K: AsRef<str>>(
        &self,
        request: &ReceivedRequest<'r>,
        body: ReceivedBody<'_>,
        now: Timestamp,
        secret_of: impl FnOnce(&'r str, Option<&'r str>) -> Result<K, VerifyError>,
    ) -> Result<Verified<'r, S>, VerifyError> {
        let claimed = self.begin(request, now)?;
        let secret = secret_of(claimed.access_key_id(), claimed.session_token())?;
        claimed.finish(secret.as_ref(), body)
    }

    /// Returns the scope, if it is the one that is expected.
    fn scope<'r>(&self, presented: &Presented<'r, S>) -> Result<CredentialScope<'r>, VerifyError> {
        let (credential, mechanism) = (&presented.credential, presented.mechanism());
        let date = presented.signed_at.amz_date().date();
        if credential.termination != TERMINATION {
            return Err(VerifyError::WrongScopeTermination(mechanism));
        }
        if credential.date.as_bytes() != date.as_bytes() {
            return Err(VerifyError::WrongScopeDate(mechanism));
        }
        let is_region = match presented.region_set {
            Some(region_set) => is_in_region_set(self.region, region_set),
            None => credential.region == Some(self.region),
        };
        if !is_region {
            return Err(VerifyError::WrongScopeRegion(mechanism));
        }
        if credential.service != self.service.name {
            return Err(VerifyError::WrongScopeService(mechanism));
        }
        Ok(CredentialScope { date, region: credential.region, service: credential.service })
    }

    /// Checks that all required headers are signed, that all signed headers are present, and that
    /// no header repeats a pair of a presigned query.
    ///
    /// Source: "Create a signed AWS API request", step 1, `CanonicalHeaders`.
    fn check_headers(
        &self,
        request: &ReceivedRequest<'_>,
        signed_headers: &SignedNames<'_, SLOTS>,
        mechanism: AuthMechanism,
    ) -> Result<(), VerifyError> {
        if !signed_headers.contains(HOST) {
            return Err(VerifyError::HostNotSigned);
        }
        needed(header(request, HOST)?, HOST)?;
        if let Some(name) = signed_headers.absent(request.headers) {
            return Err(VerifyError::SignedHeaderAbsent { name: HeaderName::new(name) });
        }
        let has = |wanted| request.headers.iter().any(|(name, _)| is_name(name, wanted));
        let is_unsigned = |name: &str| {
            self.must_be_signed(name, signed_headers) && !signed_headers.contains(name)
        };
        let is_by_query = mechanism == AuthMechanism::Query;
        match request.headers.iter().find(|(name, _)| is_unsigned(name)) {
            // Amazon S3 takes it for the hash that was signed, and finds another signature.
            Some((name, _)) if is_by_query && is_name(name, CONTENT_SHA256) => {
                Err(VerifyError::SignatureDoesNotMatch)
            }
            Some((name, _)) => Err(VerifyError::HeaderNotSigned { name: HeaderName::new(name) }),
            None => match OF_THE_QUERY.iter().find(|name| is_by_query && has(name)) {
                Some(name) => Err(VerifyError::Duplicate { name }),
                None => Ok(()),
            },
        }
    }

    /// Returns whether a header must be signed if it is present.
    ///
    /// Source: "Create a signed AWS API request", step 1; "Download and upload objects with
    /// presigned URLs" (Amazon S3) on `If-Range`. Amazon S3 answers "There were headers present in
    /// the request which were not signed" also to `Content-MD5`.
    fn must_be_signed(&self, name: &str, signed_headers: &SignedNames<'_, SLOTS>) -> bool {
        let is_s3 = self.service.payload_rule == PayloadRule::SignedByHeader;
        (is_amz(name) && !(self.is_appended() && is_name(name, SECURITY_TOKEN)))
            || (is_s3 && is_name(name, "content-md5"))
            || (is_s3 && is_name(name, "if-range") && signed_headers.contains("range"))
    }

    /// Returns what the signature says of the body: what the request has in `x-amz-content-sha256`,
    /// or the implied one; `None` if the body must be read to know it.
    ///
    /// Source: "Authenticating Requests: Using Query Parameters" (Amazon S3), on the payload.
    fn payload(&self, presented: &Presented<'_, S>) -> Result<Option<SignedPayload>, VerifyError> {
        let is_presigned = presented.expires.is_some();
        let missing = Err(VerifyError::Missing { name: CONTENT_SHA256 });
        let payload = match (presented.content_sha256, self.service.payload_rule) {
            (Some(content_sha256), _) => {
                SignedPayload::read::<S>(content_sha256).ok_or(VerifyError::InvalidContentSha256)?
            }
            (None, PayloadRule::SignedByHeader) if is_presigned => SignedPayload::Unsigned,
            (None, PayloadRule::Unsigned) => return missing,
            (None, _) if self.service.payload_hash_header && !is_presigned => return missing,
            (None, _) => return Ok(None),
        };
        let is_unsigned =
            matches!(payload, SignedPayload::Unsigned | SignedPayload::UnsignedChunksWithTrailer);
        if is_unsigned && !self.allows_unsigned_payload {
            return Err(VerifyError::UnsignedPayload);
        }
        Ok(Some(payload))
    }

    /// Hashes the canonical request up to its last line.
    #[inline(never)]
    fn canonical_request(
        &self,
        request: &ReceivedRequest<'_>,
        presented: &Presented<'_, S>,
        signed_headers: &SignedNames<'_, SLOTS>,
        sha256: &mut Sha256,
    ) -> Result<(), VerifyError> {
        let path = CanonicalPath::received(request.path, self.service.path_rule)
            .ok_or(VerifyError::InvalidPath)?;
        let (is_presigned, is_appended) = (presented.expires.is_some(), self.is_appended());
        let is_added_later = |name: &[u8]| {
            name == QUERY_SIGNATURE.as_bytes()
                || (is_appended && name == QUERY_SECURITY_TOKEN.as_bytes())
        };
        let is_signed = |name: &[u8]| !(is_presigned && is_added_later(name));
        let (pairs, headers) = (Items::Bytes(request.query), Items::Headers(request.headers));
        let is_signed_header = |place: usize| {
            request.headers.get(place).is_some_and(|(name, _)| signed_headers.contains(name))
        };
        let is_signed_pair =
            |place: usize| request.query.get(place).is_some_and(|(name, _)| is_signed(name));
        let rules = RequestRules {
            pairs: Rules { owned: Owned::NONE, is_signed: Some(&is_signed_pair) },
            headers: Rules { owned: Owned::NONE, is_signed: Some(&is_signed_header) },
        };
        let given = Given::new(request.method, path, pairs, headers);
        let mut ordered = Ordered::<_, SLOTS>::new(given, Received);
        ordered.fill(None, &rules).map_err(|error| match error {
            SignError::InvalidMethod => VerifyError::InvalidMethod,
            SignError::InvalidPath => VerifyError::InvalidPath,
            SignError::TooManyHeaders { slots } => VerifyError::TooManyHeaders { slots },
            SignError::TooManyQueryPairs { slots } => VerifyError::TooManyQueryPairs { slots },
            // The names are those of the list, which was read.
            other => VerifyError::InvalidHeaderValue { name: named(other, request.headers.iter()) },
        })?;
        // The list of names is in canonical form, or it was refused.
        let names = &mut Names::Known(&presented.signed_headers);
        ordered.show(|parts| sha256.take(&mut |out| parts.emit(None, names, out)));
        Ok(())
    }

    fn is_appended(&self) -> bool {
        self.service.session_token == SessionTokenPlace::Appended
    }
}

fn is_amz(name: &str) -> bool {
    name.get(..6).is_some_and(|prefix| prefix.eq_ignore_ascii_case("x-amz-"))
}

/// Returns the name of the header that an error is about.
fn named<'r>(
    error: SignError,
    mut headers: impl Iterator<Item = &'r (&'r str, &'r [u8])>,
) -> HeaderName {
    let header = match error {
        SignError::InvalidHeaderValue { index } => headers.nth(index),
        _ => None,
    };
    HeaderName::new(header.map_or("", |(name, _)| name))
}
