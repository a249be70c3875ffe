//! Fetching role credentials, without any I/O: [`Conversation`].
//!
//! A provider is a conversation: it says what to send, takes what came back, and finally reads
//! what was asked for, mostly credentials, out of the last body. A program with a socket, a modem
//! or a hypervisor's channel drives it with the same short loop:
//!
//! ```
//! use rolesig::conversation::{Conversation, Request, Imds, ConversationError};
//!
//! fn converse<'b, C: Conversation>(
//!     conversation: &mut C,
//!     body: &'b mut [u8],
//!     mut send: impl FnMut(Request<'_>, &mut [u8]) -> (u16, usize),
//! ) -> Result<C::Outcome<'b>, ConversationError<'b>> {
//!     let mut len = 0;
//!     while let Some(request) = conversation.request() {
//!         let status;
//!         (status, len) = send(request, body);
//!         // An error borrows the body, so it is only kept here when it ends the loop.
//!         if let Err(error) = conversation.response(status, &body[..len]) {
//!             return Err(error.without_text());
//!         }
//!     }
//!     conversation.outcome(&mut body[..len])
//! }
//!
//! let mut responses = [
//!     "metadata-token",
//!     "my-role\n",
//!     r#"{"Code": "Success", "AccessKeyId": "ASIAEXAMPLE", "SecretAccessKey": "a\/b",
//!         "Token": "t", "Expiration": "2015-08-30T18:36:00Z"}"#,
//! ]
//! .into_iter();
//! let mut body = [0; 4096];
//! let provided = converse(&mut Imds::new(), &mut body, |_exchange, body| {
//!     let response = responses.next().unwrap();
//!     body[..response.len()].copy_from_slice(response.as_bytes());
//!     (200, response.len())
//! })
//! .unwrap();
//! assert_eq!(provided.credentials.secret_access_key, "a/b");
//! ```

use core::fmt::{self, Write as _};

use crate::credentials::Credentials;
use crate::time::timestamp::Timestamp;

pub mod http1;
#[cfg(any(feature = "embedded-io", feature = "embedded-io-async"))]
pub mod io;

mod container;
mod document;
mod document_error;
mod form;
mod imds;
mod iot;
mod json;
mod request;
mod signature;
mod single;
mod sts;
mod xml;

pub use container::{AuthorizationTokenError, Container, ContainerUri, ContainerUriError};
pub use document_error::{DocumentError, JsonType};
pub use imds::{Imds, ImdsRegion};
pub use iot::{IotCredentials, IotNameError};
pub use request::{Request, RequestBody, RequestHeaderValue, RequestTarget};
pub use sts::{
    AssumeRole, AssumeRoleWithWebIdentity, CallerIdentity, GetCallerIdentity, GetFederationToken,
    GetSessionToken, Mfa, SignedStsCall, Sts, StsCall, StsCallError,
};

/// The result of every conversation.
const CREDENTIALS: &str = "the credentials of the role";

/// Requests out, responses in; finally, an outcome.
///
/// A driver of any conversation is generic over it; one that is after credentials takes
/// `impl for<'b> Conversation<Outcome<'b> = RoleCredentials<'b>>`.
///
/// ```
/// use rolesig::conversation::{Conversation, ConversationError, Request, RoleCredentials};
///
/// /// Drives a conversation over `send`, which returns the status and fills the body.
/// fn drive<'b, C>(
///     conversation: &mut C,
///     body: &'b mut Vec<u8>,
///     mut send: impl FnMut(&Request<'_>, &mut Vec<u8>) -> u16,
/// ) -> Option<RoleCredentials<'b>>
/// where
///     C: for<'o> Conversation<Outcome<'o> = RoleCredentials<'o>>,
/// {
///     while let Some(request) = conversation.request() {
///         let status = send(&request, body);
///         conversation.response(status, body).ok()?;
///     }
///     conversation.outcome(body).ok()
/// }
/// ```
pub trait Conversation {
    /// The result, borrowed from the last body: mostly [`RoleCredentials`].
    type Outcome<'b>;

    /// Returns the next request, or `None` once the last body holds the outcome. Asking again gives
    /// the same request: so it is sent again when no response came.
    fn request(&self) -> Option<Request<'_>>;

    /// Takes the response to [`request`](Self::request). Redirects are not followed by any provider.
    ///
    /// # Errors
    /// The conversation has not moved on then: after an error that
    /// [`is_transient`](ConversationError::is_transient), send the same request again, later.
    fn response<'b>(&mut self, status: u16, body: &'b [u8]) -> Result<(), ConversationError<'b>>;

    /// Reads the outcome in the last body. Its texts are unescaped in place and borrow it.
    ///
    /// # Errors
    /// If the document is malformed, or holds a refusal; if a [`request`](Self::request) is still
    /// to be answered. After an error that [`is_transient`](ConversationError::is_transient),
    /// [`restart`](Self::restart).
    fn outcome<'b>(&self, body: &'b mut [u8]) -> Result<Self::Outcome<'b>, ConversationError<'b>>;

    /// Restarts, to renew the outcome, and keeps what is still valid.
    fn restart(&mut self);
}

/// The credentials of a role, borrowed from the last body.
///
/// ```
/// use rolesig::StoredCredentials;
/// use rolesig::conversation::RoleCredentials;
///
/// fn keep(role: &RoleCredentials<'_>, stored: &mut StoredCredentials<2048>) -> bool {
///     stored.store(role.credentials, Some(role.expires_at)).is_ok()
/// }
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct RoleCredentials<'b> {
    /// The role's temporary credentials, with their session token; some services that stand in for
    /// AWS's have none.
    pub credentials: Credentials<'b>,
    /// When they expire.
    pub expires_at: Timestamp,
    /// The account of the role, where the provider reports it.
    pub account_id: Option<&'b str>,
}

/// The reason why a conversation gave no credentials. Holds no secret, and of a body only what a
/// refusal says.
///
/// ```
/// use rolesig::conversation::{Conversation, ConversationError, Imds, NotHere};
///
/// let mut imds = Imds::new();
/// let error = imds.response(503, b"").unwrap_err();
/// assert!(error.is_transient()); // ask again, later
/// let error = imds.response(404, b"").unwrap_err();
/// assert_eq!(error, ConversationError::NotHere(NotHere::NoImdsV2));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum ConversationError<'b> {
    /// There are no credentials here: continue with the next provider.
    NotHere(NotHere),
    /// The provider answered that it will not give them.
    Refused {
        /// The provider's word for the reason, such as `AssumeRoleUnauthorizedAccess`; empty if it
        /// gave none.
        code: &'b str,
        /// The provider's explanation; empty if it gave none.
        message: &'b str,
    },
    /// An HTTP status that means neither success nor any of the above.
    Status {
        /// The requested value.
        asked: &'static str,
        /// The status.
        status: u16,
    },
    /// A response with status 200 that lacks the requested value.
    Document {
        /// The requested value.
        asked: &'static str,
        /// The error in it.
        error: DocumentError,
    },
    /// A response came when no request was open, or the outcome was read while one was.
    OutOfTurn,
}

/// The reason why a service has no credentials, though nothing failed.
///
/// ```
/// use rolesig::conversation::{Conversation, ConversationError, Imds, NotHere};
///
/// let error = Imds::<256, 64>::new().response(403, b"").unwrap_err();
/// assert_eq!(error, ConversationError::NotHere(NotHere::MetadataDisabled));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum NotHere {
    /// The instance has no role: its instance profile is missing or empty.
    NoRoleAttached,
    /// The instance's metadata service is switched off (403).
    MetadataDisabled,
    /// The server does not know IMDSv2 (404 or 405). IMDSv1 is never used.
    NoImdsV2,
}

/// The codes of refusals that mean "not now". They come with status 400 too.
///
/// Source: "Retry behavior" (AWS SDKs and Tools Reference Guide), "`AssumeRoleWithWebIdentity`"
/// (AWS STS API Reference), the standard retry modes of botocore and of AWS's SDK for Go.
const TRANSIENT: [&str; 21] = [
    "BandwidthLimitExceeded",
    "EC2ThrottledException",
    IDP_COMMUNICATION,
    "IDPCommunicationErrorException",
    "InternalError",
    "InternalFailure",
    "LimitExceededException",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "RequestTimeout",
    "RequestTimeoutException",
    "ServiceUnavailable",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "TransactionInProgressException",
];

const IDP_COMMUNICATION: &str = "IDPCommunicationError";

/// The words of STS beside `InvalidIdentityToken` when it could not ask the identity provider
/// for its keys, which AWS's SDKs for Go and PHP try again.
const NO_KEY: &str = "retrieve verification key";

/// Returns `code` if it means "not now", and a code that does if only the message says so.
fn transient(code: &str, message: &str) -> Option<&'static str> {
    let has_no_key = || {
        let mut windows = message.as_bytes().windows(NO_KEY.len());
        let found = windows.any(|window| window.eq_ignore_ascii_case(NO_KEY.as_bytes()));
        (code == "InvalidIdentityToken" && found).then_some(IDP_COMMUNICATION)
    };
    TRANSIENT.iter().find(|transient| **transient == code).copied().or_else(has_no_key)
}

impl ConversationError<'_> {
    /// Returns whether the same request may succeed a little later: the service was busy or faulty,
    /// could not ask someone else (`IDPCommunicationError`, or an `InvalidIdentityToken` whose key
    /// it could not retrieve), or its document was cut off.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Refused { code, message } => transient(code, message).is_some(),
            Self::Status { status, .. } => matches!(status, 408 | 429 | 500..),
            Self::Document { error, .. } => {
                matches!(
                    error,
                    DocumentError::Empty | DocumentError::NotJson | DocumentError::NotXml
                )
            }
            _ => false,
        }
    }

    /// Returns the same error without what it borrows from a body: a refusal keeps no text, and its
    /// code only if it is one that [`is_transient`](Self::is_transient).
    pub fn without_text<'b>(self) -> ConversationError<'b> {
        match self {
            Self::NotHere(not_here) => ConversationError::NotHere(not_here),
            Self::Refused { code, message } => ConversationError::Refused {
                code: transient(code, message).unwrap_or_default(),
                message: "",
            },
            Self::Status { asked, status } => ConversationError::Status { asked, status },
            Self::Document { asked, error } => ConversationError::Document { asked, error },
            Self::OutOfTurn => ConversationError::OutOfTurn,
        }
    }
}

impl fmt::Display for ConversationError<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotHere(not_here) => not_here.fmt(f),
            Self::Refused { code, message } => {
                let is_one = code.is_empty() || message.is_empty();
                let colon = if is_one { "" } else { ": " };
                write!(f, "refused: {}{colon}{}", Printable(code), Printable(message))
            }
            Self::Status { asked, status } => {
                let fix = if self.is_transient() {
                    "try again later"
                } else {
                    "check the endpoint, and that no proxy answers for it"
                };
                write!(f, "asked for {asked}, got status {status}: {fix}")
            }
            Self::Document { asked, error } => write!(f, "{asked}: {error}"),
            Self::OutOfTurn => f.write_str(
                "out of turn: give a response to each request, and read the outcome after the \
                 last",
            ),
        }
    }
}

impl core::error::Error for ConversationError<'_> {}

/// A text from elsewhere, its control characters escaped: a terminal would obey them.
struct Printable<'t>(&'t str);

impl fmt::Display for Printable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|c| {
            if c.is_control() { c.escape_default().fmt(f) } else { f.write_char(c) }
        })
    }
}

impl fmt::Display for NotHere {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoRoleAttached => {
                "no role is attached to this instance: attach an instance profile with a role"
            }
            Self::MetadataDisabled => {
                "the metadata service is switched off for this instance: enable its endpoint with \
                 `aws ec2 modify-instance-metadata-options --http-endpoint enabled`; or a proxy such as \
                 kube2iam or kiam knows IMDSv1 only, which is never used: update it"
            }
            Self::NoImdsV2 => {
                "the metadata endpoint does not support IMDSv2, and IMDSv1 is never used: check the endpoint, and \
                 update a proxy such as kube2iam or kiam"
            }
        })
    }
}
