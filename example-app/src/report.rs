//! Reports: error lines, progress on a terminal, and events as JSON.

pub(crate) mod event;
pub(crate) mod human_size;
pub(crate) mod metrics;
pub(crate) mod object_progress;
pub mod options;
pub(crate) mod progress;
pub mod record;
pub(crate) mod reporter;

pub use options::{ReportOptions, TransferReportOptions};
pub use record::RecordOptions;
pub(crate) use reporter::Reporter;
