//! Transfer of one object: its steps, and its download.

pub mod download;
pub mod step;
