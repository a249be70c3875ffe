//! The proof that a copy is there.

use crate::s3::Attributes;
use crate::s3::content::etag::ETag;

/// An object that was copied, and its copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Copied {
    /// The `ETag` of the source when it was copied.
    pub(super) source: ETag,
    /// The `ETag` of the copy, as S3 told it.
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

/// Returns the proof that one object is a copy of another, if what S3 tells of them is one: equal
/// `ETag`s that are made of MD5s, or an equal hash of the whole content.
pub(super) fn proven(source: &Attributes, copy: &Attributes) -> Option<Copied> {
    let (len, source_etag, copy_etag) = (source.len?, source.etag.clone()?, copy.etag.clone()?);
    let is_known = |hash| source.content_hashes.contains(hash);
    let is_equal = copy.len == Some(len) && copy.content_hashes.iter().any(is_known);
    is_equal.then_some(Copied { source: source_etag, copy: copy_etag, len })
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::*;

    const MD5: &str = "\"0cc175b9c0f1b6a831c399e269772661\"";

    fn attributes(headers: &[(&'static str, &str)]) -> Attributes {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, value.parse().unwrap());
        }
        Attributes::of(&map)
    }

    #[test]
    fn takes_equal_contents_for_copies() {
        let of = |etag, len| attributes(&[("etag", etag), ("content-length", len)]);
        assert!(proven(&of(MD5, "1"), &of(MD5, "1")).is_some());
        assert!(proven(&of(MD5, "1"), &of(MD5, "2")).is_none());
        assert!(proven(&of("\"a\"", "1"), &of("\"a\"", "1")).is_none(), "no MD5");
        let crc = |etag, crc| {
            let crc = ("x-amz-checksum-crc64nvme", crc);
            attributes(&[("etag", etag), ("content-length", "1"), crc])
        };
        let copied = proven(&crc("\"a-2\"", "AAAAAAAAAAA="), &crc("\"b\"", "AAAAAAAAAAA="));
        assert_eq!(copied.unwrap().copy, ETag::written("b"));
        assert!(proven(&crc("\"a-2\"", "AAAAAAAAAAA="), &crc("\"b\"", "BAAAAAAAAAA=")).is_none());
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
