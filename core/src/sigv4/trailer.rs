//! A header that follows a body in chunks.

use core::fmt;

use crate::emit::byte_class::{self, LOWER};

/// A header that follows the body: a checksum that is known only then.
///
/// ```
/// use rolesig::{Trailer, TrailerName};
///
/// let trailer = Trailer { name: TrailerName::CRC32C, value_len: 8 };
/// assert_eq!(Trailer::checksum(TrailerName::CRC32C), Some(trailer));
/// ```
///
/// Source: "Signature Calculations for the Authorization Header: Transferring Payload in Multiple
/// Chunks" and "… Including Trailing Headers" (Amazon S3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Trailer<'a> {
    /// Its name.
    pub name: TrailerName<'a>,
    /// The length of its value, in bytes: 8 for a CRC-32 in Base64. `Content-Length` depends on it.
    pub value_len: usize,
}

impl Trailer<'static> {
    /// Returns the trailer of a checksum that S3 knows; `None` for another name.
    pub fn checksum(name: TrailerName<'_>) -> Option<Self> {
        let (name, value_len) = CHECKSUMS.into_iter().find(|(known, _)| *known == name)?;
        Some(Self { name, value_len })
    }
}

/// The checksums of S3, each with its length in Base64.
///
/// Source: "Checking object integrity for data uploads in Amazon S3"; "Checksum" (Amazon S3 API
/// Reference).
const CHECKSUMS: [(TrailerName<'static>, usize); 10] = [
    (TrailerName::CRC32, 8),
    (TrailerName::CRC32C, 8),
    (TrailerName::CRC64NVME, 12),
    (TrailerName::SHA1, 28),
    (TrailerName::SHA256, 44),
    (TrailerName::SHA512, 88),
    (TrailerName::MD5, 24),
    (TrailerName::XXHASH64, 12),
    (TrailerName::XXHASH3, 12),
    (TrailerName::XXHASH128, 24),
];

/// The name of a trailer: a header's name in lower case, as it is signed.
///
/// ```
/// use rolesig::TrailerName;
///
/// const OWN: TrailerName<'_> = match TrailerName::new("x-amz-meta-lines") {
///     Ok(name) => name,
///     Err(_) => panic!(),
/// };
/// assert_eq!(OWN.as_str(), "x-amz-meta-lines");
/// assert!(TrailerName::new("X-Amz-Meta-Lines").is_err());
/// ```
///
/// Source: "Signature Calculations for the Authorization Header: Transferring Payload in Multiple
/// Chunks" and "… Including Trailing Headers" (Amazon S3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct TrailerName<'a>(&'a str);

impl TrailerName<'static> {
    /// `x-amz-checksum-crc32`.
    pub const CRC32: Self = Self("x-amz-checksum-crc32");
    /// `x-amz-checksum-crc32c`.
    pub const CRC32C: Self = Self("x-amz-checksum-crc32c");
    /// `x-amz-checksum-crc64nvme`.
    pub const CRC64NVME: Self = Self("x-amz-checksum-crc64nvme");
    /// `x-amz-checksum-sha1`.
    pub const SHA1: Self = Self("x-amz-checksum-sha1");
    /// `x-amz-checksum-sha256`.
    pub const SHA256: Self = Self("x-amz-checksum-sha256");
    /// `x-amz-checksum-sha512`.
    pub const SHA512: Self = Self("x-amz-checksum-sha512");
    /// `x-amz-checksum-md5`.
    pub const MD5: Self = Self("x-amz-checksum-md5");
    /// `x-amz-checksum-xxhash64`.
    pub const XXHASH64: Self = Self("x-amz-checksum-xxhash64");
    /// `x-amz-checksum-xxhash3`.
    pub const XXHASH3: Self = Self("x-amz-checksum-xxhash3");
    /// `x-amz-checksum-xxhash128`.
    pub const XXHASH128: Self = Self("x-amz-checksum-xxhash128");
}

impl<'a> TrailerName<'a> {
    /// Takes a name.
    ///
    /// # Errors
    /// [`TrailerNameError`] if it is empty, has an upper-case letter, or is not a token (RFC 9110
    /// §5.1).
    pub const fn new(name: &'a str) -> Result<Self, TrailerNameError> {
        let mut bytes = name.as_bytes();
        while let [byte, rest @ ..] = bytes {
            if !byte_class::is(*byte, LOWER) {
                return Err(TrailerNameError);
            }
            bytes = rest;
        }
        if name.is_empty() { Err(TrailerNameError) } else { Ok(Self(name)) }
    }

    /// Takes a name that was received, as in `x-amz-trailer`: those of S3's checksums in either
    /// case.
    ///
    /// ```
    /// use rolesig::TrailerName;
    ///
    /// assert_eq!(TrailerName::received("X-Amz-Checksum-Crc32c"), Ok(TrailerName::CRC32C));
    /// ```
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn received(name: &'a str) -> Result<Self, TrailerNameError> {
        let is_name = |(known, _): &&(TrailerName<'_>, _)| known.0.eq_ignore_ascii_case(name);
        CHECKSUMS.iter().find(is_name).map_or_else(|| Self::new(name), |(known, _)| Ok(*known))
    }

    /// Returns whether a trailer of this name can have a value: Base64 of the checksum's length.
    pub(crate) fn takes(self, value: &[u8]) -> bool {
        let Some((_, len)) = CHECKSUMS.into_iter().find(|(known, _)| *known == self) else {
            return true;
        };
        // Each has one byte or two in its last group.
        let padding: &[u8] = if matches!(len, 12 | 28 | 44) { b"=" } else { b"==" };
        let is_digit = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
        let digits = value.strip_suffix(padding).filter(|_| value.len() == len);
        digits.is_some_and(|digits| digits.iter().all(is_digit))
    }

    /// Returns the name.
    pub const fn as_str(self) -> &'a str {
        self.0
    }
}

impl fmt::Display for TrailerName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// The reason why a text is not the name of a trailer.
///
/// ```
/// use rolesig::TrailerName;
///
/// let error = TrailerName::new("a:b").unwrap_err();
/// assert!(error.to_string().starts_with("invalid trailer name"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct TrailerNameError;

impl fmt::Display for TrailerNameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("invalid trailer name: expected a header's name in lower case")
    }
}

impl core::error::Error for TrailerNameError {}

#[cfg(test)]
mod tests {
    use super::*;

    extern crate std;

    #[test]
    fn knows_the_checksums_of_s3() {
        for (name, bytes) in [
            ("crc32", 4),
            ("crc32c", 4),
            ("crc64nvme", 8),
            ("sha1", 20),
            ("sha256", 32),
            ("sha512", 64),
            ("md5", 16),
            ("xxhash64", 8),
            ("xxhash3", 8),
            ("xxhash128", 16),
        ] {
            let full = std::format!("X-Amz-Checksum-{name}");
            let trailer = Trailer::checksum(TrailerName::received(&full).unwrap()).unwrap();
            let value =
                <base64ct::Base64 as base64ct::Encoding>::encode_string(&std::vec![0; bytes]);
            assert_eq!(trailer.value_len, value.len(), "{name}");
            assert!(trailer.name.takes(value.as_bytes()), "{name}");
            assert!(!trailer.name.takes(&value.as_bytes()[1..]), "{name}");
        }
        assert_eq!(Trailer::checksum(TrailerName::new("x-amz-checksum-none").unwrap()), None);
    }
}
