//! The place of an object that is stored.

use http::HeaderMap;

use super::error::UploadError;
use crate::s3::address::path::S3Path;
use crate::s3::content::condition::WriteCondition;
use crate::s3::error::kind::S3ErrorKind;
use crate::transfer::event::TransferEvent;

/// The place of an object that is stored, and how it is stored there.
#[derive(Clone)]
pub struct UploadTarget<'t> {
    /// Its name.
    pub path: &'t S3Path,
    /// The headers that it is stored with: its metadata.
    pub headers: &'t HeaderMap,
    /// The condition on which it is stored.
    pub condition: WriteCondition<'t>,
    /// Called with each event of the transfer.
    pub on_event: &'t dyn Fn(TransferEvent<'_>),
}

impl UploadTarget<'_> {
    /// Returns the error for a refusal by the condition, if `error` is one.
    pub(super) fn explained(&self, error: UploadError) -> UploadError {
        if error.kind() != Some(S3ErrorKind::PreconditionFailed) {
            return error;
        }
        match self.condition {
            WriteCondition::Same(_) => UploadError::ChangedThere,
            WriteCondition::Always | WriteCondition::Absent => UploadError::Exists,
        }
    }
}
