//! Where a bucket and its objects are.

pub mod endpoint;
pub mod path;
