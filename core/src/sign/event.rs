//! Events of a stream, each signed after the one before it and framed as
//! `application/vnd.amazon.eventstream`.

use core::fmt;

use crc::{CRC_32_ISO_HDLC, Crc, Digest, NoTable};

use crate::emit::hex_digest::HexDigest;
use crate::emit::sink::{Emit, Sink, Stage};
use crate::sign::head::SignedHead;
use crate::sign::signed::Signed;
use crate::sign::signer::Signer;
use crate::sigv4::error::SignError;
use crate::sigv4::payload::Events;
use crate::sigv4::request::Request;
use crate::sigv4::scheme::Scheme;
use crate::sigv4::string_to_sign::ChunkStringToSign;
use crate::sigv4::v4::V4;
use crate::time::timestamp::Timestamp;

/// Without its table, which would take a kilobyte of flash.
const CRC32: Crc<u32, NoTable> = Crc::<u32, NoTable>::new(&CRC_32_ISO_HDLC);

/// Total length, length of the headers, and the checksum of both.
const PRELUDE_LEN: usize = 12;
/// `:date` and `:chunk-signature`, each with its length, type and value.
const HEADERS_LEN: usize = DATE_LEN + 1 + 16 + 1 + 2 + 32;
const DATE_LEN: usize = 1 + 5 + 1 + 8;
const CHECKSUM_LEN: usize = 4;

impl<'a, const SLOTS: usize> Signer<'a, V4, SLOTS> {
    /// Creates the signer of the events that follow a request that this signer has signed. Each is
    /// signed with the key of its own day, so a stream can continue past midnight.
    pub fn events<'s>(
        &'s mut self,
        signed: &Signed<'_, Events, V4, SLOTS>,
    ) -> EventSigner<'s, 'a, SLOTS> {
        EventSigner { previous: *signed.signature(), signer: self }
    }

    /// Signs a request that events follow, as [`sign_into`](Self::sign_into) does, and returns the
    /// signer of the events, too.
    ///
    /// # Errors
    /// As [`sign_into`](Self::sign_into).
    pub fn sign_events_into<'s, 'b>(
        &'s mut self,
        request: &Request<'_, Events>,
        now: Timestamp,
        buffer: &'b mut [u8],
    ) -> Result<(SignedHead<'b>, EventSigner<'s, 'a, SLOTS>), SignError>
    where
        'a: 'b,
    {
        let mut signature = None;
        let head = self.head(request, now, buffer, &mut signature)?;
        // Without a signature there was an error.
        let previous = signature.ok_or(SignError::InvalidChunks)?;
        Ok((head, EventSigner { signer: self, previous }))
    }
}

/// Signs the events of one stream, in order.
///
/// ```
/// use rolesig::{Credentials, Emit, Events, Request, Service, Signer, Timestamp};
///
/// # let credentials = Credentials {
/// #     access_key_id: "AKIAIOSFODNN7EXAMPLE",
/// #     secret_access_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
/// #     session_token: None,
/// # };
/// let request = Request {
///     method: "POST",
///     host: "transcribestreaming.eu-west-1.amazonaws.com",
///     path: "/stream-transcription",
///     query: &[],
///     headers: &[("content-type", b"application/vnd.amazon.eventstream")],
///     payload: Events,
/// };
/// let now: Timestamp = "2026-11-22T12:00:00Z".parse()?;
/// let mut signer = Signer::new(credentials, "eu-west-1", Service::new("transcribe"))?;
/// let mut buffer = [0; 512];
/// let (head, mut events) = signer.sign_events_into(&request, now, &mut buffer)?;
/// assert_eq!(head.payload_hash(), Some(&b"STREAMING-AWS4-HMAC-SHA256-EVENTS"[..]));
///
/// let mut wire = [0; 256];
/// let audio = b"a framed AudioEvent";
/// let frame = events.event(audio, now)?.write_to(&mut wire)?;
/// assert_eq!(frame.len(), 12 + 15 + 52 + audio.len() + 4);
/// // An event without content ends the stream.
/// let end = events.event(b"", now)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Source: "Setting up a streaming request" (Amazon Transcribe Developer Guide), which has the
/// frame, the headers and the string to sign.
#[derive(Debug)]
pub struct EventSigner<'s, 'a, const SLOTS: usize = 16> {
    signer: &'s mut Signer<'a, V4, SLOTS>,
    previous: HexDigest,
}

impl<const SLOTS: usize> EventSigner<'_, '_, SLOTS> {
    /// Signs the next event: `content` is a message with its own frame, or nothing at the stream's
    /// end.
    ///
    /// # Errors
    /// [`EventTooLongError`] from 4 GiB on; nothing has happened then.
    pub fn event<'d>(
        &mut self,
        content: &'d [u8],
        now: Timestamp,
    ) -> Result<Event<'d>, EventTooLongError> {
        let framing = PRELUDE_LEN + HEADERS_LEN + CHECKSUM_LEN;
        let len = content.len().checked_add(framing).and_then(|len| u32::try_from(len).ok());
        let len = len.ok_or(EventTooLongError)?;
        let date = now.amz_date();
        let scope = self.signer.scope(date);
        let string_to_sign = ChunkStringToSign {
            algorithm: V4::ALGORITHM,
            form: "-PAYLOAD",
            date,
            scope,
            previous: self.previous,
            headers: Some(HexDigest::of(&DateHeader(now))),
            content: HexDigest::of(&content),
        };
        self.previous = V4::authenticate(self.signer.key(&scope), &string_to_sign);
        Ok(Event { len, now, signature: self.previous, content })
    }
}

/// An event as it goes over the wire.
///
/// ```
/// use rolesig::{Emit, EventSigner, EventTooLongError, Timestamp};
///
/// /// Returns the length of an event on the wire.
/// fn len(
///     events: &mut EventSigner<'_, '_>,
///     payload: &[u8],
///     now: Timestamp,
/// ) -> Result<usize, EventTooLongError> {
///     Ok(events.event(payload, now)?.emitted_len())
/// }
/// ```
///
/// Source: "Setting up a streaming request" (Amazon Transcribe Developer Guide), which has the
/// frame, the headers and the string to sign.
pub struct Event<'d> {
    len: u32,
    now: Timestamp,
    signature: HexDigest,
    content: &'d [u8],
}

impl Event<'_> {
    /// Returns the signature that the next event is signed after.
    pub const fn signature(&self) -> &HexDigest {
        &self.signature
    }
}

impl Emit for Event<'_> {
    fn emit(&self, out: &mut Stage<'_>) {
        let mut framed = Framed { out, crc: CRC32.digest() };
        framed.put(&self.len.to_be_bytes());
        framed.put(&u32::try_from(HEADERS_LEN).unwrap_or_default().to_be_bytes());
        framed.put_checksum();
        framed.put(b"\x10:chunk-signature\x06\0\x20");
        framed.put(&self.signature.to_bytes());
        DateHeader(self.now).emit_to(&mut framed);
        framed.put(self.content);
        framed.put_checksum();
    }
}

/// The header `:date`: a timestamp (type 8), in milliseconds since 1970.
struct DateHeader(Timestamp);

impl Emit for DateHeader {
    fn emit(&self, out: &mut Stage<'_>) {
        out.put(b"\x05:date\x08");
        out.put(&self.0.as_unix().saturating_mul(1000).to_be_bytes());
    }
}

/// A sink that knows the checksum of all that was put.
struct Framed<'o, 's> {
    out: &'o mut Stage<'s>,
    crc: Digest<'static, u32, NoTable>,
}

impl Framed<'_, '_> {
    /// Writes the checksum, which is itself covered by the next one.
    fn put_checksum(&mut self) {
        let checksum = self.crc.clone().finalize();
        self.put(&checksum.to_be_bytes());
    }
}

impl Sink for Framed<'_, '_> {
    fn put(&mut self, bytes: &[u8]) {
        self.crc.update(bytes);
        self.out.put(bytes);
    }
}

impl fmt::Debug for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event").field("len", &self.len).finish_non_exhaustive()
    }
}

/// An event of 4 GiB or more: its frame cannot hold its length.
///
/// ```
/// use rolesig::{Emit, EventSigner, EventTooLongError, Timestamp};
///
/// /// Returns the length of an event on the wire.
/// fn len(
///     events: &mut EventSigner<'_, '_>,
///     payload: &[u8],
///     now: Timestamp,
/// ) -> Result<usize, EventTooLongError> {
///     Ok(events.event(payload, now)?.emitted_len())
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct EventTooLongError;

impl fmt::Display for EventTooLongError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the event exceeds what its frame can hold: send it in parts")
    }
}

impl core::error::Error for EventTooLongError {}
