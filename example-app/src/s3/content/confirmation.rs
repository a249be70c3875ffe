//! S3's confirmation of a content that it has taken.

use http::HeaderMap;
use quick_xml::escape::unescape;

use crate::s3::content::checksum::ChecksumAlgorithm;
use crate::s3::content::etag::ETag;
use crate::s3::content::object_head::ObjectHead;
use crate::s3::error::s3_error::request_id;

/// S3's confirmation of a content that it has taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Confirmation {
    /// The `ETag` of the content.
    pub etag: Option<ETag>,
    /// The checksum in Base64; that of an object in parts can have their number behind a dash.
    pub checksum: Option<String>,
    /// The algorithm of the checksum.
    pub algorithm: Option<ChecksumAlgorithm>,
    /// The version that it made, if the bucket keeps versions.
    pub version_id: Option<String>,
    /// The request id.
    pub request_id: Option<String>,
}

impl Confirmation {
    /// The confirmation that states nothing.
    pub const NOTHING: Self =
        Self { etag: None, checksum: None, algorithm: None, version_id: None, request_id: None };

    /// Reads the response to `PutObject` or `UploadPart`.
    pub(in crate::s3) fn of_headers(
        head: ObjectHead<'_>,
        algorithm: Option<ChecksumAlgorithm>,
    ) -> Self {
        let headers = head.headers;
        let checksum = algorithm.and_then(|algorithm| headers.get(algorithm.header()));
        Self {
            etag: ETag::of(head),
            checksum: checksum.and_then(|text| Some(text.to_str().ok()?.to_owned())),
            algorithm,
            version_id: version_id(headers),
            request_id: request_id(headers),
        }
    }

    /// Reads the response to `CompleteMultipartUpload`, which is XML.
    pub(in crate::s3) fn of_completion(
        head: ObjectHead<'_>,
        response: &str,
        algorithm: Option<ChecksumAlgorithm>,
    ) -> Self {
        let headers = head.headers;
        let checksum = algorithm.map(|algorithm| format!("Checksum{}", algorithm.name()));
        Self {
            etag: element(response, "ETag").map(|etag| ETag::beside(etag, head)),
            checksum: checksum.and_then(|name| element(response, &name)),
            algorithm,
            version_id: version_id(headers),
            request_id: request_id(headers),
        }
    }
}

/// Returns the version of an object from the headers of a response.
///
/// Source: "Working with object versions", Amazon S3 User Guide: `null` is that of a bucket whose
/// versions are suspended.
pub(in crate::s3) fn version_id(headers: &HeaderMap) -> Option<String> {
    Some(headers.get("x-amz-version-id")?.to_str().ok()?.to_owned())
}

/// Returns the text of an element. The whole is not parsed: with control characters in the key it
/// is not XML.
pub(in crate::s3) fn element(response: &str, name: &str) -> Option<String> {
    let (_, rest) = response.split_once(&format!("<{name}>"))?;
    let (text, _) = rest.split_once(&format!("</{name}>"))?;
    let text = unescape(text.trim()).ok()?;
    (!text.is_empty()).then(|| text.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_completions() {
        const A: &str = "0cc175b9c0f1b6a831c399e269772661";
        let response = format!(
            "<CompleteMultipartUploadResult><Key>\u{1}</Key>\n<ETag>&quot;{A}-2&quot;</ETag>\
             <ChecksumCRC32C> s-2 </ChecksumCRC32C></CompleteMultipartUploadResult>"
        );
        let read = |headers: &HeaderMap| {
            let head = ObjectHead::in_general_bucket(headers);
            Confirmation::of_completion(head, &response, Some(ChecksumAlgorithm::Crc32c))
        };
        let mut headers = HeaderMap::new();
        let etag = format!("\"{A}-2\"");
        let (etag, checksum) = (Some(ETag::written(etag)), Some("s-2".to_owned()));
        let algorithm = Some(ChecksumAlgorithm::Crc32c);
        let version_id = Some("v".to_owned());
        headers.insert("x-amz-version-id", "v".parse().unwrap());
        let expected = Confirmation { etag, checksum, algorithm, version_id, request_id: None };
        assert_eq!(read(&headers), expected);
        assert!(read(&headers).etag.unwrap().md5s().is_some());
        headers.insert("x-amz-server-side-encryption", "aws:kms".parse().unwrap());
        assert_eq!(read(&headers).etag.unwrap().md5s(), None);
    }
}
