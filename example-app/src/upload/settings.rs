//! How to upload.

use std::path::PathBuf;

use super::plan::PlanSettings;
use crate::s3::content::checksum::Integrity;
use crate::s3::error::retry::RetrySettings;

/// How to upload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadSettings {
    /// How to cut.
    pub plan: PlanSettings,
    /// When to give up.
    pub retries: RetrySettings,
    /// How many requests are on their way at once, of all objects and parts: `fs.s3a.threads.max`,
    /// and no more than `fs.s3a.connection.maximum`.
    pub in_flight: usize,
    /// How many of them are parts of one object: `fs.s3a.fast.upload.active.blocks`.
    pub parts_in_flight: usize,
    /// Where parts of what can be read only once are kept, in the first that can be written to:
    /// `fs.s3a.buffer.dir`. If there are none, in the system's place for temporary files.
    pub spool_folders: Vec<PathBuf>,
    /// What is sent and compared, so that what is stored is what was sent.
    pub integrity: Integrity,
}

impl Default for UploadSettings {
    /// Eight in flight, which may all be parts of one object.
    fn default() -> Self {
        Self {
            plan: PlanSettings::default(),
            retries: RetrySettings::default(),
            in_flight: 8,
            parts_in_flight: usize::MAX,
            spool_folders: Vec::new(),
            integrity: Integrity::default(),
        }
    }
}
