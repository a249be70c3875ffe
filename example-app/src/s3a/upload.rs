//! How objects are cut up.

use core::time::Duration;

use super::read::Read as _;
use crate::configuration::{Configuration, ConfigurationError};

/// How objects are cut up, and sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadSettings {
    /// Bytes in a part: `fs.s3a.multipart.size`, at least [`MIN_PART_SIZE`](Self::MIN_PART_SIZE).
    pub part_size: u64,
    /// Objects of so many bytes and more are sent in parts: `fs.s3a.multipart.threshold`.
    pub threshold: u64,
    /// Whether objects are sent in parts at all: `fs.s3a.multipart.uploads.enabled`.
    pub is_multipart: bool,
    /// Parts of an object that are on their way at once: `fs.s3a.fast.upload.active.blocks`.
    pub parts_in_flight: u32,
    /// For a part, or an object in one request: `fs.s3a.connection.part.upload.timeout`.
    pub part_timeout: Duration,
}

impl UploadSettings {
    /// S3's "Multipart upload limits": 5 MiB. S3A raises a smaller size to it, with a warning.
    pub const MIN_PART_SIZE: u64 = 5 << 20;

    pub(super) fn of(configuration: &Configuration) -> Result<Self, ConfigurationError> {
        let at_least = |name| Ok(configuration.bytes(name)?.max(Self::MIN_PART_SIZE));
        let millisecond = Duration::from_millis(1);
        Ok(Self {
            part_size: at_least("fs.s3a.multipart.size")?,
            threshold: at_least("fs.s3a.multipart.threshold")?,
            is_multipart: configuration.is_true("fs.s3a.multipart.uploads.enabled")?,
            parts_in_flight: configuration.number("fs.s3a.fast.upload.active.blocks")?.max(1),
            part_timeout: configuration
                .duration("fs.s3a.connection.part.upload.timeout", millisecond)?,
        })
    }
}
