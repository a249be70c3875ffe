//! Copying objects within S3: the content does not pass through this host.
//!
//! Source: `CopyObject`, `UploadPartCopy`, Amazon S3 API Reference.

use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use rolesig::percent::Encoded;

use super::multipart_upload::StoredPart;
use crate::s3::address::path::S3Path;
use crate::s3::client::S3;
use crate::s3::client::response::ETAG;
use crate::s3::content::condition::WriteCondition;
use crate::s3::content::confirmation::{Confirmation, element};
use crate::s3::content::etag::ETag;
use crate::s3::content::object_head::ObjectHead;
use crate::s3::error::operation::OperationError;
use crate::system::sorted::sorted;

/// The object that is copied. If another one has replaced it, S3 returns 412.
#[derive(Clone, Copy, Debug)]
pub struct CopySource<'c> {
    /// Its name.
    pub path: &'c S3Path,
    /// The `ETag` of its content.
    pub etag: &'c ETag,
}

/// The header that names the `ETag` of the source.
const SOURCE_IF_MATCH: HeaderName = HeaderName::from_static("x-amz-copy-source-if-match");
const SOURCE: HeaderName = HeaderName::from_static("x-amz-copy-source");
const SOURCE_RANGE: HeaderName = HeaderName::from_static("x-amz-copy-source-range");

/// The header that says whether the metadata of a copy is the source's, or is given with it.
pub(crate) const METADATA_DIRECTIVE: &str = "x-amz-metadata-directive";
/// The header that says whether the tags of a copy are the source's, or are given with it.
pub(crate) const TAGGING_DIRECTIVE: &str = "x-amz-tagging-directive";
const TAGGING: HeaderName = HeaderName::from_static("x-amz-tagging");

/// Headers of a response that are metadata of the object, beside those of the user. That of a
/// redirection of a website is not copied.
const METADATA: [&str; 6] = [
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-type",
    "expires",
];

impl CopySource<'_> {
    fn add_to(self, headers: &mut HeaderMap) -> Result<(), http::Error> {
        let name = format!("/{}/{}", self.path.bucket(), Encoded::path(self.path.key()));
        headers.insert(SOURCE, HeaderValue::try_from(name)?);
        headers.insert(SOURCE_IF_MATCH, HeaderValue::from_str(self.etag.as_str())?);
        Ok(())
    }
}

impl S3 {
    /// Copies an object of up to 5 GiB. `headers` are the copy's, and replace the
    /// metadata and the tags of the source as their directives say. Others are kept.
    ///
    /// # Errors
    /// If S3 does not confirm a complete copy, also with status 200.
    pub async fn copy(
        &self,
        source: CopySource<'_>,
        path: &S3Path,
        headers: &HeaderMap,
        condition: WriteCondition<'_>,
    ) -> Result<Confirmation, OperationError> {
        let mut head = self.copy_head(path, &[])?;
        head.headers_mut().extend(self.object_headers().clone());
        head.headers_mut().extend(headers.clone());
        head.headers_mut().insert(CONTENT_LENGTH, 0.into());
        source.add_to(head.headers_mut())?;
        condition.add_to(head.headers_mut())?;
        let (parts, document) = self.late_response(&head, Bytes::new(), "CopyObjectResult").await?;
        let confirmation =
            Confirmation::of_completion(ObjectHead::of_parts(&parts), &document, None);
        if confirmation.etag.is_none() {
            Err(OperationError::NotS3(ETAG))
        } else {
            Ok(confirmation)
        }
    }

    /// Copies `len` bytes from `offset` on as a part of an upload.
    ///
    /// # Errors
    /// If S3 does not hold it.
    pub async fn copy_part(
        &self,
        source: CopySource<'_>,
        (path, upload_id): (&S3Path, &str),
        number: u32,
        (offset, len): (u64, u64),
    ) -> Result<(StoredPart, Confirmation), OperationError> {
        let part_number = number.to_string();
        let query = [("partNumber", part_number.as_str()), ("uploadId", upload_id)];
        let mut head = self.copy_head(path, &query)?;
        head.headers_mut().insert(CONTENT_LENGTH, 0.into());
        source.add_to(head.headers_mut())?;
        let range = format!("bytes={offset}-{}", offset.saturating_add(len).saturating_sub(1));
        let range = HeaderValue::try_from(range).map_err(http::Error::from)?;
        head.headers_mut().insert(SOURCE_RANGE, range);
        let (parts, document) = self.late_response(&head, Bytes::new(), "CopyPartResult").await?;
        let confirmation =
            Confirmation::of_completion(ObjectHead::of_parts(&parts), &document, None);
        let etag = confirmation.etag.clone().ok_or(OperationError::NotS3(ETAG))?;
        Ok((StoredPart { number, etag, checksum: None }, confirmation))
    }

    /// Returns the metadata and the tags of an object as headers that store another one with them,
    /// as [`copy`](Self::copy) keeps them: without what the directives in its `headers` replace.
    ///
    /// # Errors
    /// If S3 does not report them.
    pub async fn kept_headers(
        &self,
        path: &S3Path,
        headers: &HeaderMap,
    ) -> Result<HeaderMap, OperationError> {
        let keeps_metadata = !headers.contains_key(METADATA_DIRECTIVE);
        let keeps_tags = !headers.contains_key(TAGGING_DIRECTIVE);
        let head = self.content_head(Method::HEAD, path, &[])?;
        let response = self.success(self.exchange(&head, Bytes::new()).await?).await?;
        let is_kept = |name: &HeaderName| {
            METADATA.contains(&name.as_str()) || name.as_str().starts_with("x-amz-meta-")
        };
        let all = response.headers().iter().filter(|(name, _)| keeps_metadata && is_kept(name));
        let mut kept: HeaderMap = all.map(|(name, value)| (name.clone(), value.clone())).collect();
        if keeps_tags && response.headers().contains_key("x-amz-tagging-count") {
            kept.insert(TAGGING, self.tagging(path).await?);
        }
        Ok(kept)
    }

    /// Returns the tags of an object, percent-encoded as a header has them.
    ///
    /// Source: `GetObjectTagging`, Amazon S3 API Reference.
    async fn tagging(&self, path: &S3Path) -> Result<HeaderValue, OperationError> {
        let response = self.send(Method::GET, path, &[("tagging", "")]).await?;
        let document = self.read_body(self.success(response).await?).await?;
        let tags = tags(&String::from_utf8_lossy(&document));
        Ok(HeaderValue::try_from(tags).map_err(http::Error::from)?)
    }
}

fn tags(document: &str) -> String {
    let encoded = |tag: &str, name| {
        let text = element(tag, name).unwrap_or_default();
        Encoded::value(&text).to_string()
    };
    let tags = document.split("<Tag>").skip(1);
    let pairs = tags.map(|tag| format!("{}={}", encoded(tag, "Key"), encoded(tag, "Value")));
    // S3 promises no order.
    sorted(pairs.collect(), &Ord::cmp).join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_tags_as_a_header() {
        let document = "<Tagging><TagSet><Tag><Key>c</Key><Value></Value></Tag><Tag>\
                      <Key>a b</Key><Value>1&amp;2</Value></Tag></TagSet></Tagging>";
        assert_eq!(tags(document), "a%20b=1%262&c=");
    }

    #[test]
    fn encodes_the_name_of_the_source() {
        let path = S3Path::parse("s3a://b/d/a b+ü").unwrap();
        let mut headers = HeaderMap::new();
        let etag = ETag::written("\"e\"");
        CopySource { path: &path, etag: &etag }.add_to(&mut headers).unwrap();
        assert_eq!(headers[SOURCE], "/b/d/a%20b%2B%C3%BC");
        assert_eq!(headers[SOURCE_IF_MATCH], "\"e\"");
    }
}
