//! The stages of a signature, as bytes.

mod content_sha256;

use rolesig::{
    ByteQuery, Credentials, Emit, Expires, Payload, PayloadRule, Request, Scheme, Service,
    SignError, Signer, Timestamp, V4, V4a,
};
use rolesig_std::sign::{SLOTS, decode_query, is_never_signed};
use thiserror::Error;

use self::content_sha256::{ContentSha256, ContentSha256Error};
use crate::signing::options::{Algorithm, BodyProtection, SigningOptions};
use crate::signing::raw_request::RawRequest;

/// The stages of a signature. They are not text, since a header's value need not be UTF-8.
pub(crate) struct Stages {
    pub(crate) canonical_request: Vec<u8>,
    pub(crate) string_to_sign: Vec<u8>,
    pub(crate) signature: Vec<u8>,
    /// Path and query for the request line; if it is presigned, with the signature.
    pub(crate) target: Vec<u8>,
    /// The headers to add; for a presigned request only those that the service requires beside the
    /// URL.
    pub(crate) headers: Vec<(&'static str, Vec<u8>)>,
    /// When a presigned request expires.
    pub(crate) expires_at: Option<Timestamp>,
}

/// The reason why a request cannot be signed.
#[derive(Debug, Error)]
pub(crate) enum StagesError {
    #[error("{0} protects no body of a presigned request: leave out --payload signed")]
    PresignedBody(String),
    #[error("{0} takes no signed bodies: leave out --payload signed")]
    SignedBody(String),
    #[error(transparent)]
    ContentSha256(#[from] ContentSha256Error),
    #[error("`{0}' is not the name of a header: it may have letters, digits and !#$%&'*+-.^_`|~")]
    HeaderName(String),
    #[error(
        "the value of the header `{0}' contains a control character or a tab: replace it by a \
         space"
    )]
    HeaderValue(String),
    #[error(transparent)]
    Sign(#[from] SignError),
}

impl Stages {
    /// Signs a request as the options say.
    pub(crate) fn of(
        raw: &RawRequest<'_>,
        options: &SigningOptions,
        region: &str,
        credentials: Credentials<'_>,
        now: Timestamp,
    ) -> Result<Self, StagesError> {
        match options.algorithm {
            Algorithm::V4 => Self::by::<ByteQuery<V4>>(raw, options, region, credentials, now),
            Algorithm::V4a => Self::by::<ByteQuery<V4a>>(raw, options, region, credentials, now),
        }
    }

    fn by<S: Scheme<QueryText = [u8]>>(
        raw: &RawRequest<'_>,
        options: &SigningOptions,
        region: &str,
        credentials: Credentials<'_>,
        now: Timestamp,
    ) -> Result<Self, StagesError> {
        let query = decode_query(&raw.query);
        let query: Vec<_> =
            query.iter().map(|(name, value)| (name.as_ref(), value.as_ref())).collect();
        let given = ContentSha256::of(raw, options)?;
        let (credentials, service) = (options.credentials(credentials), options.service());
        // To presigned requests the signer adds the header only where no body is signed.
        let is_unsigned = service.payload_rule == PayloadRule::Unsigned;
        let is_added = given.is_some() && (options.presign.is_none() || is_unsigned);
        let headers = signed_headers(raw, options, is_added);
        let request = Request {
            method: &raw.method,
            host: &raw.host,
            path: &raw.path,
            query: &query,
            headers: &headers,
            payload: given.map_or_else(|| options.payload(raw.body), ContentSha256::payload),
        };
        check_body_protection(options, service)?;
        // A header that is given is signed.
        let payload_hash_header = service.payload_hash_header || given.is_some();
        let service = Service { payload_hash_header, ..service };
        let signer = Signer::<S, SLOTS>::with_slots(credentials, region, service)?;
        let stages = match options.presign {
            None => Self::signed(signer, &request, now),
            Some(expires) => {
                let is_explicit =
                    given.is_some() || options.payload == Some(BodyProtection::Unsigned);
                // Otherwise only some services know that a body is signed.
                let is_signed = is_explicit || service.payload_rule == PayloadRule::Signed;
                let request = request.with_payload(is_signed.then_some(request.payload));
                Self::presigned(signer, &request, expires, now)
            }
        };
        let mut stages = stages.map_err(|error| in_header(error, &headers))?;
        // Headers that the request already has must not be added.
        stages.headers.retain(|(name, _)| given.is_none() || *name != content_sha256::HEADER);
        Ok(stages)
    }

    fn signed<S: Scheme<QueryText = [u8]>>(
        mut signer: Signer<'_, S, SLOTS>,
        request: &Request<'_, Payload<'_>, [u8]>,
        now: Timestamp,
    ) -> Result<Self, SignError> {
        let signed = signer.sign(request, now)?;
        Ok(Self {
            canonical_request: bytes(&signed.canonical_request()),
            string_to_sign: bytes(signed.string_to_sign()),
            signature: bytes(signed.signature()),
            target: bytes(&signed.target()),
            headers: signed.headers().map(|(name, value)| (name, bytes(&value))).collect(),
            expires_at: None,
        })
    }

    fn presigned<S: Scheme<QueryText = [u8]>>(
        mut signer: Signer<'_, S, SLOTS>,
        request: &Request<'_, Option<Payload<'_>>, [u8]>,
        expires: Expires,
        now: Timestamp,
    ) -> Result<Self, SignError> {
        let presigned = signer.presign(request, expires, now)?;
        Ok(Self {
            canonical_request: bytes(&presigned.canonical_request()),
            string_to_sign: bytes(presigned.string_to_sign()),
            signature: bytes(presigned.signature()),
            target: bytes(&presigned.target()),
            headers: presigned
                .header()
                .map(|(name, value)| (name, value.to_vec()))
                .into_iter()
                .collect(),
            expires_at: Some(presigned.expires_at(None)),
        })
    }
}

/// The type that botocore writes for a form, and signs in no presigned request.
const TYPE_OF_A_FORM: &[u8] = b"application/x-www-form-urlencoded; charset=utf-8";

/// Returns the caller's headers that are signed.
fn signed_headers<'r>(
    raw: &'r RawRequest<'_>,
    options: &SigningOptions,
    is_hash_given: bool,
) -> Vec<(&'r str, &'r [u8])> {
    let is_signed = |(name, value): &(&str, &[u8])| {
        let is = |other: &str| name.eq_ignore_ascii_case(other);
        !(is("host")
            || is_never_signed(&options.service, name)
            || (is_hash_given && is(content_sha256::HEADER))
            || (options.presign.is_some() && is("content-type") && *value == TYPE_OF_A_FORM))
    };
    let headers = raw.headers.iter().map(|(name, value)| (name.as_str(), value.as_slice()));
    headers.filter(is_signed).collect()
}

/// Refuses to leave a body unsigned for a service that accepts signed bodies only.
fn check_body_protection(
    options: &SigningOptions,
    service: Service<'_>,
) -> Result<(), StagesError> {
    let name = || options.service.clone();
    match (service.payload_rule, options.presign) {
        _ if options.payload != Some(BodyProtection::Signed) => Ok(()),
        (PayloadRule::Unsigned, _) => Err(StagesError::SignedBody(name())),
        (PayloadRule::SignedByHeader, Some(_)) => Err(StagesError::PresignedBody(name())),
        _ => Ok(()),
    }
}

/// Names the header of an error. The signer counts the headers that it was given, and the author of
/// the request knows their names.
fn in_header(error: SignError, headers: &[(&str, &[u8])]) -> StagesError {
    let name = |index: usize| {
        let name = headers.get(index).map(|(name, _)| *name).unwrap_or_default();
        name.escape_debug().to_string()
    };
    match error {
        SignError::InvalidHeaderName { index } => StagesError::HeaderName(name(index)),
        SignError::InvalidHeaderValue { index } => StagesError::HeaderValue(name(index)),
        error => error.into(),
    }
}

fn bytes(value: &impl Emit) -> Vec<u8> {
    let mut bytes = vec![0; value.emitted_len()];
    let len = value.write_to(&mut bytes).map(<[u8]>::len).unwrap_or_default();
    bytes.truncate(len);
    bytes
}
