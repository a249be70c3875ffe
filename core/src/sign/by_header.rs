//! Signing a request by header.

use crate::emit::hex_digest::HexDigest;
use crate::sign::authenticate::Authenticating;
use crate::sign::head::{SignedHead, write_head};
use crate::sign::signed::{Claim, Signed};
use crate::sign::signer::Signer;
use crate::sigv4::canonical::added::{AddedHeaders, OWNED, S3SESSION_TOKEN, SECURITY_TOKEN};
use crate::sigv4::canonical::{CanonicalRequest, Ordered, Rules};
use crate::sigv4::error::SignError;
use crate::sigv4::items::Items;
use crate::sigv4::payload::{Form, PayloadForm, PayloadHash};
use crate::sigv4::request::Request;
use crate::sigv4::scheme::Scheme;
use crate::sigv4::service::PayloadRule;
use crate::time::timestamp::{AmzDate, Timestamp};

impl<'a, S: Scheme, const SLOTS: usize> Signer<'a, S, SLOTS> {
    /// Signs a request as of `now`; time and credential scope come from this one instant.
    /// Services refuse a time that is more than 15 minutes off. Sign again for every retry.
    ///
    /// Source: "Create a signed AWS API request"; "Authenticating Requests" (Amazon S3).
    ///
    /// # Errors
    /// [`SignError::TooManyHeaders`] and [`SignError::TooManyQueryPairs`] if slots are missing,
    /// [`SignError::OwnedHeader`] if a header is the signer's to add, and one of the `Invalid…` for a
    /// part that could not be sent as it is.
    pub fn sign<'r, P: PayloadForm<S>>(
        &mut self,
        request: &Request<'r, P, S::QueryText>,
        now: Timestamp,
    ) -> Result<Signed<'r, P, S, SLOTS>, SignError>
    where
        'a: 'r,
    {
        let date = now.amz_date();
        let (_, appended_token) = self.session_token(SECURITY_TOKEN, S3SESSION_TOKEN);
        let ordered = self.ordered(request, date)?;
        let canonical_request = HexDigest::of(&CanonicalRequest(&ordered));
        let string_to_sign = self.string_to_sign(canonical_request, date);
        Ok(Signed {
            payload: request.payload,
            access_key_id: self.credentials.access_key_id,
            appended_token,
            signature: self.authenticate(&string_to_sign),
            request: ordered,
            string_to_sign,
        })
    }

    /// Signs a request as of `now`, as [`sign`](Self::sign) does, and writes all that is to be sent
    /// beside the request's own headers into a buffer: 512 bytes do for most requests, the session
    /// token is not copied.
    ///
    /// # Errors
    /// As [`sign`](Self::sign), and [`SignError::BufferTooSmall`].
    pub fn sign_into<'b, P: PayloadForm<S>>(
        &mut self,
        request: &Request<'_, P, S::QueryText>,
        now: Timestamp,
        buffer: &'b mut [u8],
    ) -> Result<SignedHead<'b>, SignError>
    where
        'a: 'b,
    {
        self.head(request, now, buffer, &mut None)
    }

    /// Signs into a buffer, and keeps the signature, too.
    pub(crate) fn head<'b, P: PayloadForm<S>>(
        &mut self,
        request: &Request<'_, P, S::QueryText>,
        now: Timestamp,
        buffer: &'b mut [u8],
        signature: &mut Option<S::Signature>,
    ) -> Result<SignedHead<'b>, SignError>
    where
        'a: 'b,
    {
        let date = now.amz_date();
        // Looked at where it is: moving it takes a second place on the stack.
        let ordered = self.ordered(request, date);
        let ordered = match &ordered {
            Ok(ordered) => ordered,
            Err(error) => return Err(*error),
        };
        let claim = Claim { algorithm: S::ALGORITHM, credential: self.credential(date) };
        let (signed_token, appended) = self.session_token(SECURITY_TOKEN, S3SESSION_TOKEN);
        let token = signed_token.or(appended.map(|token| (SECURITY_TOKEN, token)));
        let key = &mut Authenticating { signer: self, date, signature };
        ordered.show(|parts| write_head(parts, &claim, token, S::SIGNATURE_LEN, buffer, key))
    }

    /// Checks a request, and puts it in order with what is added to it.
    #[inline(never)]
    fn ordered<'r, P: PayloadForm<S>>(
        &self,
        request: &Request<'r, P, S::QueryText>,
        date: AmzDate,
    ) -> Result<Ordered<'r, AddedHeaders<'r, P::Headers>, SLOTS>, SignError>
    where
        'a: 'r,
    {
        let path = self.check_line(request.method, request.host, request.path)?;
        let payload_hash = self.payload_hash(&request.payload)?;
        let (session_token, _) = self.session_token(SECURITY_TOKEN, S3SESSION_TOKEN);
        let added = AddedHeaders {
            host: request.host,
            date,
            region_set: (!S::REGION_IN_SCOPE).then_some(self.region),
            session_token,
            form: request.payload.headers(),
            // A service can only know that the payload is not as usual if the request says so.
            payload_hash_header: self.service.payload_hash_header
                || matches!(payload_hash, PayloadHash::Literal(_)),
            payload_hash,
        };
        let (query, headers) = (S::query(request.query), Items::Headers(request.headers));
        let mut ordered = Ordered::new(request.method, path, query, headers, added);
        ordered.fill(&rules::<P>())?;
        Ok(ordered)
    }

    /// Returns what the signature says of the body.
    fn payload_hash<P: PayloadForm<S>>(&self, payload: &P) -> Result<PayloadHash, SignError> {
        if !payload.is_valid() {
            return Err(SignError::InvalidChunks);
        }
        Ok(match payload.hash(S::ALGORITHM) {
            PayloadHash::Digest(_) if self.service.payload_rule == PayloadRule::Unsigned => {
                PayloadHash::UNSIGNED
            }
            payload_hash => payload_hash,
        })
    }
}

/// The rules for a request that is signed by header.
const fn rules<P: Form>() -> Rules<'static> {
    Rules {
        owned_headers: [&OWNED, P::OWNED],
        owned_pairs: &[],
        is_signed_header: &|_| true,
        is_signed_pair: &|_| true,
    }
}
