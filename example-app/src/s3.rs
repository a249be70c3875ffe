//! The S3 operations that a file shell needs.
//!
//! `address` ← `error` ← `content` ← `client` ← `operation`: each group uses those before it only.

pub mod address;
pub mod client;
pub mod content;
pub mod error;
pub mod operation;

pub use client::S3;
pub use error::operation::OperationError;
pub use operation::head_object::{Attributes, PathKind, PathStatus};
