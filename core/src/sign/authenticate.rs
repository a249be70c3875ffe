//! The last steps of a signature, behind a face that knows nothing of schemes and slots.

use crate::emit::hex_digest::HexDigest;
use crate::emit::sink::{Emit, Stage};
use crate::sign::signed::AuthorizationStart;
use crate::sign::signer::Signer;
use crate::sigv4::scheme::Scheme;
use crate::time::timestamp::AmzDate;

/// Signs the hash of a canonical request.
pub(crate) trait Authenticate {
    /// Writes the start of the `Authorization` header, with the credential.
    fn claim(&self, out: &mut Stage<'_>);

    /// Derives the day's key, if it is not there: before the signature, so that the string to sign
    /// is not on the stack then.
    fn derive(&mut self);

    /// Returns the signature.
    fn authenticate(&mut self, canonical_request: &HexDigest) -> &dyn Emit;
}

/// A signer that signs the hash of one request.
pub(crate) struct Authenticating<'s, 'a, S: Scheme, const SLOTS: usize> {
    pub(crate) signer: &'s mut Signer<'a, S, SLOTS>,
    pub(crate) date: &'s AmzDate,
    pub(crate) signature: &'s mut Option<S::Signature>,
}

impl<S: Scheme, const SLOTS: usize> Authenticate for Authenticating<'_, '_, S, SLOTS> {
    #[inline(never)]
    fn claim(&self, out: &mut Stage<'_>) {
        AuthorizationStart {
            algorithm: S::ALGORITHM,
            credential: self.signer.credential(*self.date),
        }
        .emit(out);
    }

    fn derive(&mut self) {
        self.signer.key(&self.signer.scope(*self.date));
    }

    #[inline(never)]
    fn authenticate(&mut self, canonical_request: &HexDigest) -> &dyn Emit {
        let string_to_sign = self.signer.string_to_sign(*canonical_request, *self.date);
        self.signature.insert(self.signer.authenticate(&string_to_sign))
    }
}
