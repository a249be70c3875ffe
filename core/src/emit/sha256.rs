//! SHA-256 over the compression function of the crate `sha2`: its states without digest objects,
//! which are larger and move blocks about.
//!
//! Source: FIPS 180-4, §5.1.1 (padding), §5.3.3 (the first state), §6.2.

#[cfg(all(not(target_pointer_width = "64"), feature = "quick-sha256"))]
use crate::emit::compression::compress_quick as compress;
#[cfg(all(
    not(target_pointer_width = "64"),
    feature = "small-sha256",
    not(feature = "quick-sha256")
))]
use crate::emit::compression::compress_small as compress;
#[cfg(any(
    target_pointer_width = "64",
    not(any(feature = "small-sha256", feature = "quick-sha256"))
))]
use sha2::block_api::compress256 as compress;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::emit::sink::{Emit, Sink};
use crate::emit::stage::{BLOCK, Stage};

/// Room before the compression, in whole blocks: one on small processors, four where copies are
/// cheap and memory is plenty.
const WIDE: usize = if cfg!(target_pointer_width = "64") { 4 * BLOCK } else { BLOCK };

/// The eight words before the first block (FIPS 180-4 §5.3.3).
pub(crate) const FIRST: [u32; 8] = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];

/// The eight words between two blocks. Wiped when dropped: some are keys.
#[derive(Clone)]
pub(crate) struct State([u32; 8]);

impl State {
    pub(crate) const FIRST: Self = Self(FIRST);

    /// Goes back to before the first block.
    #[cfg_attr(not(target_pointer_width = "64"), inline(never))]
    pub(crate) const fn begin(&mut self) {
        self.0 = FIRST;
    }

    /// Takes blocks.
    #[inline(never)]
    pub(crate) fn compress(&mut self, blocks: &[[u8; BLOCK]]) {
        compress(&mut self.0, blocks);
    }
}

impl Drop for State {
    #[cfg_attr(not(target_pointer_width = "64"), inline(never))]
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl ZeroizeOnDrop for State {}

/// An unfinished hash: its state, and the bytes behind the last whole block.
#[derive(Clone)]
pub(crate) struct Sha256<const ROOM: usize = WIDE> {
    compressed: Compressed,
    room: [u8; ROOM],
    len: usize,
}

/// The state, and the number of bytes that it has taken.
#[derive(Clone)]
struct Compressed {
    state: State,
    len: usize,
}

impl Sink for Compressed {
    fn put(&mut self, bytes: &[u8]) {
        let (blocks, _) = bytes.as_chunks();
        self.state.compress(blocks);
        self.len = self.len.wrapping_add(bytes.len());
    }
}

impl<const ROOM: usize> Sha256<ROOM> {
    pub(crate) const fn new() -> Self {
        Self::resumed(State::FIRST, 0)
    }

    /// Continues after `len` bytes, which are whole blocks.
    pub(crate) const fn resumed(state: State, len: usize) -> Self {
        Self { compressed: Compressed { state, len }, room: [0; ROOM], len: 0 }
    }

    /// Restarts after `len` bytes, which are whole blocks. No bytes must be pending.
    pub(crate) fn resume(&mut self, state: &State, len: usize) {
        self.compressed.state.0 = state.0;
        self.compressed.len = len;
    }

    /// Takes the bytes that a value emits.
    pub(crate) fn update(&mut self, value: &dyn Emit) {
        self.take(&mut |out| value.emit(out));
    }

    /// Takes what is written.
    #[cfg_attr(not(target_pointer_width = "64"), inline(never))]
    pub(crate) fn take(&mut self, write: &mut dyn FnMut(&mut Stage<'_>)) {
        let mut stage = Stage::resumed(&mut self.room, self.len, &mut self.compressed);
        write(&mut stage);
        self.len = stage.len();
    }

    /// Returns the hash. Nothing waits then.
    pub(crate) fn finish(&mut self) -> [u8; 32] {
        let mut digest = [0; 32];
        self.finish_into(&mut digest);
        digest
    }

    /// Writes the hash. Nothing waits then.
    #[inline(never)]
    pub(crate) fn finish_into(&mut self, digest: &mut [u8; 32]) {
        const PADDING: &[u8; BLOCK] = &{
            let mut padding = [0; BLOCK];
            padding[0] = 0x80;
            padding
        };
        let len = self.compressed.len.wrapping_add(self.len);
        // So that eight bytes are left in the last block for the length, in bits.
        let padded = BLOCK - (self.len.wrapping_add(8) & (BLOCK - 1));
        let mut stage = Stage::resumed(&mut self.room, self.len, &mut self.compressed);
        stage.put(PADDING.get(..padded).unwrap_or_default());
        stage.put(&(u64::try_from(len).unwrap_or_default() << 3).to_be_bytes());
        stage.flush();
        self.len = 0;
        let (words, _) = digest.as_chunks_mut();
        for (bytes, word) in words.iter_mut().zip(&self.compressed.state.0) {
            *bytes = word.to_be_bytes();
        }
    }
}

impl<const ROOM: usize> Default for Sha256<ROOM> {
    fn default() -> Self {
        Self::new()
    }
}

/// Wipes what waits, where it is a part of a secret. The state is always wiped.
impl<const ROOM: usize> Zeroize for Sha256<ROOM> {
    fn zeroize(&mut self) {
        self.room.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use sha2::Digest as _;

    use super::*;

    extern crate std;
    use std::vec::Vec;

    proptest! {
        #[test]
        fn hashes_as_the_crate_sha2(
            pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..10),
        ) {
            let mut ours = Sha256::<WIDE>::new();
            for piece in &pieces {
                ours.update(&&piece[..]);
            }
            let theirs: [u8; 32] = sha2::Sha256::digest(pieces.concat()).into();
            prop_assert_eq!(ours.finish(), theirs);
        }
    }

    /// FIPS 180-4's examples: one block, two blocks.
    #[test]
    fn reproduces_the_published_examples() {
        for (message, digest) in [
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
            ),
        ] {
            let mut sha256 = Sha256::<BLOCK>::new();
            sha256.update(&message);
            assert_eq!(hex::encode(sha256.finish()), digest);
        }
    }

    #[test]
    fn pads_every_length_around_a_block() {
        for len in 0..4 * BLOCK + 2 {
            let message: Vec<u8> = (0..len).map(|at| u8::try_from(at % 251).unwrap()).collect();
            let mut sha256 = Sha256::<BLOCK>::new();
            sha256.update(&&message[..]);
            let theirs: [u8; 32] = sha2::Sha256::digest(&message).into();
            assert_eq!(sha256.finish(), theirs, "{len}");
        }
    }
}
