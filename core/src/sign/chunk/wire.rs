//! Chunks as they go over the wire.

use core::fmt;

use super::{CHUNK_SIGNATURE, LINE_END, TRAILER_SIGNATURE, wide};
use crate::emit::decimal::Hexadecimal;
use crate::emit::sink::{Emit, Stage};
use crate::sigv4::scheme::Scheme;
use crate::sigv4::string_to_sign::TrailerLine;
use crate::sigv4::v4::V4;

/// A chunk as it goes over the wire: emits [`head`](Self::head), data and line end.
///
/// ```
/// use rolesig::{ChunkError, ChunkSigner, Emit};
///
/// /// Returns the length of the next chunk on the wire.
/// fn len(chunks: &mut ChunkSigner<'_>, data: &[u8]) -> Result<usize, ChunkError> {
///     let chunk = chunks.chunk(data)?;
///     Ok(chunk.emitted_len()) // with its head and a line end
/// }
/// ```
///
/// Source: "Signature Calculations for the Authorization Header: Transferring Payload in Multiple
/// Chunks" and "… Including Trailing Headers" (Amazon S3).
pub struct Chunk<'d, S: Scheme = V4> {
    pub(super) signature: Option<S::Signature>,
    pub(super) data: &'d [u8],
}

impl<S: Scheme> Chunk<'_, S> {
    /// Returns the text before the data: its length and signature, with the line end. After the
    /// data comes another line end, `\r\n`.
    pub const fn head(&self) -> ChunkHead<S> {
        ChunkHead { len: wide(self.data.len()), signature: self.signature }
    }
}

impl<S: Scheme> Emit for Chunk<'_, S> {
    fn emit(&self, out: &mut Stage<'_>) {
        self.head().emit(out);
        out.put(self.data);
        out.put(LINE_END);
    }
}

/// `10000;chunk-signature=…`, with its line end.
///
/// ```
/// use rolesig::{ChunkError, ChunkSigner, Emit};
///
/// /// Returns the length of the next chunk on the wire.
/// fn len(chunks: &mut ChunkSigner<'_>, data: &[u8]) -> Result<usize, ChunkError> {
///     let head = chunks.chunk(data)?.head();
///     Ok(head.emitted_len() + data.len() + 2) // the head, the data, and a line end
/// }
/// ```
///
/// Source: "Signature Calculations for the Authorization Header: Transferring Payload in Multiple
/// Chunks" and "… Including Trailing Headers" (Amazon S3).
pub struct ChunkHead<S: Scheme = V4> {
    len: u64,
    signature: Option<S::Signature>,
}

impl<S: Scheme> Emit for ChunkHead<S> {
    fn emit(&self, out: &mut Stage<'_>) {
        Hexadecimal(self.len).emit(out);
        if let Some(signature) = &self.signature {
            out.put(CHUNK_SIGNATURE.as_bytes());
            emit_padded::<S>(signature, out);
        }
        out.put(LINE_END);
    }
}

/// The end of a body as it goes over the wire, with the trailer.
///
/// ```
/// use rolesig::{ChunkSigner, Emit};
///
/// /// Writes the end of a body to a buffer.
/// fn end<'b>(chunks: ChunkSigner<'_>, checksum: &[u8], buffer: &'b mut [u8]) -> Option<&'b [u8]> {
///     chunks.finish(Some(checksum)).ok()?.write_to(buffer).ok()
/// }
/// ```
///
/// Source: "Signature Calculations for the Authorization Header: Transferring Payload in Multiple
/// Chunks" and "… Including Trailing Headers" (Amazon S3).
pub struct LastChunk<'d, S: Scheme = V4> {
    pub(super) signature: Option<S::Signature>,
    pub(super) trailer: Option<(&'d str, &'d [u8])>,
    pub(super) trailer_signature: Option<S::Signature>,
}

impl<S: Scheme> Emit for LastChunk<'_, S> {
    fn emit(&self, out: &mut Stage<'_>) {
        ChunkHead::<S> { len: 0, signature: self.signature }.emit(out);
        if let Some((name, value)) = self.trailer {
            TrailerLine { name, value, line_end: LINE_END }.emit(out);
        }
        if let Some(signature) = &self.trailer_signature {
            out.put(TRAILER_SIGNATURE.as_bytes());
            emit_padded::<S>(signature, out);
            out.put(LINE_END);
        }
        out.put(LINE_END);
    }
}

/// Writes a signature of always the same length, so that `Content-Length` is known beforehand.
fn emit_padded<S: Scheme>(signature: &S::Signature, out: &mut Stage<'_>) {
    signature.emit(out);
    for _ in signature.emitted_len()..S::SIGNATURE_LEN {
        out.put_byte(b'*');
    }
}

impl<S: Scheme> fmt::Debug for Chunk<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chunk").field("len", &self.data.len()).finish_non_exhaustive()
    }
}

impl<S: Scheme> fmt::Debug for ChunkHead<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChunkHead").field("len", &self.len).finish_non_exhaustive()
    }
}

impl<S: Scheme> fmt::Debug for LastChunk<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LastChunk").field("trailer", &self.trailer).finish_non_exhaustive()
    }
}
