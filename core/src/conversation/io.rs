//! Drivers: the one loop that every [`Conversation`](crate::conversation::Conversation) is driven
//! by, over the streams of `embedded-io` (`blocking`) and of `embedded-io-async` (`asynch`).
//!
//! Each is a feature, `embedded-io` and `embedded-io-async`. The two modules are the same text
//! except for `async` and `.await`, and a test holds that.
//!
//! `nal`, of the feature `embedded-nal-async`, opens the streams of `asynch` over a TCP/IP stack.
//!
//! The caller gives a function that opens a stream: TCP to the metadata service, TLS with the
//! device's certificate to AWS IoT, whatever a modem has. A stream is used again when the response
//! allows it, and another one is opened when it was closed meanwhile. Time limits are the stream's:
//! its error ends the conversation, and is in [`IoError::Transport`] as it came.

use core::fmt;

use crate::conversation::http1::HttpError;
use crate::conversation::{ConversationError, Request};
use crate::emit::sink::{Emit, Sink};
use crate::time::timestamp::Timestamp;

#[cfg(feature = "embedded-io-async")]
pub mod asynch;
#[cfg(feature = "embedded-io")]
pub mod blocking;
#[cfg(feature = "embedded-nal-async")]
pub mod nal;

/// The reason why a conversation over a stream came to no outcome. Holds no secret.
///
/// ```
/// use rolesig::http1::HttpError;
/// use rolesig::io::IoError;
///
/// let error: IoError<'_, ()> = HttpError::Cut.into();
/// assert!(error.is_transient()); // try again
/// let error: IoError<'_, ()> = IoError::BodyTooLong { needed: Some(9000) };
/// assert!(!error.is_transient());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum IoError<'b, E> {
    /// The stream could not be opened, written, or read.
    Transport(E),
    /// The response is not HTTP/1.1.
    Http(HttpError),
    /// The body of a response does not fit into the buffer.
    BodyTooLong {
        /// The length that would have been enough, in bytes, if the response says it.
        needed: Option<usize>,
    },
    /// The conversation refused a response, or the outcome is a refusal.
    Conversation(ConversationError<'b>),
}

impl<E> IoError<'_, E> {
    /// Returns whether the same may succeed a little later. Only the caller knows what an
    /// error of the transport means; here another attempt may succeed.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Transport(_) => true,
            Self::Http(error) => matches!(error, HttpError::NoResponse | HttpError::Cut),
            Self::BodyTooLong { .. } => false,
            Self::Conversation(error) => error.is_transient(),
        }
    }
}

impl<E: fmt::Display> fmt::Display for IoError<'_, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Transport(error) => error.fmt(f),
            Self::Http(error) => error.fmt(f),
            Self::BodyTooLong { needed: Some(needed) } => {
                write!(f, "the buffer for bodies is too small: {needed} bytes are needed")
            }
            Self::BodyTooLong { needed: None } => {
                f.write_str("the buffer for bodies is too small: make it larger")
            }
            Self::Conversation(error) => error.fmt(f),
        }
    }
}

impl<E: fmt::Debug + fmt::Display> core::error::Error for IoError<'_, E> {}

impl<E> From<HttpError> for IoError<'_, E> {
    fn from(error: HttpError) -> Self {
        Self::Http(error)
    }
}

/// A response of the server.
///
/// ```
/// use rolesig::io::ReceivedResponse;
///
/// fn body<'b>(response: &ReceivedResponse, buffer: &'b [u8]) -> Option<&'b [u8]> {
///     if response.status == 200 { buffer.get(..response.len) } else { None }
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct ReceivedResponse {
    /// The status.
    pub status: u16,
    /// The length of the body, which is at the front of the buffer.
    pub len: usize,
    /// True if the stream may be used for another request.
    pub keeps_open: bool,
    /// The server's time when it answered, if it says it and no cache kept the response since: the
    /// clock of a device that has none. Believe it as far as the stream can be trusted.
    pub date: Option<Timestamp>,
}

/// The outcome of a conversation.
///
/// ```
/// use rolesig::conversation::RoleCredentials;
/// use rolesig::io::Concluded;
/// use rolesig::{StoredCredentials, Timestamp};
///
/// /// Stores the credentials, and returns the time for a board without a clock.
/// fn conclude(
///     concluded: &Concluded<RoleCredentials<'_>>,
///     stored: &mut StoredCredentials<2048>,
/// ) -> Option<Timestamp> {
///     let role = &concluded.outcome;
///     stored.store(role.credentials, Some(role.expires_at)).ok()?;
///     concluded.date
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct Concluded<O> {
    /// The outcome: [`RoleCredentials`](crate::conversation::RoleCredentials) credentials, mostly.
    pub outcome: O,
    /// The [`date`](ReceivedResponse::date) of the last response.
    pub date: Option<Timestamp>,
}

/// Notes an exchange in the log of the feature `log`: neither target nor headers nor bodies, which
/// may hold secrets.
fn note(request: &Request<'_>, response: &ReceivedResponse) {
    #[cfg(feature = "log")]
    log::debug!("{}: status {}, {} bytes", request.method(), response.status, response.len);
    let _ = (request, response);
}

/// Fills a buffer with a part of what is sent: a request may be longer than any buffer.
struct Window<'w> {
    skip: usize,
    buffer: &'w mut [u8],
    len: usize,
}

impl Sink for Window<'_> {
    fn put(&mut self, bytes: &[u8]) {
        let skipped = self.skip.min(bytes.len());
        self.skip -= skipped;
        let bytes = bytes.get(skipped..).unwrap_or_default();
        let room = self.buffer.get_mut(self.len..).unwrap_or_default();
        for (place, byte) in room.iter_mut().zip(bytes) {
            *place = *byte;
            self.len += 1;
        }
    }
}

/// Writes as much of the message behind its first `sent` bytes as fits into the buffer.
fn window<'w>(message: &impl Emit, sent: usize, buffer: &'w mut [u8]) -> Option<&'w [u8]> {
    let mut window = Window { skip: sent, buffer, len: 0 };
    message.emit_to(&mut window);
    let Window { buffer, len, .. } = window;
    buffer.get(..len).filter(|window| !window.is_empty())
}
