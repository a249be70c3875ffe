//! The reasons why a request cannot be signed.

use core::fmt;

use crate::credentials::CredentialsError;

/// The reason why a request could not be signed. No key was derived for it.
///
/// ```
/// use rolesig::{Credentials, Service, SignError, Signer};
///
/// # let credentials =
/// #     Credentials { access_key_id: "AKID", secret_access_key: "secret", session_token: None };
/// let signer = Signer::new(credentials, "", Service::S3);
/// assert_eq!(signer.err(), Some(SignError::InvalidRegion));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum SignError {
    /// The credentials could not be sent.
    Credentials(CredentialsError),
    /// Empty, or not made of visible ASCII without `/`.
    InvalidRegion,
    /// Empty, or not made of visible ASCII without `/`.
    InvalidService,
    /// Empty, or not a token (RFC 9110 §9.1).
    InvalidMethod,
    /// Empty, or has characters that no host and port have.
    InvalidHost,
    /// Does not begin with `/`, or has a control character, `?` or `#` in it.
    InvalidPath,
    /// More headers than the signer has slots for. None was dropped.
    TooManyHeaders {
        /// The number of slots, `SLOTS` of the [`Signer`](crate::Signer).
        slots: usize,
    },
    /// More query pairs than the signer has slots for.
    TooManyQueryPairs {
        /// The number of slots, `SLOTS` of the [`Signer`](crate::Signer).
        slots: usize,
    },
    /// A header that the signer adds itself is in the caller's list.
    OwnedHeader {
        /// Its name.
        name: &'static str,
    },
    /// A query pair that the signer adds itself is in the caller's list.
    OwnedPair {
        /// Its name.
        name: &'static str,
    },
    /// The buffer cannot hold the text to send.
    BufferTooSmall {
        /// The length that would have been enough, in bytes.
        needed: usize,
    },
    /// A presigned request that does not protect its body, to a service that expects it to.
    UnsignedPayload,
    /// A presigned request that protects its body, to a service that no header informs of it: VPC
    /// Lattice, or S3 without `x-amz-content-sha256`.
    SignedPayload,
    /// The chunks have no length, or the content encoding is empty or has white space in it.
    InvalidChunks,
    /// A header's name is not a token (RFC 9110 §5.1).
    InvalidHeaderName {
        /// Its place in the caller's list, from 0.
        index: usize,
    },
    /// A header's value has a control character (CR, LF, NUL, …), or a tab within.
    InvalidHeaderValue {
        /// Its place in the caller's list, from 0.
        index: usize,
    },
}

impl fmt::Display for SignError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Credentials(invalid) => invalid.fmt(f),
            Self::InvalidRegion => f.write_str("invalid region: expected visible ASCII without `/` or `,`"),
            Self::InvalidService => f.write_str("invalid service: expected visible ASCII without `/` or `,`"),
            Self::InvalidMethod => f.write_str("invalid method: expected an HTTP token such as `GET`"),
            Self::InvalidHost => f.write_str("invalid host: expected a name or an address, and a port"),
            Self::InvalidPath => f.write_str(
                "the path does not begin with a slash, or has a control character, ? or # in it: \
                 percent-encode it",
            ),
            Self::TooManyHeaders { slots } => {
                write!(
                    f,
                    "too many headers: the signer has {slots} slots: send fewer, or give it more slots"
                )
            }
            Self::TooManyQueryPairs { slots } => {
                write!(
                    f,
                    "too many query pairs: the signer has {slots} slots: send fewer, or give it more \
                     slots"
                )
            }
            Self::OwnedHeader { name } => {
                write!(f, "the signer sets the header {name}: leave it out")
            }
            Self::OwnedPair { name } => {
                write!(f, "the signer sets the query pair {name}: leave it out")
            }
            Self::BufferTooSmall { needed } => {
                write!(f, "buffer too small: {needed} bytes are needed")
            }
            Self::UnsignedPayload => f.write_str(
                "presigned requests to this service must sign the body: pass Some(Payload::Bytes(…)), or \
                 None if it is empty",
            ),
            Self::SignedPayload => f.write_str(
                "presigned requests to this service do not sign the body: pass None, or to S3 the \
                 header x-amz-content-sha256 as well",
            ),
            Self::InvalidChunks => f.write_str(
                "the chunks have no length, or the content encoding or the trailer's name has \
                 invalid characters: give a trailer's name in lower case",
            ),
            Self::InvalidHeaderName { index } => {
                write!(f, "the name of header {index} is not a token")
            }
            Self::InvalidHeaderValue { index } => write!(
                f,
                "the value of header {index} contains a control character or a tab: replace it \
                 by a space"
            ),
        }
    }
}

impl core::error::Error for SignError {}

impl From<CredentialsError> for SignError {
    fn from(invalid: CredentialsError) -> Self {
        Self::Credentials(invalid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    extern crate std;
    use std::collections::BTreeSet;
    use std::string::ToString;

    #[test]
    fn names_the_fault_and_its_subject_in_every_message() {
        let texts = [
            (SignError::Credentials(CredentialsError::AccessKeyId), "access key id"),
            (SignError::Credentials(CredentialsError::SecretAccessKey), "secret access key"),
            (SignError::Credentials(CredentialsError::SessionToken), "session token"),
            (SignError::InvalidRegion, "region"),
            (SignError::InvalidService, "service"),
            (SignError::InvalidMethod, "method"),
            (SignError::InvalidHost, "host"),
            (SignError::InvalidPath, "path"),
            (SignError::TooManyHeaders { slots: 16 }, "headers: the signer has 16"),
            (SignError::TooManyQueryPairs { slots: 16 }, "query pairs: the signer has 16"),
            (SignError::OwnedHeader { name: "x-amz-date" }, "x-amz-date"),
            (SignError::OwnedPair { name: "X-Amz-Date" }, "pair X-Amz-Date"),
            (SignError::BufferTooSmall { needed: 512 }, "512 bytes"),
            (SignError::UnsignedPayload, "must sign the body"),
            (SignError::SignedPayload, "do not sign the body"),
            (SignError::InvalidChunks, "chunks have no length"),
            (SignError::InvalidHeaderName { index: 7 }, "name of header 7"),
            (SignError::InvalidHeaderValue { index: 7 }, "value of header 7"),
        ]
        .map(|(error, what)| {
            let text = error.to_string();
            assert!(text.contains(what), "{text}");
            assert!(text.starts_with(|first: char| first.is_ascii_lowercase()), "{text}");
            text
        });
        assert_eq!(BTreeSet::from(texts.clone()).len(), texts.len(), "no two are the same");
    }
}
