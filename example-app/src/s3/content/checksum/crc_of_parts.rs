//! The CRC of a content from those of its parts, without reading them again.
//!
//! Source: `crc32_combine` of zlib (crc32.c): a part that follows multiplies what came before by x
//! to the power of its bits, modulo the polynomial. It holds for CRCs that begin with all bits set
//! and end inverted, as those of S3 do.

/// The polynomial of a CRC whose bits are reflected: the highest power is the lowest bit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Polynomial {
    reflected: u64,
    width: u32,
}

impl Polynomial {
    pub(super) const fn of_32(polynomial: u32) -> Self {
        // `From` is not for constants.
        let [a, b, c, d] = polynomial.reverse_bits().to_be_bytes();
        Self { reflected: u64::from_be_bytes([0, 0, 0, 0, a, b, c, d]), width: 32 }
    }

    pub(super) const fn of_64(polynomial: u64) -> Self {
        Self { reflected: polynomial.reverse_bits(), width: 64 }
    }

    /// Returns the bit of x to the power of zero.
    const fn one(self) -> u64 {
        1 << (self.width - 1)
    }

    fn times(self, a: u64, mut b: u64) -> u64 {
        let mut product = 0;
        let mut bit = self.one();
        while bit != 0 {
            if a & bit != 0 {
                product ^= b;
            }
            b = b >> 1 ^ if b & 1 == 0 { 0 } else { self.reflected };
            bit >>= 1;
        }
        product
    }

    /// Returns x to the power of eight times `bytes`.
    fn shift(self, mut bytes: u64) -> u64 {
        let (mut power, mut shift) = (self.one() >> 8, self.one());
        while bytes != 0 {
            if bytes & 1 == 1 {
                shift = self.times(power, shift);
            }
            power = self.times(power, power);
            bytes >>= 1;
        }
        shift
    }
}

/// Returns the CRC, in network byte order, of contents one after the other: of each its CRC and its
/// length in bytes.
pub(super) fn combined(parts: impl Iterator<Item = (u64, u64)>, polynomial: Polynomial) -> Vec<u8> {
    let whole =
        parts.fold(0, |whole, (crc, len)| polynomial.times(polynomial.shift(len), whole) ^ crc);
    let bytes = whole.to_be_bytes();
    let skipped = if polynomial.width == 64 { 0 } else { 4 };
    bytes.into_iter().skip(skipped).collect()
}
