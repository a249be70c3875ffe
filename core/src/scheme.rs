//! The two schemes of Signature Version 4: which key, which algorithm, what a region is to it.

use core::fmt;

use crate::credentials::Credentials;
use crate::scope::CredentialScope;
use crate::sink::Emit;

/// A way to sign: [`V4`](crate::V4), or `V4a` of the feature `sigv4a`. Not for others to implement.
pub trait Scheme: Copy + fmt::Debug + private::Sealed {
    /// The name of the algorithm, as the string to sign and the `Authorization` header have it.
    const ALGORITHM: &'static str;
    /// Whether the region stands in the credential scope; else it is a set of regions, in a header
    /// of its own.
    const REGION_IN_SCOPE: bool;
    /// The length of a signature in a chunk, in hexadecimal digits, filled up with `*`.
    const CHUNK_SIGNATURE_LEN: usize;
    /// The key, wiped when dropped.
    type Key: Clone + fmt::Debug;
    /// A signature in lower-case hexadecimal digits.
    type Signature: Emit + Copy + fmt::Debug + fmt::Display;

    /// The key for a credential scope.
    fn derive(credentials: &Credentials<'_>, scope: &CredentialScope<'_>) -> Self::Key;

    /// Signs a string to sign.
    fn authenticate(key: &Self::Key, string_to_sign: &(impl Emit + ?Sized)) -> Self::Signature;
}

pub(crate) mod private {
    pub trait Sealed {}
}
