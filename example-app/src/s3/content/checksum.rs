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
use sha2::{Digest as _, Sha256};

mod crc;
mod crc_of_parts;

use self::crc::{CRC32, CRC32C, CRC64NVME, Calculation};
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
}

const ALGORITHMS: [ChecksumAlgorithm; 4] = [
    ChecksumAlgorithm::Crc32,
    ChecksumAlgorithm::Crc32c,
    ChecksumAlgorithm::Crc64Nvme,
    ChecksumAlgorithm::Sha256,
];

impl ChecksumAlgorithm {
    /// Returns the name, as in `x-amz-checksum-algorithm`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Crc32 => "CRC32",
            Self::Crc32c => "CRC32C",
            Self::Crc64Nvme => "CRC64NVME",
            Self::Sha256 => "SHA256",
        }
    }

    /// Returns the name of its header, such as `x-amz-checksum-crc32`.
    pub const fn header(self) -> HeaderName {
        match self {
            Self::Crc32 => HeaderName::from_static("x-amz-checksum-crc32"),
            Self::Crc32c => HeaderName::from_static("x-amz-checksum-crc32c"),
            Self::Crc64Nvme => HeaderName::from_static("x-amz-checksum-crc64nvme"),
            Self::Sha256 => HeaderName::from_static("x-amz-checksum-sha256"),
        }
    }

    /// Returns the header of `CreateMultipartUpload` that announces it.
    pub(crate) fn announced(self) -> (HeaderName, HeaderValue) {
        let name = HeaderName::from_static("x-amz-checksum-algorithm");
        (name, HeaderValue::from_static(self.name()))
    }

    /// Starts a CRC; `None` for a hash.
    pub(in crate::s3) fn calculation(self) -> Option<Calculation> {
        match self {
            Self::Crc32 => Some(Calculation::Crc32(CRC32.digest())),
            Self::Crc32c => Some(Calculation::Crc32(CRC32C.digest())),
            Self::Crc64Nvme => Some(Calculation::Crc64(CRC64NVME.digest())),
            Self::Sha256 => None,
        }
    }

    const fn polynomial(self) -> Option<Polynomial> {
        match self {
            Self::Crc32 => Some(Polynomial::of_32(CRC_32_ISO_HDLC.poly)),
            Self::Crc32c => Some(Polynomial::of_32(CRC_32_ISCSI.poly)),
            Self::Crc64Nvme => Some(Polynomial::of_64(CRC_64_NVME.poly)),
            Self::Sha256 => None,
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
        let mut algorithms = ALGORITHMS.into_iter();
        let found = algorithms.find(|algorithm| algorithm.name().eq_ignore_ascii_case(text));
        found.ok_or("choose crc32, crc32c, crc64nvme or sha256")
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
        Self {
            sha256: Sha256::new(),
            algorithm: integrity.checksum,
            calculation: integrity.checksum.and_then(ChecksumAlgorithm::calculation),
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn digests(content: &[u8], checksum: Option<ChecksumAlgorithm>) -> Digests {
        let mut digesting = Digesting::new(Integrity { checksum, md5: true });
        content.chunks(7).for_each(|piece| digesting.update(piece));
        digesting.finish()
    }

    fn checksum(content: &[u8], algorithm: ChecksumAlgorithm) -> Checksum {
        digests(content, Some(algorithm)).checksum.unwrap()
    }

    /// CRCs: "check" of the Catalogue of parametrised CRC algorithms. Hashes: `openssl dgst`.
    #[test]
    fn calculates_known_checksums() {
        for (name, expected) in [
            ("crc32", "y/Q5Jg=="),
            ("crc32c", "4waSgw=="),
            ("crc64nvme", "rosUhgp5mIg="),
            ("sha256", "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU="),
        ] {
            let algorithm: ChecksumAlgorithm = name.parse().unwrap();
            let digests = digests(b"123456789", Some(algorithm));
            let mut headers = HeaderMap::new();
            digests.add_to(&mut headers);
            assert_eq!(headers["content-md5"], "JfnnlDI7RTiF9RgfG2JNCw==");
            assert_eq!(headers[format!("x-amz-checksum-{name}")], expected, "{name}");
            assert_eq!(headers.len(), 2);
        }
        assert!("md4".parse::<ChecksumAlgorithm>().is_err());
    }

    proptest! {
        #[test]
        fn combines_parts_to_the_checksum_of_the_whole(
            parts in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 1..6),
        ) {
            let whole = parts.concat();
            for algorithm in ALGORITHMS {
                let sums: Vec<_> = parts.iter().map(|part| checksum(part, algorithm)).collect();
                let sums: Vec<_> = sums.iter().collect();
                let expected = checksum(&whole, algorithm).to_string();
                let is_crc = algorithm != ChecksumAlgorithm::Sha256;
                prop_assert_eq!(Checksum::of_whole(&sums), is_crc.then_some(expected));
                let bytes: Vec<_> = sums.iter().flat_map(|sum| sum.bytes.clone()).collect();
                let of_sums = checksum(&bytes, algorithm);
                prop_assert_eq!(
                    Checksum::composite(&sums).unwrap(),
                    format!("{of_sums}-{}", parts.len())
                );
            }
        }
    }
}
