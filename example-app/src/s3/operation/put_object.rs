//! Storing an object in one request.

use http::header::CONTENT_LENGTH;
use http::{HeaderMap, Method};

use crate::s3::address::path::S3Path;
use crate::s3::client::S3;
use crate::s3::client::response::ETAG;
use crate::s3::content::condition::WriteCondition;
use crate::s3::content::confirmation::Confirmation;
use crate::s3::content::etag::ETag;
use crate::s3::content::object_head::ObjectHead;
use crate::s3::content::span::Span;
use crate::s3::error::operation::OperationError;

impl S3 {
    /// Stores an object in one request. `headers` are the object's: its metadata.
    ///
    /// Source: `PutObject`, Amazon S3 API Reference.
    ///
    /// # Errors
    /// If it is not stored, as a whole or in part.
    pub async fn put(
        &self,
        path: &S3Path,
        headers: &HeaderMap,
        span: &Span,
        condition: WriteCondition<'_>,
    ) -> Result<Confirmation, OperationError> {
        let mut head = self.content_head(Method::PUT, path, &[])?;
        head.headers_mut().extend(self.object_headers().clone());
        head.headers_mut().extend(headers.clone());
        // hyper leaves it out when there is nothing to send, and S3 requires it even then.
        head.headers_mut().insert(CONTENT_LENGTH, span.len.into());
        span.digests.add_to(head.headers_mut());
        condition.add_to(head.headers_mut())?;
        let response = self.send_span(&head, span).await?;
        // Other servers that answer with 200, such as a portal that requires a login, send no
        // ETag, and a body. Some stores have no ETag for the marker of a directory.
        let is_marker = path.is_written_as_directory() && span.len == 0;
        let says_nothing = response.headers().get(CONTENT_LENGTH).is_some_and(|len| len == "0");
        if ETag::of(ObjectHead::of(&response)).is_none() && !(is_marker && says_nothing) {
            return Err(self.without(ETAG, response).await);
        }
        let algorithm = span.digests.checksum.as_ref().map(|checksum| checksum.algorithm);
        Ok(Confirmation::of_headers(ObjectHead::of(&response), algorithm))
    }
}
