//! A request's own `x-amz-content-sha256`: what it says is signed, as botocore does.

use rolesig::{Payload, PayloadRule};
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use crate::signing::options::{BodyProtection, SigningOptions};
use crate::signing::raw_request::RawRequest;

pub(super) const HEADER: &str = "x-amz-content-sha256";

/// The value of the header.
#[derive(Clone, Copy)]
pub(super) enum ContentSha256 {
    Digest([u8; 32]),
    Unsigned,
}

/// A header that nothing could be signed with.
#[derive(Debug, Error)]
pub(crate) enum ContentSha256Error {
    #[error(
        "invalid {HEADER}: expected 64 lower-case hexadecimal digits or UNSIGNED-PAYLOAD; or leave \
         it out"
    )]
    Value,
    #[error("{HEADER} is given more than once: leave it out")]
    Duplicate,
    #[error("{HEADER} is not the SHA-256 of the body: correct it, or leave it out")]
    OtherBody,
    #[error("{HEADER} and --payload say different things: leave one of them out")]
    OtherOption,
    #[error("{0} takes no signed bodies: {HEADER} must be UNSIGNED-PAYLOAD, or left out")]
    NeverSigned(String),
}

impl ContentSha256 {
    /// Reads the header; `None` if the request has none. A digest can be given without its body.
    pub(super) fn of(
        raw: &RawRequest<'_>,
        options: &SigningOptions,
    ) -> Result<Option<Self>, ContentSha256Error> {
        let named = raw.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case(HEADER));
        let mut values = named.map(|(_, value)| value.as_slice());
        let Some(value) = values.next() else { return Ok(None) };
        if values.next().is_some() {
            return Err(ContentSha256Error::Duplicate);
        }
        let given = match value {
            b"UNSIGNED-PAYLOAD" => Self::Unsigned,
            digits => Self::Digest(digest(digits).ok_or(ContentSha256Error::Value)?),
        };
        given.check(raw.body, options)?;
        Ok(Some(given))
    }

    fn check(self, body: &[u8], options: &SigningOptions) -> Result<(), ContentSha256Error> {
        let is_other_option = match self {
            Self::Digest(_) => options.payload == Some(BodyProtection::Unsigned),
            Self::Unsigned => options.payload == Some(BodyProtection::Signed),
        };
        if is_other_option {
            return Err(ContentSha256Error::OtherOption);
        }
        let Self::Digest(digest) = self else { return Ok(()) };
        if options.service().payload_rule == PayloadRule::Unsigned {
            return Err(ContentSha256Error::NeverSigned(options.service.clone()));
        }
        if !body.is_empty() && digest != *Sha256::digest(body) {
            return Err(ContentSha256Error::OtherBody);
        }
        Ok(())
    }

    /// Returns the signature's statement about the body.
    pub(super) const fn payload<'b>(self) -> Payload<'b> {
        match self {
            Self::Digest(digest) => Payload::Sha256(digest),
            Self::Unsigned => Payload::Unsigned,
        }
    }
}

/// Decodes 64 hexadecimal digits.
fn digest(digits: &[u8]) -> Option<[u8; 32]> {
    let (pairs, rest) = digits.as_chunks::<2>();
    let mut digest = [0; 32];
    if !rest.is_empty() || pairs.len() != digest.len() {
        return None;
    }
    let value = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    for (byte, [high, low]) in digest.iter_mut().zip(pairs) {
        *byte = (value(*high)? << 4) | value(*low)?;
    }
    Some(digest)
}
