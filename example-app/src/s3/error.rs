//! The errors of operations on S3, and when another attempt is worth it.

pub(in crate::s3) mod body;
mod code_remedy;
pub mod element;
pub mod kind;
pub mod listing;
pub mod operation;
pub(crate) mod repeat;
pub mod retry;
mod retry_after;
pub(crate) mod runtime_role;
pub mod s3_error;
pub mod signature_mismatch;
