//! 32 bytes as 64 lower-case hexadecimal digits.

use core::fmt;

use crate::emit::sha256::Sha256;
use crate::emit::sink::{self, Emit, Stage, display_emitted};

/// A SHA-256 digest or a signature, written in lower-case hexadecimal: emits 64 bytes.
///
/// ```
/// use rolesig::{Credentials, Payload, Request, Service, Signer, Timestamp};
///
/// # let credentials =
/// #     Credentials { access_key_id: "AKID", secret_access_key: "secret", session_token: None };
/// # let request = Request {
/// #     method: "GET",
/// #     host: "example.com",
/// #     path: "/",
/// #     query: &[],
/// #     headers: &[],
/// #     payload: Payload::Bytes(b""),
/// # };
/// let mut signer = Signer::new(credentials, "us-east-1", Service::S3)?;
/// let signed = signer.sign(&request, Timestamp::from(1_440_938_160))?;
/// assert_eq!(signed.signature().to_string().len(), 64);
/// assert_eq!(signed.signature().to_bytes().len(), 32);
/// # Ok::<(), rolesig::SignError>(())
/// ```
///
/// Source: "Create a signed AWS API request", step 1, `Hex()`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct HexDigest([u8; 64]);

impl HexDigest {
    pub(crate) fn new(bytes: &[u8; 32]) -> Self {
        let mut digits = [0; 64];
        write_hex(bytes, &mut digits);
        Self(digits)
    }

    /// Hashes the bytes that a value emits.
    pub(crate) fn of(value: &dyn Emit) -> Self {
        Self::of_written(&mut |out| value.emit(out))
    }

    /// Returns the SHA-256 of what is written.
    #[inline(never)]
    pub(crate) fn of_written(write: &mut dyn FnMut(&mut Stage<'_>)) -> Self {
        let mut sha256: Sha256 = Sha256::new();
        sha256.take(write);
        Self::new(&sha256.finish())
    }

    /// Reads 64 lower-case hexadecimal digits; returns `None` for anything else.
    pub(crate) fn read(digits: &[u8]) -> Option<Self> {
        let is_digit = |digit: &u8| matches!(digit, b'0'..=b'9' | b'a'..=b'f');
        digits.try_into().ok().map(Self).filter(|Self(digits)| digits.iter().all(is_digit))
    }

    /// Returns the 32 bytes that the digits stand for.
    pub fn to_bytes(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        let (pairs, _) = self.0.as_chunks();
        for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
            *byte = (nibble(*high) << 4) | nibble(*low);
        }
        bytes
    }

    /// Returns the 64 digits.
    pub const fn as_bytes(&self) -> &[u8; 64] {
        &self.0
    }
}

/// Writes two digits for each byte.
#[inline]
pub(crate) fn write_hex(bytes: &[u8], digits: &mut [u8]) {
    let (pairs, _) = digits.as_chunks_mut();
    for (pair, byte) in pairs.iter_mut().zip(bytes) {
        *pair = [digit(byte >> 4), digit(byte & 15)];
    }
}

/// Returns one hexadecimal digit. Arithmetic instead of a table lets the compiler do 16 at a time.
pub(crate) const fn digit(nibble: u8) -> u8 {
    let letters = if nibble > 9 { b'a' - b'9' - 1 } else { 0 };
    b'0' + nibble + letters
}

/// Returns the value of a digit made by [`digit`].
const fn nibble(digit: u8) -> u8 {
    if digit <= b'9' { digit & 15 } else { digit.wrapping_sub(b'a' - 10) }
}

impl Emit for HexDigest {
    fn emit(&self, out: &mut Stage<'_>) {
        out.put(&self.0);
    }
}

display_emitted!(HexDigest);

impl fmt::Debug for HexDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        sink::display(self, f)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn writes_digits_as_the_crate_hex_does(bytes: [u8; 32]) {
            let mut digits = [0; 64];
            hex::encode_to_slice(bytes, &mut digits).unwrap();
            prop_assert_eq!(HexDigest::new(&bytes).0, digits);
            prop_assert_eq!(HexDigest::new(&bytes).to_bytes(), bytes);
            prop_assert_eq!(HexDigest::read(&digits), Some(HexDigest::new(&bytes)));
        }

        #[test]
        fn reads_only_64_lower_case_digits(bytes: [u8; 32], at in 0..64_usize, other: u8) {
            let mut digits = HexDigest::new(&bytes).0;
            prop_assert_eq!(HexDigest::read(&digits[..at]), None);
            prop_assert_eq!(HexDigest::read(&[&digits[..], b"0"].concat()), None);
            digits[at] = other;
            let expected = matches!(other, b'0'..=b'9' | b'a'..=b'f').then_some(HexDigest(digits));
            prop_assert_eq!(HexDigest::read(&digits), expected);
        }
    }
}
