//! The length of a body in chunks, on the wire.

use super::{CHUNK_SIGNATURE, LINE_END, TRAILER_SIGNATURE, wide};
use crate::sigv4::payload::{ChunkForm, Chunked};
use crate::sigv4::scheme::Scheme;
use crate::sigv4::trailer::Trailer;

impl Chunked<'_> {
    /// Returns the value of `Content-Length`: the body with all that frames it, in bytes;
    /// `u64::MAX` if it were more.
    pub const fn encoded_len<S: Scheme>(&self) -> u64 {
        let (is_signed, trailer) = match self.form {
            ChunkForm::Signed => (true, None),
            ChunkForm::SignedWithTrailer(trailer) => (true, Some(trailer)),
            ChunkForm::UnsignedWithTrailer(trailer) => (false, Some(trailer)),
        };
        let signature = if is_signed { CHUNK_SIGNATURE.len() + S::CHUNK_SIGNATURE_LEN } else { 0 };
        let mut len = chunk_len(0, signature);
        if let Some(Trailer { name, value_len }) = trailer {
            let line = wide(name.as_str().len()).saturating_add(wide(value_len));
            len = len.saturating_add(line).saturating_add(wide(1 + LINE_END.len()));
            if is_signed {
                let line = TRAILER_SIGNATURE.len() + S::CHUNK_SIGNATURE_LEN + LINE_END.len();
                len = len.saturating_add(wide(line));
            }
        }
        let full = wide(self.chunk_len);
        if full == 0 {
            // Such a body cannot be signed.
            return len;
        }
        let rest = self.len % full;
        if rest > 0 {
            len = len.saturating_add(chunk_len(rest, signature));
        }
        len.saturating_add((self.len / full).saturating_mul(chunk_len(full, signature)))
    }
}

/// Returns the length of a chunk: its digits, signature, two line ends and data.
const fn chunk_len(data: u64, signature: usize) -> u64 {
    let mut digits = 1;
    let mut rest = data >> 4;
    while rest > 0 {
        digits += 1;
        rest >>= 4;
    }
    data.saturating_add(digits + wide(signature + 2 * LINE_END.len()))
}
