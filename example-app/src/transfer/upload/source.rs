//! The sources of objects: files, and streams that can be read only once.

pub mod file;
pub(crate) mod span;
pub(super) mod spool;
