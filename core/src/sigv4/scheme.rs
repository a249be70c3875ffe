//! The two schemes of Signature Version 4, with their keys, algorithms and regions.

use core::fmt;
use core::marker::PhantomData;

use crate::credentials::Credentials;
use crate::emit::sink::Emit;
use crate::sigv4::items::Items;
use crate::sigv4::scope::CredentialScope;

/// A way to sign: [`V4`](crate::V4), or `V4a` of the feature `sigv4a`. Not for others to implement:
/// its keys and functions are the signer's and the verifier's.
///
/// ```
/// use rolesig::{Scheme, V4};
///
/// fn algorithm<S: Scheme>() -> &'static str {
///     S::ALGORITHM
/// }
/// assert_eq!(algorithm::<V4>(), "AWS4-HMAC-SHA256");
/// ```
pub trait Scheme: Copy + fmt::Debug + private::Sealed {
    /// The name of the algorithm, as the string to sign and the `Authorization` header have it.
    const ALGORITHM: &'static str;
    /// True if the region is in the credential scope; else it is a set of regions, in another
    /// header.
    const REGION_IN_SCOPE: bool;
    /// The greatest length of a signature, in hexadecimal digits; in a chunk it is filled up to it
    /// with `*`.
    const SIGNATURE_LEN: usize;
    /// The type of the names and values in a request's query: `str`, or bytes by [`ByteQuery`].
    type QueryText: AsRef<[u8]> + fmt::Debug + ?Sized + 'static;
    /// The key that signs, wiped when dropped.
    #[doc(hidden)]
    type Key: Clone + fmt::Debug;
    /// The key that verifies: in [`V4`](crate::V4) the same, in `V4a` a public key.
    #[doc(hidden)]
    type VerifyingKey: Clone + fmt::Debug;
    /// A signature in lower-case hexadecimal digits.
    type Signature: Emit + Copy + Eq + fmt::Debug + fmt::Display;

    /// Returns the pairs of a request's query as a list.
    #[doc(hidden)]
    fn query<'q>(pairs: &'q [(&'q Self::QueryText, &'q Self::QueryText)]) -> Items<'q>;

    /// Derives the key for a credential scope.
    #[doc(hidden)]
    fn derive(credentials: &Credentials<'_>, scope: &CredentialScope<'_>) -> Self::Key;

    /// Signs a string to sign.
    #[doc(hidden)]
    fn authenticate(key: &Self::Key, string_to_sign: &dyn Emit) -> Self::Signature;

    /// Returns the key that verifies signatures of a key.
    #[doc(hidden)]
    fn verifying_key(key: Self::Key) -> Self::VerifyingKey;

    /// Reads a signature in lower-case hexadecimal digits; returns `None` for anything else.
    fn read_signature(digits: &[u8]) -> Option<Self::Signature>;

    /// Returns whether this is a signature of a string to sign. Takes the same time either way, if
    /// the key is a secret.
    #[doc(hidden)]
    fn verifies(
        key: &Self::VerifyingKey,
        string_to_sign: &dyn Emit,
        signature: &Self::Signature,
    ) -> bool;
}

/// Signs as `S` does, requests whose query has bytes for names and values: `?q=caf%E9` is
/// `(b"q", b"caf\xe9")`, which no text is.
///
/// ```
/// use rolesig::{ByteQuery, Credentials, Payload, Request, Service, Signer, Timestamp, V4};
///
/// let credentials =
///     Credentials { access_key_id: "AKID", secret_access_key: "secret", session_token: None };
/// let request = Request {
///     method: "GET",
///     host: "example.com",
///     path: "/",
///     query: &[(&b"q"[..], &b"caf\xe9"[..])],
///     headers: &[],
///     payload: Payload::Bytes(b""),
/// };
/// let service = Service::new("execute-api");
/// let mut signer = Signer::<ByteQuery<V4>>::with_slots(credentials, "us-east-1", service)?;
/// let signed = signer.sign(&request, Timestamp::from(1_440_938_160))?;
/// assert_eq!(signed.target().to_string(), "/?q=caf%E9");
/// # Ok::<(), rolesig::SignError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ByteQuery<S>(PhantomData<S>);

impl<S> private::Sealed for ByteQuery<S> {}

impl<S: Scheme> Scheme for ByteQuery<S> {
    const ALGORITHM: &'static str = S::ALGORITHM;
    const REGION_IN_SCOPE: bool = S::REGION_IN_SCOPE;
    const SIGNATURE_LEN: usize = S::SIGNATURE_LEN;
    type QueryText = [u8];
    type Key = S::Key;
    type VerifyingKey = S::VerifyingKey;
    type Signature = S::Signature;

    fn query<'q>(pairs: &'q [(&'q [u8], &'q [u8])]) -> Items<'q> {
        Items::Bytes(pairs)
    }

    fn derive(credentials: &Credentials<'_>, scope: &CredentialScope<'_>) -> Self::Key {
        S::derive(credentials, scope)
    }

    fn authenticate(key: &Self::Key, string_to_sign: &dyn Emit) -> Self::Signature {
        S::authenticate(key, string_to_sign)
    }

    fn verifying_key(key: Self::Key) -> Self::VerifyingKey {
        S::verifying_key(key)
    }

    fn read_signature(digits: &[u8]) -> Option<Self::Signature> {
        S::read_signature(digits)
    }

    fn verifies(
        key: &Self::VerifyingKey,
        string_to_sign: &dyn Emit,
        signature: &Self::Signature,
    ) -> bool {
        S::verifies(key, string_to_sign, signature)
    }
}

pub(crate) mod private {
    #[expect(unnameable_types, reason = "it seals `Scheme`")]
    pub trait Sealed {}
}
