//! Small pieces, gathered before they are hashed.

use hmac::digest::Update;

use crate::emit::sink::{Emit, Sink};

/// A block of SHA-256.
const BLOCK: usize = 64;
/// Room for four of them.
const CAPACITY: usize = 4 * BLOCK;

/// A digest behind a small buffer. A canonical request comes in dozens of pieces of a few bytes;
/// each costs a fraction here of what it costs in the digest's own buffer.
pub(crate) struct Staged<'d, D: Update> {
    digest: &'d mut D,
    bytes: [u8; CAPACITY],
    len: usize,
}

impl<'d, D: Update> Staged<'d, D> {
    /// Hands on what a value emits.
    pub(crate) fn update(digest: &'d mut D, value: &(impl Emit + ?Sized)) {
        let mut staged = Self { digest, bytes: [0; CAPACITY], len: 0 };
        value.emit(&mut staged);
        staged.flush();
    }

    fn flush(&mut self) {
        self.digest.update(self.bytes.get(..self.len).unwrap_or_default());
        self.len = 0;
    }

    /// Hands on whole blocks only, so that the digest has nothing to gather in its own buffer.
    #[inline(never)]
    fn put_long(&mut self, bytes: &[u8]) {
        let (head, tail) = bytes.split_at_checked(CAPACITY - self.len).unwrap_or((bytes, &[]));
        self.put(head);
        self.flush();
        let (blocks, rest) =
            tail.split_at_checked(tail.len() / BLOCK * BLOCK).unwrap_or((tail, &[]));
        self.digest.update(blocks);
        self.put(rest);
    }
}

impl<D: Update> Sink for Staged<'_, D> {
    #[inline]
    fn put(&mut self, bytes: &[u8]) {
        let room = self.bytes.get_mut(self.len..).and_then(|room| room.get_mut(..bytes.len()));
        match room {
            Some(room) => {
                room.copy_from_slice(bytes);
                self.len += bytes.len();
            }
            None => self.put_long(bytes),
        }
    }
}
