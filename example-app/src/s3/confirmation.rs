//! What S3 says of a content that it has taken.

use http::HeaderMap;
use quick_xml::escape::unescape;

use super::integrity::ChecksumAlgorithm;
use super::{etag, request_id};

/// What S3 says of a content that it has taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Confirmation {
    /// With its quotation marks, if it has some. `None` where a key of KMS or of the customer
    /// encrypts the content: then it has nothing to do with it.
    pub etag: Option<String>,
    /// In Base64; of an object in parts, it may have their number behind a dash.
    pub checksum: Option<String>,
    /// What S3 calls the request.
    pub request_id: Option<String>,
}

impl Confirmation {
    /// Of `PutObject`, `UploadPart`.
    pub(super) fn of_headers(headers: &HeaderMap, algorithm: Option<ChecksumAlgorithm>) -> Self {
        let checksum = algorithm.and_then(|algorithm| headers.get(algorithm.header()));
        Self {
            etag: etag(headers).filter(|_| tells_md5(headers)),
            checksum: checksum.and_then(|text| Some(text.to_str().ok()?.to_owned())),
            request_id: request_id(headers),
        }
    }

    /// Of `CompleteMultipartUpload`, which answers in XML.
    pub(super) fn of_completion(
        headers: &HeaderMap,
        answer: &str,
        algorithm: Option<ChecksumAlgorithm>,
    ) -> Self {
        let checksum = algorithm.map(|algorithm| format!("Checksum{}", algorithm.name()));
        Self {
            etag: element(answer, "ETag").filter(|_| tells_md5(headers)),
            checksum: checksum.and_then(|name| element(answer, &name)),
            request_id: request_id(headers),
        }
    }
}

/// Source: "Checking object integrity": "objects encrypted by SSE-C or SSE-KMS have `ETag`s that are
/// not an MD5 digest of their object data".
pub(super) fn tells_md5(headers: &HeaderMap) -> bool {
    let scheme = headers.get("x-amz-server-side-encryption");
    let is_kms = scheme.is_some_and(|scheme| scheme.as_bytes().starts_with(b"aws:kms"));
    !is_kms && !headers.contains_key("x-amz-server-side-encryption-customer-algorithm")
}

/// The text of an element, and nothing else: for a key with control characters, the answer is no XML.
pub(super) fn element(answer: &str, name: &str) -> Option<String> {
    let (_, rest) = answer.split_once(&format!("<{name}>"))?;
    let (text, _) = rest.split_once(&format!("</{name}>"))?;
    let text = unescape(text.trim()).ok()?;
    (!text.is_empty()).then(|| text.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn completions_are_read() {
        let answer = "<CompleteMultipartUploadResult><Key>\u{1}</Key>\n<ETag>&quot;e-2&quot;</ETag>\
                      <ChecksumCRC32C> s-2 </ChecksumCRC32C></CompleteMultipartUploadResult>";
        let read = |headers: &HeaderMap| {
            Confirmation::of_completion(headers, answer, Some(ChecksumAlgorithm::Crc32c))
        };
        let mut headers = HeaderMap::new();
        let (etag, checksum) = (Some("\"e-2\"".to_owned()), Some("s-2".to_owned()));
        assert_eq!(
            read(&headers),
            Confirmation { etag, checksum: checksum.clone(), request_id: None }
        );
        headers.insert("x-amz-server-side-encryption", "aws:kms".parse().unwrap());
        assert_eq!(read(&headers), Confirmation { etag: None, checksum, request_id: None });
    }
}
