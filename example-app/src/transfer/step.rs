//! The steps of a transfer, for those that display it.

use crate::s3::OperationError;
use crate::s3::content::progress::BodyProgress;

/// A step in the transfer of an object.
#[derive(Clone, Copy, Debug)]
pub enum Step<'s> {
    /// The object goes in parts, by this upload.
    Begun {
        /// The upload ID.
        upload_id: &'s str,
    },
    /// The length, as S3 states it.
    Length {
        /// The number of bytes.
        bytes: u64,
    },
    /// So many of its bytes were there already, of an upload that goes on.
    Held {
        /// The number of bytes.
        bytes: u64,
    },
    /// A piece of it is sent; what is on its way can be seen here.
    Sending {
        /// The counter of bytes in flight.
        progress: &'s BodyProgress,
    },
    /// S3 says that it holds so many more bytes; or so many more have arrived here.
    Moved {
        /// The number of bytes.
        bytes: u64,
    },
    /// S3 says that it holds a part.
    Part {
        /// From 1 on.
        number: u32,
        /// Its length, which was told as moved, too.
        bytes: u64,
        /// The ID of the request.
        request_id: Option<&'s str>,
    },
    /// A request failed, and is sent again.
    Again {
        /// The message of the failure.
        failure: &'s str,
        /// The ID of the failed request.
        request_id: Option<&'s str>,
    },
    /// The object is complete.
    Whole {
        /// The ID of the last request.
        request_id: Option<&'s str>,
    },
}

impl<'s> Step<'s> {
    /// Returns the step of a request that is sent again.
    pub(crate) fn again(told: &'s (String, Option<String>)) -> Self {
        Self::Again { failure: &told.0, request_id: told.1.as_deref() }
    }
}

/// Returns what outlives a failure: its message and its request ID.
pub(crate) fn told(error: &OperationError) -> (String, Option<String>) {
    (error.to_string(), error.request_id().map(str::to_owned))
}
