//! Why an operation on S3 failed, and when it is worth another attempt.

mod body;
pub mod kind;
pub mod listing;
pub mod operation;
pub mod retry;
pub(crate) mod runtime_role;
pub mod s3_error;
pub(crate) mod signature_mismatch;
