//! The driver over the streams of `embedded-io`.

use embedded_io::{Read, Write};

use super::{Concluded, IoError, ReceivedResponse, note, window};
use crate::conversation::http1::{self, HttpError, Response};
use crate::conversation::{Conversation, Request};
use crate::emit::sink::Emit;

/// Drives a conversation to its outcome.
///
/// `open` opens a stream to `host`, which has its port if that is not the default one. It is asked
/// again when the last stream cannot be used for the next request. `body` is for what is sent and
/// for the bodies of responses: 2 KiB do for roles with short session tokens, 8 KiB for all. It
/// holds secrets afterwards.
///
/// # Errors
/// See [`IoError`]. The conversation is where it was before the request that failed: try again.
///
/// ```
/// use rolesig::io::blocking;
/// use rolesig::conversation::Imds;
/// # struct Tcp(&'static [u8]);
/// # impl embedded_io::ErrorType for Tcp { type Error = embedded_io::ErrorKind; }
/// # impl embedded_io::Read for Tcp {
/// #     fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Self::Error> {
/// #         embedded_io::Read::read(&mut self.0, buffer).map_err(|error| match error {})
/// #     }
/// # }
/// # impl embedded_io::Write for Tcp {
/// #     fn write(&mut self, bytes: &[u8]) -> Result<usize, Self::Error> { Ok(bytes.len()) }
/// #     fn flush(&mut self) -> Result<(), Self::Error> { Ok(()) }
/// # }
/// # let mut responses = ["HTTP/1.0 200 OK\r\n\r\ntoken", "HTTP/1.0 200 OK\r\n\r\nrole",
/// #     "HTTP/1.0 200 OK\r\n\r\n{\"AccessKeyId\": \"ASIAEXAMPLE\", \"SecretAccessKey\": \"s\", \
/// #     \"Token\": \"t\", \"Expiration\": \"2015-08-30T18:36:00Z\"}"].into_iter();
/// # let mut connect = |_: &str| responses.next().map(|a| Tcp(a.as_bytes())).ok_or(embedded_io::ErrorKind::Other);
///
/// let host = "169.254.169.254";
/// let mut body = [0; 4096];
/// let provided =
///     blocking::converse(&mut Imds::new(), host, &mut body, || connect(host)).unwrap().outcome;
/// assert_eq!(provided.credentials.access_key_id, "ASIAEXAMPLE");
/// ```
pub fn converse<'b, C: Conversation, S: Read + Write>(
    conversation: &mut C,
    host: &str,
    body: &'b mut [u8],
    mut open: impl FnMut() -> Result<S, S::Error>,
) -> Result<Concluded<C::Outcome<'b>>, IoError<'b, S::Error>> {
    let (mut len, mut date) = (0, None);
    let mut kept = None;
    while let Some(request) = conversation.request() {
        let is_used = kept.is_some();
        let mut stream = match kept.take() {
            Some(stream) => stream,
            None => open().map_err(IoError::Transport)?,
        };
        let response = match ask(&mut stream, host, &request, body) {
            // It was closed meanwhile, which is not a failure: RFC 9112, §9.3.1.
            Err(IoError::Transport(_) | IoError::Http(HttpError::NoResponse)) if is_used => {
                continue;
            }
            response => response?,
        };
        note(&request, &response);
        (len, date) = (response.len, response.date);
        kept = response.keeps_open.then_some(stream);
        let taken = conversation.response(response.status, body.get(..len).unwrap_or_default());
        taken.map_err(|error| IoError::Conversation(error.without_text()))?;
    }
    let outcome = conversation.outcome(body.get_mut(..len).unwrap_or_default());
    Ok(Concluded { outcome: outcome.map_err(IoError::Conversation)?, date })
}

/// Sends one request over a stream, and reads the response. The buffer is for both.
///
/// # Errors
/// See [`IoError`]; it is never [`Conversation`](IoError::Conversation). The stream is of no use
/// then.
pub fn ask<S: Read + Write>(
    stream: &mut S,
    host: &str,
    request: &Request<'_>,
    body: &mut [u8],
) -> Result<ReceivedResponse, IoError<'static, S::Error>> {
    send(stream, &http1::RequestMessage { request, host }, body)?;
    receive(stream, &mut Response::new(), body)
}

/// Writes a request, or a part of it, to a stream, by way of a buffer of any length but 0.
///
/// # Errors
/// See [`IoError`]; it is never [`Conversation`](IoError::Conversation). The stream is of no use
/// then.
pub fn send<S: Write>(
    stream: &mut S,
    message: &impl Emit,
    buffer: &mut [u8],
) -> Result<(), IoError<'static, S::Error>> {
    let total = message.emitted_len();
    let mut sent = 0;
    while sent < total {
        let Some(mut part) = window(message, sent, buffer) else {
            return Err(IoError::BodyTooLong { needed: None });
        };
        sent = sent.saturating_add(part.len());
        // Not `write_all`, which can panic.
        while !part.is_empty() {
            match stream.write(part).map_err(IoError::Transport)? {
                0 => return Err(HttpError::NoResponse.into()),
                written => part = part.get(written..).unwrap_or_default(),
            }
        }
    }
    stream.flush().map_err(IoError::Transport)
}

/// Reads a response to its end, for callers that have written the request: its body into the
/// buffer.
///
/// `response` is a new one, or has taken what was read before, which does not belong to the body.
///
/// # Errors
/// See [`IoError`]; it is never [`Conversation`](IoError::Conversation). The stream is of no use
/// then.
pub fn receive<S: Read>(
    stream: &mut S,
    response: &mut Response,
    body: &mut [u8],
) -> Result<ReceivedResponse, IoError<'static, S::Error>> {
    let mut len = 0;
    while !response.is_done() {
        // Bytes behind the body of a full buffer, such as the last chunk, go here.
        let mut beyond = [0; 16];
        let is_full = len == body.len();
        let room = if is_full { &mut beyond } else { body.get_mut(len..).unwrap_or_default() };
        let read = stream.read(room).map_err(IoError::Transport)?;
        if read == 0 {
            response.end()?;
            break;
        }
        let read = read.min(room.len());
        let taken = response.take(room.get_mut(..read).unwrap_or_default())?;
        let needed = response.content_length();
        if needed.is_some_and(|needed| needed > body.len()) || (is_full && taken > 0) {
            return Err(IoError::BodyTooLong { needed });
        }
        len = len.saturating_add(taken);
    }
    let (status, keeps_open) = (response.status(), response.keeps_open());
    Ok(ReceivedResponse { status, len, keeps_open, date: response.date() })
}
