//! The chunks of a verified request.

use core::fmt;

use crate::emit::hex_digest::HexDigest;
use crate::emit::percent::digit_value;
use crate::sigv4::scheme::Scheme;
use crate::sigv4::string_to_sign::{ChunkStringToSign, StringToSign, TrailerLine};
use crate::sigv4::trailer::TrailerName;
use crate::sigv4::v4::V4;
use crate::verify::error::VerifyError;
use crate::verify::framing::{Framing, names};
use crate::verify::verified::Verified;

impl<'r, S: Scheme> Verified<'r, S> {
    /// Returns what verifies the body, if it comes in signed chunks; `None` for any other body.
    /// Use [`into_decoder`](Self::into_decoder) for a body that is read in pieces of any length.
    ///
    /// ```
    /// # use rolesig::{ChunkHeadReceived, Verified, VerifyError};
    /// # fn receive(verified: Verified<'_>, mut line: impl FnMut() -> Vec<u8>,
    /// #     mut data: impl FnMut(u64) -> Vec<u8>) -> Result<(), VerifyError> {
    /// let Some(mut chunks) = verified.into_chunks() else {
    ///     // Not in signed chunks: nothing here could detect a changed body.
    ///     return Err(VerifyError::UnsignedPayload);
    /// };
    /// loop {
    ///     let head = ChunkHeadReceived::read(&line())?;
    ///     let data = data(head.len());
    ///     chunks.chunk(&head, &data)?;
    ///     if head.len() == 0 {
    ///         break;
    ///     }
    /// }
    /// chunks.finish(None)
    /// // Only if this is `Ok` is the body as it was sent.
    /// # }
    /// ```
    #[must_use = "no chunk is verified yet"]
    pub fn into_chunks(self) -> Option<ChunkVerifier<'r, S>> {
        if !self.payload.is_signed_in_parts() {
            return None;
        }
        let Framing { len, trailers } = self.framing?;
        Some(ChunkVerifier {
            key: self.key,
            previous: self.signature,
            string_to_sign: self.string_to_sign,
            left: len,
            is_ended: false,
            trailers,
        })
    }
}

/// Verifies the chunks of one body, in order. Signatures are compared in constant time.
///
/// Source: "Signature Calculations for the Authorization Header: Transferring Payload in Multiple
/// Chunks" and "… Including Trailing Headers" (Amazon S3).
///
/// ```
/// use rolesig::{ChunkHeadReceived, ChunkVerifier, VerifyError};
///
/// /// Verifies a body of one chunk, whose lines and data were read before.
/// fn verify(
///     mut chunks: ChunkVerifier<'_>,
///     [first, last]: [&[u8]; 2],
///     data: &[u8],
/// ) -> Result<(), VerifyError> {
///     chunks.chunk(&ChunkHeadReceived::read(first)?, data)?;
///     chunks.chunk(&ChunkHeadReceived::read(last)?, b"")?;
///     chunks.finish(None)
/// }
/// ```
pub struct ChunkVerifier<'r, S: Scheme = V4> {
    key: S::VerifyingKey,
    previous: S::Signature,
    string_to_sign: StringToSign<'r>,
    left: u64,
    is_ended: bool,
    /// Names with commas between them; empty if there is no trailer.
    trailers: &'r str,
}

impl<S: Scheme> ChunkVerifier<'_, S> {
    /// Verifies one chunk; the one without data ends the body.
    ///
    /// # Errors
    /// [`VerifyError::InvalidChunk`] if head, data and the body's length do not go together,
    /// [`VerifyError::SignatureDoesNotMatch`] if head or data were changed, or a chunk before this
    /// one left out.
    pub fn chunk(&mut self, head: &ChunkHeadReceived<S>, data: &[u8]) -> Result<(), VerifyError> {
        if u64::try_from(data.len()) != Ok(head.len) {
            return Err(VerifyError::InvalidChunk);
        }
        self.chunk_of(head, HexDigest::of(&data))
    }

    /// Verifies one chunk by the hash of its data, which is as long as its head says.
    pub(super) fn chunk_of(
        &mut self,
        head: &ChunkHeadReceived<S>,
        data: HexDigest,
    ) -> Result<(), VerifyError> {
        let left = self.left.checked_sub(head.len).filter(|_| !self.is_ended);
        let left = left.ok_or(VerifyError::InvalidChunk)?;
        let nothing = HexDigest::of(&"");
        self.verify("-PAYLOAD", Some(nothing), data, &head.signature)?;
        // Not before: a refused chunk must not bring the body nearer to its end.
        self.left = left;
        self.is_ended = head.len == 0;
        Ok(())
    }

    /// Says that the body is whole. A trailer that was announced is given by its name, its value,
    /// and the value of `x-amz-trailer-signature`.
    ///
    /// # Errors
    /// [`VerifyError::IncompleteBody`] without the last chunk, or if the body is shorter than
    /// announced; [`VerifyError::InvalidTrailer`] if the trailer is not the announced one;
    /// [`VerifyError::SignatureDoesNotMatch`] if it was changed.
    pub fn finish(
        mut self,
        trailer: Option<(TrailerName<'_>, &[u8], &[u8])>,
    ) -> Result<(), VerifyError> {
        self.end()?;
        match trailer {
            None if self.trailers.is_empty() => Ok(()),
            Some((name, value, signature)) if names(self.trailers).eq([name]) => {
                let line = TrailerLine { name: name.as_str(), value, line_end: b"\n" };
                self.trailer_of(HexDigest::of(&line), signature)
            }
            _ => Err(VerifyError::InvalidTrailer),
        }
    }

    /// Checks that the last chunk has come, and the whole body before it.
    pub(super) const fn end(&self) -> Result<(), VerifyError> {
        if self.is_ended && self.left == 0 { Ok(()) } else { Err(VerifyError::IncompleteBody) }
    }

    /// Verifies the trailers by the hash of their lines.
    pub(super) fn trailer_of(
        &mut self,
        lines: HexDigest,
        signature: &[u8],
    ) -> Result<(), VerifyError> {
        let signature = read_signature::<S>(signature)?;
        self.verify("-TRAILER", None, lines, &signature)
    }

    fn verify(
        &mut self,
        form: &'static str,
        headers: Option<HexDigest>,
        content: HexDigest,
        signature: &S::Signature,
    ) -> Result<(), VerifyError> {
        let StringToSign { algorithm, date, scope, .. } = self.string_to_sign;
        let previous = self.previous;
        let string_to_sign =
            ChunkStringToSign { algorithm, form, date, scope, previous, headers, content };
        if !S::verifies(&self.key, &string_to_sign, signature) {
            return Err(VerifyError::SignatureDoesNotMatch);
        }
        self.previous = *signature;
        Ok(())
    }
}

impl<S: Scheme> fmt::Debug for ChunkVerifier<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChunkVerifier").field("left", &self.left).finish_non_exhaustive()
    }
}

/// Reads the signature of a chunk or a trailer, without the `*` that fill up those of Version 4a.
/// One of another length breaks the framing; one of this length is a wrong signature, whatever its
/// characters are. AWS's documentation does not say so; servers that were compared with Amazon S3
/// answer so.
///
/// Source: MinIO's and Versity's readers of signed chunks.
fn read_signature<S: Scheme>(padded: &[u8]) -> Result<S::Signature, VerifyError> {
    let mut digits = padded;
    while let [shorter @ .., b'*'] = digits {
        digits = shorter;
    }
    let signature = S::read_signature(digits).filter(|_| padded.len() <= S::SIGNATURE_LEN);
    let is_framed = padded.len() == S::SIGNATURE_LEN;
    let malformed =
        if is_framed { VerifyError::InvalidSignature } else { VerifyError::InvalidChunk };
    signature.ok_or(malformed)
}

/// Reads the length of a chunk, in hexadecimal digits of either case.
pub(super) fn read_len(digits: &[u8]) -> Option<u64> {
    // 16 digits fill 64 bits.
    let is_len = (1..=16).contains(&digits.len());
    let len = digits
        .iter()
        .filter(|_| is_len)
        .try_fold(0, |len, digit| Some((len << 4) | u64::from(digit_value(*digit)?)))?;
    is_len.then_some(len)
}

/// The line before a chunk's data: `10000;chunk-signature=…`.
///
/// ```
/// use rolesig::{ChunkHeadReceived, V4};
///
/// let line = b"10000;chunk-signature=\
///     ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648";
/// assert_eq!(ChunkHeadReceived::<V4>::read(line)?.len(), 65_536);
/// # Ok::<(), rolesig::VerifyError>(())
/// ```
///
/// Source: "Signature Calculations for the Authorization Header: Transferring Payload in Multiple
/// Chunks" and "… Including Trailing Headers" (Amazon S3).
#[derive(Clone, Copy, Debug)]
pub struct ChunkHeadReceived<S: Scheme = V4> {
    len: u64,
    signature: S::Signature,
}

impl<S: Scheme> ChunkHeadReceived<S> {
    /// Reads the line, which is given without its line end. The digits of the length may be of
    /// either case, with zeros before them: its value is signed, not its spelling.
    ///
    /// # Errors
    /// [`VerifyError::InvalidChunk`] if it is malformed, or its signature has another length;
    /// [`VerifyError::InvalidSignature`] if the signature has other characters.
    pub fn read(line: &[u8]) -> Result<Self, VerifyError> {
        let (len, signature) = Self::parts(line).ok_or(VerifyError::InvalidChunk)?;
        Ok(Self { len, signature: read_signature::<S>(signature)? })
    }

    fn parts(line: &[u8]) -> Option<(u64, &[u8])> {
        let end = line.iter().position(|byte| *byte == b';')?;
        let (digits, rest) = line.split_at_checked(end)?;
        Some((read_len(digits)?, rest.strip_prefix(b";chunk-signature=")?))
    }

    /// Returns the length of the data, in bytes: from anyone, so it needs a bound before it is
    /// believed. 0 in the last chunk.
    pub const fn len(&self) -> u64 {
        self.len
    }

    /// Returns whether it is the last chunk's.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }
}

impl<S: Scheme> PartialEq for ChunkHeadReceived<S> {
    fn eq(&self, other: &Self) -> bool {
        (self.len, self.signature) == (other.len, other.signature)
    }
}

impl<S: Scheme> Eq for ChunkHeadReceived<S> {}
