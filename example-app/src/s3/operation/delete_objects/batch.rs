//! The attempts of one `DeleteObjects` request.

use super::{NotDeleted, ObjectIdentifier, RefusedDeletion};
use crate::s3::address::path::S3Path;
use crate::s3::client::S3;
use crate::s3::error::operation::OperationError;
use crate::s3::error::repeat::Repeated;
use crate::s3::error::retry::{S3Retries, Stop, Verdict, judge};

/// The objects of one `DeleteObjects` request; a retry leaves out those that are deleted.
pub(super) struct DeleteBatch<'p, 's> {
    s3: &'p S3,
    bucket: &'p S3Path,
    /// Those that the next attempt deletes.
    pub(super) objects: Vec<ObjectIdentifier>,
    /// Those that no attempt can delete, and those that are not of the page.
    pub(super) left: Vec<NotDeleted>,
    /// Those that the last attempt left and the next can delete, without the one whose error it
    /// ended with.
    pub(super) again: Vec<RefusedDeletion>,
    /// True once an attempt had a response, which names those that are left.
    pub(super) has_response: bool,
    retries: S3Retries,
    stop: &'p Stop<'s>,
}

impl<'p, 's> DeleteBatch<'p, 's> {
    /// Starts before the first attempt.
    pub(super) fn new(
        s3: &'p S3,
        bucket: &'p S3Path,
        objects: Vec<ObjectIdentifier>,
        stop: &'p Stop<'s>,
    ) -> Self {
        let (left, again, retries) = (Vec::new(), Vec::new(), s3.retries());
        Self { s3, bucket, objects, left, again, has_response: false, retries, stop }
    }
}

/// The error of an attempt, and the object that it is about, unless it is about the whole page.
pub(super) struct PageError {
    pub(super) key: Option<String>,
    pub(super) error: OperationError,
}

impl Repeated for DeleteBatch<'_, '_> {
    type AttemptError = PageError;
    type Error = PageError;

    async fn attempt(&mut self) -> Result<(), PageError> {
        let refused = self.s3.delete_objects(self.bucket, &self.objects).await;
        let refused = refused.map_err(|error| PageError { key: None, error })?;
        self.has_response = true;
        let objects = &self.objects;
        let is_of_page = |key: &String| objects.iter().any(|object| object.key == *key);
        // The next attempt could not name a key that is not of the page.
        let is_final =
            |one: &RefusedDeletion| judge(&one.error) == Verdict::Final || !is_of_page(&one.key);
        let (last, again): (Vec<_>, Vec<_>) = refused.into_iter().partition(is_final);
        self.left.extend(last.into_iter().map(NotDeleted::from));
        self.objects.retain(|object| again.iter().any(|one| one.key == object.key));
        self.again = again;
        let Some(RefusedDeletion { key, error }) = self.again.pop() else { return Ok(()) };
        Err(PageError { key: Some(key), error })
    }

    async fn pause(&mut self, PageError { key, error }: PageError) -> Result<(), PageError> {
        let again = self.retries.after_unless(self.stop, error).await;
        again.map_err(|error| PageError { key, error })
    }
}
