//! The content of a request that is about to be sent.

use core::time::Duration;

use bytes::Bytes;

use crate::s3::content::span::Span;

/// The body of a request, and how long its response is waited for.
#[derive(Clone, Copy)]
pub(in crate::s3) struct Content<'b> {
    pub(super) of: Of<'b>,
    pub(super) limit: Duration,
}

#[derive(Clone, Copy)]
pub(super) enum Of<'b> {
    /// Few bytes, which are answered soon.
    Bytes(&'b Bytes),
    /// Few bytes, whose response takes long.
    Late(&'b Bytes),
    /// A span of a file, which must not stall.
    Span(&'b Span),
}
