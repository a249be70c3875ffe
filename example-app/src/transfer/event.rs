//! The events of a transfer, from which its progress is displayed.

use crate::s3::OperationError;
use crate::s3::content::confirmation::Confirmation;
use crate::s3::content::progress::BodyProgress;

/// An event in the transfer of an object.
#[derive(Clone, Copy, Debug)]
pub enum TransferEvent<'s> {
    /// A multipart upload was created or resumed.
    Begun {
        /// The upload ID.
        upload_id: &'s str,
    },
    /// The length, as S3 states it.
    Length {
        /// The number of bytes.
        bytes: u64,
    },
    /// A resumed upload already holds this many bytes.
    AlreadyStored {
        /// The number of bytes.
        bytes: u64,
    },
    /// A request body is being sent; `progress` counts its bytes in flight.
    Sending {
        /// The counter of bytes in flight.
        progress: &'s BodyProgress,
    },
    /// S3 confirmed this many more bytes, or this many more were received.
    Moved {
        /// The number of bytes.
        bytes: u64,
    },
    /// S3 confirmed a part.
    Part {
        /// The part number, from 1.
        number: u32,
        /// Its length, which [`Moved`](Self::Moved) reports too.
        bytes: u64,
        /// The ID of the request.
        request_id: Option<&'s str>,
    },
    /// A request failed and is being sent again.
    Again {
        /// The message of the failure.
        failure: &'s str,
        /// The ID of the failed request.
        request_id: Option<&'s str>,
    },
    /// The object is complete.
    Whole {
        /// The statement of S3 about it, with the ID of the last request.
        stored: &'s Confirmation,
    },
}

impl<'s> TransferEvent<'s> {
    /// Returns the event of a request that is sent again.
    pub(crate) fn again(failure: &'s (String, Option<String>)) -> Self {
        Self::Again { failure: &failure.0, request_id: failure.1.as_deref() }
    }
}

/// Returns the message and the request ID of a failure.
pub(crate) fn message_and_id(error: &OperationError) -> (String, Option<String>) {
    (error.to_string(), error.request_id().map(str::to_owned))
}
