//! The errors of uploads.

use std::io;

use thiserror::Error;

use super::plan::TooLongError;
use crate::s3::address::path::S3Path;
use crate::s3::content::condition::WriteCondition;
use crate::s3::error::kind::S3ErrorKind;
use crate::s3::error::operation::OperationError;
use crate::s3::operation::list_uploads::ListedPart;
use crate::system::excerpt::printable;

/// An error that kept a source from being stored.
#[derive(Debug, Error)]
pub enum UploadError {
    /// The source cannot be read.
    #[error("{0}")]
    Read(io::Error),
    /// It is longer than S3 takes.
    #[error(transparent)]
    TooLong(#[from] TooLongError),
    /// The file changed while it was read.
    #[error(
        "changed while it was read; nothing was stored (--snapshot stores a file that only grows, \
         as it was when it was opened)"
    )]
    Changed,
    /// The system generates the content as it is read, and its length is a guess.
    #[error(
        "does not have the length that the system says ({said} bytes), and did not change: \
         nothing was stored; the system generates such files: read it with cat FILE | rolefs -put - DST"
    )]
    OtherLength {
        /// In bytes.
        said: u64,
    },
    /// Another object replaced the source of a copy.
    #[error("changed while it was copied; nothing was stored: copy it again")]
    SourceChanged,
    /// The file changed after it was read; what was stored is from before.
    #[error("changed while it was sent; what was stored is how it was before")]
    ChangedLate,
    /// A signal arrived.
    #[error("interrupted; nothing was stored")]
    Interrupted,
    /// A signal arrived while it was sent.
    #[error("interrupted while it was sent: S3 may have stored it: look with -ls")]
    InterruptedLate,
    /// There is an object, which must not be overwritten.
    #[error("File exists")]
    Exists,
    /// There is a directory of this name.
    #[error("File exists, and is a directory")]
    ExistsAsDirectory,
    /// The path lies below an object, which cannot be a directory of the same name.
    #[error("Parent path is not a directory: `{}'", printable(&.0.to_string()))]
    BelowObject(S3Path),
    /// The object to overwrite has changed since.
    #[error(
        "the object changed since it was compared with the file; it stays as it is now: put it \
         again"
    )]
    ChangedThere,
    /// S3 received other content than was sent. No object was made of it.
    #[error(
        "S3 received content with the {what} {theirs}, but the one that was sent is {ours}; \
         nothing was stored: look for a proxy that changes it",
        what = .0.what, theirs = .0.theirs, ours = .0.ours
    )]
    ReceivedOtherwise(Difference),
    /// S3 stored other content than was sent.
    #[error(
        "stored, but its {what} is {theirs} there, and {ours} here: put it again with -f; if the \
         store has its own way with ETags, --checksum compares checksums instead",
        what = .0.what, theirs = .0.theirs, ours = .0.ours
    )]
    StoredOtherwise(Difference),
    /// Parts of an upload can be left.
    #[error(transparent)]
    Abort(Box<AbortError>),
    /// Another process works on the upload.
    #[error("a process of this host works on it: it is not aborted")]
    Busy,
    /// S3 refused, or did not answer.
    #[error(transparent)]
    S3(Box<OperationError>),
    /// No response came, and the current object does not show the outcome either.
    #[error(
        "{0}; S3 may have stored it before its response was lost: look with -ls, and put it again \
         with -f"
    )]
    Unsure(Box<Self>),
    /// Nothing was stored, and S3 holds parts of it for a later run.
    #[error(
        "{error}; the upload {upload_id} is kept, and its parts are charged for: -put -resume \
         continues it, -uploads -abort ends it"
    )]
    Kept {
        /// The error that came first.
        error: Box<Self>,
        /// The upload id.
        upload_id: String,
    },
    /// Nothing was stored, but S3 still holds parts of it.
    #[error(
        "{error}; the upload {upload_id} could not be aborted ({reason}), and its parts are \
         charged for until it is: abort it with -uploads -abort, or have a lifecycle rule of the \
         bucket do so (AbortIncompleteMultipartUpload)"
    )]
    NotAborted {
        /// The error that came first.
        error: Box<Self>,
        /// The upload id.
        upload_id: String,
        /// The reason why it is still there.
        reason: Box<AbortError>,
    },
}

impl UploadError {
    /// Returns the error of the request that failed, if one did.
    pub fn operation(&self) -> Option<&OperationError> {
        match self {
            Self::S3(error) => Some(error),
            Self::Unsure(error) | Self::Kept { error, .. } | Self::NotAborted { error, .. } => {
                error.operation()
            }
            _ => None,
        }
    }

    /// Returns the id of the request that failed, if S3 reported it.
    pub fn request_id(&self) -> Option<&str> {
        self.operation()?.request_id()
    }

    /// Writes the error of a source with a condition. `without` is the option that does without
    /// conditions, for a store that lacks them.
    pub fn shown_with(&self, condition: WriteCondition<'_>, without: &str) -> String {
        if condition == WriteCondition::Always || self.kind() != Some(S3ErrorKind::NotImplemented) {
            return self.to_string();
        }
        format!("{self}; if it lacks conditional writes, {without} does without them")
    }

    /// Returns whether the store may have refused the request for something that it does not know.
    pub(super) fn may_be_of_unknown_header(&self) -> bool {
        matches!(
            self.kind(),
            Some(
                S3ErrorKind::MalformedXml
                    | S3ErrorKind::NotImplemented
                    | S3ErrorKind::InvalidArgument
                    | S3ErrorKind::Other
            )
        )
    }

    /// Returns the kind of S3's error, if S3 answered with one.
    pub(super) fn kind(&self) -> Option<S3ErrorKind> {
        self.operation()?.kind()
    }
}

impl From<OperationError> for UploadError {
    fn from(error: OperationError) -> Self {
        Self::S3(Box::new(error))
    }
}

impl From<AbortError> for UploadError {
    fn from(error: AbortError) -> Self {
        Self::Abort(Box::new(error))
    }
}

impl From<io::Error> for UploadError {
    /// Takes a file that ends too soon for one that changed: it was longer when its parts were
    /// planned.
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::UnexpectedEof { Self::Changed } else { Self::Read(error) }
    }
}

/// An error that can leave parts of an upload.
#[derive(Debug, Error)]
pub enum AbortError {
    /// S3 did not accept the abort.
    #[error(transparent)]
    Refused(#[from] OperationError),
    /// S3 accepted the abort, and does not report what is left.
    #[error("S3 accepted the abort, but does not say whether parts are left: {0}")]
    Unlisted(#[source] OperationError),
    /// S3 accepted the abort, and parts in flight were stored after it.
    #[error("S3 accepted the abort {rounds} times, and still lists {}", shown(parts))]
    PartsLeft {
        /// The number of times that the abort was sent.
        rounds: u32,
        /// The parts that are listed.
        parts: Vec<ListedPart>,
    },
}

/// Lists the first few numbers, and how many more there are.
fn shown(parts: &[ListedPart]) -> String {
    let numbers: Vec<_> = parts.iter().take(5).map(|part| part.number.to_string()).collect();
    let noun = if parts.len() == 1 { "part" } else { "parts" };
    let more = parts.len() - numbers.len();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{noun} {}{more}", numbers.join(", "))
}

/// A value that differs between S3 and here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// `checksum` or `ETag`.
    pub what: &'static str,
    /// The value of the sent content.
    pub ours: String,
    /// The value that S3 reports.
    pub theirs: String,
}
