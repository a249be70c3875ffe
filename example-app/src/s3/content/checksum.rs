//! Checksums that are sent and compared, so that what is stored is what was sent.
//!
//! The SHA-256 of each content is always signed. Other checksums are added on request: they are
//! calculated in the same pass, and S3 keeps them with the object.
//!
//! Source: "Checking object integrity in Amazon S3", Amazon S3 User Guide.

use core::fmt;
use core::str::FromStr;

use ::crc::{CRC_32_ISCSI, CRC_32_ISO_HDLC, CRC_64_NVME};
use base64ct::{Base64, Encoding as _};
use http::{HeaderMap, HeaderName, HeaderValue};
use md5::Md5;
use ring::digest::{Context, SHA1_FOR_LEGACY_USE_ONLY, SHA512};
use rolesig::TrailerName;
use sha2::{Digest as _, Sha256};
use xxhash_rust::xxh3::Xxh3Default;
use xxhash_rust::xxh64::Xxh64;

mod calculation;
mod crc;
mod crc_of_parts;
#[cfg(test)]
mod tests;

pub(in crate::s3) use self::calculation::Calculation;
pub(crate) use self::crc::CRC32;
use self::crc::{CRC32C, CRC64NVME};
use self::crc_of_parts::Polynomial;

/// The checks that are sent with contents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Integrity {
    /// A checksum that S3 verifies and keeps: `fs.s3a.create.checksum.algorithm`.
    pub checksum: Option<ChecksumAlgorithm>,
    /// `Content-MD5`, which S3 verifies: `fs.s3a.request.md5.header`.
    pub md5: bool,
}

/// An algorithm of S3's checksums.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChecksumAlgorithm {
    /// CRC-32 of ISO/HDLC.
    Crc32,
    /// CRC-32 of iSCSI (Castagnoli).
    Crc32c,
    /// CRC-64 of NVM Express.
    Crc64Nvme,
    /// SHA-256, which is signed too.
    Sha256,
    /// SHA-512.
    Sha512,
    /// SHA-1, which is only compared.
    Sha1,
    /// MD5; the header is another one than `Content-MD5`.
    Md5,
    /// XXH64 of xxHash, with the seed 0.
    Xxhash64,
    /// XXH3 of xxHash, 64 bits.
    Xxhash3,
    /// XXH3 of xxHash, 128 bits.
    Xxhash128,
}

/// All algorithms, the most trustworthy first: hashes that no one can forge, then those
/// that someone can, then the rest by their length.
pub(in crate::s3) const ALGORITHMS: [ChecksumAlgorithm; 10] = [
    ChecksumAlgorithm::Sha512,
    ChecksumAlgorithm::Sha256,
    ChecksumAlgorithm::Sha1,
    ChecksumAlgorithm::Md5,
    ChecksumAlgorithm::Xxhash128,
    ChecksumAlgorithm::Xxhash3,
    ChecksumAlgorithm::Xxhash64,
    ChecksumAlgorithm::Crc64Nvme,
    ChecksumAlgorithm::Crc32c,
    ChecksumAlgorithm::Crc32,
];

impl ChecksumAlgorithm {
    /// Returns the name, as in `x-amz-checksum-algorithm`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Crc32 => "CRC32",
            Self::Crc32c => "CRC32C",
            Self::Crc64Nvme => "CRC64NVME",
            Self::Sha256 => "SHA256",
            Self::Sha512 => "SHA512",
            Self::Sha1 => "SHA1",
            Self::Md5 => "MD5",
            Self::Xxhash64 => "XXHASH64",
            Self::Xxhash3 => "XXHASH3",
            Self::Xxhash128 => "XXHASH128",
        }
    }

    /// Returns the name of its header, such as `x-amz-checksum-crc32`.
    pub const fn header(self) -> HeaderName {
        let name = match self {
            Self::Crc32 => TrailerName::CRC32,
            Self::Crc32c => TrailerName::CRC32C,
            Self::Crc64Nvme => TrailerName::CRC64NVME,
            Self::Sha256 => TrailerName::SHA256,
            Self::Sha512 => TrailerName::SHA512,
            Self::Sha1 => TrailerName::SHA1,
            Self::Md5 => TrailerName::MD5,
            Self::Xxhash64 => TrailerName::XXHASH64,
            Self::Xxhash3 => TrailerName::XXHASH3,
            Self::Xxhash128 => TrailerName::XXHASH128,
        };
        HeaderName::from_static(name.as_str())
    }

    /// Returns whether S3 added it in 2026: other stores may not know it.
    pub const fn is_recent(self) -> bool {
        matches!(self, Self::Sha512 | Self::Md5 | Self::Xxhash64 | Self::Xxhash3 | Self::Xxhash128)
    }

    /// Returns the header of `CreateMultipartUpload` that announces it.
    pub(crate) fn announced(self) -> (HeaderName, HeaderValue) {
        let name = HeaderName::from_static("x-amz-checksum-algorithm");
        (name, HeaderValue::from_static(self.name()))
    }

    /// Starts the calculation of a checksum.
    pub(in crate::s3) fn calculation(self) -> Calculation {
        match self {
            Self::Crc32 => Calculation::Crc32(CRC32.digest()),
            Self::Crc32c => Calculation::Crc32(CRC32C.digest()),
            Self::Crc64Nvme => Calculation::Crc64(CRC64NVME.digest()),
            Self::Sha256 => Calculation::Sha256(Sha256::new()),
            Self::Sha512 => Calculation::Ring(Box::new(Context::new(&SHA512))),
            Self::Sha1 => Calculation::Ring(Box::new(Context::new(&SHA1_FOR_LEGACY_USE_ONLY))),
            Self::Md5 => Calculation::Md5(Md5::new()),
            Self::Xxhash64 => Calculation::Xxh64(Xxh64::new(0)),
            Self::Xxhash3 => Calculation::Xxh3(Box::new(Xxh3Default::new())),
            Self::Xxhash128 => Calculation::Xxh128(Box::new(Xxh3Default::new())),
        }
    }

    /// Returns whether equal checksums prove equal contents, unless somebody forged them.
    pub(in crate::s3) const fn is_proof(self) -> bool {
        matches!(self, Self::Md5 | Self::Sha1 | Self::Sha256 | Self::Sha512)
    }

    const fn polynomial(self) -> Option<Polynomial> {
        match self {
            Self::Crc32 => Some(Polynomial::of_32(CRC_32_ISO_HDLC.poly)),
            Self::Crc32c => Some(Polynomial::of_32(CRC_32_ISCSI.poly)),
            Self::Crc64Nvme => Some(Polynomial::of_64(CRC_64_NVME.poly)),
            _ => None,
        }
    }
}

impl fmt::Display for ChecksumAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for ChecksumAlgorithm {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut sent = ALGORITHMS.into_iter().filter(|it| *it != Self::Sha1);
        sent.find(|it| it.name().eq_ignore_ascii_case(text)).ok_or(
            "choose crc32, crc32c, crc64nvme, sha256, sha512, md5, xxhash64, xxhash3 or xxhash128",
        )
    }
}

/// The calculation of digests in one pass over a content.
pub struct Digesting {
    sha256: Sha256,
    algorithm: Option<ChecksumAlgorithm>,
    calculation: Option<Calculation>,
    md5: Option<Md5>,
    len: u64,
}

impl Digesting {
    /// Starts before the first byte.
    pub fn new(integrity: Integrity) -> Self {
        // The SHA-256 is calculated once.
        let other = integrity.checksum.filter(|it| *it != ChecksumAlgorithm::Sha256);
        Self {
            sha256: Sha256::new(),
            algorithm: integrity.checksum,
            calculation: other.map(ChecksumAlgorithm::calculation),
            md5: integrity.md5.then(Md5::new),
            len: 0,
        }
    }

    /// Adds the next bytes.
    pub fn update(&mut self, piece: &[u8]) {
        self.sha256.update(piece);
        if let Some(calculation) = &mut self.calculation {
            calculation.update(piece);
        }
        if let Some(md5) = &mut self.md5 {
            md5.update(piece);
        }
        self.len = self.len.saturating_add(u64::try_from(piece.len()).unwrap_or(u64::MAX));
    }

    /// Returns the digests, after the last byte.
    pub fn finish(self) -> Digests {
        let sha256: [u8; 32] = self.sha256.finalize().into();
        let bytes = self.calculation.map_or_else(|| sha256.to_vec(), Calculation::finish);
        let checksum = self.algorithm.map(|algorithm| Checksum { algorithm, bytes, len: self.len });
        let md5 = self.md5.map(|md5| md5.finalize().into());
        Digests { sha256, checksum, md5 }
    }
}

/// The digests of a content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digests {
    /// The SHA-256, which is signed.
    pub sha256: [u8; 32],
    /// The checksum, if one was asked for.
    pub checksum: Option<Checksum>,
    /// The MD5, if it was asked for.
    pub md5: Option<[u8; 16]>,
}

impl Digests {
    /// Headers of `PutObject` and `UploadPart`.
    pub(in crate::s3) fn add_to(&self, headers: &mut HeaderMap) {
        let md5 = self.md5.map(|md5| (HeaderName::from_static("content-md5"), encoded(&md5)));
        let checksum = self.checksum.as_ref().map(|sum| (sum.algorithm.header(), sum.to_string()));
        for (name, value) in md5.into_iter().chain(checksum) {
            headers.extend(HeaderValue::try_from(value).ok().map(|value| (name, value)));
        }
    }
}

/// The checksum of a content. `Display` is its Base64.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checksum {
    /// The algorithm.
    pub algorithm: ChecksumAlgorithm,
    bytes: Vec<u8>,
    /// The length of the content, in bytes.
    len: u64,
}

impl Checksum {
    /// Returns the checksum of an object of these parts, in order, as S3 writes it: the checksum of
    /// their checksums, and their number. `None` without parts.
    pub fn composite(parts: &[&Self]) -> Option<String> {
        let algorithm = parts.first()?.algorithm;
        let mut digesting = Digesting::new(Integrity { checksum: Some(algorithm), md5: false });
        for part in parts {
            digesting.update(&part.bytes);
        }
        Some(format!("{}-{}", digesting.finish().checksum?, parts.len()))
    }

    /// Returns the checksum of the content that these parts make together, in order. `None` without
    /// parts, and for hashes.
    pub fn of_whole(parts: &[&Self]) -> Option<String> {
        let polynomial = parts.first()?.algorithm.polynomial()?;
        let parts = parts.iter().map(|part| (part.number(), part.len));
        Some(encoded(&crc_of_parts::combined(parts, polynomial)))
    }

    fn number(&self) -> u64 {
        self.bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
    }
}

impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&encoded(&self.bytes))
    }
}

fn encoded(bytes: &[u8]) -> String {
    Base64::encode_string(bytes)
}
