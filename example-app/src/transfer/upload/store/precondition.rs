//! The check whether the store supports `If-None-Match: *`.
//!
//! With a store that does, small objects are sent without asking first whether they exist. A store
//! that does not know the header overwrites, and none of its responses shows it. So it is tried
//! out: an object that was just stored is sent once more. That changes nothing but its name in the
//! store, and its success has not been reported yet, so that any other writer could as well have
//! come before.

use crate::s3::content::condition::WriteCondition;
use crate::s3::content::etag::ETag;
use crate::s3::content::span::Span;
use crate::s3::error::kind::S3ErrorKind;
use crate::transfer::upload::target::UploadTarget;
use crate::transfer::upload::uploader::{OverwriteCheck, Uploader};

/// The number of objects from which on the extra request is worth it.
const WORTH_IT: u64 = 16;

impl Uploader<'_> {
    /// Returns whether a put with [`WriteCondition::Absent`] is known not to overwrite.
    pub fn is_overwrite_refused(&self) -> bool {
        self.overwrite_check.get() == OverwriteCheck::Refused
    }

    /// Tries out whether the store refuses to overwrite, with an object that it has just stored, if
    /// that is worth it. Returns the object's `ETag` now, which is another one if it was stored
    /// again and is encrypted.
    pub(in crate::transfer::upload) async fn try_out(
        &self,
        span: &Span,
        target: &UploadTarget<'_>,
        stored: Option<ETag>,
    ) -> Option<ETag> {
        let is_open = self.overwrite_check.get() == OverwriteCheck::Unknown;
        let is_cheap = target.condition == WriteCondition::Absent && span.content.is_some();
        if !is_open || !is_cheap || self.statistics().objects < WORTH_IT {
            return stored;
        }
        // Until it is known; and once is enough.
        self.overwrite_check.set(OverwriteCheck::Unreliable);
        let _permit = self.in_flight.permit().await;
        let again = self.s3.put(target.path, target.headers, span, target.condition);
        match self.uninterrupted(again).await {
            Ok(Ok(confirmation)) => return confirmation.etag,
            Ok(Err(error)) if error.kind() == Some(S3ErrorKind::PreconditionFailed) => {
                self.overwrite_check.set(OverwriteCheck::Refused);
            }
            // It stays stored; an interrupt takes effect before the next one.
            _ => {}
        }
        stored
    }
}
