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
/// Source: "Checking object integrity for data uploads in Amazon S3".
const CHECKSUMS: [(TrailerName<'static>, usize); 5] = [
    (TrailerName::CRC32, 8),
    (TrailerName::CRC32C, 8),
    (TrailerName::CRC64NVME, 12),
    (TrailerName::SHA1, 28),
    (TrailerName::SHA256, 44),
];

/// The name of a trailer: a header's name in lower case, as it is signed.
///
/// ```
/// use rolesig::TrailerName;
///
/// const MD5: TrailerName<'_> = match TrailerName::new("x-amz-checksum-md5") {
///     Ok(name) => name,
///     Err(_) => panic!(),
/// };
/// assert_eq!(MD5.as_str(), "x-amz-checksum-md5");
/// assert!(TrailerName::new("X-Amz-Checksum-Md5").is_err());
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
