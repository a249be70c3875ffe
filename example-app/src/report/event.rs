//! The events that `--json` writes, a line each.

use serde::Serialize;

use crate::transfer::upload::Statistics;

/// An event. Fields that are not known are left out.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(crate) enum Event<'e> {
    /// With `--dry-run`: what would be sent.
    Plan {
        object: &'e str,
        file: &'e str,
        #[serde(skip_serializing_if = "Option::is_none")]
        bytes: Option<u64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        parts: Option<u64>,
    },
    /// With `--dry-run`: what would be deleted.
    PlanDelete {
        object: &'e str,
        #[serde(skip_serializing_if = "Option::is_none")]
        bytes: Option<u64>,
    },
    /// By `-sync --delete`.
    Deleted {
        object: &'e str,
        #[serde(skip_serializing_if = "Option::is_none")]
        bytes: Option<u64>,
    },
    Start {
        object: &'e str,
        #[serde(skip_serializing_if = "Option::is_none")]
        file: Option<&'e str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        bytes: Option<u64>,
    },
    /// S3 holds a part.
    Part {
        object: &'e str,
        #[serde(skip_serializing_if = "Option::is_none")]
        upload_id: Option<&'e str>,
        part: u32,
        bytes: u64,
        #[serde(skip_serializing_if = "Option::is_none")]
        request_id: Option<&'e str>,
    },
    /// A request failed, and is sent again.
    Retry {
        object: &'e str,
        #[serde(skip_serializing_if = "Option::is_none")]
        upload_id: Option<&'e str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        request_id: Option<&'e str>,
        reason: &'e str,
    },
    Done {
        object: &'e str,
        #[serde(skip_serializing_if = "Option::is_none")]
        file: Option<&'e str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        bytes: Option<u64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        upload_id: Option<&'e str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        request_id: Option<&'e str>,
    },
    /// With `--update`: the object has the content of the file already.
    UpToDate {
        object: &'e str,
        file: &'e str,
        #[serde(skip_serializing_if = "Option::is_none")]
        bytes: Option<u64>,
    },
    Error {
        /// The object, or the local file, whichever the line on stderr names.
        #[serde(skip_serializing_if = "Option::is_none")]
        path: Option<&'e str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        upload_id: Option<&'e str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        request_id: Option<&'e str>,
        reason: &'e str,
    },
    /// The last line.
    Summary {
        done: u64,
        failed: u64,
        bytes: u64,
        #[serde(skip_serializing_if = "Option::is_none")]
        uploads: Option<Statistics>,
    },
}
