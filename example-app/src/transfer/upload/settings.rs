//! The settings of uploads.

use std::path::PathBuf;

use super::plan::PlanSettings;
use crate::s3::content::checksum::Integrity;
use crate::s3::error::retry::{DEFAULT_RETRIES, RetrySettings};

/// The settings of uploads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadSettings {
    /// The rules by which objects are cut into parts.
    pub plan: PlanSettings,
    /// The limits of attempts.
    pub retries: RetrySettings,
    /// The most requests in flight, of all objects and parts: `fs.s3a.threads.max`, and no more
    /// than `fs.s3a.connection.maximum`.
    pub in_flight: usize,
    /// The most of them that are parts of one object: `fs.s3a.fast.upload.active.blocks`.
    pub parts_in_flight: usize,
    /// The folders for parts of sources that can be read only once, of which the first that can be
    /// written to is used: `fs.s3a.buffer.dir`. If there are none, the system's folder for
    /// temporary files is used.
    pub spool_folders: Vec<PathBuf>,
    /// The name of the setting that decides about these folders, for errors.
    pub spool_setting: &'static str,
    /// The checksums that are sent and compared.
    pub integrity: Integrity,
}

impl Default for UploadSettings {
    /// Returns eight requests in flight, all of which can be parts of one object.
    fn default() -> Self {
        Self {
            plan: PlanSettings::default(),
            retries: DEFAULT_RETRIES,
            in_flight: 8,
            parts_in_flight: usize::MAX,
            spool_folders: Vec::new(),
            spool_setting: "TMPDIR",
            integrity: Integrity::default(),
        }
    }
}
