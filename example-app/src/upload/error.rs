//! Why a source was not stored.

use std::io;

use thiserror::Error;

use super::plan::TooLongError;
use crate::s3::address::path::S3Path;
use crate::s3::content::condition::Condition;
use crate::s3::error::kind::S3ErrorKind;
use crate::s3::error::operation::OperationError;
use crate::s3::operation::list_uploads::ListedPart;

/// Why a source was not stored.
#[derive(Debug, Error)]
pub enum UploadError {
    /// The source cannot be read.
    #[error("{0}")]
    Read(io::Error),
    /// It is longer than S3 takes.
    #[error(transparent)]
    TooLong(#[from] TooLongError),
    /// What was read is of no one moment.
    #[error(
        "changed while it was read; nothing was stored (--snapshot stores a file that only grows, as \
         it was when it was opened)"
    )]
    Changed,
    /// The system makes up the content as it is read, and its length is a guess.
    #[error(
        "is not as long as the system says ({said} bytes), and did not change: nothing was stored; \
         the system makes such files up: read it with cat FILE | rolefs -put - DST"
    )]
    OtherLength {
        /// In bytes.
        said: u64,
    },
    /// What was stored is of one moment, before the change.
    #[error("changed while it was sent; what was stored is how it was before")]
    ChangedLate,
    /// A signal came.
    #[error("interrupted; nothing was stored")]
    Interrupted,
    /// A signal came while it was sent.
    #[error("interrupted while it was sent: S3 may have stored it: look with -ls")]
    InterruptedLate,
    /// There is an object, and it was to stay.
    #[error("File exists")]
    Exists,
    /// There is a directory of this name.
    #[error("File exists, and is a directory")]
    ExistsAsDirectory,
    /// It would lie below an object, which would be a directory of the same name then.
    #[error("Parent path is not a directory: `{0}'")]
    BelowObject(S3Path),
    /// There is another object than the one that was to be overwritten.
    #[error(
        "the object changed since it was compared with the file; it stays as it is now: put it again"
    )]
    ChangedThere,
    /// S3 has something else than was sent, as it says, and it is no object.
    #[error(
        "the {what} of what S3 received is {theirs}, and of what was sent {ours}; nothing was stored: \
         look for a proxy that changes it",
        what = .0.what, theirs = .0.theirs, ours = .0.ours
    )]
    ReceivedOtherwise(Difference),
    /// S3 has something else than was sent, as it says.
    #[error(
        "stored, but its {what} is {theirs} there, and {ours} here: put it again with -f; if the \
         store has a way of its own with ETags, --checksum compares checksums instead",
        what = .0.what, theirs = .0.theirs, ours = .0.ours
    )]
    StoredOtherwise(Difference),
    /// Parts of an upload may be left.
    #[error(transparent)]
    Abort(Box<AbortError>),
    /// It is another's work.
    #[error("a process of this host works on it: it is not aborted")]
    Busy,
    /// S3 did not do it.
    #[error(transparent)]
    S3(Box<OperationError>),
    /// No answer, and what there is now does not tell either.
    #[error(
        "{0}; S3 may have stored it before its answer was lost: look with -ls, and put it again with -f"
    )]
    Unsure(Box<Self>),
    /// Nothing was stored, and S3 holds parts of it for whoever is to go on.
    #[error(
        "{error}; the upload {upload_id} is kept, and its parts are charged for: -put -resume goes \
         on with it, -uploads -abort ends it"
    )]
    Kept {
        /// What came first.
        error: Box<Self>,
        /// What S3 calls the upload.
        upload_id: String,
    },
    /// Nothing was stored, but S3 still holds parts of it.
    #[error(
        "{error}; the upload {upload_id} could not be aborted ({reason}), and its parts are charged \
         for until it is: abort it with -uploads -abort, or have a lifecycle rule of the bucket do so \
         (AbortIncompleteMultipartUpload)"
    )]
    NotAborted {
        /// What came first.
        error: Box<Self>,
        /// What S3 calls the upload.
        upload_id: String,
        /// Why it is still there.
        reason: Box<AbortError>,
    },
}

impl UploadError {
    /// What S3 calls the request that failed, if it said so.
    pub fn request_id(&self) -> Option<&str> {
        match self {
            Self::S3(failure) => failure.request_id(),
            Self::Unsure(error) | Self::Kept { error, .. } | Self::NotAborted { error, .. } => {
                error.request_id()
            }
            _ => None,
        }
    }

    /// Told of what was to be stored on a condition: `without` does the same without one, for a store that
    /// lacks them.
    pub fn told_with(&self, condition: Condition<'_>, without: &str) -> String {
        if condition == Condition::Always || self.kind() != Some(S3ErrorKind::NotImplemented) {
            return self.to_string();
        }
        format!("{self}; if it lacks conditional writes, {without} does without them")
    }

    /// Returns the kind of S3's error, if S3 answered with one.
    pub(super) fn kind(&self) -> Option<S3ErrorKind> {
        match self {
            Self::S3(error) => error.kind(),
            Self::Unsure(error) | Self::Kept { error, .. } | Self::NotAborted { error, .. } => {
                error.kind()
            }
            _ => None,
        }
    }
}

impl From<OperationError> for UploadError {
    fn from(failure: OperationError) -> Self {
        Self::S3(Box::new(failure))
    }
}

impl From<AbortError> for UploadError {
    fn from(failure: AbortError) -> Self {
        Self::Abort(Box::new(failure))
    }
}

impl From<io::Error> for UploadError {
    /// A file that ends too soon was longer when its parts were planned.
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::UnexpectedEof { Self::Changed } else { Self::Read(error) }
    }
}

/// Why parts of an upload may still be there.
#[derive(Debug, Error)]
pub enum AbortError {
    /// S3 did not take it.
    #[error(transparent)]
    Refused(#[from] OperationError),
    /// It took it, and does not say what is left.
    #[error("S3 took the abort, but does not say whether parts are left: {0}")]
    Unlisted(#[source] OperationError),
    /// It took it, and parts that were on their way were stored after it.
    #[error("S3 took the abort {rounds} times, and still lists {}", shown(parts))]
    PartsLeft {
        /// How often the abort was sent.
        rounds: u32,
        /// The parts that are listed.
        parts: Vec<ListedPart>,
    },
}

/// The first few, and how many more.
fn shown(parts: &[ListedPart]) -> String {
    let numbers: Vec<_> = parts.iter().take(5).map(|part| part.number.to_string()).collect();
    let noun = if parts.len() == 1 { "part" } else { "parts" };
    let more = parts.len() - numbers.len();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{noun} {}{more}", numbers.join(", "))
}

/// What is not the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// `checksum` or `ETag`.
    pub what: &'static str,
    /// What it is of what was sent.
    pub ours: String,
    /// What it is, as S3 says.
    pub theirs: String,
}
