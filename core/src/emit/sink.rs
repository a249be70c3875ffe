//! Values that write themselves: [`Emit`], and the places they write to: [`Sink`].
//!
//! A canonical request is hashed, never stored. The same code must therefore feed a hash, a
//! length count, a caller's buffer or a wire. A [`Sink`] takes bytes and cannot fail; what can
//! fail (a buffer's end) is asked about once, afterwards.

use core::fmt;

use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};

/// Takes bytes, and never refuses them.
pub trait Sink {
    /// Takes the next bytes. Pieces may be cut anywhere, also within a character.
    fn put(&mut self, bytes: &[u8]);
}

/// A value that can write itself, in full and in order, to any [`Sink`].
///
/// ```
/// use rolesig::{Emit, Timestamp};
///
/// let now = Timestamp::from(1_440_938_160).amz_date();
/// let mut buffer = [0; 16];
/// assert_eq!(now.write_to(&mut buffer)?, b"20150830T123600Z");
/// assert_eq!(now.write_to(&mut buffer[..8]).unwrap_err().needed, 16);
/// # Ok::<(), rolesig::BufferTooSmallError>(())
/// ```
pub trait Emit {
    /// Writes the whole value, each time the same bytes.
    fn emit(&self, out: &mut impl Sink);

    /// Returns the number of bytes that [`emit`](Self::emit) writes.
    fn emitted_len(&self) -> usize {
        let mut count = Count(0);
        self.emit(&mut count);
        count.0
    }

    /// Writes the value to the front of `buffer` and returns that part of it.
    ///
    /// # Errors
    /// [`BufferTooSmallError`] with the length needed; the buffer's content is then unspecified.
    fn write_to<'b>(&self, buffer: &'b mut [u8]) -> Result<&'b [u8], BufferTooSmallError> {
        let mut sink = SliceSink::new(buffer);
        self.emit(&mut sink);
        sink.finish()
    }
}

/// A buffer that could not hold what was written to it.
///
/// ```
/// use rolesig::{Emit, Timestamp};
///
/// let now = Timestamp::from(1_440_938_160).amz_date();
/// assert_eq!(now.write_to(&mut [0; 8]).unwrap_err().needed, 16);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct BufferTooSmallError {
    /// The length that would have been enough, in bytes.
    pub needed: usize,
}

impl fmt::Display for BufferTooSmallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "buffer too small: {} bytes are needed", self.needed)
    }
}

impl core::error::Error for BufferTooSmallError {}

/// Writes to a slice, and goes on counting where the slice ends.
#[derive(Debug)]
pub struct SliceSink<'b> {
    buffer: &'b mut [u8],
    written: usize,
}

impl<'b> SliceSink<'b> {
    /// Creates a sink that starts at the front of `buffer`.
    pub const fn new(buffer: &'b mut [u8]) -> Self {
        Self { buffer, written: 0 }
    }

    /// Returns the part of the buffer that was written.
    ///
    /// # Errors
    /// [`BufferTooSmallError`] if more was put than the buffer could hold.
    pub fn finish(self) -> Result<&'b [u8], BufferTooSmallError> {
        self.buffer.get(..self.written).ok_or(BufferTooSmallError { needed: self.written })
    }
}

impl Sink for SliceSink<'_> {
    fn put(&mut self, bytes: &[u8]) {
        // In two steps, so that the compiler sees that both have one length.
        let room = self.buffer.get_mut(self.written..).and_then(|room| room.get_mut(..bytes.len()));
        if let Some(room) = room {
            room.copy_from_slice(bytes);
        }
        self.written = self.written.saturating_add(bytes.len());
    }
}

/// Counts bytes and keeps none.
struct Count(usize);

impl Sink for Count {
    fn put(&mut self, bytes: &[u8]) {
        self.0 = self.0.saturating_add(bytes.len());
    }
}

impl Sink for Sha256 {
    fn put(&mut self, bytes: &[u8]) {
        self.update(bytes);
    }
}

impl Sink for Hmac<Sha256> {
    fn put(&mut self, bytes: &[u8]) {
        Mac::update(self, bytes);
    }
}

impl Emit for [u8] {
    fn emit(&self, out: &mut impl Sink) {
        out.put(self);
    }
}

impl Emit for str {
    fn emit(&self, out: &mut impl Sink) {
        out.put(self.as_bytes());
    }
}

/// Implements `Display` by way of [`Emit`]; bytes that are not UTF-8 show as U+FFFD.
pub(crate) fn display(value: &impl Emit, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut text = Text { f, result: Ok(()) };
    value.emit(&mut text);
    text.result
}

/// A formatter as a sink: keeps the first error for the end.
struct Text<'f, 'g> {
    f: &'f mut fmt::Formatter<'g>,
    result: fmt::Result,
}

impl Text<'_, '_> {
    fn write(&mut self, text: &str) {
        if self.result.is_ok() {
            self.result = self.f.write_str(text);
        }
    }
}

impl Sink for Text<'_, '_> {
    fn put(&mut self, bytes: &[u8]) {
        for chunk in bytes.utf8_chunks() {
            self.write(chunk.valid());
            if !chunk.invalid().is_empty() {
                self.write("\u{fffd}");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slice_is_filled_to_its_last_byte() {
        let mut buffer = [0; 5];
        assert_eq!("hello".write_to(&mut buffer), Ok(&b"hello"[..]));
    }

    #[test]
    fn a_short_slice_says_how_much_is_needed() {
        let mut buffer = [0; 4];
        assert_eq!("hello".write_to(&mut buffer), Err(BufferTooSmallError { needed: 5 }));
        assert_eq!("hello".emitted_len(), 5);
    }

    #[test]
    fn pieces_past_the_end_are_still_counted() {
        let mut buffer = [0; 4];
        let mut sink = SliceSink::new(&mut buffer);
        for piece in [&b"abc"[..], b"de", b"", b"f"] {
            sink.put(piece);
        }
        assert_eq!(sink.finish(), Err(BufferTooSmallError { needed: 6 }));
    }
}
