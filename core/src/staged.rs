//! Small pieces, gathered before they are hashed.

use hmac::digest::Update;

use crate::sink::Sink;

/// Room for two SHA-256 blocks.
const CAPACITY: usize = 256;

/// A digest behind a small buffer. A canonical request comes in dozens of pieces of a few bytes;
/// each costs a fraction here of what it costs in the digest's own buffer.
pub(crate) struct Staged<D> {
    digest: D,
    bytes: [u8; CAPACITY],
    len: usize,
}

impl<D: Update> Staged<D> {
    pub(crate) const fn new(digest: D) -> Self {
        Self { digest, bytes: [0; CAPACITY], len: 0 }
    }

    /// The digest, with all that was put.
    pub(crate) fn into_digest(mut self) -> D {
        self.flush();
        self.digest
    }

    fn flush(&mut self) {
        self.digest.update(self.bytes.get(..self.len).unwrap_or_default());
        self.len = 0;
    }

    #[inline(never)]
    fn put_long(&mut self, bytes: &[u8]) {
        self.flush();
        match self.bytes.get_mut(..bytes.len()) {
            Some(room) => {
                room.copy_from_slice(bytes);
                self.len = bytes.len();
            }
            None => self.digest.update(bytes),
        }
    }
}

impl<D: Update> Sink for Staged<D> {
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
