//! The content of an object.

use http::header::{IF_MATCH, RANGE};
use http::{HeaderMap, HeaderValue, Method, Response};
use rolesig_std::http::ResponseBody;

use crate::s3::address::path::S3Path;
use crate::s3::client::S3;
use crate::s3::client::answer::{ETAG, missing_of_object};
use crate::s3::content::etag::ETag;
use crate::s3::error::operation::OperationError;

impl S3 {
    /// Fetches an object; its content is still to come.
    ///
    /// # Errors
    /// If S3 does not give it.
    pub async fn get(&self, path: &S3Path) -> Result<Response<ResponseBody>, OperationError> {
        let head = self.content_head(Method::GET, path, &[])?;
        let response = self.success(self.exchange(&head, bytes::Bytes::new()).await?).await?;
        match missing_of_object(response.headers()) {
            None => Ok(response),
            Some(missing) => Err(self.without(missing, response).await),
        }
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
        let response = self.success(self.exchange(&head, bytes::Bytes::new()).await?).await?;
        // A part of an object can lack the date of the whole.
        match ETag::of(response.headers()) {
            Some(_) => Ok(response),
            None => Err(self.without(ETAG, response).await),
        }
    }
}
