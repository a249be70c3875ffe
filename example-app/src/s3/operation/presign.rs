//! Presigned URLs of objects.
//!
//! Source: "Download and upload objects with presigned URLs", Amazon S3 User Guide.

use http::Method;
use rolesig::Expires;
use rolesig_std::sign::PresignedUrl;

use crate::s3::address::path::S3Path;
use crate::s3::client::S3;
use crate::s3::error::operation::OperationError;

impl S3 {
    /// Returns a URL by which anyone can send a request about an object, until it expires. Nothing
    /// is sent.
    ///
    /// # Errors
    /// If there are no credentials, or the bucket and the key make no URL.
    pub async fn presign(
        &self,
        method: Method,
        path: &S3Path,
        expires: Expires,
    ) -> Result<PresignedUrl, OperationError> {
        let pays = self.headers().get("x-amz-request-payer").and_then(|pays| pays.to_str().ok());
        let query: Vec<_> = pays.map(|pays| ("x-amz-request-payer", pays)).into_iter().collect();
        let url = self.url_with(path, &query)?;
        Ok(self.client().presign(method, &url, expires).await?)
    }
}
