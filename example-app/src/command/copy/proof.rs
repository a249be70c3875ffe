//! The proof that a copy exists.

use crate::s3::Attributes;
use crate::s3::content::content_hash::ContentHash;
use crate::s3::content::etag::ETag;

/// An object that was copied, and its copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Copied {
    /// The `ETag` of the source when it was copied.
    pub(super) source: ETag,
    /// The `ETag` of the copy, as S3 reported it.
    pub(super) copy: ETag,
    /// The length of both, in bytes.
    pub(super) len: u64,
}

impl Copied {
    /// Returns whether an object is the copy.
    pub(super) fn is_copy(&self, len: Option<u64>, etag: Option<&ETag>) -> bool {
        len == Some(self.len) && etag == Some(&self.copy)
    }

    /// Returns whether an object is the source as it was copied.
    pub(super) fn is_source(&self, etag: Option<&ETag>) -> bool {
        etag == Some(&self.source)
    }
}

/// Returns the proof that one object is a copy of another, if S3's description is one: an
/// equal MD5 or SHA-256. An equal CRC is one only if the source stays: it misses some changes.
pub(super) fn proven(source: &Attributes, copy: &Attributes, is_move: bool) -> Option<Copied> {
    let (len, source_etag, copy_etag) = (source.len?, source.etag.clone()?, copy.etag.clone()?);
    let is_shared = |hash: &&ContentHash| source.content_hashes.contains(hash);
    let mut shared = copy.content_hashes.iter().filter(is_shared);
    let is_equal = copy.len == Some(len) && shared.any(|it| !is_move || it.hash.is_proof());
    is_equal.then_some(Copied { source: source_etag, copy: copy_etag, len })
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::*;
    use crate::s3::content::object_head::ObjectHead;

    const MD5: &str = "\"0cc175b9c0f1b6a831c399e269772661\"";

    fn attributes(headers: &[(&'static str, &str)]) -> Attributes {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, value.parse().unwrap());
        }
        Attributes::of(ObjectHead::in_general_bucket(&map))
    }

    #[test]
    fn takes_equal_contents_for_copies() {
        let of = |etag, len| attributes(&[("etag", etag), ("content-length", len)]);
        for is_move in [false, true] {
            assert!(proven(&of(MD5, "1"), &of(MD5, "1"), is_move).is_some());
            assert!(proven(&of(MD5, "1"), &of(MD5, "2"), is_move).is_none());
            assert!(proven(&of("\"a\"", "1"), &of("\"a\"", "1"), is_move).is_none(), "no MD5");
        }
    }

    #[test]
    fn deletes_nothing_on_the_word_of_a_crc() {
        let response =
            |etag, name, hash| attributes(&[("etag", etag), ("content-length", "1"), (name, hash)]);
        let sha256 = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
        for (name, hash, other, is_proof) in [
            ("x-amz-checksum-crc32", "AAAAAA==", "AAAAAQ==", false),
            ("x-amz-checksum-crc32c", "AAAAAA==", "AAAAAQ==", false),
            ("x-amz-checksum-crc64nvme", "AAAAAAAAAAA=", "BAAAAAAAAAA=", false),
            ("x-amz-checksum-xxhash64", "AAAAAAAAAAA=", "BAAAAAAAAAA=", false),
            ("x-amz-checksum-xxhash3", "AAAAAAAAAAA=", "BAAAAAAAAAA=", false),
            ("x-amz-checksum-xxhash128", "AAAAAAAAAAA=", "BAAAAAAAAAA=", false),
            ("x-amz-checksum-sha256", sha256, "47DEQpj8", true),
            ("x-amz-checksum-sha512", sha256, "47DEQpj8", true),
            ("x-amz-checksum-md5", "1B2M2Y8AsgTpgAmY7PhCfg==", "1B2M", true),
        ] {
            let (source, copy) = (response("\"a-2\"", name, hash), response("\"b\"", name, hash));
            let copied = proven(&source, &copy, false).unwrap();
            assert_eq!(copied.copy, ETag::written("b"), "{name}");
            assert_eq!(proven(&source, &copy, true).is_some(), is_proof, "{name}");
            assert!(proven(&source, &response("\"b\"", name, other), false).is_none(), "{name}");
        }
    }

    #[test]
    fn knows_the_copy_and_the_source() {
        let (a, b) = (ETag::written("a"), ETag::written("b"));
        let copied = Copied { source: a.clone(), copy: b.clone(), len: 3 };
        assert!(copied.is_copy(Some(3), Some(&b)) && copied.is_source(Some(&a)));
        for (len, etag) in
            [(Some(2), Some(&b)), (None, Some(&b)), (Some(3), Some(&a)), (Some(3), None)]
        {
            assert!(!copied.is_copy(len, etag), "{len:?} {etag:?}");
        }
        assert!(!copied.is_source(None) && !copied.is_source(Some(&b)));
    }
}
