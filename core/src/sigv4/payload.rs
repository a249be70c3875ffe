//! The statement of a signature about the body.

use core::fmt;

use crate::emit::byte_class::{self, UNBROKEN};
use crate::emit::decimal::Decimal;
use crate::emit::hex_digest::HexDigest;
use crate::emit::sink::{Emit, Stage};
use crate::sigv4::names::{OWNED, OWNED_OF_CHUNKS};
use crate::sigv4::scheme::Scheme;
use crate::sigv4::trailer::Trailer;
use crate::sigv4::v4::V4;

/// A body, the hash of a body, or a body that the signature does not protect.
///
/// Source: "Create a signed AWS API request", `HashedPayload`; "Signature Calculations for the
/// Authorization Header" (Amazon S3). A body in pieces is [`Chunked`].
///
/// ```
/// use rolesig::Payload;
/// use sha2::{Digest, Sha256};
///
/// let small = Payload::Bytes(b"hello");
/// // A file, hashed while it was read.
/// let large = Payload::Sha256(Sha256::digest(b"hello").into());
/// // Only TLS protects it.
/// let unsigned = Payload::Unsigned;
/// # let _ = (small, large, unsigned);
/// ```
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum Payload<'a> {
    /// The body itself, hashed when signing. An empty body is `Bytes(b"")`.
    Bytes(&'a [u8]),
    /// The SHA-256 of the body, computed elsewhere.
    Sha256([u8; 32]),
    /// `UNSIGNED-PAYLOAD`: the body is not protected by the signature. For S3 over https.
    Unsigned,
}

/// Shows of a body only its length: a password or a token can be in it.
impl fmt::Debug for Payload<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(body) => write!(f, "Bytes({} bytes)", body.len()),
            Self::Sha256(digest) => write!(f, "Sha256({:?})", HexDigest::new(digest)),
            Self::Unsigned => f.write_str("Unsigned"),
        }
    }
}

/// A body that is sent in chunks (`aws-chunked`), so that its hash need not be known beforehand.
/// Its statement about the body goes into headers that the signer adds: `content-encoding`,
/// `x-amz-decoded-content-length`, and `x-amz-trailer` if there is one.
///
/// Source: "Signature Calculations for the Authorization Header: Transferring Payload in Multiple
/// Chunks" and "… Including Trailing Headers" (Amazon S3).
///
/// ```
/// use rolesig::{ChunkForm, Chunked, Trailer, TrailerName, V4};
///
/// let trailer = Trailer { name: TrailerName::CRC32C, value_len: 8 };
/// let form = ChunkForm::SignedWithTrailer(trailer);
/// let body = Chunked { len: 66_560, chunk_len: 65_536, content_encoding: None, form };
/// assert_eq!(body.encoded_len::<V4>(), 66_946); // for `Content-Length`
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Chunked<'a> {
    /// The length of the body itself, in bytes.
    pub len: u64,
    /// The length of every chunk but the last, in bytes: S3 requires at least 8,192.
    pub chunk_len: usize,
    /// The body's own `Content-Encoding`, such as `gzip`; `aws-chunked` is appended to it.
    pub content_encoding: Option<&'a str>,
    /// The protection of the chunks.
    pub form: ChunkForm<'a>,
}

/// The protection of a body's chunks.
///
/// ```
/// use rolesig::{ChunkForm, Chunked, Trailer, TrailerName, V4};
///
/// let trailer = Trailer { name: TrailerName::CRC32C, value_len: 8 };
/// let form = ChunkForm::SignedWithTrailer(trailer);
/// let body = Chunked { len: 66_560, chunk_len: 65_536, content_encoding: None, form };
/// assert_eq!(body.encoded_len::<V4>(), 66_946); // for `Content-Length`
/// ```
///
/// Source: "Signature Calculations for the Authorization Header: Transferring Payload in Multiple
/// Chunks" and "… Including Trailing Headers" (Amazon S3).
#[derive(Clone, Copy, Debug)]
pub enum ChunkForm<'a> {
    /// Each chunk is signed: `STREAMING-AWS4-HMAC-SHA256-PAYLOAD`.
    Signed,
    /// Each chunk and a trailer are signed: `STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER`.
    SignedWithTrailer(Trailer<'a>),
    /// No chunk is signed, a trailer has a checksum: `STREAMING-UNSIGNED-PAYLOAD-TRAILER`. For
    /// https.
    UnsignedWithTrailer(Trailer<'a>),
}

impl<'a> ChunkForm<'a> {
    /// Returns the trailer, if the form has one.
    pub const fn trailer(&self) -> Option<Trailer<'a>> {
        match self {
            Self::Signed => None,
            Self::SignedWithTrailer(trailer) | Self::UnsignedWithTrailer(trailer) => Some(*trailer),
        }
    }
}

/// A body whose events are signed one by one, as event streams have it:
/// `STREAMING-AWS4-HMAC-SHA256-EVENTS`. Of Signature Version 4 only: AWS names no such form of V4a,
/// and its own clients refuse to sign events with it.
///
/// Source: "Sending signed event streams" (Amazon Transcribe Developer Guide).
///
/// ```
/// use rolesig::{Events, Request};
///
/// let request: Request<'_, Events> = Request {
///     method: "POST",
///     host: "transcribestreaming.eu-west-1.amazonaws.com",
///     path: "/stream-transcription",
///     query: &[],
///     headers: &[("content-type", b"application/vnd.amazon.eventstream")],
///     payload: Events,
/// };
/// # let _ = request;
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Events;

/// A payload that a request can have in a scheme: [`Payload`], [`Chunked`] or, in [`V4`],
/// [`Events`]. Forms that a program does not use add no code to it.
///
/// ```
/// use rolesig::{PayloadForm, Request, SignError, Signer, Timestamp};
///
/// /// Signs a request with a body of any form.
/// fn authorization<P: PayloadForm>(
///     signer: &mut Signer<'_>,
///     request: &Request<'_, P>,
///     now: Timestamp,
/// ) -> Result<String, SignError> {
///     Ok(signer.sign(request, now)?.authorization().to_string())
/// }
/// ```
pub trait PayloadForm<S: Scheme = V4>: SealedForm {}

impl<S: Scheme> PayloadForm<S> for Payload<'_> {}

impl<S: Scheme> PayloadForm<S> for Chunked<'_> {}

impl PayloadForm for Events {}

/// The sealed part of [`PayloadForm`], which only this package implements.
#[expect(unnameable_types, reason = "it seals `PayloadForm`")]
pub trait SealedForm: Copy + fmt::Debug {
    /// The places of names of headers that are the signer's in this form, and no caller's.
    const OWNED: u16 = OWNED;

    /// The values of the headers that are added in this form.
    type Headers: FormHeaders;

    /// Returns the last line of the canonical request.
    fn hash(&self, algorithm: &'static str) -> PayloadHash;

    fn headers(&self) -> Self::Headers;

    /// Returns whether the form can be sent.
    fn is_valid(&self) -> bool {
        true
    }
}

/// The values of the headers that are added in a form; forms without add no code to a program.
#[expect(unnameable_types, reason = "only `SealedForm` shows it")]
pub trait FormHeaders: Copy {
    fn content_encoding(&self) -> Option<&dyn Emit> {
        None
    }

    fn decoded_len(&self) -> Option<&dyn Emit> {
        None
    }

    fn trailer_name(&self) -> Option<&dyn Emit> {
        None
    }
}

impl FormHeaders for () {}

impl SealedForm for Payload<'_> {
    type Headers = ();

    fn headers(&self) {}

    fn hash(&self, _: &'static str) -> PayloadHash {
        match self {
            Self::Bytes(bytes) => PayloadHash::Digest(HexDigest::of(bytes)),
            Self::Sha256(digest) => PayloadHash::Digest(HexDigest::new(digest)),
            Self::Unsigned => PayloadHash::UNSIGNED,
        }
    }
}

impl<'a> SealedForm for Chunked<'a> {
    type Headers = ChunkedHeaders<'a>;

    const OWNED: u16 = OWNED | OWNED_OF_CHUNKS;

    fn hash(&self, algorithm: &'static str) -> PayloadHash {
        PayloadHash::Literal(match self.form {
            ChunkForm::Signed => ["STREAMING-", algorithm, "-PAYLOAD"],
            ChunkForm::SignedWithTrailer(_) => ["STREAMING-", algorithm, "-PAYLOAD-TRAILER"],
            ChunkForm::UnsignedWithTrailer(_) => ["STREAMING-", "UNSIGNED", "-PAYLOAD-TRAILER"],
        })
    }

    fn headers(&self) -> ChunkedHeaders<'a> {
        ChunkedHeaders {
            content_encoding: ContentEncoding(self.content_encoding),
            decoded_len: Decimal(self.len),
            trailer_name: self.form.trailer().map(|trailer| trailer.name.as_str()),
        }
    }

    fn is_valid(&self) -> bool {
        let is_value = |text: &str| byte_class::some_and_all(text.as_bytes(), UNBROKEN);
        self.chunk_len > 0 && self.content_encoding.is_none_or(is_value)
    }
}

/// The values of the headers for a body in chunks.
#[expect(unnameable_types, reason = "only `SealedForm` shows it")]
#[derive(Clone, Copy, Debug)]
pub struct ChunkedHeaders<'a> {
    content_encoding: ContentEncoding<'a>,
    decoded_len: Decimal,
    trailer_name: Option<&'a str>,
}

impl FormHeaders for ChunkedHeaders<'_> {
    fn content_encoding(&self) -> Option<&dyn Emit> {
        Some(&self.content_encoding)
    }

    fn decoded_len(&self) -> Option<&dyn Emit> {
        Some(&self.decoded_len)
    }

    fn trailer_name(&self) -> Option<&dyn Emit> {
        self.trailer_name.as_ref().map(|name| -> &dyn Emit { name })
    }
}

impl SealedForm for Events {
    type Headers = ();

    fn headers(&self) {}

    fn hash(&self, algorithm: &'static str) -> PayloadHash {
        PayloadHash::Literal(["STREAMING-", algorithm, "-EVENTS"])
    }
}

/// The last line of the canonical request.
#[expect(unnameable_types, reason = "only `SealedForm` shows it")]
#[derive(Clone, Copy, Debug)]
pub enum PayloadHash {
    Digest(HexDigest),
    /// Written one after the other.
    Literal([&'static str; 3]),
}

impl PayloadHash {
    pub(crate) const UNSIGNED: Self = Self::Literal([UNSIGNED_PAYLOAD, "", ""]);

    /// Returns whether it is a text in place of a hash.
    pub(crate) const fn is_literal(&self) -> bool {
        matches!(self, Self::Literal(_))
    }

    /// Returns whether a header's value says this.
    pub(crate) fn is(&self, value: &[u8]) -> bool {
        let mut text = [0; 64];
        self.write_to(&mut text).is_ok_and(|text| *text == *value)
    }
}

/// The text in place of the hash of a body that is not protected.
pub(crate) const UNSIGNED_PAYLOAD: &str = "UNSIGNED-PAYLOAD";

impl Emit for PayloadHash {
    fn emit(&self, out: &mut Stage<'_>) {
        match self {
            Self::Digest(digest) => digest.emit(out),
            Self::Literal(parts) => parts.iter().for_each(|part| out.put(part.as_bytes())),
        }
    }
}

/// `gzip,aws-chunked`.
#[derive(Clone, Copy, Debug)]
struct ContentEncoding<'a>(Option<&'a str>);

impl Emit for ContentEncoding<'_> {
    fn emit(&self, out: &mut Stage<'_>) {
        if let Some(bodys_own) = self.0 {
            out.put(bodys_own.as_bytes());
            out.put_byte(b',');
        }
        out.put(b"aws-chunked");
    }
}
