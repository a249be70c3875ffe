//! The texts of credentials.

use std::sync::Arc;

use bytes::Bytes;
use http::HeaderValue;
use rolesig::SignError;
use zeroize::Zeroizing;

use super::SignRequestError;

/// A text that is wiped when its last copy is dropped, that of a header included.
#[derive(Clone)]
pub(super) struct SecretText(Arc<Zeroizing<String>>);

impl SecretText {
    pub(super) fn new(text: &str) -> Self {
        Self(Arc::new(Zeroizing::new(text.to_owned())))
    }

    /// Returns it as a header, without a copy.
    pub(super) fn into_header(self) -> Result<HeaderValue, SignRequestError> {
        let value = HeaderValue::from_maybe_shared(Bytes::from_owner(self));
        let mut value = value.map_err(|_| SignError::InvalidHeaderValue { index: 0 })?;
        value.set_sensitive(true);
        Ok(value)
    }
}

impl AsRef<str> for SecretText {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl AsRef<[u8]> for SecretText {
    fn as_ref(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

#[cfg(test)]
mod tests {
    use zeroize::ZeroizeOnDrop;

    use super::*;

    #[test]
    fn is_wiped_and_shared() {
        fn assert_wiped<T: ZeroizeOnDrop>(_: &T) {}
        let text = SecretText::new("hush");
        assert_wiped(&*text.0);
        let header = text.clone().into_header().unwrap();
        let text: &str = text.as_ref();
        assert_eq!(header.as_bytes().as_ptr(), text.as_ptr());
        assert_eq!(format!("{header:?}"), "Sensitive");
    }
}
