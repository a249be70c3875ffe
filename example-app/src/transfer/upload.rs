//! The upload of a source as an object.
//!
//! - A file is read where it lies, each part twice: for its hash, and as it is sent. A part that
//!   has to be sent again is read again; none is kept in memory.
//! - What has no length, such as stdin, goes part by part through temporary files without names.
//! - An object appears when it is complete. The first failure is final: nothing is completed after
//!   it, and the upload that was begun is aborted, as it is when a signal interrupts. Uploads of
//!   others are left alone.
//! - A file that changed while it was read is not published.
//!
//! Layers, downwards only: `copy` → `put` → `resume` → `store` → `compare` → `attempt` →
//! [`Uploader`] → `source` → [`UploadError`] → `limit`, [`journal`], [`plan`].

mod attempt;
pub mod compare;
pub(crate) mod copy;
mod error;
mod interrupt;
pub mod journal;
mod limit;
pub mod plan;
mod put;
pub mod resume;
mod settings;
pub mod source;
mod statistics;
mod store;
mod target;
mod uploader;

pub use error::{AbortError, Difference, UploadError};
pub use interrupt::Interrupt;
pub use settings::UploadSettings;
pub(crate) use source::span::KEPT;
pub use statistics::Statistics;
pub use target::UploadTarget;
pub use uploader::Uploader;
