//! The content of an object.

use bytes::Bytes;
use http::header::{CONTENT_RANGE, IF_MATCH, RANGE};
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode};
use rolesig_std::http::ResponseBody;

use crate::s3::address::path::S3Path;
use crate::s3::client::S3;
use crate::s3::client::response::{ETAG, missing_of_object};
use crate::s3::content::etag::ETag;
use crate::s3::content::object_head::ObjectHead;
use crate::s3::error::operation::OperationError;
use crate::s3::operation::head_object::WITH_CHECKSUMS;
use crate::system::excerpt::excerpt;

/// The bytes that were asked for.
const WHOLE_CONTENT: &str = "whole content";

/// Checks that a part of an object begins at this offset.
///
/// # Errors
/// If it does not, or does not say so.
pub(crate) fn expect_offset(headers: &HeaderMap, offset: u64) -> Result<(), OperationError> {
    let range = headers.get(CONTENT_RANGE).ok_or(OperationError::NotS3("Content-Range"))?;
    if range.as_bytes().starts_with(format!("bytes {offset}-").as_bytes()) {
        return Ok(());
    }
    let came = excerpt(&String::from_utf8_lossy(range.as_bytes()));
    Err(OperationError::Range { offset, came })
}

impl S3 {
    /// Fetches an object; its content is still to come. `with_checksums` makes S3 state those that
    /// it keeps.
    ///
    /// Source: `GetObject`, Amazon S3 API Reference.
    ///
    /// # Errors
    /// If S3 does not give it.
    pub async fn get(
        &self,
        path: &S3Path,
        with_checksums: bool,
    ) -> Result<Response<ResponseBody>, OperationError> {
        let mut head = self.content_head(Method::GET, path, &[])?;
        head.headers_mut().extend(with_checksums.then_some(WITH_CHECKSUMS));
        let response = self.success(self.exchange(&head, Bytes::new()).await?).await?;
        if response.status() == StatusCode::PARTIAL_CONTENT {
            // No range was asked for.
            return Err(OperationError::NotS3(WHOLE_CONTENT));
        }
        match missing_of_object(ObjectHead::of(&response)) {
            None => Ok(response),
            Some(missing) => Err(self.without(missing, response).await),
        }
    }

    /// Fetches `len` bytes of an object from `offset` on, which must lie in it. The request is
    /// [retried](Self::retry).
    ///
    /// # Errors
    /// If S3 does not give them, if they are of an object that does not have this `ETag`, or if
    /// they are too many to keep in memory.
    pub(crate) async fn piece(
        &self,
        path: &S3Path,
        offset: u64,
        len: u64,
        etag: Option<&ETag>,
    ) -> Result<Bytes, OperationError> {
        self.retry(async |s3| {
            let mut head = s3.content_head(Method::GET, path, &[])?;
            let last = offset.saturating_add(len).saturating_sub(1);
            let range = format!("bytes={offset}-{last}");
            let range = HeaderValue::try_from(range).map_err(http::Error::from)?;
            head.headers_mut().insert(RANGE, range);
            let response = s3.success(s3.exchange(&head, Bytes::new()).await?).await?;
            match (ETag::of(ObjectHead::of(&response)), etag) {
                (None, _) => return Err(s3.without(ETAG, response).await),
                (Some(now), Some(before)) if now != *before => return Err(OperationError::Changed),
                _ => {}
            }
            let is_piece = response.status() == StatusCode::PARTIAL_CONTENT;
            if is_piece {
                expect_offset(response.headers(), offset)?;
            }
            let mut content = s3.read_body(response).await?;
            if !is_piece {
                // The store gives all of it, whatever was asked for.
                let before = usize::try_from(offset).unwrap_or(usize::MAX).min(content.len());
                drop(content.split_to(before));
            }
            let len = usize::try_from(len).unwrap_or(usize::MAX);
            if content.len() < len {
                return Err(OperationError::NotS3(WHOLE_CONTENT));
            }
            content.truncate(len);
            Ok(content)
        })
        .await
    }

    /// Fetches what is left of an object from `offset` on, if it still is the one of this `ETag`.
    ///
    /// Source: `GetObject`, Amazon S3 API Reference.
    ///
    /// # Errors
    /// If S3 does not give it; `PreconditionFailed` if it is another object now.
    pub async fn get_rest(
        &self,
        path: &S3Path,
        offset: u64,
        etag: &ETag,
    ) -> Result<Response<ResponseBody>, OperationError> {
        let mut head = self.content_head(Method::GET, path, &[])?;
        let range = HeaderValue::try_from(format!("bytes={offset}-")).map_err(http::Error::from)?;
        let etag = HeaderValue::try_from(etag.as_str()).map_err(http::Error::from)?;
        head.headers_mut().extend(HeaderMap::from_iter([(RANGE, range), (IF_MATCH, etag)]));
        let response = self.success(self.exchange(&head, Bytes::new()).await?).await?;
        // A part of an object can lack the date of the whole.
        match ETag::of(ObjectHead::of(&response)) {
            Some(_) => Ok(response),
            None => Err(self.without(ETAG, response).await),
        }
    }
}
