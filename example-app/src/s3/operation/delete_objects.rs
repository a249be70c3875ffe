//! Deleting objects.

use std::sync::Arc;

use base64ct::{Base64, Encoding as _};
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName, IF_MATCH};
use http::{HeaderValue, Method, Request, StatusCode};
use md5::{Digest as _, Md5};

use crate::s3::address::path::S3Path;
use crate::s3::client::S3;
use crate::s3::client::response::expect_no_web_page;
use crate::s3::content::etag::ETag;
use crate::s3::error::body::root_element;
use crate::s3::error::kind::S3ErrorKind;
use crate::s3::error::operation::OperationError;
use crate::s3::error::repeat::repeat;
use crate::s3::error::retry::{Stop, is_stopped};
use crate::s3::error::s3_error::request_id;

mod batch;
mod document;

use batch::{DeleteBatch, PageError};
pub use document::refused;
use document::{deletion, is_not_xml};

/// An object to delete.
///
/// Source: `ObjectIdentifier`, Amazon S3 API Reference.
#[derive(Clone, Debug)]
pub struct ObjectIdentifier {
    /// Its key.
    pub key: String,
    /// The `ETag` of the only content that is deleted; `None` if any is.
    pub etag: Option<ETag>,
}

/// Objects that are still there, and why.
#[derive(Debug)]
pub struct NotDeleted {
    /// Its key; `None` if one reason holds for all remaining objects.
    pub key: Option<String>,
    /// The reason, which several objects can share.
    pub error: Arc<OperationError>,
}

/// An object that S3 did not delete, in a response of success.
///
/// Source: `Error` of `DeleteObjects`, Amazon S3 API Reference.
#[derive(Debug)]
pub struct RefusedDeletion {
    /// Its key, as S3 names it.
    pub key: String,
    /// The reason.
    pub error: OperationError,
}

impl From<RefusedDeletion> for NotDeleted {
    fn from(RefusedDeletion { key, error }: RefusedDeletion) -> Self {
        Self { key: Some(key), error: Arc::new(error) }
    }
}

/// The place where the `ETag` of an object is compared before it is deleted.
#[derive(Clone, Copy)]
enum ConditionPlace {
    /// In the store, as a request says.
    Store,
    /// Here, right before the deletion, since the store cannot read the condition.
    Here,
}

impl NotDeleted {
    /// Returns whether it is still there because its content is not the one to delete. Some stores
    /// compare with an `ETag` that differs from the one that they report.
    pub(crate) fn is_changed(&self) -> bool {
        matches!(*self.error, OperationError::Changed)
            || self.error.kind() == Some(S3ErrorKind::PreconditionFailed)
    }

    /// Names an object that was not deleted, or perhaps, before the work was to end.
    fn stopped(object: ObjectIdentifier) -> Self {
        Self { key: Some(object.key), error: Arc::new(OperationError::Stopped) }
    }
}

/// The keys of one request, as `fs.s3a.bulk.delete.page.size`: S3 counts each key as a request, and
/// throttles larger pages when it has much to do.
pub(crate) const PAGE: usize = 250;

/// The element of a response of success.
const RESULT: &str = "DeleteResult";

const CONTENT_MD5: HeaderName = HeaderName::from_static("content-md5");

impl S3 {
    /// Deletes an object, and returns the request id. A missing one counts as deleted.
    ///
    /// Source: `DeleteObject`, Amazon S3 API Reference.
    ///
    /// # Errors
    /// If S3 does not confirm the deletion.
    pub async fn delete(&self, path: &S3Path) -> Result<Option<String>, OperationError> {
        self.deleted(&self.head(Method::DELETE, path, &[])?).await
    }

    /// Deletes an object as [`delete`](Self::delete) does, if it still is the one of this `ETag`.
    ///
    /// Source: "Delete objects with conditional deletes", Amazon S3 User Guide.
    ///
    /// # Errors
    /// As `delete`; `PreconditionFailed` if it is another object now.
    pub async fn delete_same(
        &self,
        path: &S3Path,
        etag: &ETag,
    ) -> Result<Option<String>, OperationError> {
        let mut head = self.head(Method::DELETE, path, &[])?;
        let etag = HeaderValue::try_from(etag.as_str()).map_err(http::Error::from)?;
        head.headers_mut().insert(IF_MATCH, etag);
        self.deleted(&head).await
    }

    /// Deletes an object that has this `ETag` when it is looked at, and returns whether it is gone:
    /// for stores that compare with an `ETag` other than the reported one, such as that of a
    /// manifest.
    ///
    /// # Errors
    /// As [`delete`](Self::delete).
    pub(crate) async fn delete_found(
        &self,
        path: &S3Path,
        etag: &ETag,
    ) -> Result<bool, OperationError> {
        // An earlier attempt may have deleted it.
        let Some(found) = self.stat(path).await? else { return Ok(true) };
        if found.etag.as_ref() != Some(etag) {
            return Ok(false);
        }
        self.delete(path).await?;
        Ok(true)
    }

    async fn deleted(&self, head: &Request<()>) -> Result<Option<String>, OperationError> {
        let response = self.exchange(head, Bytes::new()).await?;
        if response.status() == StatusCode::NOT_FOUND {
            return Ok(request_id(response.headers()));
        }
        let response = self.success(response).await?;
        expect_no_web_page(&response)?;
        Ok(request_id(response.headers()))
    }

    /// Deletes any number of objects of a bucket: in pages, or one by one where the store lacks
    /// pages. Returns those that are still there: with `PreconditionFailed` or `Changed` if their
    /// content is another one; with `Stopped` if the work ended before. Where a store cannot read
    /// the condition, each object is looked at before it is deleted. A store that ignores the
    /// condition deletes any object.
    pub async fn delete_all(
        &self,
        bucket: &S3Path,
        objects: Vec<ObjectIdentifier>,
        stop: &Stop<'_>,
    ) -> Vec<NotDeleted> {
        let (mut left, mut condition) = (Vec::new(), ConditionPlace::Store);
        // XML cannot have some characters, and some readers trim white space.
        let is_single = |ObjectIdentifier { key, .. }: &ObjectIdentifier| {
            key.chars().any(is_not_xml) || key.trim() != key.as_str()
        };
        let (single, mut paged): (Vec<_>, Vec<_>) = objects.into_iter().partition(is_single);
        while !paged.is_empty() {
            if is_stopped(stop) {
                left.extend(paged.into_iter().map(NotDeleted::stopped));
                break;
            }
            let rest = paged.split_off(paged.len().min(PAGE));
            let mut page = core::mem::replace(&mut paged, rest);
            match self.delete_page(bucket, page.clone(), stop).await {
                Ok(not_deleted) => left.extend(not_deleted),
                Err(error) if is_unknown(&error) => {
                    left.extend(self.delete_each(bucket, page, condition, stop).await);
                }
                // Swift knows only the elements that there were at first.
                Err(error)
                    if is_malformed(&error) && page.iter().any(|object| object.etag.is_some()) =>
                {
                    condition = ConditionPlace::Here;
                    page.append(&mut paged);
                    left.extend(self.delete_each(bucket, page, condition, stop).await);
                }
                Err(error) => {
                    left.push(NotDeleted { key: None, error: Arc::new(error) });
                    return left;
                }
            }
        }
        left.extend(self.delete_each(bucket, single, condition, stop).await);
        left
    }

    async fn delete_each(
        &self,
        bucket: &S3Path,
        objects: Vec<ObjectIdentifier>,
        condition: ConditionPlace,
        stop: &Stop<'_>,
    ) -> Vec<NotDeleted> {
        let mut left = Vec::new();
        for object in objects {
            if is_stopped(stop) {
                left.push(NotDeleted::stopped(object));
                continue;
            }
            let ObjectIdentifier { key, etag } = object;
            let path = bucket.with_key(&key);
            let deleted = self.retry_unless(stop, async |s3| match (&etag, condition) {
                (Some(etag), ConditionPlace::Store) => s3.delete_same(&path, etag).await.map(drop),
                (Some(etag), ConditionPlace::Here) => {
                    let is_gone = s3.delete_found(&path, etag).await?;
                    if is_gone { Ok(()) } else { Err(OperationError::Changed) }
                }
                (None, _) => s3.delete(&path).await.map(drop),
            });
            if let Err(error) = deleted.await {
                left.push(NotDeleted { key: Some(key), error: Arc::new(error) });
            }
        }
        left
    }

    /// Deletes a page of objects, again for those that a further attempt can delete.
    ///
    /// # Errors
    /// If no attempt had a response that names objects.
    async fn delete_page(
        &self,
        bucket: &S3Path,
        objects: Vec<ObjectIdentifier>,
        stop: &Stop<'_>,
    ) -> Result<Vec<NotDeleted>, OperationError> {
        let mut page = DeleteBatch::new(self, bucket, objects, stop);
        match repeat(&mut page).await {
            Ok(()) => {}
            Err(PageError { error: OperationError::Stopped, .. }) => {
                page.left.extend(page.objects.into_iter().map(NotDeleted::stopped));
                return Ok(page.left);
            }
            Err(PageError { key: Some(key), error }) => {
                page.left.push(RefusedDeletion { key, error }.into());
            }
            // The objects that an earlier attempt deleted count as deleted.
            Err(PageError { key: None, error }) if page.has_response => {
                let error = Arc::new(error);
                let not_deleted = page
                    .objects
                    .into_iter()
                    .map(|object| NotDeleted { key: Some(object.key), error: Arc::clone(&error) });
                page.left.extend(not_deleted);
                return Ok(page.left);
            }
            Err(PageError { key: None, error }) => return Err(error),
        }
        page.left.extend(page.again.into_iter().map(NotDeleted::from));
        Ok(page.left)
    }

    /// Deletes up to 1,000 objects in one request. Returns those that are still there.
    ///
    /// Source: `DeleteObjects`, Amazon S3 API Reference.
    ///
    /// # Errors
    /// If S3 does not report their outcome.
    async fn delete_objects(
        &self,
        bucket: &S3Path,
        objects: &[ObjectIdentifier],
    ) -> Result<Vec<RefusedDeletion>, OperationError> {
        let mut head = self.head(Method::POST, &bucket.with_key(""), &[("delete", "")])?;
        let body = Bytes::from(deletion(objects));
        let md5 = Base64::encode_string(&Md5::digest(&body));
        let md5 = HeaderValue::try_from(md5).map_err(http::Error::from)?;
        head.headers_mut().insert(CONTENT_MD5, md5);
        head.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/xml"));
        let response = self.success(self.exchange(&head, body).await?).await?;
        let document = self.read_response(response).await?;
        let text = String::from_utf8_lossy(&document);
        if root_element(&text) == Some(RESULT) {
            Ok(refused(&text)?)
        } else {
            Err(OperationError::NotS3(RESULT))
        }
    }
}

/// Returns whether the store lacks the operation.
fn is_unknown(error: &OperationError) -> bool {
    let kind = error.kind();
    matches!(kind, Some(S3ErrorKind::NotImplemented | S3ErrorKind::MethodNotAllowed))
}

/// Returns whether the store could not read the list of objects to delete.
fn is_malformed(error: &OperationError) -> bool {
    error.kind() == Some(S3ErrorKind::MalformedXml)
}
