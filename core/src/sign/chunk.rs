//! A body in chunks, each signed after the one before it (`aws-chunked`), and its trailer.

use crate::emit::byte_class::{self, UNBROKEN};
use crate::emit::hex_digest::HexDigest;
use crate::emit::sink::Emit;
use crate::sign::head::SignedHead;
use crate::sign::signed::Signed;
use crate::sign::signer::Signer;
use crate::sigv4::error::SignError;
use crate::sigv4::payload::{ChunkForm, Chunked};
use crate::sigv4::request::Request;
use crate::sigv4::scheme::Scheme;
use crate::sigv4::scope::CredentialScope;
use crate::sigv4::signing_key::SigningKey;
use crate::sigv4::string_to_sign::{ChunkStringToSign, StringToSign, TrailerLine};
use crate::sigv4::v4::V4;
use crate::time::timestamp::{AmzDate, Timestamp};

mod encoded_len;
mod error;
mod wire;

pub use error::ChunkError;
pub use wire::{Chunk, ChunkHead, LastChunk};

const CHUNK_SIGNATURE: &str = ";chunk-signature=";
const TRAILER_SIGNATURE: &str = "x-amz-trailer-signature:";
const LINE_END: &[u8] = b"\r\n";

#[expect(clippy::as_conversions, reason = "no const From")]
const fn wide(len: usize) -> u64 {
    len as u64
}

impl<'a, S: Scheme, const SLOTS: usize> Signer<'a, S, SLOTS> {
    /// Signs a request whose body is sent in chunks, as [`sign_into`](Self::sign_into) does, and
    /// returns the signer of the chunks, too. It does not need this signer any longer, and its
    /// chunks are good however late they are sent.
    ///
    /// ```
    /// use rolesig::{ChunkForm, Chunked, Credentials, Emit, Request, Service, Signer, Timestamp};
    ///
    /// # let credentials =
    /// #     Credentials { access_key_id: "AKID", secret_access_key: "s", session_token: None };
    /// let log =
    ///     Chunked { len: 5, chunk_len: 8192, content_encoding: None, form: ChunkForm::Signed };
    /// let request = Request {
    ///     method: "PUT",
    ///     host: "amzn-s3-demo-bucket.s3.eu-west-1.amazonaws.com",
    ///     path: "/log",
    ///     query: &[],
    ///     headers: &[],
    ///     payload: log,
    /// };
    /// let now = Timestamp::from(1_440_938_160);
    /// let mut signer = Signer::new(credentials, "eu-west-1", Service::S3)?;
    /// let mut buffer = [0; 512];
    /// let (head, mut chunks) = signer.sign_chunked_into(&request, now, &mut buffer)?;
    /// assert_eq!(head.payload_hash(), Some(&b"STREAMING-AWS4-HMAC-SHA256-PAYLOAD"[..]));
    /// assert_eq!(chunks.chunk(b"hello")?.emitted_len(), 1 + 17 + 64 + 2 + 5 + 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`sign_into`](Self::sign_into).
    pub fn sign_chunked_into<'r, 'b>(
        &mut self,
        request: &Request<'_, Chunked<'r>, S::QueryText>,
        now: Timestamp,
        buffer: &'b mut [u8],
    ) -> Result<(SignedHead<'b>, ChunkSigner<'r, S>), SignError>
    where
        'a: 'r + 'b,
    {
        let (date, mut signature) = (now.amz_date(), None);
        let head = self.head(request, now, buffer, &mut signature)?;
        let scope = self.scope(date);
        let key = self.key(&scope).clone();
        // Without a signature there was an error.
        let signature = signature.ok_or(SignError::InvalidChunks)?;
        Ok((head, ChunkSigner::start(key, scope, date, signature, request.payload)))
    }

    /// Creates the signer of the chunks of a request that this signer has signed. It does not need
    /// the signer any longer, and its chunks are good however late they are sent.
    pub fn chunks<'r>(&mut self, signed: &Signed<'r, Chunked<'r>, S, SLOTS>) -> ChunkSigner<'r, S> {
        let StringToSign { date, scope, .. } = *signed.string_to_sign();
        let key = self.key(&scope).clone();
        ChunkSigner::start(key, scope, date, *signed.signature(), *signed.payload())
    }
}

/// Signs the chunks of one body, in order. Each signature covers the one before it, so that no
/// chunk can be changed, left out or moved.
///
/// A sensor log larger than the memory that it is sent from:
///
/// ```
/// use rolesig::{ChunkForm, Chunked, Credentials, Emit, Request, Service, Signer, Timestamp, V4};
///
/// # let credentials = Credentials {
/// #     access_key_id: "AKIAIOSFODNN7EXAMPLE",
/// #     secret_access_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
/// #     session_token: None,
/// # };
/// let log = Chunked {
///     len: 20_000,
///     chunk_len: 8192,
///     content_encoding: None,
///     form: ChunkForm::Signed,
/// };
/// let request = Request {
///     method: "PUT",
///     host: "amzn-s3-demo-bucket.s3.eu-west-1.amazonaws.com",
///     path: "/log",
///     query: &[],
///     headers: &[],
///     payload: log,
/// };
/// let now: Timestamp = "2026-11-22T12:00:00Z".parse()?;
/// let mut signer = Signer::new(credentials, "eu-west-1", Service::S3)?;
/// let signed = signer.sign(&request, now)?;
///
/// // The head: the signed headers, and Content-Length with what goes over the wire.
/// let mut sent = 0;
/// let mut chunks = signer.chunks(&signed);
/// for part in [[0; 8192].as_slice(), &[0; 8192], &[0; 3616]] {
///     sent += chunks.chunk(part)?.emitted_len();
/// }
/// sent += chunks.finish(None)?.emitted_len();
/// assert_eq!(sent as u64, log.encoded_len::<V4>());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Source: "Signature Calculations for the Authorization Header: Transferring Payload in Multiple
/// Chunks" and "… Including Trailing Headers" (Amazon S3).
#[derive(Debug)]
pub struct ChunkSigner<'r, S: Scheme = V4> {
    key: S::Key,
    date: AmzDate,
    scope: CredentialScope<'r>,
    previous: S::Signature,
    form: ChunkForm<'r>,
    chunk_len: usize,
    left: u64,
}

impl<'r, S: Scheme> ChunkSigner<'r, S> {
    /// Creates the signer of the chunks of a request that was signed before, with this key and
    /// scope and at this date. Unlike [`Signer::chunks`], it borrows nothing of the request.
    pub fn new(
        key: &SigningKey<S>,
        scope: CredentialScope<'r>,
        date: AmzDate,
        signature: S::Signature,
        body: Chunked<'r>,
    ) -> Self {
        Self::start(key.key().clone(), scope, date, signature, body)
    }

    const fn start(
        key: S::Key,
        scope: CredentialScope<'r>,
        date: AmzDate,
        previous: S::Signature,
        body: Chunked<'r>,
    ) -> Self {
        let Chunked { len: left, chunk_len, form, .. } = body;
        Self { key, date, scope, previous, form, chunk_len, left }
    }

    /// Signs the next chunk: [`Chunked::chunk_len`] bytes of the body, or what is left of it.
    ///
    /// # Errors
    /// [`ChunkError::ChunkLength`] if it is of another length; the signer is then as it was.
    pub fn chunk<'d>(&mut self, data: &'d [u8]) -> Result<Chunk<'d, S>, ChunkError> {
        let needed =
            usize::try_from(self.left).map_or(self.chunk_len, |left| self.chunk_len.min(left));
        if data.len() != needed || needed == 0 {
            return Err(ChunkError::ChunkLength { needed });
        }
        self.left -= wide(needed);
        Ok(Chunk { signature: self.sign_data(data), data })
    }

    /// Signs the end of the body, and its trailer's value if one was announced.
    ///
    /// # Errors
    /// [`ChunkError::BodyTooShort`] if the body is not at its end;
    /// [`ChunkError::UnexpectedTrailer`] or [`ChunkError::InvalidTrailer`] if the trailer is not
    /// the one that was announced. Break the upload off: the server keeps nothing of it.
    pub fn finish<'d>(mut self, trailer: Option<&'d [u8]>) -> Result<LastChunk<'d, S>, ChunkError>
    where
        'r: 'd,
    {
        if self.left > 0 {
            return Err(ChunkError::BodyTooShort { left: self.left });
        }
        let trailer = match (self.form.trailer(), trailer) {
            (None, None) => None,
            (None, Some(_)) => return Err(ChunkError::UnexpectedTrailer),
            (Some(announced), value) => {
                let value = value.unwrap_or_default();
                if value.len() != announced.value_len || !byte_class::all(value, UNBROKEN) {
                    return Err(ChunkError::InvalidTrailer { needed: announced.value_len });
                }
                Some((announced.name.as_str(), value))
            }
        };
        let signature = self.sign_data(b"");
        let trailer_signature = trailer.and_then(|(name, value)| {
            let line = TrailerLine { name, value, line_end: b"\n" };
            self.sign("-TRAILER", None, &line)
        });
        Ok(LastChunk { signature, trailer, trailer_signature })
    }

    fn sign_data(&mut self, data: &[u8]) -> Option<S::Signature> {
        let nothing = HexDigest::of(&"");
        self.sign("-PAYLOAD", Some(nothing), &data)
    }

    fn sign(
        &mut self,
        form: &'static str,
        headers: Option<HexDigest>,
        content: &dyn Emit,
    ) -> Option<S::Signature> {
        if matches!(self.form, ChunkForm::UnsignedWithTrailer(_)) {
            return None;
        }
        let string_to_sign = ChunkStringToSign {
            algorithm: S::ALGORITHM,
            form,
            date: self.date,
            scope: self.scope,
            previous: self.previous,
            headers,
            content: HexDigest::of(content),
        };
        self.previous = S::authenticate(&self.key, &string_to_sign);
        Some(self.previous)
    }
}

#[cfg(test)]
mod tests;
