//! The keys that AWS knows a caller by.

use core::fmt;

use crate::emit::byte_class::{is_scope_part, is_visible};

pub(crate) mod encoded_token;
pub(crate) mod refresh;
pub(crate) mod stored;

/// An access key id, its secret, and the session token that temporary credentials have.
///
/// Role credentials always carry a session token; a signature without it is refused as
/// `InvalidAccessKeyId` or `InvalidToken`. `Debug` shows the access key id only.
///
/// ```
/// use rolesig::Credentials;
///
/// let credentials = Credentials {
///     access_key_id: "ASIAIOSFODNN7EXAMPLE",
///     secret_access_key: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
///     session_token: Some("IQoJb3JpZ2luX2VjE"),
/// };
/// assert_eq!(
///     format!("{credentials:?}"),
///     r#"Credentials { access_key_id: "ASIAIOSFODNN7EXAMPLE", .. }"#
/// );
/// ```
#[derive(Clone, Copy)]
pub struct Credentials<'a> {
    /// 16 to 128 characters; begins with `ASIA` when temporary, with `AKIA` when long-lived.
    pub access_key_id: &'a str,
    /// The secret: of any length, since it is streamed into the key derivation.
    pub secret_access_key: &'a str,
    /// The session token of temporary credentials: of any length, often 800 to 1,500 bytes.
    pub session_token: Option<&'a str>,
}

impl fmt::Debug for Credentials<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("access_key_id", &self.access_key_id)
            .finish_non_exhaustive()
    }
}

impl Credentials<'_> {
    /// Checks that both identifiers can be sent in a header, and that the secret has no white space
    /// and no control characters, which were read along from a file or a variable.
    ///
    /// # Errors
    /// The first field that cannot be right.
    pub fn check(&self) -> Result<(), CredentialsError> {
        if !is_scope_part(self.access_key_id) {
            return Err(CredentialsError::AccessKeyId);
        }
        let secret = self.secret_access_key;
        // Services other than AWS have secrets with letters beyond ASCII. Not by the table of
        // classes, which programs that only fetch credentials do not have.
        let is_blank = |byte: u8| byte <= b' ' || byte == 0x7f;
        let has_blank = secret.bytes().fold(false, |any, byte| any | is_blank(byte));
        if secret.is_empty() || has_blank {
            return Err(CredentialsError::SecretAccessKey);
        }
        if !self.session_token.is_none_or(|token| is_visible(token, [0; 2])) {
            return Err(CredentialsError::SessionToken);
        }
        Ok(())
    }
}

/// Owned credentials that were [checked](Credentials::check) once, for a program that makes many
/// [`Signer`](crate::Signer)s: [`Signer::with_checked`](crate::Signer::with_checked) does not check
/// them again.
///
/// `T` owns a text, such as `Zeroizing<String>` of the crate zeroize. Its `as_ref` must always
/// return the same text.
///
/// ```
/// use rolesig::{CheckedCredentials, Payload, Request, Service, SignError, Signer, Timestamp, V4};
/// use zeroize::Zeroizing;
///
/// let owned = |text: &str| Zeroizing::new(text.to_owned());
/// let credentials = CheckedCredentials::new(owned("AKID"), owned("secret"), None)?;
/// for path in ["/a", "/b"] {
///     let mut signer = Signer::<V4>::with_checked(&credentials, "us-east-1", Service::S3)?;
///     let host = "bucket.s3.amazonaws.com";
///     let payload = Payload::Bytes(b"");
///     let request = Request { method: "GET", host, path, query: &[], headers: &[], payload };
///     signer.sign(&request, Timestamp::from(1_440_938_160))?;
/// }
/// # Ok::<(), SignError>(())
/// ```
pub struct CheckedCredentials<T> {
    access_key_id: T,
    secret_access_key: T,
    session_token: Option<T>,
}

impl<T: AsRef<str>> CheckedCredentials<T> {
    /// Checks credentials.
    ///
    /// # Errors
    /// As [`Credentials::check`].
    pub fn new(
        access_key_id: T,
        secret_access_key: T,
        session_token: Option<T>,
    ) -> Result<Self, CredentialsError> {
        let checked = Self { access_key_id, secret_access_key, session_token };
        checked.as_credentials().check()?;
        Ok(checked)
    }

    /// Returns the credentials.
    pub fn as_credentials(&self) -> Credentials<'_> {
        Credentials {
            access_key_id: self.access_key_id.as_ref(),
            secret_access_key: self.secret_access_key.as_ref(),
            session_token: self.session_token.as_ref().map(AsRef::as_ref),
        }
    }
}

impl<T: AsRef<str>> fmt::Debug for CheckedCredentials<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CheckedCredentials")
            .field("access_key_id", &self.access_key_id.as_ref())
            .finish_non_exhaustive()
    }
}

/// The field of [`Credentials`] that no request could carry.
///
/// ```
/// use rolesig::{Credentials, CredentialsError};
///
/// let credentials = Credentials {
///     access_key_id: "AKIDEXAMPLE",
///     secret_access_key: "secret\n", // read from a file, with its line end
///     session_token: None,
/// };
/// assert_eq!(credentials.check(), Err(CredentialsError::SecretAccessKey));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum CredentialsError {
    /// Empty, or has characters other than visible ASCII, or a `/` or `,`.
    AccessKeyId,
    /// Empty, or has white space or control characters: often a line end that was read along.
    SecretAccessKey,
    /// Empty, or has characters other than visible ASCII: often a line end that was read along.
    SessionToken,
}

impl fmt::Display for CredentialsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AccessKeyId => "invalid access key id: expected visible ASCII without `/` or `,`",
            Self::SecretAccessKey => {
                "the secret access key is empty or contains white space: trim it"
            }
            Self::SessionToken => "the session token is empty or contains white space: trim it",
        })
    }
}

impl core::error::Error for CredentialsError {}
