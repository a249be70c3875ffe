//! The errors of contents that cannot be read. Readers have them as `io::Error`s: the reader of one
//! format is the input of another.

use std::io;

use thiserror::Error;

/// The reason why a text was not written, or not to its end.
#[derive(Debug, Error)]
pub(super) enum TextError {
    /// The content has no text that can be read here.
    #[error("{0}")]
    Unreadable(String),
    /// The destination does not take the text.
    #[error("{0}")]
    Unwritten(io::Error),
}

impl TextError {
    /// Returns the error of a content that is not of its format.
    pub(super) fn of_content(error: &io::Error) -> Self {
        Self::Unreadable(error.to_string())
    }
}

impl From<io::Error> for TextError {
    fn from(error: io::Error) -> Self {
        Self::of_content(&error)
    }
}

/// Returns the error of a content that is not of its format.
pub(super) fn corrupt(reason: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason)
}

/// Returns the error of a content that ends too early.
pub(super) fn ends_early() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "unexpected end of the data")
}
