//! The last steps of a signature, behind a face that knows nothing of schemes and slots.

use crate::emit::hex_digest::HexDigest;
use crate::emit::sink::Emit;
use crate::sign::signer::Signer;
use crate::sigv4::scheme::Scheme;
use crate::time::timestamp::AmzDate;

/// Signs the hash of a canonical request.
pub(crate) trait Authenticate {
    /// Returns the signature.
    fn authenticate(&mut self, canonical_request: HexDigest) -> &dyn Emit;
}

/// A signer that signs the hash of one request.
pub(crate) struct Authenticating<'s, 'a, S: Scheme, const SLOTS: usize> {
    pub(crate) signer: &'s mut Signer<'a, S, SLOTS>,
    pub(crate) date: AmzDate,
    pub(crate) signature: &'s mut Option<S::Signature>,
}

impl<S: Scheme, const SLOTS: usize> Authenticate for Authenticating<'_, '_, S, SLOTS> {
    fn authenticate(&mut self, canonical_request: HexDigest) -> &dyn Emit {
        let string_to_sign = self.signer.string_to_sign(canonical_request, self.date);
        let signature = self.signer.authenticate(&string_to_sign);
        self.signature.insert(signature)
    }
}
