//! The transfer of one object: its steps, its upload, and its download.

pub mod download;
pub mod step;
pub mod upload;
