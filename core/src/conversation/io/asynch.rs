//! The driver over the streams of `embedded-io-async`.

use embedded_io_async::{Read, Write};

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
/// use embedded_io_async::{Read, Write};
/// use rolesig::io::asynch;
/// use rolesig::conversation::Imds;
/// use rolesig::StoredCredentials;
///
/// async fn fetch<S: Read + Write>(
///     mut connect: impl AsyncFnMut(&str) -> Result<S, S::Error>,
///     stored: &mut StoredCredentials<2048>,
/// ) -> Result<(), ()> {
///     let host = "169.254.169.254";
///     let mut body = [0; 4096];
///     let provided = asynch::converse(&mut Imds::new(), host, &mut body, async || connect(host).await)
///         .await
///         .map_err(|_| ())?
///         .outcome;
///     stored.store(provided.credentials, Some(provided.expires_at)).map_err(|_| ())
/// }
/// ```
pub async fn converse<'b, C: Conversation, S: Read + Write>(
    conversation: &mut C,
    host: &str,
    body: &'b mut [u8],
    mut open: impl AsyncFnMut() -> Result<S, S::Error>,
) -> Result<Concluded<C::Outcome<'b>>, IoError<'b, S::Error>> {
    let (mut len, mut date) = (0, None);
    let mut kept = None;
    while let Some(request) = conversation.request() {
        let is_used = kept.is_some();
        let mut stream = match kept.take() {
            Some(stream) => stream,
            None => open().await.map_err(IoError::Transport)?,
        };
        let response = match ask(&mut stream, host, &request, body).await {
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
pub async fn ask<S: Read + Write>(
    stream: &mut S,
    host: &str,
    request: &Request<'_>,
    body: &mut [u8],
) -> Result<ReceivedResponse, IoError<'static, S::Error>> {
    send(stream, &http1::RequestMessage { request, host }, body).await?;
    receive(stream, &mut Response::new(), body).await
}

/// Writes a request, or a part of it, to a stream, by way of a buffer of any length but 0.
///
/// # Errors
/// See [`IoError`]; it is never [`Conversation`](IoError::Conversation). The stream is of no use
/// then.
pub async fn send<S: Write>(
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
            match stream.write(part).await.map_err(IoError::Transport)? {
                0 => return Err(HttpError::NoResponse.into()),
                written => part = part.get(written..).unwrap_or_default(),
            }
        }
    }
    stream.flush().await.map_err(IoError::Transport)
}

/// Reads a response to its end, for callers that have written the request: its body into the
/// buffer.
///
/// `response` is a new one, or has taken what was read before, which does not belong to the body.
///
/// # Errors
/// See [`IoError`]; it is never [`Conversation`](IoError::Conversation). The stream is of no use
/// then.
pub async fn receive<S: Read>(
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
        let read = stream.read(room).await.map_err(IoError::Transport)?;
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
