//! Errors of the program.

use core::fmt::{self, Write};

use rolesig::SignError;
use rolesig::http1::HttpError;
use rolesig::io::IoError;

use crate::system::{self, Errno};
use crate::tcp::{EndpointError, TcpError};

/// The error of the program.
pub(crate) enum PutError {
    Usage,
    /// An endpoint that is not an address.
    Endpoint,
    /// Standard input that cannot be read twice.
    Input(Errno),
    /// A file that is shorter than when it was hashed.
    InputChanged,
    /// An error of the metadata service, without the text of its response.
    Metadata(IoError<'static, TcpError>),
    Clock,
    Sign(SignError),
    HeadTooLong,
    S3(TcpError),
    S3Response(HttpError),
    S3Refused(u16, heapless::String<1024>),
}

impl PutError {
    pub(crate) fn metadata(error: IoError<'_, TcpError>) -> Self {
        Self::Metadata(match error {
            IoError::Transport(error) => IoError::Transport(error),
            IoError::Http(error) => IoError::Http(error),
            IoError::BodyTooLong { needed } => IoError::BodyTooLong { needed },
            IoError::Conversation(error) => IoError::Conversation(error.without_text()),
            _ => IoError::Http(HttpError::NoResponse),
        })
    }

    pub(crate) fn report(&self) {
        // A failure to print cannot be reported.
        let _ = writeln!(Stderr, "put: {self}");
    }
}

impl From<EndpointError> for PutError {
    fn from(_: EndpointError) -> Self {
        Self::Endpoint
    }
}

impl From<SignError> for PutError {
    fn from(error: SignError) -> Self {
        Self::Sign(error)
    }
}

impl From<TcpError> for PutError {
    fn from(error: TcpError) -> Self {
        Self::S3(error)
    }
}

impl From<HttpError> for PutError {
    fn from(error: HttpError) -> Self {
        Self::S3Response(error)
    }
}

impl fmt::Display for PutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage => f.write_str("usage: put METADATA S3 /BUCKET/KEY <FILE"),
            Self::Endpoint => {
                f.write_str("give endpoints as http://ADDRESS or http://ADDRESS:PORT")
            }
            Self::Input(errno) => {
                write!(f, "standard input cannot be read twice (error {}): give a file", errno.0)
            }
            Self::InputChanged => f.write_str("the file changed while it was read"),
            Self::Metadata(error) => write!(f, "the metadata service: {error}"),
            Self::Clock => f.write_str("the clock is not set"),
            Self::Sign(error) => error.fmt(f),
            Self::HeadTooLong => f.write_str("the path is too long"),
            Self::S3(error) => write!(f, "S3: {error}"),
            Self::S3Response(error) => write!(f, "S3: {error}"),
            Self::S3Refused(status, body) => write!(f, "S3 refused with status {status}: {body}"),
        }
    }
}

/// Standard error as a writer.
struct Stderr;

impl Write for Stderr {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut left = text.as_bytes();
        while !left.is_empty() {
            let written = system::write(system::STDERR, left).map_err(|_| fmt::Error)?;
            left = left.get(written..).unwrap_or_default();
        }
        Ok(())
    }
}
