//! Comparisons of what S3 has with what is here.

pub mod existing;
pub(super) mod received;
