//! Values that write themselves: [`Emit`], and the places they write to: [`Stage`] and [`Sink`].
//!
//! A canonical request is hashed, never stored. The same code must therefore feed a hash, a
//! length count, a caller's buffer or a wire. One [`Stage`] is in front of them all, which gathers
//! small pieces. Neither it nor a [`Sink`] can fail; what can fail (a buffer's end) is asked about
//! once, afterwards.

use core::fmt;

use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};

pub use crate::emit::stage::{Sink, Stage};

/// A value that can write itself, in full and in order.
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
    fn emit(&self, out: &mut Stage<'_>);

    /// Writes the value to a sink, piece by piece.
    fn emit_to(&self, sink: &mut dyn Sink)
    where
        Self: Sized,
    {
        self.emit(&mut Stage::new(&mut [], sink));
    }

    /// Returns the number of bytes that [`emit`](Self::emit) writes.
    fn emitted_len(&self) -> usize
    where
        Self: Sized,
    {
        let mut count = Count(0);
        self.emit_to(&mut count);
        count.0
    }

    /// Writes the value to the front of `buffer` and returns that part of it.
    ///
    /// # Errors
    /// [`BufferTooSmallError`] with the length needed; the buffer's content is then unspecified.
    fn write_to<'b>(&self, buffer: &'b mut [u8]) -> Result<&'b [u8], BufferTooSmallError>
    where
        Self: Sized,
    {
        write(self, buffer).map(|(written, _)| written)
    }
}

/// The text of a value at the front of a buffer, and the rest of the buffer.
pub(crate) type Written<'b> = (&'b [u8], &'b mut [u8]);

/// Writes a value to the front of a buffer.
#[inline(never)]
pub(crate) fn write<'b>(
    value: &dyn Emit,
    buffer: &'b mut [u8],
) -> Result<Written<'b>, BufferTooSmallError> {
    let mut beyond = Count(0);
    let mut stage = Stage::new(buffer, &mut beyond);
    value.emit(&mut stage);
    let len = stage.len();
    let needed = beyond.0.saturating_add(len);
    match buffer.split_at_mut_checked(len) {
        Some((written, rest)) if beyond.0 == 0 => Ok((written, rest)),
        _ => Err(BufferTooSmallError { needed }),
    }
}

/// A buffer that was too small for the value.
///
/// ```
/// use rolesig::{Emit, Timestamp};
///
/// let now = Timestamp::from(1_440_938_160).amz_date();
/// assert_eq!(now.write_to(&mut [0; 8]).unwrap_err().needed, 16);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
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

/// Writes to a slice, and keeps counting past its end.
///
/// ```
/// use rolesig::Sink;
/// use rolesig::sink::SliceSink;
///
/// let mut buffer = [0; 8];
/// let mut sink = SliceSink::new(&mut buffer);
/// sink.put(b"x-amz");
/// sink.put(b"-");
/// assert_eq!(sink.finish()?, b"x-amz-");
/// # Ok::<(), rolesig::BufferTooSmallError>(())
/// ```
pub struct SliceSink<'b> {
    buffer: &'b mut [u8],
    written: usize,
}

/// Shows no content: it may be secret.
impl fmt::Debug for SliceSink<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SliceSink").field("written", &self.written).finish_non_exhaustive()
    }
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
pub(crate) struct Count(pub(crate) usize);

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
    fn emit(&self, out: &mut Stage<'_>) {
        out.put(self);
    }
}

impl Emit for str {
    fn emit(&self, out: &mut Stage<'_>) {
        out.put(self.as_bytes());
    }
}

impl<E: Emit + ?Sized> Emit for &E {
    fn emit(&self, out: &mut Stage<'_>) {
        (**self).emit(out);
    }
}

/// Implements `Display` for types by way of [`Emit`]: `display_emitted!(HexDigest, Encoded<'_>)`.
macro_rules! display_emitted {
    ($($type:ty),+ $(,)?) => {$(
        impl core::fmt::Display for $type {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                $crate::emit::sink::display(self, f)
            }
        }
    )+};
}

pub(crate) use display_emitted;

/// Shows the bytes that a value emits; those that are not UTF-8 show as U+FFFD.
pub(crate) fn display(value: &dyn Emit, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut text = Text { f, result: Ok(()) };
    value.emit(&mut Stage::new(&mut [], &mut text));
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
    fn fills_a_slice_to_its_last_byte() {
        let mut buffer = [0; 5];
        assert_eq!((&"hello").write_to(&mut buffer), Ok(&b"hello"[..]));
    }

    #[test]
    fn reports_the_length_that_a_short_slice_needs() {
        let mut buffer = [0; 4];
        assert_eq!((&"hello").write_to(&mut buffer), Err(BufferTooSmallError { needed: 5 }));
        assert_eq!((&"hello").emitted_len(), 5);
    }

    #[test]
    fn counts_pieces_past_the_end() {
        let mut buffer = [0; 4];
        let mut sink = SliceSink::new(&mut buffer);
        for piece in [&b"abc"[..], b"de", b"", b"f"] {
            sink.put(piece);
        }
        assert_eq!(sink.finish(), Err(BufferTooSmallError { needed: 6 }));
    }
}
