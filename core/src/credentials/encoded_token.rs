//! A session token in the form that URLs have it.

use core::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop};

use super::Credentials;
use crate::emit::percent::Encoded;
use crate::emit::sink::{BufferTooSmallError, Emit as _};

/// A session token, percent-encoded once for all URLs that its credentials presign:
/// [`Signer::with_encoded_token`](crate::Signer::with_encoded_token) copies it instead of encoding
/// the token for each of them. Wiped when replaced and when dropped.
///
/// `B` is the buffer: an array, or a boxed slice. Three times the token's length is always enough;
/// the tokens of AWS grow by about a tenth. As with
/// [`StoredCredentials`](crate::StoredCredentials), a move leaves a copy behind: keep it beside
/// them, and encode it again whenever they change.
///
/// ```
/// use rolesig::{Credentials, EncodedToken, Service, Signer, StoredCredentials};
///
/// struct Device {
///     credentials: StoredCredentials<2048>,
///     encoded_token: EncodedToken<[u8; 2048]>,
/// }
///
/// let mut device = Device {
///     credentials: StoredCredentials::new(),
///     encoded_token: EncodedToken::new([0; 2048]),
/// };
/// let fetched = Credentials {
///     access_key_id: "ASIA",
///     secret_access_key: "secret",
///     session_token: Some("token/"),
/// };
/// device.credentials.store(fetched, None)?;
/// device.encoded_token.encode(&fetched)?;
///
/// let credentials = device.credentials.credentials().ok_or("nothing is stored")?;
/// let signer = Signer::new(credentials, "eu-west-1", Service::S3)?
///     .with_encoded_token(&device.encoded_token);
/// # let _ = signer;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct EncodedToken<B: AsRef<[u8]> + AsMut<[u8]>> {
    buffer: B,
    len: usize,
}

impl<B: AsRef<[u8]> + AsMut<[u8]>> EncodedToken<B> {
    /// Takes a buffer, which has no token yet. A signer that is given it encodes its token itself.
    pub const fn new(buffer: B) -> Self {
        Self { buffer, len: 0 }
    }

    /// Wipes the old token, and encodes that of `credentials`, if they have one.
    ///
    /// # Errors
    /// [`BufferTooSmallError`] with the length of a buffer that would have been enough. There is no
    /// token then.
    ///
    /// ```
    /// use rolesig::{Credentials, EncodedToken};
    ///
    /// let credentials = Credentials {
    ///     access_key_id: "ASIA",
    ///     secret_access_key: "secret",
    ///     session_token: Some("token/+"),
    /// };
    /// let error = EncodedToken::new([0; 10]).encode(&credentials).unwrap_err();
    /// assert_eq!(error.needed, "token%2F%2B".len());
    /// EncodedToken::new([0; 11]).encode(&credentials)?;
    /// # Ok::<(), rolesig::BufferTooSmallError>(())
    /// ```
    pub fn encode(&mut self, credentials: &Credentials<'_>) -> Result<(), BufferTooSmallError> {
        self.zeroize();
        if let Some(token) = credentials.session_token {
            let written = Encoded::value(token).write_to(self.buffer.as_mut());
            match written.map(<[u8]>::len) {
                Ok(len) => self.len = len,
                Err(error) => {
                    self.zeroize();
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    /// Returns the length of the encoded token, in bytes: 0 if there is none.
    ///
    /// ```
    /// use rolesig::{Credentials, EncodedToken};
    ///
    /// let credentials = Credentials {
    ///     access_key_id: "ASIA",
    ///     secret_access_key: "secret",
    ///     session_token: Some("token/+"),
    /// };
    /// let mut encoded = EncodedToken::new([0; 32]);
    /// assert!(encoded.is_empty());
    /// encoded.encode(&credentials)?;
    /// assert_eq!(encoded.len(), "token%2F%2B".len());
    /// # Ok::<(), rolesig::BufferTooSmallError>(())
    /// ```
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Returns whether there is no token.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Returns the text, if there is one.
    pub(crate) fn text(&self) -> Option<&[u8]> {
        self.buffer.as_ref().get(..self.len).filter(|text| !text.is_empty())
    }
}

impl<B: AsRef<[u8]> + AsMut<[u8]>> Zeroize for EncodedToken<B> {
    fn zeroize(&mut self) {
        self.buffer.as_mut().zeroize();
        self.len = 0;
    }
}

impl<B: AsRef<[u8]> + AsMut<[u8]>> Drop for EncodedToken<B> {
    fn drop(&mut self) {
        self.zeroize();
    }
}

impl<B: AsRef<[u8]> + AsMut<[u8]>> ZeroizeOnDrop for EncodedToken<B> {}

/// Shows nothing of the token.
impl<B: AsRef<[u8]> + AsMut<[u8]>> fmt::Debug for EncodedToken<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EncodedToken(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    extern crate std;

    fn credentials(session_token: Option<&str>) -> Credentials<'_> {
        Credentials { access_key_id: "ASIA", secret_access_key: "secret", session_token }
    }

    #[test]
    fn holds_and_wipes_an_exact_fit() {
        let mut encoded = EncodedToken::new([0; 11]);
        assert_eq!(encoded.text(), None);
        encoded.encode(&credentials(Some("token/+"))).unwrap();
        assert_eq!(encoded.text(), Some(&b"token%2F%2B"[..]));
        assert_eq!(std::format!("{encoded:?}"), "EncodedToken(..)");
        encoded.zeroize();
        assert_eq!((encoded.text(), encoded.buffer), (None, [0; 11]));
    }

    #[test]
    fn keeps_nothing_of_an_earlier_or_a_longer_token() {
        let mut encoded = EncodedToken::new([0; 8]);
        encoded.encode(&credentials(Some("token"))).unwrap();
        let needed = BufferTooSmallError { needed: 11 };
        assert_eq!(encoded.encode(&credentials(Some("token/+"))), Err(needed));
        assert_eq!((encoded.text(), encoded.buffer), (None, [0; 8]));
        encoded.encode(&credentials(Some("token"))).unwrap();
        encoded.encode(&credentials(Some("t"))).unwrap();
        assert_eq!(encoded.buffer, *b"t\0\0\0\0\0\0\0");
        encoded.encode(&credentials(None)).unwrap();
        assert_eq!((encoded.text(), encoded.buffer), (None, [0; 8]));
    }
}
