//! The head of a response about an object.

use http::response::Parts;
use http::{Extensions, HeaderMap, Response};

/// The kind of a bucket, as an extension of each response about what is in it: responses to writes
/// do not state it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::s3) enum BucketKind {
    /// General purpose.
    #[default]
    General,
    /// A directory bucket of S3 Express One Zone.
    Directory,
}

impl BucketKind {
    /// Returns the kind by a bucket's name.
    ///
    /// Source: "Directory bucket naming rules", Amazon S3 User Guide.
    pub(in crate::s3) fn of(bucket: &str) -> Self {
        if bucket.ends_with("--x-s3") { Self::Directory } else { Self::General }
    }
}

/// The headers of a response about an object, and the kind of its bucket.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ObjectHead<'r> {
    pub(in crate::s3) headers: &'r HeaderMap,
    pub(in crate::s3) bucket: BucketKind,
}

impl<'r> ObjectHead<'r> {
    /// Takes the head of a response.
    pub(crate) fn of<B>(response: &'r Response<B>) -> Self {
        Self::new(response.headers(), response.extensions())
    }

    /// Takes the head of a response whose body was read.
    pub(in crate::s3) fn of_parts(parts: &'r Parts) -> Self {
        Self::new(&parts.headers, &parts.extensions)
    }

    fn new(headers: &'r HeaderMap, extensions: &Extensions) -> Self {
        Self { headers, bucket: extensions.get().copied().unwrap_or_default() }
    }

    /// Takes the headers of a response about a bucket of general purpose.
    #[cfg(test)]
    pub(crate) const fn in_general_bucket(headers: &'r HeaderMap) -> Self {
        Self { headers, bucket: BucketKind::General }
    }
}
