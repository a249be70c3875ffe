//! HMAC-SHA256. A key is kept as the two states that have taken it, so that each code costs no more
//! than its message.
//!
//! Source: RFC 2104 §2.

use core::fmt;
use core::hint::black_box;
use core::slice;

use zeroize::{Zeroize as _, ZeroizeOnDrop, Zeroizing};

use crate::emit::sha256::{Sha256, State};
use crate::emit::sink::Emit;
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
        derived.set(key);
        for message in messages {
            let code = Zeroizing::new(derived.authenticate(*message));
            derived.set([&code[..], &[]]);
        }
        derived
    }

    /// Takes a key in place of this one: filled up with zeros to a block, or hashed if it is longer
    /// than one.
    #[inline(never)]
    fn set(&mut self, parts: [&[u8]; 2]) {
        if parts.iter().fold(0_usize, |len, part| len.saturating_add(part.len())) > BLOCK {
            return self.set_hashed(parts);
        }
        let mut block = Zeroizing::new([INNER; BLOCK]);
        let mut pads = block.iter_mut();
        for part in parts {
            part.iter().zip(pads.by_ref()).for_each(|(byte, pad)| *pad ^= byte);
        }
        self.inner = State::FIRST;
        self.inner.compress(slice::from_ref(&block));
        block.iter_mut().for_each(|pad| *pad ^= INNER ^ OUTER);
        self.outer = State::FIRST;
        self.outer.compress(slice::from_ref(&block));
    }

    /// Takes the hash of a key that is longer than a block.
    #[inline(never)]
    fn set_hashed(&mut self, parts: [&[u8]; 2]) {
        let mut sha256: Sha256 = Sha256::new();
        for part in &parts {
            sha256.update(part);
        }
        let digest = Zeroizing::new(sha256.finish());
        sha256.zeroize();
        self.set([&digest[..], &[]]);
    }

    /// Returns the code of a message.
    #[inline(never)]
    pub(crate) fn authenticate(&self, message: &dyn Emit) -> [u8; 32] {
        let mut sha256: Sha256 = Sha256::resumed(self.inner.clone(), BLOCK);
        sha256.update(message);
        let digest = sha256.finish();
        sha256.resume(&self.outer, BLOCK);
        sha256.update(&&digest[..]);
        sha256.finish()
    }

    /// Returns whether this is the code of a message. Takes the same time either way.
    pub(crate) fn verifies(&self, message: &dyn Emit, code: &[u8; 32]) -> bool {
        let expected = Zeroizing::new(self.authenticate(message));
        let different = expected.iter().zip(code).fold(0, |bits, (a, b)| bits | (a ^ b));
        black_box(different) == 0
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
