//! The stages of a signature, as bytes.

use rolesig::{
    Credentials, Emit, Expires, Payload, Request, Scheme, SignError, Signer, Timestamp, V4, V4a,
};
use rolesig_std::{NEVER_SIGNED, SLOTS, SignRequestError, decode_query};
use thiserror::Error;

use crate::raw_request::RawRequest;
use crate::signing_options::{Algorithm, BodyProtection, SigningOptions};

/// What signing makes of a request. Not text, since a header's value need not be UTF-8.
pub(crate) struct Stages {
    pub(crate) canonical_request: Vec<u8>,
    pub(crate) string_to_sign: Vec<u8>,
    pub(crate) signature: Vec<u8>,
    /// Path and query for the request line; if it is presigned, with the signature.
    pub(crate) target: Vec<u8>,
    /// What is to be added; nothing, if it is presigned.
    pub(crate) headers: Vec<(&'static str, Vec<u8>)>,
    /// When a presigned request ceases to work by its own time.
    pub(crate) expires_at: Option<Timestamp>,
}

/// Why there are none.
#[derive(Debug, Error)]
pub(crate) enum NotSigned {
    #[error("{0} protects no body of a presigned request: leave out --payload signed")]
    PresignedBody(String),
    #[error(transparent)]
    Query(#[from] SignRequestError),
    #[error("`{0}' is not the name of a header: it may have letters, digits and !#$%&'*+-.^_`|~")]
    HeaderName(String),
    #[error(
        "the value of the header `{0}' has a control character, or a tab within: replace it by a \
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
    ) -> Result<Self, NotSigned> {
        match options.algorithm {
            Algorithm::V4 => Self::by::<V4>(raw, options, region, credentials, now),
            Algorithm::V4a => Self::by::<V4a>(raw, options, region, credentials, now),
        }
    }

    fn by<S: Scheme>(
        raw: &RawRequest<'_>,
        options: &SigningOptions,
        region: &str,
        credentials: Credentials<'_>,
        now: Timestamp,
    ) -> Result<Self, NotSigned> {
        let query = decode_query(&raw.query)?;
        let query: Vec<_> =
            query.iter().map(|(name, value)| (name.as_ref(), value.as_ref())).collect();
        let headers: Vec<(&str, &[u8])> = raw
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_slice()))
            .filter(|(name, _)| !name.eq_ignore_ascii_case("host"))
            .filter(|(name, _)| !NEVER_SIGNED.iter().any(|never| never.eq_ignore_ascii_case(name)))
            .collect();
        let request = Request {
            method: &raw.method,
            host: &raw.host,
            path: &raw.path,
            query: &query,
            headers: &headers,
            payload: options.payload(raw.body),
        };
        let (credentials, service) = (options.credentials(credentials), options.service());
        let signer = Signer::<S, SLOTS>::with_slots(credentials, region, service)?;
        let Some(expires) = options.presign else {
            return Self::signed(signer, &request, now).map_err(|error| in_header(error, &headers));
        };
        if service.payload_hash_header && options.payload == Some(BodyProtection::Signed) {
            return Err(NotSigned::PresignedBody(options.service.clone()));
        }
        Self::presigned(signer, &request, expires, now).map_err(|error| in_header(error, &headers))
    }

    fn signed<S: Scheme>(
        mut signer: Signer<'_, S, SLOTS>,
        request: &Request<'_, Payload<'_>>,
        now: Timestamp,
    ) -> Result<Self, SignError> {
        let signed = signer.sign(request, now)?;
        Ok(Self {
            canonical_request: bytes(signed.canonical_request()),
            string_to_sign: bytes(signed.string_to_sign()),
            signature: bytes(signed.signature()),
            target: bytes(&signed.target()),
            headers: signed.headers().map(|(name, value)| (name, bytes(&value))).collect(),
            expires_at: None,
        })
    }

    fn presigned<S: Scheme>(
        mut signer: Signer<'_, S, SLOTS>,
        request: &Request<'_, Payload<'_>>,
        expires: Expires,
        now: Timestamp,
    ) -> Result<Self, SignError> {
        let presigned = signer.presign(request, expires, now)?;
        Ok(Self {
            canonical_request: bytes(presigned.canonical_request()),
            string_to_sign: bytes(presigned.string_to_sign()),
            signature: bytes(presigned.signature()),
            target: bytes(&presigned.target()),
            headers: Vec::new(),
            expires_at: Some(presigned.expires_at(None)),
        })
    }
}

/// The signer counts the headers that it was given; whoever wrote the request knows their names.
fn in_header(error: SignError, headers: &[(&str, &[u8])]) -> NotSigned {
    let name = |index: usize| {
        let name = headers.get(index).map(|(name, _)| *name).unwrap_or_default();
        name.escape_debug().to_string()
    };
    match error {
        SignError::InvalidHeaderName { index } => NotSigned::HeaderName(name(index)),
        SignError::InvalidHeaderValue { index } => NotSigned::HeaderValue(name(index)),
        error => error.into(),
    }
}

fn bytes(value: &impl Emit) -> Vec<u8> {
    let mut bytes = vec![0; value.emitted_len()];
    let len = value.write_to(&mut bytes).map(<[u8]>::len).unwrap_or_default();
    bytes.truncate(len);
    bytes
}
