//! The place of a signature, and the names of headers in errors.

use core::fmt;

/// The place of a request's signature. AWS's error codes distinguish the two.
///
/// ```
/// use rolesig::{AuthMechanism, VerifyError};
///
/// let by_header = VerifyError::WrongScopeRegion(AuthMechanism::Header);
/// assert_eq!(by_header.code(), "AuthorizationHeaderMalformed");
/// let by_query = VerifyError::WrongScopeRegion(AuthMechanism::Query);
/// assert_eq!(by_query.code(), "AuthorizationQueryParametersError");
/// ```
///
/// Source: "Authenticating Requests" (Amazon S3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum AuthMechanism {
    /// The `Authorization` header.
    Header,
    /// The query of a presigned URL.
    Query,
}

/// The longest name that is kept. AWS's own have up to 59 bytes.
const MAX: usize = 64;

/// The name of a received header: in lower case, and cut off after 64 bytes. Characters that no
/// header has are replaced by `?`, so that it can be logged.
///
/// ```
/// use rolesig::HeaderName;
///
/// assert_eq!(HeaderName::new("X-Amz-Acl").as_str(), "x-amz-acl");
/// assert_eq!(HeaderName::new("a\r\nb").as_str(), "a??b");
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct HeaderName {
    /// ASCII, filled up with zeros.
    text: [u8; MAX],
}

impl HeaderName {
    /// Copies a name: its first 64 bytes, in lower case.
    pub fn new(name: &str) -> Self {
        let mut text = [0; MAX];
        for (place, byte) in text.iter_mut().zip(name.bytes()) {
            *place = if byte.is_ascii_graphic() { byte.to_ascii_lowercase() } else { b'?' };
        }
        Self { text }
    }

    /// Returns the name.
    pub fn as_str(&self) -> &str {
        let text = self.text.split(|byte| *byte == 0).next().unwrap_or_default();
        // All of it is ASCII.
        str::from_utf8(text).unwrap_or_default()
    }
}

impl fmt::Display for HeaderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for HeaderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.as_str())
    }
}
