//! What happens to an object on its way, for whoever shows it.

use crate::s3::S3Failure;
use crate::s3::moved::Moved;

/// What happens to an object on its way.
#[derive(Clone, Copy, Debug)]
pub enum Step<'s> {
    /// It goes in parts, by an upload that S3 calls so.
    Begun {
        /// The upload ID.
        upload_id: &'s str,
    },
    /// It has so many bytes, as S3 says.
    Length {
        /// How many.
        bytes: u64,
    },
    /// So many of its bytes were there already, of an upload that goes on.
    Held {
        /// How many.
        bytes: u64,
    },
    /// A piece of it is sent; what is on its way can be seen here.
    Sending {
        /// What counts it.
        moved: &'s Moved,
    },
    /// S3 says that it holds so many more bytes; or so many more have arrived here.
    Moved {
        /// How many.
        bytes: u64,
    },
    /// S3 says that it holds a part.
    Part {
        /// From 1 on.
        number: u32,
        /// Its length, which was told as moved, too.
        bytes: u64,
        /// What S3 calls the request.
        request_id: Option<&'s str>,
    },
    /// A request failed, and is sent again.
    Again {
        /// Why it failed.
        failure: &'s str,
        /// What S3 calls the request that failed.
        request_id: Option<&'s str>,
    },
    /// It is whole.
    Whole {
        /// What S3 calls the last request.
        request_id: Option<&'s str>,
    },
}

impl<'s> Step<'s> {
    /// What is sent again.
    pub(crate) fn again(told: &'s (String, Option<String>)) -> Self {
        Self::Again { failure: &told.0, request_id: told.1.as_deref() }
    }
}

/// What is told of a failure once it is gone.
pub(crate) fn told(failure: &S3Failure) -> (String, Option<String>) {
    (failure.to_string(), failure.request_id().map(str::to_owned))
}
