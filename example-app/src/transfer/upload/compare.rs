//! Comparisons of objects with local files.

pub mod existing;
pub(super) mod received;
