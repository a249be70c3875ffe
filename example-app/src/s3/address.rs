//! The addresses of buckets and objects.

pub mod endpoint;
pub mod path;
