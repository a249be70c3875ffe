//! Compression functions of SHA-256 for processors of 32 bits without instructions for it.
//!
//! The feature `small-sha256` has four rounds a turn, and is quicker than the compact form of the
//! crate `sha2`. `quick-sha256` has sixteen, and is nearly as quick as that crate's unrolled form
//! in a third of the size. On larger processors the crate's is used: it knows their instructions.
//!
//! Source: FIPS 180-4, §4.1.2 (functions), §4.2.2 (constants), §6.2.2.

use crate::emit::stage::BLOCK;

/// Four words.
type Quad = [u32; 4];
/// The working variables, from a to h.
type Working = [u32; 8];

/// Compresses with four rounds a turn.
#[cfg(any(test, not(feature = "quick-sha256")))]
pub(crate) fn compress_small(state: &mut Working, blocks: &[[u8; BLOCK]]) {
    for block in blocks {
        let (mut schedule, mut working) = (quads(block), *state);
        for (turn, constants) in CONSTANTS.iter().enumerate() {
            let [first, second, third, fourth] = schedule;
            working = four_rounds(working, *constants, first);
            // No words follow the last sixteen.
            let is_last = turn >= 12;
            let next = if is_last { first } else { following(first, second, third, fourth) };
            schedule = [second, third, fourth, next];
        }
        add(state, working);
    }
}

/// Compresses with sixteen rounds a turn.
#[cfg(any(test, feature = "quick-sha256"))]
pub(crate) fn compress_quick(state: &mut Working, blocks: &[[u8; BLOCK]]) {
    let (turns, _) = CONSTANTS.as_chunks::<4>();
    for block in blocks {
        let ([mut a, mut b, mut c, mut d], mut working) = (quads(block), *state);
        for (turn, [first, second, third, fourth]) in turns.iter().enumerate() {
            if turn > 0 {
                a = following(a, b, c, d);
                b = following(b, c, d, a);
                c = following(c, d, a, b);
                d = following(d, a, b, c);
            }
            working = four_rounds(working, *first, a);
            working = four_rounds(working, *second, b);
            working = four_rounds(working, *third, c);
            working = four_rounds(working, *fourth, d);
        }
        add(state, working);
    }
}

/// Returns the words of a block.
fn quads(block: &[u8; BLOCK]) -> [Quad; 4] {
    let mut quads = [[0; 4]; 4];
    let (bytes, _) = block.as_chunks();
    for (word, bytes) in quads.as_flattened_mut().iter_mut().zip(bytes) {
        *word = u32::from_be_bytes(*bytes);
    }
    quads
}

/// Returns the four words of the schedule that follow sixteen.
#[inline]
const fn following(
    [w0, w1, w2, w3]: Quad,
    [w4, ..]: Quad,
    [_, w9, w10, w11]: Quad,
    [w12, _, w14, w15]: Quad,
) -> Quad {
    let w16 = extended(w0, w1, w9, w14);
    let w17 = extended(w1, w2, w10, w15);
    [w16, w17, extended(w2, w3, w11, w16), extended(w3, w4, w12, w17)]
}

const fn extended(sixteenth: u32, fifteenth: u32, seventh: u32, second: u32) -> u32 {
    let one = fifteenth.rotate_right(7) ^ fifteenth.rotate_right(18) ^ (fifteenth >> 3);
    let other = second.rotate_right(17) ^ second.rotate_right(19) ^ (second >> 10);
    sixteenth.wrapping_add(one).wrapping_add(seventh).wrapping_add(other)
}

/// Returns the working variables after four rounds.
#[expect(clippy::many_single_char_names, reason = "the standard's names")]
#[inline]
const fn four_rounds([a, b, c, d, e, f, g, h]: Working, k: Quad, w: Quad) -> Working {
    let ([k0, k1, k2, k3], [w0, w1, w2, w3]) = (k, w);
    let (d, h) = round([a, b, c, d, e, f, g, h], k0.wrapping_add(w0));
    let (c, g) = round([h, a, b, c, d, e, f, g], k1.wrapping_add(w1));
    let (b, f) = round([g, h, a, b, c, d, e, f], k2.wrapping_add(w2));
    let (a, e) = round([f, g, h, a, b, c, d, e], k3.wrapping_add(w3));
    [e, f, g, h, a, b, c, d]
}

/// Returns the two variables that a round does not only move: the new e and the new a.
#[expect(clippy::many_single_char_names, reason = "the standard's names")]
#[inline]
const fn round([a, b, c, d, e, f, g, h]: Working, word: u32) -> (u32, u32) {
    let sum = e.rotate_right(6) ^ e.rotate_right(11) ^ e.rotate_right(25);
    let choice = g ^ (e & (f ^ g));
    let first = h.wrapping_add(sum).wrapping_add(choice).wrapping_add(word);
    let sum = a.rotate_right(2) ^ a.rotate_right(13) ^ a.rotate_right(22);
    let majority = (a & b) | (c & (a | b));
    (d.wrapping_add(first), first.wrapping_add(sum).wrapping_add(majority))
}

fn add(state: &mut Working, working: Working) {
    for (word, more) in state.iter_mut().zip(working) {
        *word = word.wrapping_add(more);
    }
}

/// The first 32 bits of the fractional parts of the cube roots of the first 64 primes.
const CONSTANTS: [Quad; 16] = [
    [0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5],
    [0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5],
    [0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3],
    [0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174],
    [0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc],
    [0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da],
    [0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7],
    [0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967],
    [0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13],
    [0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85],
    [0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3],
    [0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070],
    [0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5],
    [0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3],
    [0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208],
    [0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2],
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use sha2::block_api::compress256;

    use super::*;
    use crate::emit::sha256::FIRST;

    extern crate std;
    use std::vec::Vec;

    /// FIPS 180-4's example of one block, `abc`.
    #[test]
    fn reproduces_the_published_example() {
        let mut block = [0; BLOCK];
        block[..4].copy_from_slice(b"abc\x80");
        block[63] = 24;
        let digest = [
            0xba78_16bf,
            0x8f01_cfea,
            0x4141_40de,
            0x5dae_2223,
            0xb003_61a3,
            0x9617_7a9c,
            0xb410_ff61,
            0xf200_15ad,
        ];
        for compress in [compress_small, compress_quick] {
            let mut state = FIRST;
            compress(&mut state, &[block]);
            assert_eq!(state, digest);
        }
    }

    proptest! {
        #[test]
        fn compresses_as_the_crate_sha2(
            state: [u32; 8],
            bytes in prop::collection::vec(any::<u8>(), 0..4 * BLOCK),
        ) {
            let blocks: Vec<[u8; BLOCK]> = bytes.as_chunks().0.to_vec();
            let mut expected = state;
            compress256(&mut expected, &blocks);
            for compress in [compress_small, compress_quick] {
                let mut ours = state;
                compress(&mut ours, &blocks);
                prop_assert_eq!(ours, expected);
            }
        }
    }
}
