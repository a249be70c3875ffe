//! The numbers of checks in the sandbox.

use std::sync::{Mutex, PoisonError};

/// The checks of a [`Sandbox`](super::Sandbox) since its start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Metadata tokens that `PUT /latest/api/token` has answered.
    pub metadata_tokens_issued: u64,
    /// Documents with credentials that the metadata service has answered.
    pub credential_documents_served: u64,
    /// S3 requests whose signature was right, with any session token.
    pub signatures_verified: u64,
    /// S3 requests whose session token was signed, the right one, and not expired.
    pub session_tokens_verified: u64,
    /// Requests that were turned away: by the metadata service with 400, 401 or 403, by S3
    /// before they came near an object.
    pub requests_refused: u64,
}

/// The one [`Report`] that both servers write.
#[derive(Debug, Default)]
pub(super) struct Ledger(Mutex<Report>);

impl Ledger {
    /// Adds one to the counter that `select` picks.
    pub(super) fn count(&self, select: impl FnOnce(&mut Report) -> &mut u64) {
        let mut report = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *select(&mut report) += 1;
    }

    pub(super) fn report(&self) -> Report {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
