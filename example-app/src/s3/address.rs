//! The addresses of buckets and objects.

mod aws_host;
pub mod endpoint;
pub mod path;
