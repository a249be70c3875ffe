//! The operations of a multipart upload.
//!
//! Source: "Uploading and copying objects using multipart upload", Amazon S3 User Guide.

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method};
use quick_xml::escape::escape;

use crate::s3::address::path::S3Path;
use crate::s3::client::S3;
use crate::s3::client::response::{ETAG, expect_no_web_page};
use crate::s3::content::checksum::{Checksum, ChecksumAlgorithm};
use crate::s3::content::condition::WriteCondition;
use crate::s3::content::confirmation::{Confirmation, element};
use crate::s3::content::etag::ETag;
use crate::s3::content::object_head::ObjectHead;
use crate::s3::content::span::Span;
use crate::s3::error::operation::OperationError;

/// The element of a response of success to `CompleteMultipartUpload`.
const COMPLETION_RESULT: &str = "CompleteMultipartUploadResult";

/// A part that S3 holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredPart {
    /// From 1 on.
    pub number: u32,
    /// Its `ETag` in S3's response.
    pub etag: ETag,
    /// The checksum that was sent with it; of all parts or of none.
    pub checksum: Option<Checksum>,
}

impl S3 {
    /// Begins an upload, and returns its id. `headers` are the object's: its metadata. With
    /// `checksum` each part must have one.
    ///
    /// Source: `CreateMultipartUpload`, Amazon S3 API Reference.
    ///
    /// # Errors
    /// If S3 does not begin it. Without a response, S3 may have begun an upload with an unknown ID.
    pub async fn create_multipart_upload(
        &self,
        path: &S3Path,
        headers: &HeaderMap,
        checksum: Option<ChecksumAlgorithm>,
    ) -> Result<String, OperationError> {
        let mut head = self.content_head(Method::POST, path, &[("uploads", "")])?;
        head.headers_mut().extend(checksum.map(ChecksumAlgorithm::announced));
        head.headers_mut().extend(self.object_headers().clone());
        head.headers_mut().extend(headers.clone());
        let response = self.success(self.exchange(&head, Bytes::new()).await?).await?;
        upload_id(&String::from_utf8_lossy(&self.read_response(response).await?))
            .ok_or(OperationError::NotS3("UploadId"))
    }

    /// Sends a part, and returns S3's confirmation. It can be sent again: the last one counts.
    ///
    /// Source: `UploadPart`, Amazon S3 API Reference.
    ///
    /// # Errors
    /// If S3 does not hold it.
    pub async fn upload_part(
        &self,
        path: &S3Path,
        upload_id: &str,
        number: u32,
        span: &Span,
    ) -> Result<(StoredPart, Confirmation), OperationError> {
        let part_number = number.to_string();
        let query = [("partNumber", part_number.as_str()), ("uploadId", upload_id)];
        let mut head = self.content_head(Method::PUT, path, &query)?;
        head.headers_mut().insert(CONTENT_LENGTH, span.len.into());
        span.digests.add_to(head.headers_mut());
        let response = self.send_span(&head, span).await?;
        let Some(etag) = ETag::of(ObjectHead::of(&response)) else {
            return Err(self.without(ETAG, response).await);
        };
        let checksum = span.digests.checksum.clone();
        let algorithm = checksum.as_ref().map(|checksum| checksum.algorithm);
        let confirmation = Confirmation::of_headers(ObjectHead::of(&response), algorithm);
        Ok((StoredPart { number, etag, checksum }, confirmation))
    }

    /// Completes the object, if the condition holds by then.
    ///
    /// Source: `CompleteMultipartUpload`, Amazon S3 API Reference.
    ///
    /// # Errors
    /// If S3 reports an error, also with status 200, or its response cannot be read.
    pub async fn complete_multipart_upload(
        &self,
        path: &S3Path,
        upload_id: &str,
        parts: &[StoredPart],
        condition: WriteCondition<'_>,
    ) -> Result<Confirmation, OperationError> {
        let mut head = self.content_head(Method::POST, path, &[("uploadId", upload_id)])?;
        head.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/xml"));
        condition.add_to(head.headers_mut())?;
        let list = Bytes::from(completion(parts));
        let (response, text) = self.late_response(&head, list, COMPLETION_RESULT).await?;
        let checksum = parts.first().and_then(|part| part.checksum.as_ref());
        let algorithm = checksum.map(|checksum| checksum.algorithm);
        Ok(Confirmation::of_completion(ObjectHead::of_parts(&response), &text, algorithm))
    }

    /// Aborts an upload: S3 forgets its parts.
    ///
    /// Source: `AbortMultipartUpload`, Amazon S3 API Reference.
    ///
    /// # Errors
    /// If S3 does not confirm the abort; `NoSuchUpload` if it was aborted before, or is an object.
    pub async fn abort_multipart_upload(
        &self,
        path: &S3Path,
        upload_id: &str,
    ) -> Result<(), OperationError> {
        let head = self.head(Method::DELETE, path, &[("uploadId", upload_id)])?;
        let response = self.success(self.exchange(&head, Bytes::new()).await?).await?;
        expect_no_web_page(&response)
    }
}

fn upload_id(document: &str) -> Option<String> {
    element(document, "UploadId")
}

fn completion(parts: &[StoredPart]) -> String {
    let mut xml =
        String::from("<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">");
    for StoredPart { number, etag, checksum } in parts {
        xml.push_str("<Part><PartNumber>");
        xml.push_str(&number.to_string());
        xml.push_str("</PartNumber><ETag>");
        xml.push_str(&escape(etag.as_str()));
        xml.push_str("</ETag>");
        if let Some(checksum) = checksum {
            let name = checksum.algorithm.name();
            // Base64 needs no escapes.
            xml.extend(["<Checksum", name, ">", &checksum.to_string(), "</Checksum", name, ">"]);
        }
        xml.push_str("</Part>");
    }
    xml.push_str("</CompleteMultipartUpload>");
    xml
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_id_in_malformed_xml() {
        let document = "<?xml version=\"1.0\"?><InitiateMultipartUploadResult><Key>a&#x1;\u{1}</Key>\
                      <UploadId>\n VX&amp;Vy </UploadId></InitiateMultipartUploadResult>";
        assert_eq!(upload_id(document).as_deref(), Some("VX&Vy"));
        for bad in ["", "<UploadId>", "<UploadId></UploadId>", "<html>"] {
            assert_eq!(upload_id(bad), None, "{bad}");
        }
    }

    #[test]
    fn lists_parts_by_number() {
        let part = StoredPart { number: 1, etag: ETag::written("\"e\""), checksum: None };
        assert!(completion(&[part]).contains(
            "<Part><PartNumber>1</PartNumber><ETag>&quot;e&quot;</ETag></Part></Complete"
        ));
    }
}
