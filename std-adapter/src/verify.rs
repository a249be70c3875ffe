//! Verifying an [`http::Request`]: the inverse of [`sign`](crate::sign).
