//! The outcome of a call.

use core::ffi::{CStr, c_char, c_uint};

use signer::{CredentialsError, SignError};

/// Each status beside its text, so that their order is one.
macro_rules! statuses {
    ($($name:ident = $text:literal,)+) => {
        /// `rolesig_status`, in the same order.
        #[repr(C)]
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Status {
            $(#[doc = stringify!($text)] $name,)+
        }

        /// The messages: the fault, and its remedy.
        const TEXTS: &[&CStr] = &[$($text),+];
    };
}

statuses! {
    Ok = c"done",
    More = c"give what is read next",
    Done = c"there are credentials",
    NeedsRoom = c"the buffer is too small: its len says how much is needed",
    Null = c"a pointer is NULL, or the place is too small or not aligned",
    NotUtf8 = c"a text is not UTF-8",
    PayloadKind = c"the payload is of no kind, or its SHA-256 has not 32 bytes",
    Time = c"the time is later than the year 9999",
    AccessKeyId = c"invalid access key id: expected visible ASCII without `/` or `,`",
    SecretAccessKey = c"the secret access key is empty",
    SessionToken = c"the session token is empty or contains white space: trim it",
    Region = c"invalid region: expected visible ASCII without `/` or `,`",
    Service = c"invalid service: expected visible ASCII without `/` or `,`",
    Method = c"invalid method: expected an HTTP token such as `GET`",
    Host = c"invalid host: expected a name or an address, and a port",
    Path = c"the path must begin with a slash, without control characters, ? and #: percent-encode it",
    TooManyHeaders = c"there are more headers than slots: ROLESIG_SLOTS",
    TooManyQueryPairs = c"there are more query pairs than slots: ROLESIG_SLOTS",
    OwnedHeader = c"a header is one that the signer adds by itself: leave it out",
    HeaderName = c"the name of a header is not a token",
    HeaderValue = c"the value of a header contains a control character or a tab: replace it by a space",
    NotHere = c"no role is attached, or there is no IMDSv2 here: continue with the next provider",
    Refused = c"the metadata service gives no credentials: see the role",
    TryLater = c"the metadata service is busy, or the connection was cut: send the request again, later",
    BadResponse = c"the response is not that of a metadata service: check the endpoint, and proxies before it",
    TooLong = c"the response is longer than there is room for: ROLESIG_IMDS_BODY",
    OutOfTurn = c"out of turn: give a response to each request, until all is done",
    Other = c"the request could not be signed",
}

/// Implements `rolesig_status_text`: see the header.
#[unsafe(no_mangle)]
pub(crate) extern "C" fn rolesig_status_text(status: c_uint) -> *const c_char {
    let text = usize::try_from(status).ok().and_then(|place| TEXTS.get(place));
    text.copied().unwrap_or(c"no status").as_ptr()
}

impl From<Result<(), Self>> for Status {
    fn from(result: Result<(), Self>) -> Self {
        result.err().unwrap_or(Self::Ok)
    }
}

impl From<SignError> for Status {
    fn from(error: SignError) -> Self {
        match error {
            SignError::Credentials(CredentialsError::AccessKeyId) => Self::AccessKeyId,
            SignError::Credentials(CredentialsError::SecretAccessKey) => Self::SecretAccessKey,
            SignError::Credentials(CredentialsError::SessionToken) => Self::SessionToken,
            SignError::InvalidRegion => Self::Region,
            SignError::InvalidService => Self::Service,
            SignError::InvalidMethod => Self::Method,
            SignError::InvalidHost => Self::Host,
            SignError::InvalidPath => Self::Path,
            SignError::TooManyHeaders { .. } => Self::TooManyHeaders,
            SignError::TooManyQueryPairs { .. } => Self::TooManyQueryPairs,
            SignError::OwnedHeader { .. } => Self::OwnedHeader,
            SignError::InvalidHeaderName { .. } => Self::HeaderName,
            SignError::InvalidHeaderValue { .. } => Self::HeaderValue,
            _ => Self::Other,
        }
    }
}
