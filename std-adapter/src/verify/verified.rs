//! An accepted request, without its secrets.

use rolesig::{
    ChunkForm, Expires, Scheme, SignedPayload, Timestamp, Trailer, TrailerName, Verified,
};

/// The facts that the signature of a request proves: the parts of a [`Verified`] that are not
/// secret, owned, so that they can be passed on with the request.
///
/// The caller must check what the signature cannot show: whether the signed `host` is its own, and
/// what the key may do.
///
/// ```
/// use rolesig_std::verify::{VerifiedBody, VerifiedRequest};
///
/// fn signer(request: &http::Request<VerifiedBody>) -> Option<&str> {
///     Some(request.extensions().get::<VerifiedRequest>()?.access_key_id())
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedRequest {
    access_key_id: String,
    signed_headers: String,
    payload: SignedPayload,
    trailer_names: Vec<String>,
    signed_at: Timestamp,
    expires: Option<Expires>,
}

impl VerifiedRequest {
    pub(super) fn of<S: Scheme>(verified: &Verified<'_, S>) -> Self {
        Self {
            access_key_id: verified.access_key_id().to_owned(),
            signed_headers: verified.signed_headers().to_owned(),
            payload: verified.payload(),
            trailer_names: verified.trailer_names().map(|name| name.to_string()).collect(),
            signed_at: verified.signed_at(),
            expires: verified.expires(),
        }
    }

    /// Returns whose secret it was signed with.
    pub fn access_key_id(&self) -> &str {
        &self.access_key_id
    }

    /// Returns the names of the signed headers, in lower case and in order, joined by semicolons.
    /// All other headers may have been changed on the way.
    pub fn signed_headers(&self) -> &str {
        &self.signed_headers
    }

    /// Returns what the signature says of the body.
    pub const fn payload(&self) -> SignedPayload {
        self.payload
    }

    /// Returns the names of the announced trailers of a body in chunks, as
    /// [`Verified::trailer_names`].
    pub fn trailer_names(&self) -> impl Iterator<Item = TrailerName<'_>> {
        self.trailer_names.iter().filter_map(|name| TrailerName::new(name).ok())
    }

    /// Returns the form in which the chunks of the body can be signed again, as a gateway does:
    /// with the trailer that was announced. Unsigned chunks without a trailer, which have no
    /// checksum either, are then signed.
    ///
    /// It is `None` for a body that is not in chunks, and for one whose trailers a
    /// [`Chunked`](rolesig::Chunked) cannot have: several, or one that is not a checksum of S3's.
    ///
    /// ```
    /// use rolesig::Chunked;
    /// use rolesig_std::verify::VerifiedRequest;
    ///
    /// fn chunked(verified: &VerifiedRequest, len: u64) -> Option<Chunked<'_>> {
    ///     let form = verified.chunk_form()?;
    ///     Some(Chunked { len, chunk_len: 64 * 1024, content_encoding: None, form })
    /// }
    /// ```
    pub fn chunk_form(&self) -> Option<ChunkForm<'static>> {
        use SignedPayload::{Chunks, ChunksWithTrailer, UnsignedChunksWithTrailer};
        let trailers: Option<Vec<_>> = self.trailer_names().map(Trailer::checksum).collect();
        match (self.payload, &*trailers?) {
            (Chunks | ChunksWithTrailer | UnsignedChunksWithTrailer, []) => Some(ChunkForm::Signed),
            (ChunksWithTrailer, [one]) => Some(ChunkForm::SignedWithTrailer(*one)),
            (UnsignedChunksWithTrailer, [one]) => Some(ChunkForm::UnsignedWithTrailer(*one)),
            _ => None,
        }
    }

    /// Returns the request's date.
    pub const fn signed_at(&self) -> Timestamp {
        self.signed_at
    }

    /// Returns how long after its date a presigned request is valid for; `None` for one signed by
    /// header.
    pub const fn expires(&self) -> Option<Expires> {
        self.expires
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(payload: SignedPayload, trailer_names: &[&str]) -> Option<ChunkForm<'static>> {
        let verified = VerifiedRequest {
            access_key_id: String::new(),
            signed_headers: String::new(),
            payload,
            trailer_names: trailer_names.iter().map(|name| (*name).to_owned()).collect(),
            signed_at: Timestamp::EPOCH,
            expires: None,
        };
        verified.chunk_form()
    }

    #[test]
    fn keeps_the_announced_trailer() {
        let names = ["x-amz-checksum-crc32c"];
        let signed = form(SignedPayload::ChunksWithTrailer, &names);
        assert!(
            matches!(signed, Some(ChunkForm::SignedWithTrailer(trailer)) if trailer.value_len == 8)
        );
        let unsigned = form(SignedPayload::UnsignedChunksWithTrailer, &names);
        assert!(matches!(
            unsigned,
            Some(ChunkForm::UnsignedWithTrailer(trailer)) if trailer.name == TrailerName::CRC32C
        ));
    }

    #[test]
    fn signs_chunks_without_a_trailer() {
        for payload in [SignedPayload::Chunks, SignedPayload::UnsignedChunksWithTrailer] {
            assert!(matches!(form(payload, &[]), Some(ChunkForm::Signed)), "{payload:?}");
        }
    }

    #[test]
    fn refuses_bodies_without_chunks_and_trailers_without_a_form() {
        for payload in [SignedPayload::Unsigned, SignedPayload::Events] {
            assert!(form(payload, &[]).is_none(), "{payload:?}");
        }
        for names in [&["x-amz-checksum-crc32", "x-amz-checksum-sha1"][..], &["x-amz-meta-a"]] {
            assert!(form(SignedPayload::ChunksWithTrailer, names).is_none(), "{names:?}");
        }
        assert!(form(SignedPayload::Chunks, &["x-amz-checksum-crc32"]).is_none());
    }
}
