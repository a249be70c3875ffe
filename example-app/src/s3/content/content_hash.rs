//! Hashes of objects' contents that S3 reports, to compare with those of files.
//!
//! Source: "Checking object integrity in Amazon S3", Amazon S3 User Guide.

use std::io;

use base64ct::{Base64, Encoding as _};
use http::HeaderValue;

use crate::s3::content::checksum::{ALGORITHMS, Calculation, ChecksumAlgorithm};
use crate::s3::content::etag::ETag;
use crate::s3::content::object_head::ObjectHead;
use crate::system::positioned_file::PositionedFile;

/// The header in which rclone keeps the MD5 of a file, in Base64.
const MD5CHKSUM: &str = "x-amz-meta-md5chksum";
/// The header that distinguishes checksums of whole contents from those of parts' checksums.
const CHECKSUM_TYPE: &str = "x-amz-checksum-type";

/// A way to hash a content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hash {
    /// MD5, as in `ETag`s.
    Md5,
    /// An algorithm of S3's checksums.
    Checksum(ChecksumAlgorithm),
}

/// A hash of an object's content that S3 reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContentHash {
    /// The way it was calculated.
    pub hash: Hash,
    /// As S3 writes it.
    text: String,
    /// The number of parts, if it is the hash of their hashes; `None` if it is of the whole
    /// content.
    pub parts: Option<u32>,
}

impl ContentHash {
    /// Reads all hashes of a response, the most trustworthy first: SHA-2, SHA-1, MD5s (the
    /// `ETag` if it is made of them, and what a client kept as metadata), xxHash, then CRCs, the
    /// longest first.
    pub(in crate::s3) fn all_of(head: ObjectHead<'_>) -> Vec<Self> {
        let headers = head.headers;
        let text = |name: &str| Some(headers.get(name)?.to_str().ok()?.to_owned());
        let is_composite = |it: &HeaderValue| it.as_bytes().eq_ignore_ascii_case(b"COMPOSITE");
        let is_composite = headers.get(CHECKSUM_TYPE).is_some_and(is_composite);
        let by = |algorithm: ChecksumAlgorithm| {
            Self::new(Hash::Checksum(algorithm), text(algorithm.header().as_str())?)
                .filter(|it| it.parts.is_some() || !is_composite)
        };
        let etag = ETag::of(head).and_then(|etag| etag.md5s());
        let kept = text(MD5CHKSUM).and_then(|text| Base64::decode_vec(&text).ok()).map(hex::encode);
        let md5s = [etag, kept].into_iter().flatten();
        let md5s = md5s.filter_map(|text| Self::new(Hash::Md5, text));
        let (proofs, others): (Vec<_>, Vec<_>) =
            ALGORITHMS.into_iter().partition(|algorithm| algorithm.is_proof());
        proofs
            .into_iter()
            .filter_map(by)
            .chain(md5s)
            .chain(others.into_iter().filter_map(by))
            .collect()
    }

    /// Reads a hash; `None` if the text is not one: a store can name contents in another way.
    fn new(hash: Hash, text: String) -> Option<Self> {
        let (digest, parts) = match text.rsplit_once('-') {
            Some((digest, parts)) => (digest, Some(parts.parse().ok().filter(|parts| *parts > 0)?)),
            None => (text.as_str(), None),
        };
        let is_one = match hash {
            Hash::Md5 => hex::decode(digest).is_ok_and(|md5| md5.len() == 16),
            Hash::Checksum(_) => Base64::decode_vec(digest).is_ok(),
        };
        is_one.then_some(Self { hash, text, parts })
    }

    /// Returns the algorithm and the hash as S3 writes it, with a tab between.
    pub(crate) fn shown(&self) -> String {
        format!("{}\t{}", self.hash.algorithm().name(), self.text)
    }

    /// Returns the algorithm and the checksum as S3 writes it; `None` for an MD5.
    pub(crate) fn checksum(&self) -> Option<(ChecksumAlgorithm, String)> {
        match self.hash {
            Hash::Md5 => None,
            Hash::Checksum(algorithm) => Some((algorithm, self.text.clone())),
        }
    }

    /// Returns whether it is that of a content with this hash.
    pub fn is_of_whole(&self, hash: &[u8]) -> bool {
        self.parts.is_none() && self.text == self.hash.written(hash)
    }

    /// Returns whether it is that of an object whose parts, in order, have these hashes.
    pub fn is_of_parts(&self, hashes: &[Vec<u8>]) -> bool {
        let Ok(hash) = self.hash.of(|each| {
            each(&hashes.concat());
            Ok(())
        }) else {
            return false;
        };
        self.text == format!("{}-{}", self.hash.written(&hash), hashes.len())
    }
}

impl Hash {
    /// Returns whether equal hashes prove equal contents, unless somebody forged them. Those of a
    /// CRC and of xxHash do not.
    pub const fn is_proof(self) -> bool {
        self.algorithm().is_proof()
    }

    const fn algorithm(self) -> ChecksumAlgorithm {
        match self {
            Self::Md5 => ChecksumAlgorithm::Md5,
            Self::Checksum(algorithm) => algorithm,
        }
    }

    /// Hashes `len` bytes from `offset` on.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn of_piece(self, file: &PositionedFile, offset: u64, len: u64) -> io::Result<Vec<u8>> {
        self.of(|each| file.read_pieces(offset, len, each))
    }

    fn of(self, read: impl FnOnce(&mut dyn FnMut(&[u8])) -> io::Result<()>) -> io::Result<Vec<u8>> {
        let mut calculation: Calculation = self.algorithm().calculation();
        read(&mut |piece| calculation.update(piece))?;
        Ok(calculation.finish())
    }

    fn written(self, hash: &[u8]) -> String {
        match self {
            Self::Md5 => hex::encode(hash),
            Self::Checksum(_) => Base64::encode_string(hash),
        }
    }
}

/// The comparison of a content that arrives with the hashes that S3 states of all of it.
#[derive(Default)]
pub(crate) struct Comparison(Vec<(ContentHash, Calculation)>);

impl Comparison {
    /// Starts before the first byte. The MD5 that a client kept as metadata is not S3's word.
    pub(crate) fn with<'h>(
        stated: impl Iterator<Item = &'h ContentHash>,
        etag: Option<&ETag>,
    ) -> Self {
        let md5 = etag.and_then(ETag::md5).and_then(|md5| ContentHash::new(Hash::Md5, md5));
        let checksums = stated.filter(|it| it.hash != Hash::Md5 && it.parts.is_none());
        let all = checksums.cloned().chain(md5);
        Self(all.map(|stated| (stated.clone(), stated.hash.algorithm().calculation())).collect())
    }

    /// Adds the next bytes.
    pub(crate) fn update(&mut self, piece: &[u8]) {
        for (_, calculation) in &mut self.0 {
            calculation.update(piece);
        }
    }

    /// Returns the first hash that differs, after the last byte: its name, that of the content, and
    /// the one that S3 states.
    pub(crate) fn difference(self) -> Option<(&'static str, String, String)> {
        self.0.into_iter().find_map(|(stated, calculation)| {
            let came = stated.hash.written(&calculation.finish());
            (came != stated.text).then(|| (stated.hash.algorithm().name(), came, stated.text))
        })
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use http::HeaderName;

    use super::*;

    fn all_of(headers: &[(&'static str, &'static str)]) -> Vec<ContentHash> {
        let headers = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        ContentHash::all_of(ObjectHead::in_general_bucket(&headers.collect()))
    }

    fn hash(of: Hash, content: &[u8]) -> Vec<u8> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"before").unwrap();
        file.write_all(content).unwrap();
        let len = u64::try_from(content.len()).unwrap();
        of.of_piece(&PositionedFile::new(file), 6, len).unwrap()
    }

    const MD5: &str = "\"25f9e794323b453885f5181f1b624d0b\"";

    /// CRCs: "check" of the Catalogue of parametrised CRC algorithms. Hashes: `openssl dgst`.
    #[test]
    fn recognizes_known_contents() {
        for header in [
            ("x-amz-checksum-crc32", "y/Q5Jg=="),
            ("x-amz-checksum-crc32c", "4waSgw=="),
            ("x-amz-checksum-crc64nvme", "rosUhgp5mIg="),
            ("x-amz-checksum-sha256", "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU="),
            ("x-amz-checksum-sha1", "98O8HYCOBHMq32eZZczDTKeuNEE="),
            ("x-amz-checksum-md5", "JfnnlDI7RTiF9RgfG2JNCw=="),
            ("x-amz-checksum-xxhash64", "jLhB20DmroM="),
            ("x-amz-checksum-xxhash3", "ctyxi2ehff8="),
            ("x-amz-checksum-xxhash128", "MxGUd+3l3NXpcWQnaB1YYA=="),
            ("etag", MD5),
            ("etag", "\"25F9E794323B453885F5181F1B624D0B\""),
            ("x-amz-meta-md5chksum", "JfnnlDI7RTiF9RgfG2JNCw=="),
        ] {
            let all = all_of(&[header]);
            let [content_hash] = all.as_slice() else { panic!("{header:?}: {all:?}") };
            assert!(content_hash.is_of_whole(&hash(content_hash.hash, b"123456789")), "{header:?}");
            assert!(!content_hash.is_of_whole(&hash(content_hash.hash, b"12345678")), "{header:?}");
            assert!(!content_hash.is_of_parts(&[hash(content_hash.hash, b"123456789")]));
        }
    }

    /// By `openssl dgst -md5 -binary` and `-sha256 -binary` of 1234 and 56789, and of what that
    /// gives.
    #[test]
    fn recognizes_contents_in_parts() {
        for header in [
            ("etag", "\"d8399932ce6023ac3365f50fbbcde132-2\""),
            ("x-amz-checksum-sha256", "bnRBBTileCDVQlLT/6fZJGrqcf3O3X6G8kD8V7zZqxQ=-2"),
        ] {
            let all = all_of(&[header]);
            let [content_hash] = all.as_slice() else { panic!("{header:?}: {all:?}") };
            assert_eq!(content_hash.parts, Some(2));
            let parts = [b"1234".as_slice(), b"56789"].map(|part| hash(content_hash.hash, part));
            assert!(content_hash.is_of_parts(&parts), "{header:?}");
            assert!(!content_hash.is_of_parts(&parts[..1]), "{header:?}");
            assert!(!content_hash.is_of_whole(&parts[0]), "{header:?}");
        }
    }

    #[test]
    fn puts_the_most_trustworthy_first() {
        let all = all_of(&[
            ("x-amz-meta-md5chksum", "JfnnlDI7RTiF9RgfG2JNCw=="),
            ("etag", MD5),
            ("x-amz-checksum-crc32", "y/Q5Jg=="),
        ]);
        let hashes: Vec<_> = all.iter().map(|content_hash| content_hash.hash).collect();
        assert_eq!(hashes, [Hash::Md5, Hash::Md5, Hash::Checksum(ChecksumAlgorithm::Crc32)]);
        let proofs: Vec<_> = hashes.into_iter().map(Hash::is_proof).collect();
        assert_eq!(proofs, [true, true, false]);
    }

    #[test]
    fn ignores_names_that_are_not_hashes() {
        for headers in [
            &[("etag", "\"0123\"")][..],
            &[("etag", "\"25f9e794323b453885f5181f1b624d0b-0\"")],
            &[("etag", "\"25f9e794323b453885f5181f1b624d0b-x\"")],
            &[("etag", MD5), ("x-amz-server-side-encryption", "aws:kms")],
            &[("etag", MD5), ("x-amz-server-side-encryption-customer-algorithm", "AES256")],
            &[("x-amz-meta-md5chksum", "none")],
            &[("x-amz-checksum-crc32", "y/Q5Jg=="), ("x-amz-checksum-type", "COMPOSITE")],
            &[("x-amz-checksum-crc32", "y/Q5Jg=="), ("x-amz-checksum-type", "composite")],
        ] {
            assert_eq!(all_of(headers), [], "{headers:?}");
        }
    }

    #[test]
    fn compares_arriving_contents_with_all_that_s3_states() {
        const CRC32: (&str, &str) = ("x-amz-checksum-crc32", "y/Q5Jg==");
        let differing = |headers: &[(&'static str, &'static str)]| {
            let etag = headers.iter().find(|it| it.0 == "etag").map(|it| ETag::written(it.1));
            let mut comparison = Comparison::with(all_of(headers).iter(), etag.as_ref());
            b"123456789".chunks(2).for_each(|piece| comparison.update(piece));
            comparison.difference().map(|(name, ..)| name)
        };
        for (headers, expected) in [
            (&[][..], None),
            (&[CRC32, ("x-amz-checksum-type", "FULL_OBJECT")], None),
            (&[("etag", MD5), CRC32], None),
            (&[("etag", MD5), ("x-amz-checksum-crc32", "y/Q5Jw==")], Some("CRC32")),
            (&[("etag", "\"25f9e794323b453885f5181f1b624d0c\""), CRC32], Some("MD5")),
            (&[("etag", "\"25f9e794323b453885f5181f1b624d0c-2\""), CRC32], None),
            (&[("x-amz-checksum-crc32", "y/Q5Jw==-2")], None),
            (&[("x-amz-checksum-crc32", "y/Q5Jw=="), ("x-amz-checksum-type", "COMPOSITE")], None),
            (&[("x-amz-checksum-sha1", "98O8HYCOBHMq32eZZczDTKeuNEE=")], None),
            (&[("x-amz-checksum-sha1", "98O8HYCOBHMq32eZZczDTKeuNEI=")], Some("SHA1")),
            (&[("x-amz-meta-md5chksum", "JfnnlDI7RTiF9RgfG2JNCA==")], None),
        ] {
            assert_eq!(differing(headers), expected, "{headers:?}");
        }
    }
}
