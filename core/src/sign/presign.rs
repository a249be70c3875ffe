//! Signing a request by query: a URL that anyone may use until it expires.

use crate::emit::byte_class::is_same_name;
use crate::emit::hex_digest::HexDigest;
use crate::emit::percent::EncodedValue;
use crate::sign::authenticate::Authenticating;
use crate::sign::signer::Signer;
use crate::sigv4::canonical::added::{AddedPairs, QueryToken, Token};
use crate::sigv4::canonical::lower_case::LowerCase;
use crate::sigv4::canonical::merged::{Owned, Rules};
use crate::sigv4::canonical::path::CanonicalPath;
use crate::sigv4::canonical::{CanonicalRequest, Given, Ordered, RequestRules};
use crate::sigv4::error::SignError;
use crate::sigv4::items::Items;
use crate::sigv4::names::{
    CONTENT_SHA256, HEADER_NAMES, OWNED_PRESIGNING, PAIR_NAMES, QUERY_CONTENT_SHA256,
};
use crate::sigv4::payload::{Payload, PayloadHash, SealedForm, UNSIGNED_PAYLOAD};
use crate::sigv4::request::Request;
use crate::sigv4::scheme::Scheme;
use crate::sigv4::service::PayloadRule;
use crate::time::expires::Expires;
use crate::time::timestamp::{AmzDate, Timestamp};

mod stages;
mod written;

use stages::UrlStart;
pub use stages::{Presigned, PresignedTarget, Url};
pub use written::WrittenUrl;
use written::write_url;

impl<'a, S: Scheme, const SLOTS: usize> Signer<'a, S, SLOTS> {
    /// Signs a request by query as of `now`: anyone who has the URL can send it until it expires,
    /// with all of the request's headers.
    ///
    /// The payload is `None` where nothing is said of the body: S3 and VPC Lattice then accept any
    /// body, and all other services only an empty one. `Some` is the body that the sender must
    /// send. S3 learns it from the header `x-amz-content-sha256`, which must be among the request's
    /// own and say the same; so must that of [`Payload::Unsigned`] to services other than these
    /// two. VPC Lattice never learns it.
    ///
    /// The host is signed, and written in the URL, in lower case, as clients send it. Give its port
    /// only if it is not the default one of the URL's scheme, since clients leave that out.
    ///
    /// Source: "Authenticating Requests: Using Query Parameters" (Amazon S3).
    ///
    /// # Errors
    /// As [`Signer::sign`]; also [`SignError::OwnedPair`] if a pair of the query is the signer's to
    /// add (`X-Amz-…`), [`SignError::OwnedHeader`] if `x-amz-content-sha256` says something else
    /// than the payload, and [`SignError::SignedPayload`] or [`SignError::UnsignedPayload`] if the
    /// service does not learn from the request what the payload says.
    pub fn presign<'r>(
        &mut self,
        request: &Request<'r, Option<Payload<'r>>, S::QueryText>,
        expires: Expires,
        now: Timestamp,
    ) -> Result<Presigned<'r, S, SLOTS>, SignError>
    where
        'a: 'r,
    {
        let date = now.amz_date();
        let payload_hash = self.presigned_payload_hash(request)?;
        let mut ordered = self.ordered_pairs(request, payload_hash, expires, date);
        ordered.fill(Some(request.host), &RULES)?;
        let canonical_request = HexDigest::of(&CanonicalRequest(&ordered));
        let string_to_sign = self.string_to_sign(canonical_request, date);
        Ok(Presigned {
            host: request.host,
            appended_token: self.appended_token().map(|token| self.query_token(token)),
            expires_at: now.checked_add(expires.as_seconds().into()).unwrap_or(Timestamp::MAX),
            signature: self.authenticate(&string_to_sign),
            request: ordered,
            string_to_sign,
        })
    }

    /// Signs a request by query, as [`presign`](Self::presign) does, and writes its URL into a
    /// buffer.
    ///
    /// # Errors
    /// As [`presign`](Self::presign), and [`SignError::BufferTooSmall`].
    pub fn presign_into<'b>(
        &mut self,
        request: &Request<'_, Option<Payload<'_>>, S::QueryText>,
        expires: Expires,
        now: Timestamp,
        scheme: &str,
        buffer: &'b mut [u8],
    ) -> Result<WrittenUrl<'b>, SignError> {
        let date = now.amz_date();
        let appended_token = self.appended_token().map(|token| self.query_token(token));
        let payload_hash = self.presigned_payload_hash(request)?;
        let mut ordered = self.ordered_pairs(request, payload_hash, expires, date);
        ordered.fill(Some(request.host), &RULES)?;
        let start = UrlStart { scheme, host: LowerCase(request.host.as_bytes()) };
        let key = &mut Authenticating { signer: self, date: &date, signature: &mut None };
        let (url, target) = ordered.show(|parts| {
            write_url(parts, &start, appended_token, S::SIGNATURE_LEN, buffer, key)
        })?;
        Ok(WrittenUrl {
            url,
            target,
            has_header: ordered.added.unsigned_header,
            expires_at: now.checked_add(expires.as_seconds().into()).unwrap_or(Timestamp::MAX),
        })
    }

    /// Joins a request and what is added to it; both are still to be checked.
    #[inline(never)]
    fn ordered_pairs<'r>(
        &self,
        request: &Request<'r, Option<Payload<'r>>, S::QueryText>,
        payload_hash: PayloadHash,
        expires: Expires,
        date: AmzDate,
    ) -> Ordered<'r, AddedPairs<'r>, SLOTS>
    where
        'a: 'r,
    {
        let path = CanonicalPath::new(request.path, self.service.path_rule);
        let added = AddedPairs {
            host: LowerCase(request.host.as_bytes()),
            unsigned_header: self.service.payload_rule == PayloadRule::Unsigned,
            algorithm: S::ALGORITHM,
            credential: EncodedValue(self.credential(date)),
            date,
            expires,
            region_set: (!S::REGION_IN_SCOPE).then_some(EncodedValue(self.region)),
            session_token: Token {
                token: self.credentials.session_token.map(|token| self.query_token(token)),
                place: self.service.session_token,
            },
            payload_hash,
        };
        let (query, headers) = (S::query(request.query), Items::Headers(request.headers));
        Ordered::new(Given::new(request.method, path, query, headers), added)
    }

    /// Returns the session token as a query has it.
    fn query_token(&self, token: &'a str) -> QueryToken<'a> {
        self.encoded_token.map_or(QueryToken::Plain(token), QueryToken::Encoded)
    }

    /// Returns what the signature says of the body, and checks that the request says nothing else.
    fn presigned_payload_hash(
        &self,
        request: &Request<'_, Option<Payload<'_>>, S::QueryText>,
    ) -> Result<PayloadHash, SignError> {
        let mut headers = request.headers.iter();
        let given =
            headers.find(|(name, _)| is_same_name(name.as_bytes(), CONTENT_SHA256.as_bytes()));
        let rule = self.service.payload_rule;
        let payload = request.payload.unwrap_or(match rule {
            PayloadRule::Signed => Payload::Bytes(b""),
            PayloadRule::SignedByHeader | PayloadRule::Unsigned => Payload::Unsigned,
        });
        let is_unsigned = matches!(payload, Payload::Unsigned);
        let is_never_signed = rule == PayloadRule::Unsigned;
        // The service assumes the one or the other, unless a header says which.
        let is_assumed = is_unsigned == (rule != PayloadRule::Signed);
        if !is_assumed && (given.is_none() || is_never_signed) {
            let (unsigned, signed) = (SignError::UnsignedPayload, SignError::SignedPayload);
            return Err(if is_unsigned { unsigned } else { signed });
        }
        let says_otherwise = |(name, value): &(&S::QueryText, &S::QueryText)| {
            says_otherwise(name.as_ref(), value.as_ref())
        };
        if is_unsigned && request.query.iter().any(says_otherwise) {
            return Err(SignError::OwnedPair { name: QUERY_CONTENT_SHA256 });
        }
        let payload_hash = payload.hash(S::ALGORITHM);
        // To a service that takes no protected bodies, the signer gives the header.
        let is_other = |(_, value): &(&str, &[u8])| is_never_signed || !payload_hash.is(value);
        if given.is_some_and(is_other) {
            return Err(SignError::OwnedHeader { name: CONTENT_SHA256 });
        }
        Ok(payload_hash)
    }
}

/// The header that VPC Lattice requires of every request.
const UNSIGNED_HEADER: (&str, &[u8]) = (CONTENT_SHA256, UNSIGNED_PAYLOAD.as_bytes());

/// The rules for a request that is signed by query.
const RULES: RequestRules<'_> = RequestRules {
    pairs: Rules { owned: Owned { names: &PAIR_NAMES, places: u16::MAX }, is_signed: None },
    headers: Rules {
        owned: Owned { names: &HEADER_NAMES, places: OWNED_PRESIGNING },
        is_signed: None,
    },
};

/// Returns whether a pair says that the body is protected.
fn says_otherwise(name: &[u8], value: &[u8]) -> bool {
    is_same_name(name, QUERY_CONTENT_SHA256.as_bytes()) && value != UNSIGNED_PAYLOAD.as_bytes()
}
