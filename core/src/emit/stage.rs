//! The one place that every value writes to.

use core::fmt;

use crate::emit::work;

/// A block of SHA-256, the unit in which a long stage hands on.
pub(crate) const BLOCK: usize = 64;

/// Takes bytes, and never refuses them.
///
/// ```
/// use rolesig::{Emit, Sink, Timestamp};
///
/// struct Wire(Vec<u8>);
///
/// impl Sink for Wire {
///     fn put(&mut self, bytes: &[u8]) {
///         self.0.extend_from_slice(bytes);
///     }
/// }
///
/// let mut wire = Wire(Vec::new());
/// Timestamp::from(1_440_938_160).amz_date().emit_to(&mut wire);
/// assert_eq!(wire.0, b"20150830T123600Z");
/// ```
pub trait Sink {
    /// Takes the next bytes. Pieces may be cut anywhere, also within a character.
    fn put(&mut self, bytes: &[u8]);
}

/// A buffer before a [`Sink`]. It gathers the bytes that values write, and hands them on when it is
/// full: a canonical request comes in dozens of pieces of a few bytes.
///
/// ```
/// use rolesig::{Emit, Sink, Stage, Timestamp};
///
/// struct Wire(Vec<u8>);
///
/// impl Sink for Wire {
///     fn put(&mut self, bytes: &[u8]) {
///         self.0.extend_from_slice(bytes);
///     }
/// }
///
/// let (mut buffer, mut wire) = ([0; 64], Wire(Vec::new()));
/// let mut stage = Stage::new(&mut buffer, &mut wire);
/// stage.put(b"x-amz-date: ");
/// Timestamp::from(1_440_938_160).amz_date().emit(&mut stage);
/// stage.flush();
/// assert_eq!(wire.0, b"x-amz-date: 20150830T123600Z");
/// ```
pub struct Stage<'s> {
    bytes: &'s mut [u8],
    /// The bytes that wait to be handed on: never more than there are.
    len: usize,
    to: &'s mut dyn Sink,
}

impl<'s> Stage<'s> {
    /// Creates a stage. Without room in its buffer it hands on each piece as it comes.
    pub fn new(buffer: &'s mut [u8], to: &'s mut dyn Sink) -> Self {
        Self { bytes: buffer, len: 0, to }
    }

    /// Creates a stage that continues another with the same buffer, after `len` bytes.
    pub(crate) fn resumed(bytes: &'s mut [u8], len: usize, to: &'s mut dyn Sink) -> Self {
        Self { bytes, len, to }
    }

    /// Returns how many bytes wait to be handed on.
    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    /// Returns the bytes that wait to be handed on.
    pub(crate) fn waiting(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }

    /// Takes the next bytes. On small processors one copy of this is enough.
    #[cfg_attr(target_pointer_width = "64", inline)]
    #[cfg_attr(not(target_pointer_width = "64"), inline(never))]
    pub fn put(&mut self, bytes: &[u8]) {
        work::add(1 + bytes.len());
        let room = self.bytes.get_mut(self.len..).and_then(|room| room.get_mut(..bytes.len()));
        match room {
            Some(room) => {
                room.copy_from_slice(bytes);
                self.len += bytes.len();
            }
            None => self.put_long(bytes),
        }
    }

    /// Takes a byte. On small processors that is shorter than a text of one.
    #[cfg_attr(target_pointer_width = "64", inline)]
    #[cfg_attr(not(target_pointer_width = "64"), inline(never))]
    pub(crate) fn put_byte(&mut self, byte: u8) {
        self.put(&[byte]);
    }

    /// Takes a byte, a text and a byte: quicker than one by one, where flash is plenty.
    #[inline]
    pub(crate) fn put_between(&mut self, first: u8, text: &[u8], last: u8) {
        work::add(3 + text.len());
        let room = self.bytes.get_mut(self.len..);
        if let Some([to_first, room @ ..]) = room
            && let Some((to_text, [to_last, ..])) = room.split_at_mut_checked(text.len())
        {
            *to_first = first;
            to_text.copy_from_slice(text);
            *to_last = last;
            self.len += text.len() + 2;
        } else {
            self.put_byte(first);
            self.put(text);
            self.put_byte(last);
        }
    }

    /// Takes `len` bytes, the first of a text. Where there is room it copies all of the text, which
    /// is quicker. The bytes behind `len` are unspecified until the next ones overwrite them.
    #[inline]
    pub(crate) fn put_start<const N: usize>(&mut self, text: &[u8; N], len: usize) {
        work::add(1 + len);
        let room = self.bytes.get_mut(self.len..).and_then(|room| room.first_chunk_mut());
        match room {
            Some(room) => {
                *room = *text;
                self.len += len.min(text.len());
            }
            None => self.put(text.get(..len).unwrap_or(text)),
        }
    }

    /// Hands on all that waits.
    pub fn flush(&mut self) {
        self.to.put(self.bytes.get(..self.len).unwrap_or_default());
        self.len = 0;
    }

    /// Fills the buffer and hands it on, then whole blocks, so that a hash has nothing to gather.
    #[inline(never)]
    fn put_long(&mut self, bytes: &[u8]) {
        if self.bytes.is_empty() {
            return self.to.put(bytes);
        }
        let room = self.bytes.len().saturating_sub(self.len);
        let (head, tail) = bytes.split_at_checked(room).unwrap_or((bytes, &[]));
        self.put(head);
        self.flush();
        let kept = if self.bytes.len() < BLOCK { 0 } else { tail.len() % BLOCK };
        let blocks = tail.len().saturating_sub(kept);
        let (blocks, rest) = tail.split_at_checked(blocks).unwrap_or((tail, &[]));
        if !blocks.is_empty() {
            self.to.put(blocks);
        }
        self.put(rest);
    }
}

/// Shows no content: it may be secret.
impl fmt::Debug for Stage<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stage").field("len", &self.len).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    extern crate std;
    use std::vec::Vec;

    /// Keeps the pieces.
    struct Pieces(Vec<Vec<u8>>);

    impl Sink for Pieces {
        fn put(&mut self, bytes: &[u8]) {
            self.0.push(bytes.to_vec());
        }
    }

    proptest! {
        #[test]
        fn hands_on_all_bytes_in_order_and_whole_blocks(
            room in 0..300_usize,
            pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..400), 0..12),
        ) {
            let (mut buffer, mut sink) = (std::vec![0; room], Pieces(Vec::new()));
            let mut stage = Stage::new(&mut buffer, &mut sink);
            for piece in &pieces {
                stage.put(piece);
            }
            stage.flush();
            prop_assert_eq!(sink.0.concat(), pieces.concat());
            let (_, whole) = sink.0.split_last().unwrap();
            if room % BLOCK == 0 && room > 0 {
                prop_assert!(whole.iter().all(|piece| piece.len() % BLOCK == 0));
            }
        }
    }
}
