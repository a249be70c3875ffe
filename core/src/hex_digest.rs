//! 32 bytes as 64 lower-case hexadecimal digits.

use core::fmt;

use sha2::{Digest, Sha256};

use crate::sink::{self, Emit, Sink};
use crate::staged::Staged;

/// A SHA-256 digest or a signature, written in lower-case hexadecimal: emits 64 bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct HexDigest([u8; 64]);

impl HexDigest {
    pub(crate) fn new(bytes: &[u8; 32]) -> Self {
        let mut digits = [b'0'; 64];
        // Cannot fail: 64 is twice 32.
        let _ = hex::encode_to_slice(bytes, &mut digits);
        Self(digits)
    }

    /// The digest of what a value emits.
    pub(crate) fn of(value: &(impl Emit + ?Sized)) -> Self {
        let mut sha256 = Staged::new(Sha256::new());
        value.emit(&mut sha256);
        Self::new(&sha256.into_digest().finalize().into())
    }

    /// The 64 digits.
    pub const fn as_bytes(&self) -> &[u8; 64] {
        &self.0
    }
}

impl Emit for HexDigest {
    fn emit(&self, out: &mut impl Sink) {
        out.put(&self.0);
    }
}

impl fmt::Display for HexDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        sink::display(self, f)
    }
}

impl fmt::Debug for HexDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        sink::display(self, f)
    }
}
