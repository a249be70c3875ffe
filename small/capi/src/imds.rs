//! The conversation with IMDSv2: bytes to send, bytes read, and credentials.

use signer::conversation::{Conversation as _, ConversationError, Imds};
use signer::http1::{self, HttpError, Response};
use signer::{Emit, StoredCredentials};
use zeroize::Zeroize;

use crate::buffer::Buffer;
use crate::sign::Credentials;
use crate::status::Status;
use crate::text::Text;

/// `ROLESIG_IMDS_BODY`: role documents have about 1,500 bytes.
const BODY: usize = 4096;

/// `sizeof(rolesig_imds)`
const PLACE: usize = 8 * 960;

const _: () = assert!(size_of::<Conversation>() <= PLACE && align_of::<Conversation>() <= 8);

/// The content of a `rolesig_imds`.
pub(crate) struct Conversation {
    imds: Imds,
    response: Response,
    body: [u8; BODY],
    len: usize,
    stored: StoredCredentials<2048>,
}

impl Conversation {
    const fn new() -> Self {
        Self {
            imds: Imds::new(),
            response: Response::new(),
            body: [0; BODY],
            len: 0,
            stored: StoredCredentials::new(),
        }
    }

    fn request(&mut self, host: &Text, out: &mut Buffer) -> Result<(), Status> {
        let host = host.text()?;
        // The host is sent as it is.
        if host.is_empty() || !host.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Status::Host);
        }
        self.forget_response();
        let request = self.imds.request().ok_or(Status::Done)?;
        out.fill(|out| http1::RequestMessage { request: &request, host }.emit_to(out))
    }

    fn take(&mut self, read: &[u8]) -> Result<(), Status> {
        // The bytes belong to the caller: they are copied in pieces, since a response moves its
        // body.
        for part in read.chunks(64) {
            let mut piece = [0; 64];
            let piece = piece.get_mut(..part.len()).unwrap_or_default();
            piece.copy_from_slice(part);
            let taken = self.response.take(piece)?;
            let end = self.len.saturating_add(taken);
            let room = self.body.get_mut(self.len..end).ok_or(Status::TooLong)?;
            for (place, byte) in room.iter_mut().zip(piece) {
                *place = *byte;
            }
            self.len = end;
        }
        if self.response.is_done() { self.take_response() } else { Err(Status::More) }
    }

    fn end(&mut self) -> Result<(), Status> {
        self.response.end()?;
        self.take_response()
    }

    /// Takes a complete response. After an error the same request is sent again, or the first one
    /// if the last response was unreadable.
    fn take_response(&mut self) -> Result<(), Status> {
        let status = self.response.status();
        let body = self.body.get_mut(..self.len).unwrap_or_default();
        self.response = Response::new();
        self.imds.response(status, body)?;
        if self.imds.request().is_some() {
            return Ok(());
        }
        let provided = self.imds.outcome(body).map_err(Status::from);
        let stored = provided.and_then(|provided| {
            let stored = self.stored.store(provided.credentials, Some(provided.expires_at));
            stored.map_err(|_| Status::TooLong)
        });
        self.forget_response();
        if let Err(status) = stored {
            self.imds.restart();
            return Err(status);
        }
        Err(Status::Done)
    }

    fn forget_response(&mut self) {
        self.response = Response::new();
        self.body.zeroize();
        self.len = 0;
    }
}

impl Drop for Conversation {
    fn drop(&mut self) {
        self.body.zeroize();
    }
}

impl From<HttpError> for Status {
    fn from(error: HttpError) -> Self {
        match error {
            HttpError::NoResponse | HttpError::Cut => Self::TryLater,
            _ => Self::BadResponse,
        }
    }
}

impl From<ConversationError<'_>> for Status {
    fn from(error: ConversationError<'_>) -> Self {
        match error {
            error if error.is_transient() => Self::TryLater,
            ConversationError::NotHere(_) => Self::NotHere,
            ConversationError::Refused { .. } => Self::Refused,
            ConversationError::OutOfTurn => Self::OutOfTurn,
            _ => Self::BadResponse,
        }
    }
}

/// Implements `rolesig_imds_new`: see the header.
///
/// # Safety
/// `place` must be NULL, or point to `size` bytes.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn rolesig_imds_new(place: *mut Conversation, size: usize) -> Status {
    if place.is_null() || !place.is_aligned() || size < size_of::<Conversation>() {
        return Status::Null;
    }
    // SAFETY: the caller guarantees this many bytes, which are enough, and aligned.
    unsafe { place.write(Conversation::new()) };
    Status::Ok
}

/// Implements `rolesig_imds_request`: see the header.
#[unsafe(no_mangle)]
pub(crate) extern "C" fn rolesig_imds_request(
    conversation: Option<&mut Conversation>,
    host: Option<&Text>,
    out: Option<&mut Buffer>,
) -> Status {
    let (Some(conversation), Some(host), Some(out)) = (conversation, host, out) else {
        return Status::Null;
    };
    conversation.request(host, out).into()
}

/// Implements `rolesig_imds_take`: see the header.
#[unsafe(no_mangle)]
pub(crate) extern "C" fn rolesig_imds_take(
    conversation: Option<&mut Conversation>,
    read: Option<&Text>,
) -> Status {
    let (Some(conversation), Some(read)) = (conversation, read) else { return Status::Null };
    conversation.take(read.bytes().unwrap_or_default()).into()
}

/// Implements `rolesig_imds_end`: see the header.
#[unsafe(no_mangle)]
pub(crate) extern "C" fn rolesig_imds_end(conversation: Option<&mut Conversation>) -> Status {
    conversation.map_or(Status::Null, |conversation| conversation.end().into())
}

/// Implements `rolesig_imds_credentials`: see the header.
#[unsafe(no_mangle)]
pub(crate) extern "C" fn rolesig_imds_credentials(
    conversation: Option<&Conversation>,
    credentials: Option<&mut Credentials>,
    expires_at: Option<&mut u64>,
) -> Status {
    let (Some(conversation), Some(place)) = (conversation, credentials) else {
        return Status::Null;
    };
    let Some(credentials) = conversation.stored.credentials() else { return Status::OutOfTurn };
    place.access_key_id = Text::of(credentials.access_key_id);
    place.secret_access_key = Text::of(credentials.secret_access_key);
    place.session_token = credentials.session_token.map_or(Text::NONE, Text::of);
    if let (Some(place), Some(time)) = (expires_at, conversation.stored.expires_at()) {
        *place = time.as_unix();
    }
    Status::Ok
}

/// Implements `rolesig_imds_restart`: see the header.
#[unsafe(no_mangle)]
pub(crate) extern "C" fn rolesig_imds_restart(conversation: Option<&mut Conversation>) -> Status {
    let Some(conversation) = conversation else { return Status::Null };
    conversation.forget_response();
    conversation.imds.restart();
    Status::Ok
}

/// Implements `rolesig_imds_wipe`: see the header.
#[unsafe(no_mangle)]
pub(crate) extern "C" fn rolesig_imds_wipe(conversation: Option<&mut Conversation>) -> Status {
    let Some(conversation) = conversation else { return Status::Null };
    *conversation = Conversation::new();
    Status::Ok
}
