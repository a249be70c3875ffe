//! The admission of a request: granted once its session is checked.

use core::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;

use s3s::{S3Error, s3_error};

/// A request extension that says whether the request got past the check of its session.
#[derive(Clone, Default)]
pub(super) struct Admission(Arc<AtomicBool>);

impl Admission {
    pub(super) fn grant(&self) {
        self.0.store(true, Ordering::Release);
    }

    pub(super) fn is_granted(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// Returns S3's error for an access key ID that it does not know.
pub(super) fn unknown_access_key() -> S3Error {
    let reason = "The AWS Access Key Id you provided does not exist in our records.";
    s3_error!(InvalidAccessKeyId, "{reason}")
}
