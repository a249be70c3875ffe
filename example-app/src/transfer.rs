//! The transfer of one object: its events, its upload, and its download.

pub mod download;
pub mod event;
pub mod upload;
