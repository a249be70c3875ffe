//! Signing a request by header.

use heapless::Vec;

use crate::emit::hex_digest::HexDigest;
use crate::sign::authenticate::Authenticating;
use crate::sign::head::{SignedHead, write_head};
use crate::sign::signed::Signed;
use crate::sign::signer::Signer;
use crate::sigv4::canonical::added::{AddedHeaders, Token, header_values};
use crate::sigv4::canonical::merged::{Additions, Owned, Rules};
use crate::sigv4::canonical::path::CanonicalPath;
use crate::sigv4::canonical::{CanonicalRequest, Given, Ordered, RequestRules};
use crate::sigv4::error::SignError;
use crate::sigv4::items::Items;
use crate::sigv4::names::HEADER_NAMES;
use crate::sigv4::payload::{PayloadForm, PayloadHash, SealedForm};
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
    /// [`SignError::OwnedHeader`] if a header is the signer's to add, and one of the `Invalid…` for
    /// a part that could not be sent as it is.
    pub fn sign<'r, P: PayloadForm<S>>(
        &mut self,
        request: &Request<'r, P, S::QueryText>,
        now: Timestamp,
    ) -> Result<Signed<'r, P, S, SLOTS>, SignError>
    where
        'a: 'r,
    {
        let date = now.amz_date();
        let mut ordered = self.ordered(request, date);
        fill(&mut ordered, request)?;
        let canonical_request = HexDigest::of(&CanonicalRequest(&ordered));
        let string_to_sign = self.string_to_sign(canonical_request, date);
        Ok(Signed {
            payload: request.payload,
            access_key_id: self.credentials.access_key_id,
            appended_token: self.appended_token(),
            signature: self.authenticate(&string_to_sign),
            request: ordered,
            string_to_sign,
        })
    }

    /// Signs a request as of `now`, as [`sign`](Self::sign) does, and writes everything to send
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
    #[inline(never)]
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
        // Each by itself: as parts of a pair they would be moved.
        let date = now.amz_date();
        let payload_hash = self.payload_hash(&request.payload);
        let mut given = self.given(request);
        let mut pairs = Vec::<u16, SLOTS>::new();
        let mut headers = Vec::<u16, SLOTS>::new();
        if !request.payload.is_valid() {
            return Err(SignError::InvalidChunks);
        }
        let rules = const { &rules::<P>() };
        given.order(Some(request.host), rules, pairs.as_mut_view(), headers.as_mut_view())?;
        let (region_set, token) = (self.region_set(), self.token());
        let form = request.payload.headers();
        let hash = (&payload_hash, self.service.payload_hash_header);
        let values = header_values(&request.host, &date, region_set.as_ref(), &token, &form, hash);
        let headers = given.lines(&headers, &values);
        let parts = given.parts(&pairs, Additions::NONE, &headers, &payload_hash);
        let token = self.session_token();
        let key = &mut Authenticating { signer: self, date: &date, signature };
        write_head(&parts, token, S::SIGNATURE_LEN, buffer, key)
    }

    /// Takes the parts of a request that are still to be checked.
    #[inline]
    fn given<'r, P>(&self, request: &Request<'r, P, S::QueryText>) -> Given<'r> {
        let path = CanonicalPath::new(request.path, self.service.path_rule);
        let (query, headers) = (S::query(request.query), Items::Headers(request.headers));
        Given::new(request.method, path, query, headers)
    }

    /// Joins a request and what is added to it; both are still to be checked.
    #[inline]
    fn ordered<'r, P: PayloadForm<S>>(
        &self,
        request: &Request<'r, P, S::QueryText>,
        date: AmzDate,
    ) -> Ordered<'r, AddedHeaders<'r, P::Headers>, SLOTS>
    where
        'a: 'r,
    {
        let added = AddedHeaders {
            host: request.host,
            date,
            region_set: self.region_set(),
            session_token: self.token(),
            form: request.payload.headers(),
            payload_hash: self.payload_hash(&request.payload),
            payload_hash_header: self.service.payload_hash_header,
        };
        Ordered::new(self.given(request), added)
    }

    /// Returns the set of regions, if the scope has no region.
    fn region_set(&self) -> Option<&'a str> {
        (!S::REGION_IN_SCOPE).then_some(self.region)
    }

    /// Returns the session token, and where it stands.
    const fn token(&self) -> Token<&'a str> {
        Token { token: self.credentials.session_token, place: self.service.session_token }
    }

    /// Returns what the signature says of the body.
    fn payload_hash<P: PayloadForm<S>>(&self, payload: &P) -> PayloadHash {
        match payload.hash(S::ALGORITHM) {
            PayloadHash::Digest(_) if self.service.payload_rule == PayloadRule::Unsigned => {
                PayloadHash::UNSIGNED
            }
            payload_hash => payload_hash,
        }
    }
}

/// Checks a request, and puts it in order.
fn fill<P: SealedForm, T: ?Sized, const SLOTS: usize>(
    ordered: &mut Ordered<'_, AddedHeaders<'_, P::Headers>, SLOTS>,
    request: &Request<'_, P, T>,
) -> Result<(), SignError> {
    if !request.payload.is_valid() {
        return Err(SignError::InvalidChunks);
    }
    ordered.fill(Some(request.host), const { &rules::<P>() })
}

/// The rules for a request that is signed by header.
const fn rules<P: SealedForm>() -> RequestRules<'static> {
    RequestRules {
        pairs: Rules { owned: Owned::NONE, is_signed: None },
        headers: Rules { owned: Owned { names: &HEADER_NAMES, places: P::OWNED }, is_signed: None },
    }
}
