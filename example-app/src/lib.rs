//! A Hadoop-style file shell for S3 that runs on role credentials.

#[cfg(feature = "sandbox")]
pub mod sandbox;
