//! HMAC-SHA256. A key is kept as the two states that have taken it, so that each code costs no more
//! than its message.
//!
//! Source: RFC 2104 §2.

use core::fmt;
use core::hint::black_box;
use core::slice;

use zeroize::{Zeroize as _, ZeroizeOnDrop, Zeroizing};

use crate::emit::sha256::{Sha256, State};
use crate::emit::sink::{Count, Emit, Stage};
use crate::emit::stage::BLOCK;

/// The bytes that a key's block is combined with, before the first and before the second hash.
const INNER: u8 = 0x36;
const OUTER: u8 = 0x5c;

/// A key of HMAC-SHA256, ready to authenticate. Wiped when dropped.
#[expect(unnameable_types, reason = "only the sealed `Scheme` shows it")]
#[derive(Clone)]
pub struct HmacKey {
    inner: State,
    outer: State,
}

/// Both states are wiped, or this would not compile.
const _: () = {
    const fn is_wiped_on_drop<T: ZeroizeOnDrop>() {}
    is_wiped_on_drop::<State>();
};

impl ZeroizeOnDrop for HmacKey {}

impl HmacKey {
    /// Takes a key in two parts, which are never joined. The secret has no bound.
    pub(crate) fn new(first: &[u8], second: &[u8]) -> Self {
        Self::derive([first, second], &[])
    }

    /// Derives a key from another, which is given in two parts, and from messages: the code of each
    /// is the key for the next. All are made in one place.
    #[inline(never)]
    pub(crate) fn derive(key: [&[u8]; 2], messages: &[&dyn Emit]) -> Self {
        let mut derived = Self { inner: State::FIRST, outer: State::FIRST };
        let mut block = Zeroizing::new([0; BLOCK]);
        fill(&mut block, key);
        derived.set(&mut block);
        for message in messages {
            *block = [0; BLOCK];
            if let Some(code) = block.first_chunk_mut() {
                derived.authenticate_into(*message, code);
            }
            derived.set(&mut block);
        }
        derived
    }

    /// Takes the block of a key in place of this one.
    fn set(&mut self, block: &mut [u8; BLOCK]) {
        for (state, with) in [(&mut self.inner, INNER), (&mut self.outer, INNER ^ OUTER)] {
            combine(block, with);
            state.begin();
            state.compress(slice::from_ref(block));
        }
    }

    /// Returns the code of a message.
    pub(crate) fn authenticate(&self, message: &dyn Emit) -> [u8; 32] {
        let mut code = [0; 32];
        self.authenticate_into(message, &mut code);
        code
    }

    /// Writes the code of a message.
    #[inline(never)]
    fn authenticate_into(&self, message: &dyn Emit, code: &mut [u8; 32]) {
        let mut sha256: Sha256 = Sha256::resumed(self.inner.clone(), BLOCK);
        sha256.update(message);
        sha256.finish_into(code);
        sha256.resume(&self.outer, BLOCK);
        sha256.update(&&code[..]);
        sha256.finish_into(code);
    }

    /// Returns whether this is the code of a message. Takes the same time either way.
    pub(crate) fn verifies(&self, message: &dyn Emit, code: &[u8; 32]) -> bool {
        let expected = Zeroizing::new(self.authenticate(message));
        let different = expected.iter().zip(code).fold(0, |bits, (a, b)| bits | (a ^ b));
        black_box(different) == 0
    }
}

/// Fills a block of zeros with a key in two parts, or with the key's hash if it is longer than one.
#[inline(never)]
fn fill(block: &mut [u8; BLOCK], parts: [&[u8]; 2]) {
    let mut beyond = Count(0);
    let mut stage = Stage::new(block, &mut beyond);
    for part in &parts {
        stage.put(part);
    }
    if beyond.0 > 0 {
        let mut sha256 = Sha256::<BLOCK>::new();
        sha256.take(&mut |out| parts.iter().for_each(|part| out.put(part)));
        *block = [0; BLOCK];
        if let Some(hash) = block.first_chunk_mut() {
            sha256.finish_into(hash);
        }
        sha256.zeroize();
    }
}

/// Combines each byte of a block with one, a word at a time.
#[cfg_attr(not(target_pointer_width = "64"), inline(never))]
fn combine(block: &mut [u8; BLOCK], with: u8) {
    let (words, _) = block.as_chunks_mut();
    for word in words {
        *word = (u32::from_ne_bytes(*word) ^ u32::from_ne_bytes([with; 4])).to_ne_bytes();
    }
}

impl fmt::Debug for HmacKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HmacKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use hmac::{Hmac, KeyInit as _, Mac as _};
    use proptest::prelude::*;

    use super::*;

    extern crate std;

    proptest! {
        #[test]
        fn authenticates_as_the_crate_hmac(key: std::vec::Vec<u8>, at: usize, message: std::vec::Vec<u8>) {
            let mut theirs = Hmac::<sha2::Sha256>::new_from_slice(&key).unwrap();
            theirs.update(&message);
            let theirs: [u8; 32] = theirs.finalize().into_bytes().into();
            let (first, second) = key.split_at(at.checked_rem(key.len()).unwrap_or_default());
            let ours = HmacKey::new(first, second);
            prop_assert_eq!(ours.authenticate(&&message[..]), theirs);
            prop_assert!(ours.verifies(&&message[..], &theirs));
            let mut other = theirs;
            other[at % 32] ^= 1;
            prop_assert!(!ours.verifies(&&message[..], &other));
        }
    }

    /// A key of one block is used as it is, and a longer one is hashed.
    #[test]
    fn takes_keys_of_every_length_around_a_block() {
        for len in 0..=2 * BLOCK {
            let key = std::vec![b'k'; len];
            let mut theirs = Hmac::<sha2::Sha256>::new_from_slice(&key).unwrap();
            theirs.update(b"message");
            let theirs: [u8; 32] = theirs.finalize().into_bytes().into();
            for at in [0, len / 2, len] {
                let (first, second) = key.split_at(at);
                assert_eq!(HmacKey::new(first, second).authenticate(&"message"), theirs, "{len}");
            }
        }
    }

    /// RFC 4231, test cases 1, 2 and 6.
    #[test]
    fn reproduces_the_published_vectors() {
        for (key, message, code) in [
            (
                &[0x0b; 20][..],
                &b"Hi There"[..],
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
            ),
            (
                b"Jefe",
                b"what do ya want for nothing?",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
            (
                &[0xaa; 131],
                b"Test Using Larger Than Block-Size Key - Hash Key First",
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
            ),
        ] {
            let (first, second) = key.split_at(key.len() / 2);
            assert_eq!(hex::encode(HmacKey::new(first, second).authenticate(&message)), code);
        }
    }
}
