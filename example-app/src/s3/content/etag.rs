//! S3's names of contents: `ETag`s.
//!
//! Source: "Checking object integrity" and `Object`, Amazon S3 API Reference: the `ETag` of an
//! object is the MD5 of its content, or, if it was sent in parts, the MD5 of their MD5s and how
//! many there are. That does not hold where a key of KMS or of the customer encrypts it (SSE-KMS,
//! DSSE-KMS, SSE-C), in directory buckets, and of weak `ETag`s; the `ETag` of a part says nothing
//! then either.

use http::header::ETAG;
use md5::{Digest as _, Md5};

use crate::s3::content::object_head::{BucketKind, ObjectHead};

/// S3's name of a content. Different contents have different ones, even where it says nothing else.
#[derive(Clone, Debug)]
pub struct ETag {
    written: String,
    is_opaque: bool,
}

/// Compares without regard to quotation marks and case.
impl PartialEq for ETag {
    fn eq(&self, other: &Self) -> bool {
        self.bare() == other.bare()
    }
}

impl Eq for ETag {}

impl ETag {
    /// Takes an `ETag` as S3 wrote it, such as in a list that does not show how a content is
    /// encrypted.
    pub fn written(text: impl Into<String>) -> Self {
        let written = text.into();
        let is_opaque = written.trim_start().starts_with("W/");
        Self { written, is_opaque }
    }

    /// Reads the `ETag` of a response.
    pub(crate) fn of(head: ObjectHead<'_>) -> Option<Self> {
        Some(Self::beside(head.headers.get(ETAG)?.to_str().ok()?, head))
    }

    /// Takes an `ETag` from the body of a response whose head says how the content is encrypted.
    pub(in crate::s3) fn beside(text: impl Into<String>, head: ObjectHead<'_>) -> Self {
        let etag = Self::written(text);
        if is_opaque(head) { etag.opaque() } else { etag }
    }

    /// Marks it as one that says nothing about the content.
    #[must_use]
    pub(crate) fn opaque(self) -> Self {
        Self { is_opaque: true, ..self }
    }

    /// Returns whether it says nothing about the content.
    pub(crate) const fn is_opaque(&self) -> bool {
        self.is_opaque
    }

    /// Returns it as S3 wrote it, with quotation marks if it has some.
    pub fn as_str(&self) -> &str {
        &self.written
    }

    /// Returns it without quotation marks, in lower case.
    pub(crate) fn bare(&self) -> String {
        self.written.trim().trim_start_matches("W/").trim_matches('"').to_ascii_lowercase()
    }

    /// Returns the MD5 of the content, or the MD5 of its parts' MD5s with their number behind a
    /// dash, in hexadecimal; `None` if it is neither.
    pub(crate) fn md5s(&self) -> Option<String> {
        let bare = self.bare();
        let (md5, parts) = bare.split_once('-').unwrap_or((&bare, "1"));
        let is_md5 = unhex(md5).is_some() && parts.parse::<u32>().is_ok();
        (is_md5 && !self.is_opaque).then_some(bare)
    }

    /// Returns the MD5 of the content, in hexadecimal; `None` if it is not that.
    pub(crate) fn md5(&self) -> Option<String> {
        self.md5s().filter(|md5| !md5.contains('-'))
    }

    /// Returns the number of parts, if it is of an object in parts.
    pub(crate) fn parts(&self) -> Option<usize> {
        self.bare().rsplit_once('-')?.1.parse().ok()
    }

    /// Makes the `ETag` of a content with this MD5.
    pub(crate) fn of_md5(md5: [u8; 16]) -> Self {
        Self::written(hex(md5))
    }

    /// Makes the `ETag` of an object whose parts have these MD5s, in order.
    pub(crate) fn of_md5s(md5s: impl IntoIterator<Item = [u8; 16]>) -> Self {
        let mut md5 = Md5::new();
        let mut count = 0;
        for part in md5s {
            md5.update(part);
            count += 1;
        }
        Self::written(format!("{}-{count}", hex(md5.finalize().into())))
    }

    /// Makes the `ETag` of an object of parts with these `ETag`s, in order; `None` if theirs do not
    /// have the form of MD5s. If theirs say nothing about the contents, it does not either: some
    /// stores derive it from the parts' in any form.
    pub(crate) fn of_parts<'p>(parts: impl IntoIterator<Item = &'p Self>) -> Option<Self> {
        let mut is_opaque = false;
        let md5s = parts.into_iter().map(|part| {
            is_opaque |= part.is_opaque;
            unhex(&part.bare())
        });
        let md5s = md5s.collect::<Option<Vec<_>>>()?;
        Some(Self { is_opaque, ..Self::of_md5s(md5s) })
    }
}

fn is_opaque(ObjectHead { headers, bucket }: ObjectHead<'_>) -> bool {
    let scheme = headers.get("x-amz-server-side-encryption");
    scheme.is_some_and(|scheme| scheme != "AES256")
        || headers.get("x-amz-storage-class").is_some_and(|class| class == "EXPRESS_ONEZONE")
        || headers.contains_key("x-amz-server-side-encryption-customer-algorithm")
        || bucket == BucketKind::Directory
}

/// Writes an MD5 in hexadecimal, as S3 does.
fn hex(md5: [u8; 16]) -> String {
    format!("{:032x}", u128::from_be_bytes(md5))
}

fn unhex(text: &str) -> Option<[u8; 16]> {
    let number = u128::from_str_radix(text, 16).ok()?;
    (text.len() == 32).then(|| number.to_be_bytes())
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderName, HeaderValue, Response};

    use super::*;

    const A: &str = "0cc175b9c0f1b6a831c399e269772661";

    fn etag(text: &str, headers: &[(&'static str, &'static str)]) -> ETag {
        let headers = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        let mut headers: HeaderMap = headers.collect();
        headers.insert(ETAG, text.parse().unwrap());
        ETag::of(ObjectHead::in_general_bucket(&headers)).unwrap()
    }

    /// No header decides that: a server could send any.
    #[test]
    fn knows_directory_buckets_by_their_names_alone() {
        let response = |bucket: &str| {
            let response = Response::builder().header(ETAG, A);
            let response = response.header("x-rolefs-directory-bucket", "true");
            response.extension(BucketKind::of(bucket)).body(()).unwrap()
        };
        let md5 = |bucket: &str| ETag::of(ObjectHead::of(&response(bucket))).unwrap().md5();
        assert_eq!(md5("b").as_deref(), Some(A));
        assert_eq!(md5("b--use1-az4--x-s3"), None);
    }

    #[test]
    fn distinguishes_md5s_from_other_names() {
        let written = format!("\"{}\"", A.to_uppercase());
        let encryption = "x-amz-server-side-encryption";
        let customer = "x-amz-server-side-encryption-customer-algorithm";
        assert_eq!(etag(&written, &[]).md5().as_deref(), Some(A));
        assert_eq!(etag(&written, &[(encryption, "AES256")]).md5().as_deref(), Some(A));
        for scheme in ["aws:kms", "aws:kms:dsse", "aws:fsx", "other"] {
            assert_eq!(etag(&written, &[(encryption, scheme)]).md5s(), None);
        }
        assert_eq!(etag(&written, &[(customer, "AES256")]).md5s(), None);
        assert_eq!(etag(&written, &[("x-amz-storage-class", "EXPRESS_ONEZONE")]).md5s(), None);
        assert!(etag(&written, &[("x-amz-storage-class", "GLACIER_IR")]).md5s().is_some());
        assert_eq!(etag(&format!("W/{written}"), &[]).md5s(), None);
        assert_eq!(etag("\"0cc175b9\"", &[]).md5s(), None);

        let parts = etag(&format!("\"{A}-2\""), &[]);
        assert_eq!(
            (parts.md5(), parts.md5s(), parts.parts()),
            (None, Some(format!("{A}-2")), Some(2))
        );
        assert_eq!(etag(&format!("{A}-2"), &[(encryption, "aws:kms")]).md5s(), None);
    }

    #[test]
    fn ignores_quotation_marks_and_case() {
        assert_eq!(ETag::written(A), etag(&format!("W/\"{}\"", A.to_uppercase()), &[]));
        assert_ne!(ETag::written(A), ETag::written(format!("{A}-1")));
    }

    /// Made with `(md5 of "a", md5 of "b") | xxd -r -p | md5sum`.
    #[test]
    fn makes_the_etag_of_two_parts() {
        let a = ETag::written(format!("\"{A}\""));
        let b = ETag::written("92EB5FFEE6AE2FEC3AD71C777531578F");
        let both = ETag::of_parts([&a, &b]).unwrap();
        assert_eq!((both.bare().len(), both.parts()), (34, Some(2)));
        assert!(both.md5s().is_some());
        // For parts that a customer key encrypts, the `ETag` shows nothing.
        let sealed = ETag::of_parts([&a, &b.opaque()]).unwrap();
        assert_eq!((sealed.md5s(), &sealed), (None, &both));
        assert_eq!(ETag::of_parts([&a, &ETag::written("\"e\"")]), None);
    }
}
